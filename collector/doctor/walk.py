"""The whole walk, by the kind of terminal."""

import fcntl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.doctor import heard, stored, zk
from collector.doctor.finding import Finding
from collector.doctor.once import told_once
from collector.share import parse_share
from config.conditions import likely
from config.settings import Settings
from ingest import health, terminals
from ingest.database import ConnectionPool
from ingest.health import Health
from ingest.terminals import Terminal

ONE_SECOND = timedelta(seconds=1)


def examine(name: str, pool: ConnectionPool, settings: Settings) -> Iterator[Finding]:
    """Each step from the register to the last punch and its people's days, each fault told once."""
    return told_once(_walked(name, pool, settings))


def _walked(name: str, pool: ConnectionPool, settings: Settings) -> Iterator[Finding]:
    with pool.connection() as connection:
        found = [terminal for terminal in terminals.list_terminals(connection) if terminal.name == name]
        known = {each.name: each for each in health.of_all(connection)}
    if not found:
        yield Finding("registered", "broken", {"name": name})
        return
    (terminal,) = found
    values = {"name": name, "kind": terminal.kind, "address": terminal.address or "-", "zone": terminal.time_zone}
    yield Finding("registered", "good", values)
    used = terminal.retired_at is None
    yield Finding("in_use", "good" if used else "broken", {"name": name, "since": terminal.retired_at})
    if used:
        yield from _of_kind(terminal, known[name], pool, settings)
    with pool.connection() as connection:
        yield from stored.steps(connection, terminal, known[name])


def _of_kind(terminal: Terminal, known: Health, pool: ConnectionPool, settings: Settings) -> Iterator[Finding]:
    if terminal.kind != "attlog":
        yield _collector(terminal, known, settings)
    if terminal.kind == "zk":
        yield from zk.steps(terminal, known, pool, settings.data_dir)
        return
    if terminal.kind == "mqtt":
        yield from heard.broker_steps(terminal, settings)
        with pool.connection() as connection:
            yield from heard.broker_account(connection, settings, datetime.now(UTC))
            yield from heard.broker_drops(connection, datetime.now(UTC))
    if terminal.kind == "iclock":
        with pool.connection() as connection:
            yield from heard.push_steps(connection, terminal, settings)
    yield _told(terminal, known)
    yield heard.last_heard(terminal, known)


def _collector(terminal: Terminal, known: Health, settings: Settings) -> Finding:
    """Whether one runs: here, as its lock shows (then what it noted is of no matter), or did so lately anywhere."""
    noted = max(filter(None, (known.tried_at, known.seen_at, known.read_at)), default=None)
    late, _ = likely(terminal.kind, known.poll_seconds or settings.poll_seconds)
    if _held(settings.data_dir / parse_share(settings.collector_share).lock):
        return Finding("collector", "good", {"name": terminal.name, "noted": None})
    lately = noted is not None and datetime.now(UTC) - noted <= late
    return Finding("collector", "good" if lately else "unknown", {"name": terminal.name, "noted": noted})


def _told(terminal: Terminal, known: Health) -> Finding:
    serial = terminal.address if terminal.kind == "iclock" else terminal.serial_number
    values = {"name": terminal.name, "serial": serial, "synced_until": known.synced_until}
    if known.error is None:
        return Finding("told", "good", values)
    return Finding("told", "broken", values, known.cure, known.error)


def _held(lock: Path) -> bool:
    """Whether a collector of this office runs: it holds its lock file."""
    try:
        with lock.open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
