"""The register of terminals: what is hanging where, and how to reach it."""

import re
import string
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypedDict, Unpack, get_args
from zoneinfo import available_timezones

import psycopg
from psycopg.rows import class_row

from config.errors import TepatError
from config.time_zones import no_time_zone
from ingest import changes

Kind: TypeAlias = Literal["zk", "mqtt", "attlog", "iclock"]
LARGEST_COMM_KEY = 999999
LONGEST_NAME = 64
"""Characters of a new name; longer ones from before keep working."""
SHORTEST_POLL = 10
LONGEST_POLL = 86_400
"""Seconds between two polls of one terminal: more often disturbs people at it, more seldom than daily finds nothing."""
SERIAL_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
"""As it stands in the address of every request of an iclock terminal."""

ADD = """
INSERT INTO terminal (name, kind, address, comm_key, time_zone, added_at)
VALUES (%(name)s, %(kind)s, %(address)s, %(comm_key)s, %(time_zone)s, %(added_at)s)
RETURNING id, name, kind, address, comm_key, time_zone, serial_number, live, poll_seconds, set_clock, name_encoding,
          retired_at
"""
TERMINALS = """
SELECT id, name, kind, address, comm_key, time_zone, serial_number, live, poll_seconds, set_clock, name_encoding,
       retired_at
FROM terminal
"""
ALL = TERMINALS + "ORDER BY name"
OF_DEVICES = TERMINALS + "WHERE kind = 'mqtt' AND address = ANY(%s)"
OF_GATEWAY = TERMINALS + "WHERE kind = 'mqtt' AND starts_with(address, %s)"
NAMED = TERMINALS + "WHERE name = %s"
MEANT = TERMINALS + "WHERE %(said)s IN (name, address, serial_number) ORDER BY name"
SET = """
UPDATE terminal SET address = %(address)s, comm_key = %(comm_key)s, time_zone = %(time_zone)s,
                    serial_number = %(serial_number)s, live = %(live)s, poll_seconds = %(poll_seconds)s,
                    set_clock = %(set_clock)s, name_encoding = %(name_encoding)s, retired_at = %(retired_at)s
WHERE id = %(id)s
"""
ENROLLED = "SELECT employee_id, valid_from, valid_until FROM enrolment WHERE terminal_id = %s"
MOVE = "UPDATE terminal SET address = %s WHERE name = %s"
EVERY_BYTE = bytes(range(256))
LETTERS = string.ascii_uppercase


