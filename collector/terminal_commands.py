"""The commands around the register of terminals: add, correct, list."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from operator import methodcaller
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import psycopg
import typer

import config.settings
from collector import watch
from collector.comm_key import given_comm_key
from collector.register import check_reachable
from collector.reread_shown import reread_shown
from config.conditions import Condition, condition
from ingest import audit, broker_health, health, rejected, terminals, waiting_days
from ingest.database import opened
from ingest.rejected import Wanted

Address: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="zk: HOST or HOST:PORT, udp:// before it for UDP. mqtt: the device id that it sends. "
        "iclock: its serial number."
    ),
]
CommKey: TypeAlias = Annotated[
    int | None, typer.Option(help="The comm key set on a zk terminal; 0 = none. Seen by whoever lists processes here.")
]
CommKeyFile: TypeAlias = Annotated[
    Path | None, typer.Option(help="The comm key from this file instead; - asks for it without showing it.")
]


def add_terminal(
    name: Annotated[str, typer.Argument(help="Name of the terminal, free to choose; never changed later.")],
    kind: Annotated[
        terminals.Kind, typer.Option(help="How it is read: zk (polled), mqtt and iclock (send), attlog (USB).")
    ],
    address: Address = None,
    comm_key: CommKey = None,
    time_zone: Annotated[str, typer.Option(help="Time zone of the place where it hangs.")] = "Asia/Jakarta",
    *,
    comm_key_file: CommKeyFile = None,
) -> None:
    """Register a terminal, so that its punches are taken."""
    now = datetime.now(UTC)
    comm_key = given_comm_key(comm_key, comm_key_file) or 0
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        check_reachable(connection, name=name, kind=kind, address=address, comm_key=comm_key)
        terminal = terminals.add_terminal(
            connection, name=name, kind=kind, address=address, comm_key=comm_key, time_zone=time_zone, added_at=now
        )
        detail = {"kind": kind, "address": address, "time_zone": time_zone}
        audit.record_command(connection, now, "add terminal", f"terminal:{terminal.name}", detail)
        connection.commit()
        typer.echo(f"Terminal {terminal.name} ({kind}, {time_zone}) is registered.")
        _take_kept(connection, terminal, now)


def _take_kept(connection: psycopg.Connection[Any], terminal: terminals.Terminal, at: datetime) -> None:
    """Read again what was rejected of a terminal that is known now, or known better."""
    kept = reread_shown(connection, Wanted(terminals=rejected.identities(terminal)), at).counts
    if kept.read:
        typer.echo(f"What its device said before has been taken: {kept}")


def set_terminal(
    name: Annotated[str, typer.Argument(help="Name of the terminal, as tepat terminal list shows it.")],
    address: Address = None,
    comm_key: CommKey = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Time zone of the place where it hangs; its people's days are scored again.")
    ] = None,
    *,
    comm_key_file: CommKeyFile = None,
    live: Annotated[
        bool | None, typer.Option("--live/--no-live", help="zk: hear punches at once, between two polls.")
    ] = None,
    poll_seconds: Annotated[
        int | None, typer.Option(help="zk: seconds between two polls of this terminal; 0 = as TEPAT_POLL_SECONDS says.")
    ] = None,
    set_clock: Annotated[
        bool | None, typer.Option("--set-clock/--leave-clock", help="zk: set its clock when it is off.")
    ] = None,
    name_encoding: Annotated[str | None, typer.Option(help="zk: code page of the names on it, such as gbk.")] = None,
    new_machine: Annotated[
        bool, typer.Option("--new-machine", help="zk: another machine hangs there now; take its serial number.")
    ] = False,
    retired: Annotated[
        bool | None, typer.Option("--retired/--in-use", help="Out of use: not read, and nobody's days wait for it.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="With --retired: do not ask.")] = False,
) -> None:
    """Correct what is known of a registered terminal, or choose how it is read."""
    now = datetime.now(UTC)
    comm_key = given_comm_key(comm_key, comm_key_file)
    parts = {
        "address": address,
        "comm_key": comm_key,
        "time_zone": time_zone,
        "live": live,
        "set_clock": set_clock,
        "name_encoding": name_encoding,
    }
    given = _given(parts, poll_seconds, new_machine=new_machine, retired=retired, at=now)
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        known = terminals.terminal_named(connection, name)
        if retired and known.retired_at is None and not yes:
            _ask(connection, known)
        check_reachable(connection, name=name, kind=known.kind, address=address, comm_key=comm_key or 0)
        altered, terminal = _changed(connection, name, given, now)
        typer.echo(f"Terminal {name}: {', '.join(map(_word, altered))} changed." if altered else "Nothing changed.")
        _take_kept(connection, terminal, now)


def _given(
    parts: Mapping[str, object], poll_seconds: int | None, *, new_machine: bool, retired: bool | None, at: datetime
) -> terminals.Changes:
    """What of it was said on the command line; there 0 seconds mean those of the setting."""
    given: terminals.Changes = terminals.Changes(**{part: value for part, value in parts.items() if value is not None})  # type: ignore[typeddict-item]  # the names are those of Changes
    if poll_seconds is not None:
        given["poll_seconds"] = poll_seconds or None
    if new_machine:
        given["serial_number"] = None
    if retired is not None:
        given["retired_at"] = at if retired else None
    return given


def _changed(
    connection: psycopg.Connection[Any], name: str, given: terminals.Changes, at: datetime
) -> tuple[list[str], terminals.Terminal]:
    """The parts that are other than before, and the terminal as it is now, committed."""
    before, after = terminals.change_terminal(connection, name, **given)
    if before.retired_at is not None and after.retired_at is None:
        waiting_days.judge_again(connection, after.id)
    altered = _note(connection, before, after, at)
    connection.commit()
    return altered, after


def _ask(connection: psycopg.Connection[Any], terminal: terminals.Terminal) -> None:
    """Say whose days will be judged without a terminal, and go on only when that is wanted."""
    days, employees = waiting_days.held(connection, terminal.id)
    connection.rollback()  # no transaction while somebody thinks
    if days:
        typer.echo(
            f"{days} {'day' if days == 1 else 'days'} of {employees} {'employee' if employees == 1 else 'employees'} "
            f"will be judged without the records that {terminal.name} may still hold."
        )
        typer.confirm("Take it out of use?", abort=True)


def _note(
    connection: psycopg.Connection[Any], before: terminals.Terminal, after: terminals.Terminal, at: datetime
) -> list[str]:
    """The parts that changed, written into the audit; never the comm key."""
    was, now_is = asdict(before), asdict(after)
    altered = [part for part in was if was[part] != now_is[part]]
    if altered:
        shown = {part: [_shown(was[part]), _shown(now_is[part])] for part in altered if part != "comm_key"}
        detail = {"changed": altered, **shown}
        audit.record_command(connection, at, "set terminal", f"terminal:{after.name}", detail)
    return altered


def _word(part: str) -> str:
    return {"retired_at": "use"}.get(part, part.replace("_", " "))


def _shown(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def list_terminals(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array for machines.")] = False,
) -> None:
    """List the registered terminals and what is last known of each."""
    settings, now = config.settings.load(), datetime.now(UTC)
    with opened(settings) as pool, pool.connection() as connection:
        found = health.of_all(connection)
        drops = broker_health.drops(connection, now)
    for dropped in drops:
        typer.echo(str(dropped), err=True)
    conditions = [condition(watch.known(terminal, settings.poll_seconds), now) for terminal in found]
    if as_json:
        listed = [asdict(one) | {"condition": word} for one, word in zip(found, conditions, strict=True)]
        typer.echo(json.dumps(listed, default=methodcaller("isoformat")))
    elif found:
        heads = ("NAME", "KIND", "ADDRESS", "ZONE", "SEEN (UTC)", "SYNCED UNTIL", "CLOCK", "RECORDS", "UNREAD", "STATE")
        lines = [heads, *map(_cells, found, conditions)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    else:
        typer.echo("No terminal is registered yet: tepat terminal add NAME --kind zk --address HOST")


def _cells(terminal: health.Health, how: Condition) -> tuple[str, ...]:
    records = "-" if terminal.record_count is None else str(terminal.record_count)
    if terminal.record_count is not None and terminal.record_capacity:
        records += f" of {terminal.record_capacity}"
    return (
        terminal.name,
        terminal.kind,
        terminal.address or "-",
        terminal.time_zone,
        _moment(terminal.seen_at),
        _moment(terminal.synced_until),
        clock_words(terminal.clock_offset),
        records,
        "-" if terminal.unread is None else str(terminal.unread),
        _state(terminal, how),
    )


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "-"


def _state(terminal: health.Health, how: Condition) -> str:
    """How it is in words, why, and what waits for it."""
    words = {"never": "never heard of", "needs_you": "needs you", "clock_wrong": "clock wrong"}.get(how, how)
    if how == "silent":
        words += f" since {_moment(terminal.seen_at)}"
    if terminal.error is not None:
        words += f": {terminal.error}"
    if terminal.days_waiting:
        wait = "day waits" if terminal.days_waiting == 1 else "days wait"
        words += f" {terminal.days_waiting} {wait} for it, the first {terminal.waiting_since}."
    if terminal.days_overruled:
        days = "day" if terminal.days_overruled == 1 else "days"
        words += f" {terminal.days_overruled} {days} judged without it."
    return words


def clock_words(offset: int | None) -> str:
    """How far a terminal's clock is off, in words; offset in seconds, terminal minus server."""
    if offset is None:
        return "-"
    if offset == 0:
        return "right"
    return f"{abs(offset)} s {'fast' if offset > 0 else 'slow'}"
