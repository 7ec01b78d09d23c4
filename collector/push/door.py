"""Who may push: a serial number is no secret, so a person approves each, if need be for one network or with a key."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from ipaddress import ip_address
from zoneinfo import ZoneInfo

from fastapi import HTTPException, Request

from collector.push.quiet import Quiet
from config import troubles
from config.troubles import Trouble
from devices.iclock.uploads import SERIAL_NUMBER
from ingest import audit, health, push_terminals
from ingest.database import ConnectionPool
from ingest.push_terminals import Pusher

CONNECTION_SECONDS = 5.0
"""How long a request waits for the database before the terminal is told to try again."""
NOWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound: an address that is not known
STATUSES: dict[Trouble, HTTPStatus] = {
    "push_blocked": HTTPStatus.FORBIDDEN,
    "push_elsewhere": HTTPStatus.FORBIDDEN,
    "push_key": HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Each makes a terminal keep what it holds; 503 is what one gets that is to try again."""


@dataclass(frozen=True, slots=True)
class Guest:
    """An approved terminal that asks something at a time. zone: of the place where it hangs."""

    pusher: Pusher
    terminal_id: int
    name: str
    zone: ZoneInfo
    at: datetime
    pool: ConnectionPool
    quiet: Quiet


def guest(request: Request) -> Guest:
    """The terminal that asks, by the serial number in the address."""
    return admitted(request, request.query_params.get("SN", ""))


def admitted(request: Request, serial_number: str) -> Guest:
    """The terminal of this serial number, if it may push from where it is.

    Raises:
        HTTPException: 400 no serial number; 403 blocked or in a wrong network; 503 nobody has approved it yet, or it
            does not name its push key.
        psycopg.Error: the database is away.
    """
    if not SERIAL_NUMBER.fullmatch(serial_number):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "no serial number")
    pool: ConnectionPool = request.app.state.pool
    at, host = datetime.now(UTC), _host(request)
    with pool.connection(timeout=CONNECTION_SECONDS) as connection:
        pusher = push_terminals.met(connection, serial_number, host, at)
    if pusher is not None and pusher.status == "blocked":
        raise _refused(request, pusher, host, at, "push_blocked")
    if pusher is None or pusher.terminal_id is None or pusher.name is None or pusher.time_zone is None:
        raise HTTPException(
            HTTPStatus.SERVICE_UNAVAILABLE,
            f"{serial_number} is not approved yet: tepat terminal approve {serial_number} --name NAME",
        )
    if not pusher.may_push_from(host):
        raise _refused(request, pusher, host, at, "push_elsewhere")
    if pusher.push_key is not None and not _names_key(request, pusher, pusher.push_key, host):
        raise _refused(request, pusher, host, at, "push_key")
    return Guest(pusher, pusher.terminal_id, pusher.name, ZoneInfo(pusher.time_zone), at, pool, request.app.state.quiet)


def _names_key(request: Request, pusher: Pusher, push_key: str, host: str) -> bool:
    """Whether it names its key now, or did so from this address: only its greeting carries the key."""
    said = request.query_params.get("pushcommkey")
    if said is None:
        return host == pusher.greeted_from
    right = hmac.compare_digest(said.encode(), push_key.encode())
    if right and host != pusher.greeted_from:
        pool: ConnectionPool = request.app.state.pool
        with pool.connection(timeout=CONNECTION_SECONDS) as connection:
            push_terminals.greeted(connection, pusher.serial_number, host)
    return right


def _refused(request: Request, pusher: Pusher, host: str, at: datetime, trouble: Trouble) -> HTTPException:
    """What a known terminal is answered that may not push so; counted, now and then audited and told in its health."""
    times = request.app.state.refusals.note("audit", pusher.serial_number, trouble)
    if times is None and pusher.trouble != trouble and pusher.terminal_id is not None:
        _tell(request, pusher.terminal_id, host, at, trouble)  # told before, and something else since
    if times is not None:
        known = f"terminal:{pusher.name or pusher.serial_number}"
        pool: ConnectionPool = request.app.state.pool
        with pool.connection(timeout=CONNECTION_SECONDS) as connection:
            push_terminals.refused(connection, pusher.serial_number, times)
            detail = {"why": trouble, "from": host, "times": times}
            audit.record(connection, at=at, actor=known, action="push refused", object_=known, detail=detail)
            if pusher.terminal_id is not None:
                health.failed(connection, pusher.terminal_id, at, f"{troubles.what(trouble, 'en')} ({host})", trouble)
    return HTTPException(STATUSES[trouble], f"{pusher.serial_number} from {host}: {troubles.what(trouble, 'en')}")


def _tell(request: Request, terminal_id: int, host: str, at: datetime, trouble: Trouble) -> None:
    pool: ConnectionPool = request.app.state.pool
    with pool.connection(timeout=CONNECTION_SECONDS) as connection:
        health.failed(connection, terminal_id, at, f"{troubles.what(trouble, 'en')} ({host})", trouble)


def upload_failed(request: Request, trouble: Trouble) -> None:
    """Tell of a known terminal that what it sent could not be taken; of others nothing is noted."""
    serial_number = request.query_params.get("SN", "")
    if not SERIAL_NUMBER.fullmatch(serial_number):
        return
    pool: ConnectionPool = request.app.state.pool
    at, host = datetime.now(UTC), _host(request)
    with pool.connection(timeout=CONNECTION_SECONDS) as connection:
        pusher = push_terminals.met(connection, serial_number, host, at)
    if pusher is None or pusher.terminal_id is None or pusher.status == "blocked" or not pusher.may_push_from(host):
        return
    if pusher.trouble != trouble:
        _tell(request, pusher.terminal_id, host, at, trouble)


def _host(request: Request) -> str:
    """The address it asks from; one of IPv4 in its own spelling, also on a socket of IPv6."""
    try:
        address = ip_address(request.client.host if request.client else NOWHERE)
    except ValueError:
        return NOWHERE
    return str(getattr(address, "ipv4_mapped", None) or address)