class TerminalRegisterError(TepatError):
    """A terminal is unknown, known already or described in a way that cannot work; the message names the cure."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """A registered terminal.

    address: zk HOST or HOST:PORT; mqtt its device id; iclock its serial number; else None.
    serial_number: of the zk machine that hangs there; None until it was read once.
    live, poll_seconds, set_clock, name_encoding: options of zk terminals; poll_seconds None = as the setting says.
    retired_at: since when it is out of use; it is not read, and nobody's days wait for it.
    """

    id: int
    name: str
    kind: Kind
    address: str | None
    comm_key: int = field(repr=False)
    time_zone: str
    serial_number: str | None = None
    live: bool = False
    poll_seconds: int | None = None
    set_clock: bool = False
    name_encoding: str = "utf-8"
    retired_at: datetime | None = None


class Changes(TypedDict, total=False):
    """Parts of a terminal that may be corrected. What they mean: `Terminal`."""

    address: str | None
    comm_key: int
    time_zone: str
    serial_number: str | None
    live: bool
    poll_seconds: int | None
    set_clock: bool
    name_encoding: str
    retired_at: datetime | None


def add_terminal(
    connection: psycopg.Connection[Any],
    *,
    name: str,
    kind: Kind,
    address: str | None,
    comm_key: int,
    time_zone: str,
    added_at: datetime,
) -> Terminal:
    """Register a terminal, in the caller's transaction.

    Raises:
        TerminalRegisterError: name or address are taken, or a part does not fit the kind.
    """
    _check(name, kind, address, comm_key, time_zone)
    if len(name) > LONGEST_NAME:
        raise TerminalRegisterError(f"The name has {len(name)} characters: use at most {LONGEST_NAME}.")
    values = {
        "name": name, "kind": kind, "address": address,
        "comm_key": comm_key, "time_zone": time_zone, "added_at": added_at,
    }  # fmt: skip
    try:
        with connection.transaction(), connection.cursor(row_factory=class_row(Terminal)) as cursor:
            row = cursor.execute(ADD, values).fetchone()
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name == "terminal_mqtt_address":
            raise TerminalRegisterError(f"Another MQTT terminal has the device id {address!r} already.") from error
        if error.diag.constraint_name == "terminal_iclock_address":
            raise TerminalRegisterError(
                f"Another iclock terminal has the serial number {address!r} already."
            ) from error
        raise TerminalRegisterError(
            f"There is a terminal {name!r} already: choose another name (tepat terminal list shows all)."
        ) from error
    assert row is not None
    return row


def move_terminal(connection: psycopg.Connection[Any], name: str, address: str) -> None:
    """Give a registered terminal another address, in the caller's transaction.

    Raises:
        TerminalRegisterError: it is not registered.
    """
    if connection.execute(MOVE, [address, name]).rowcount == 0:
        terminal_named(connection, name)


def change_terminal(
    connection: psycopg.Connection[Any], name: str, **parts: Unpack[Changes]
) -> tuple[Terminal, Terminal]:
    """Correct what is known of a terminal, in the caller's transaction; a part left out stays. → before, after.

    With another time zone its punches are other moments: all computed days of the people enrolled on it are marked.

    Raises:
        TerminalRegisterError: it is not registered, the address is taken, or a part does not fit the kind.
    """
    before = terminal_named(connection, name)
    after = replace(before, **parts)
    _check(name, after.kind, after.address, after.comm_key, after.time_zone)
    _check_options(after)
    try:
        with connection.transaction():
            connection.execute(SET, asdict(after))
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name == "terminal_serial_number":
            raise TerminalRegisterError(
                f"Another terminal in use has the machine {after.serial_number}: retire that one first, or let "
                f"{name!r} note its machine anew with --new-machine."
            ) from error
        raise TerminalRegisterError(f"Another MQTT terminal has the device id {after.address!r} already.") from error
    if after.time_zone != before.time_zone:
        changes.mark_computed(connection, connection.execute(ENROLLED, [after.id]).fetchall())
    return before, after


def list_terminals(connection: psycopg.Connection[Any]) -> list[Terminal]:
    """All registered terminals by name."""
    with connection.cursor(row_factory=class_row(Terminal)) as cursor:
        return cursor.execute(ALL).fetchall()


def terminal_named(connection: psycopg.Connection[Any], name: str) -> Terminal:
    """One terminal.

    Raises:
        TerminalRegisterError: it is not registered.
    """
    with connection.cursor(row_factory=class_row(Terminal)) as cursor:
        terminal = cursor.execute(NAMED, [name]).fetchone()
    if terminal is None:
        raise TerminalRegisterError(
            f"There is no terminal {name!r}: register it first with "
            f"tepat terminal add {name} --kind {'|'.join(get_args(Kind))}, or see tepat terminal list."
        )
    return terminal


def terminals_meant(connection: psycopg.Connection[Any], said: str) -> list[Terminal]:
    """The terminal of this name; else those of this address, device id or serial number."""
    with connection.cursor(row_factory=class_row(Terminal)) as cursor:
        found = cursor.execute(MEANT, {"said": said}).fetchall()
    return [terminal for terminal in found if terminal.name == said] or found


def terminals_of_devices(connection: psycopg.Connection[Any], devices: Collection[str]) -> dict[str, Terminal]:
    """The MQTT terminals that send these device ids, by device id; one that nobody registered is left out."""
    with connection.cursor(row_factory=class_row(Terminal)) as cursor:
        found = cursor.execute(OF_DEVICES, [list(devices)]).fetchall()
    return {terminal.address: terminal for terminal in found if terminal.address is not None}


def terminals_of_gateway(connection: psycopg.Connection[Any], beginning: str) -> list[Terminal]:
    """The MQTT terminals whose device ids begin so."""
    with connection.cursor(row_factory=class_row(Terminal)) as cursor:
        return cursor.execute(OF_GATEWAY, [beginning]).fetchall()


def _check_options(terminal: Terminal) -> None:
    options = {"--live": terminal.live, "--poll-seconds": terminal.poll_seconds, "--set-clock": terminal.set_clock}
    given = [option for option, value in options.items() if value]
    if terminal.kind != "zk" and given:
        raise TerminalRegisterError(f"{', '.join(given)}: only zk terminals are polled; {terminal.name!r} sends.")
    if terminal.poll_seconds is not None and not SHORTEST_POLL <= terminal.poll_seconds <= LONGEST_POLL:
        raise TerminalRegisterError(
            f"--poll-seconds {terminal.poll_seconds} is not between {SHORTEST_POLL} and {LONGEST_POLL}."
        )
    if not _is_code_page(terminal.name_encoding):
        raise TerminalRegisterError(
            f"--name-encoding {terminal.name_encoding!r} is no code page known here: try utf-8, gbk, cp1256 or cp1252."
        )


def _is_code_page(name: str) -> bool:
    """Whether names can be read and written in it, whatever bytes and letters come: Latin letters as themselves."""
    try:
        decoded = EVERY_BYTE.decode(name, "replace")[ord("A") :][: len(LETTERS)]
        return decoded == LETTERS == LETTERS.encode(name, "replace").decode(name)
    except (LookupError, UnicodeError):
        return False


def _check(name: str, kind: Kind, address: str | None, comm_key: int, time_zone: str) -> None:
    if not name or name != name.strip() or not name.isprintable():
        raise TerminalRegisterError(f"{name!r} cannot name a terminal: use visible text without outer blanks.")
    if kind == "attlog" and address is not None:
        raise TerminalRegisterError("A terminal of kind attlog has no address: leave --address out.")
    if kind == "zk" and not address:
        raise TerminalRegisterError("A terminal of kind zk needs --address HOST or HOST:PORT.")
    if kind == "mqtt" and not address:
        raise TerminalRegisterError("A terminal of kind mqtt needs --address, the device id that it sends.")
    if kind == "iclock" and not SERIAL_NUMBER.fullmatch(address or ""):
        raise TerminalRegisterError("A terminal of kind iclock needs --address, its serial number (letters, digits).")
    if not 0 <= comm_key <= LARGEST_COMM_KEY:
        raise TerminalRegisterError(f"The comm key is not between 0 and {LARGEST_COMM_KEY}.")
    if time_zone not in available_timezones():
        raise TerminalRegisterError(f"{time_zone!r} is no time zone: {no_time_zone(time_zone)}.")
