"""Who may push: a serial number is no secret, so a person approves each, if need be for one network only."""

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from ipaddress import ip_address
from zoneinfo import ZoneInfo

from fastapi import HTTPException, Request

from devices.iclock.uploads import SERIAL_NUMBER
from ingest import push_terminals
from ingest.database import ConnectionPool
from ingest.push_terminals import Pusher

CONNECTION_SECONDS = 5.0
"""How long a request waits for the database before the terminal is told to try again."""
NOWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound: an address that is not known


@dataclass(frozen=True, slots=True)
class Guest:
    """An approved terminal that asks something at a time. zone: of the place where it hangs."""

    pusher: Pusher
    terminal_id: int
    name: str
    zone: ZoneInfo
    at: datetime
    pool: ConnectionPool


def guest(request: Request) -> Guest:
    """The terminal that asks, by the serial number in the address."""
    return admitted(request, request.query_params.get("SN", ""))


def admitted(request: Request, serial_number: str) -> Guest:
    """The terminal of this serial number, if it may push from where it is.

    Raises:
        HTTPException: 400 no serial number; 403 blocked or in a wrong network; 503 nobody has approved it yet.
        psycopg.Error: the database is away.
    """
    if not SERIAL_NUMBER.fullmatch(serial_number):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "no serial number")
    pool: ConnectionPool = request.app.state.pool
    at, host = datetime.now(UTC), _host(request)
    with pool.connection(timeout=CONNECTION_SECONDS) as connection:
        pusher = push_terminals.met(connection, serial_number, host, at)
    if pusher is not None and pusher.status == "blocked":
        raise HTTPException(HTTPStatus.FORBIDDEN, f"{serial_number} is blocked")
    if pusher is None or pusher.terminal_id is None or pusher.name is None or pusher.time_zone is None:
        raise HTTPException(
            HTTPStatus.SERVICE_UNAVAILABLE,
            f"{serial_number} is not approved yet: tepat terminal approve {serial_number} --name NAME",
        )
    if not pusher.may_push_from(host):
        raise HTTPException(HTTPStatus.FORBIDDEN, f"{serial_number} may not push from {host}")
    return Guest(pusher, pusher.terminal_id, pusher.name, ZoneInfo(pusher.time_zone), at, pool)


def _host(request: Request) -> str:
    """The address it asks from; one of IPv4 in its own spelling, also on a socket of IPv6."""
    try:
        address = ip_address(request.client.host if request.client else NOWHERE)
    except ValueError:
        return NOWHERE
    return str(getattr(address, "ipv4_mapped", None) or address)
