"""Which terminals may push, how far each got, and since when it is silent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any, Literal, TypeAlias

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from ingest.terminals import SERIAL_NUMBER, TerminalRegisterError

Status: TypeAlias = Literal["pending", "approved", "blocked"]
PENDING_MOST = 100
"""So many unknown serial numbers are remembered; whoever invents more of them fills no table."""
NOWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound: the address of a terminal that has not asked yet
PUSH_KEY = re.compile(r"[!-~]{1,64}")
"""Visible signs of ASCII: it stands in an address."""

# Somebody who registered the serial number has approved it.
FOUND = """
SELECT p.serial_number, CASE WHEN p.status = 'pending' AND t.id IS NOT NULL THEN 'approved' ELSE p.status END AS status,
       host(p.network) || '/' || masklen(p.network) AS network, p.access,
       p.registry_code, p.stamps, p.last_seen, p.push_key, host(p.greeted_from) AS greeted_from, p.counted_answer,
       t.id AS terminal_id, t.name, t.time_zone, h.unread, h.cure AS trouble
FROM push_terminal p LEFT JOIN terminal t ON t.kind = 'iclock' AND t.address = p.serial_number
LEFT JOIN terminal_health h ON h.terminal_id = t.id
WHERE p.serial_number = %s
"""
# Room for new ones: a machine that was unplugged, or an invented number, asks no more.
FORGET_OLD = """
DELETE FROM push_terminal p WHERE status = 'pending' AND last_seen < %s::timestamptz - interval '7 days'
    AND NOT EXISTS (SELECT FROM terminal WHERE kind = 'iclock' AND address = p.serial_number)
"""
MET = """
INSERT INTO push_terminal (serial_number, first_seen, last_seen, last_from)
SELECT %(serial_number)s, %(at)s, %(at)s, %(host)s::inet
WHERE EXISTS (SELECT FROM terminal WHERE kind = 'iclock' AND address = %(serial_number)s)
   OR (SELECT count(*) FROM push_terminal WHERE status = 'pending') < %(most)s
ON CONFLICT (serial_number) DO NOTHING
"""
SEEN = """
UPDATE push_terminal SET last_seen = %s, last_from = %s::inet
WHERE serial_number = %s AND (last_seen < %s::timestamptz - interval '30 s' OR last_from <> %s::inet)
"""
GREETED = "UPDATE push_terminal SET greeted_from = %s::inet WHERE serial_number = %s"
REFUSED = "UPDATE push_terminal SET refused = refused + %s WHERE serial_number = %s"
STAMPED = "UPDATE push_terminal SET stamps = stamps || %s WHERE serial_number = %s"
SPOKE = "UPDATE push_terminal SET access = %s, registry_code = coalesce(registry_code, %s) WHERE serial_number = %s"
DECIDED = """
INSERT INTO push_terminal AS p (serial_number, status, network, push_key, counted_answer, first_seen, last_seen,
                                last_from)
VALUES (%(serial_number)s, 'approved', %(network)s::cidr, nullif(%(push_key)s, ''), coalesce(%(counted)s, false),
        %(at)s, %(at)s, '0.0.0.0')
ON CONFLICT (serial_number) DO UPDATE SET
    status = 'approved', stamps = '{}', greeted_from = NULL, refused = 0,
    network = CASE WHEN %(anywhere)s THEN NULL ELSE coalesce(excluded.network, p.network) END,
    push_key = CASE WHEN %(push_key)s::text IS NULL THEN p.push_key ELSE excluded.push_key END,
    counted_answer = coalesce(%(counted)s, p.counted_answer)
"""
BLOCKED = """
INSERT INTO push_terminal (serial_number, status, first_seen, last_seen, last_from)
VALUES (%(serial_number)s, 'blocked', %(at)s, %(at)s, '0.0.0.0')
ON CONFLICT (serial_number) DO UPDATE SET status = 'blocked'
"""
LIST = """
SELECT p.serial_number, CASE WHEN p.status = 'pending' AND t.id IS NOT NULL THEN 'approved' ELSE p.status END AS status,
       host(p.network) || '/' || masklen(p.network) AS network, t.name,
       p.first_seen, p.last_seen, host(p.last_from) AS last_from, p.push_key IS NOT NULL AS asks_key,
       p.counted_answer, p.refused
