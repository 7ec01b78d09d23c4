"""Reads the USB export of a terminal into the database, in batches, each committed before the next is read."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, TypedDict
from zoneinfo import ZoneInfo

import psycopg

from config.errors import TepatError
from devices import attlog
from devices.records import Batch
from ingest import audit, health
from ingest.accept import Counts, accept
from ingest.check import fault, newest_allowed, newest_plausible
from ingest.terminals import Terminal, terminal_named


class ImportFileError(TepatError):
    """A file cannot be imported. The message names it, why, and what to do."""


class Span(TypedDict):
    """Days (YYYY-MM-DD) that an import is believed to hold whole; without: those in between without any punch."""

    first: str
    last: str
    without: list[str]


def import_attlog(
    connection: psycopg.Connection[Any],
    path: Path,
    terminal_name: str,
    received_at: datetime,
    progress: Callable[[int], object] = int,
    *,
    days: set[date] | None = None,
) -> Counts:
    """Store every record of an export and return what became of them; importing again changes nothing.

    received_at: aware, the time of this import. progress: told the number of bytes done after each batch. days: takes
    the local dates of its punches; the terminal is believed to be synced until the last of these punches, now at most.

    Raises:
        TerminalRegisterError: the terminal is not registered.
        ImportFileError: the file cannot be read, or plainly is something else.
    """
    terminal = terminal_named(connection, terminal_name)
    beside = health.kept_beside(connection, terminal.id, terminal.name)
    connection.commit()
    counts, newest = _read(connection, path, terminal, received_at, progress, days=set() if days is None else days)
    with connection.transaction():
        synced_until = newest and min(newest.replace(tzinfo=ZoneInfo(terminal.time_zone)), received_at)
        health.was_read(connection, terminal.id, received_at, newest, synced_until=synced_until)
        if counts.accepted or health.kept_beside(connection, terminal.id, terminal.name) > beside:
            detail = {"file": path.name, **asdict(counts)}
            audit.record_command(connection, received_at, "import attlog", f"terminal:{terminal.name}", detail)
    return counts


def _read(
    connection: psycopg.Connection[Any],
    path: Path,
    terminal: Terminal,
    received_at: datetime,
    progress: Callable[[int], object],
    *,
    days: set[date],
) -> tuple[Counts, datetime | None]:
    """What became of the records, and the newest plausible time among them."""
    try:
        with path.open("rb") as file:
            _refuse_other_format(path, file)
            return _store(connection, file, terminal, received_at, progress, days=days)
    except OSError as error:
        raise ImportFileError(
            f"{path} cannot be read ({error.strerror}): name the file that the terminal wrote, like 1_attlog.dat."
        ) from error


def _refuse_other_format(path: Path, file: BinaryIO) -> None:
    other = attlog.other_format(file.read(32))
    file.seek(0)
    if other is not None:
        raise ImportFileError(
            f"{path} is {other}, not the attendance log of a terminal: import the file as the terminal wrote it, "
            "like 1_attlog.dat."
        )


def _store(
    connection: psycopg.Connection[Any],
    file: BinaryIO,
    terminal: Terminal,
    received_at: datetime,
    progress: Callable[[int], object],
    *,
    days: set[date],
) -> tuple[Counts, datetime | None]:
    latest = newest_allowed(received_at, terminal.time_zone)
    counts, newest, done = Counts(), None, 0
    for (punches, rejected), size in attlog.read(file):
        counts += accept(connection, [Batch(terminal.name, "file", received_at, punches, rejected)])
        found = newest_plausible(punches, received_at, terminal.time_zone)
        days.update(punch[1].date() for punch in punches if fault(punch, latest) is None)
        newest = max(filter(None, (newest, found)), default=None)
        done += size
        progress(done)
    return counts, newest


def believed(days: set[date]) -> Span | None:
    """The span that an import is believed to hold whole, and the days in it without any record; None = no punch."""
    if not days:
        return None
    first, last = min(days), max(days)
    between = (first + timedelta(days=n) for n in range((last - first).days))
    return Span(first=str(first), last=str(last), without=[str(day) for day in between if day not in days])