FROM push_terminal p LEFT JOIN terminal t ON t.kind = 'iclock' AND t.address = p.serial_number
ORDER BY p.serial_number
"""


@dataclass(frozen=True, slots=True)
class Pusher:
    """A terminal that pushes. terminal_id, name and time_zone: None while nobody has registered it.

    push_key: what it must name; None = nothing. greeted_from: the address where it last did.
    counted_answer: rows of its tables are answered NAME=COUNT instead of OK. unread: punches that it counted and the
    database does not hold. trouble: what its health tells now.
    """

    serial_number: str
    status: Status
    network: str | None
    access: bool
    registry_code: str | None
    stamps: Mapping[str, str]
    last_seen: datetime
    push_key: str | None
    greeted_from: str | None
    counted_answer: bool
    terminal_id: int | None
    name: str | None
    time_zone: str | None
    unread: int | None
    trouble: str | None

    def may_push_from(self, host: str) -> bool:
        """Whether the address lies in the network it was approved for."""
        return self.network is None or ip_address(host) in ip_network(self.network)


@dataclass(frozen=True, slots=True)
class Listed:
    """A terminal that pushes, as a person looks at it. refused: requests since it was approved, as far as told."""

    serial_number: str
    status: Status
    network: str | None
    name: str | None
    first_seen: datetime
    last_seen: datetime
    last_from: str
    asks_key: bool
    counted_answer: bool
    refused: int


def met(connection: psycopg.Connection[Any], serial_number: str, host: str, at: datetime) -> Pusher | None:
    """The terminal that asks just now; a new one is remembered as pending, or None where too many are pending."""
    found = _found(connection, serial_number)
    if found is None:
        values = {"serial_number": serial_number, "host": host, "at": at, "most": PENDING_MOST}
        connection.execute(FORGET_OLD, [at])
        connection.execute(MET, values)
        return _found(connection, serial_number)
    connection.execute(SEEN, [at, host, serial_number, at, host])
    return found


def _found(connection: psycopg.Connection[Any], serial_number: str) -> Pusher | None:
    with connection.cursor(row_factory=class_row(Pusher)) as cursor:
        return cursor.execute(FOUND, [serial_number]).fetchone()


def stamped(connection: psycopg.Connection[Any], serial_number: str, table: str, stamp: str) -> None:
    """Remember how far a terminal got with a table, to be called after what it sent is committed."""
    connection.execute(STAMPED, [Jsonb({table: stamp}), serial_number])


def spoke(connection: psycopg.Connection[Any], serial_number: str, *, access: bool, registry_code: str | None) -> None:
    """Remember which dialect a terminal speaks. registry_code: kept only where it has none."""
    connection.execute(SPOKE, [access, registry_code, serial_number])


def greeted(connection: psycopg.Connection[Any], serial_number: str, host: str) -> None:
    """Remember from where a terminal named its push key: what it sends later names none."""
    connection.execute(GREETED, [host, serial_number])


def refused(connection: psycopg.Connection[Any], serial_number: str, times: int) -> None:
    """Count requests of a known terminal that were refused."""
    connection.execute(REFUSED, [times, serial_number])


def approve(
    connection: psycopg.Connection[Any],
    serial_number: str,
    network: str | None,
    at: datetime,
    *,
    anywhere: bool = False,
    push_key: str | None = None,
    counted_answer: bool | None = None,
) -> None:
    """Take what a terminal pushes from now on, and have it upload everything that it holds.

    network: None = as before. anywhere: from any network from now on. push_key: "" = none is asked any more. push_key,
    counted_answer: None = as before.

    Raises:
        TerminalRegisterError: network is none, or nothing of that kind can be a push key.
    """
    if push_key and not PUSH_KEY.fullmatch(push_key):
        raise TerminalRegisterError("A push key is 1 to 64 visible signs of ASCII, without blanks.")
    try:
        checked = str(ip_network(network)) if network else None
    except ValueError as error:
        raise TerminalRegisterError(f"{network!r} is no network: write it as 10.20.0.0/16. ({error})") from error
    connection.execute(
        DECIDED,
        {
            "serial_number": serial_number,
            "network": checked,
            "anywhere": anywhere,
            "push_key": push_key,
            "counted": counted_answer,
            "at": at,
        },
    )


def block(connection: psycopg.Connection[Any], serial_number: str, at: datetime) -> None:
    """Take nothing from a terminal, also from one that has never asked yet.

    Raises:
        TerminalRegisterError: that is no serial number.
    """
    if not SERIAL_NUMBER.fullmatch(serial_number):
        raise TerminalRegisterError(
            f"{serial_number!r} is no serial number: letters and digits, as tepat terminal pushing shows them."
        )
    connection.execute(BLOCKED, {"serial_number": serial_number, "at": at})


def list_pushers(connection: psycopg.Connection[Any]) -> list[Listed]:
    """All terminals that ever pushed or were approved, by serial number."""
    with connection.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(LIST).fetchall()
