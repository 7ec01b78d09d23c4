"""Reads the USB export of a terminal into the database, in batches, each committed before the next is read."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import psycopg

from config.errors import TepatError
from devices import attlog
from devices.records import Batch
from ingest import audit, health
from ingest.accept import Counts, accept
from ingest.check import newest_plausible
from ingest.terminals import Terminal, terminal_named


class ImportFileError(TepatError):
    """A file cannot be imported. The message names it, why, and what to do."""


def import_attlog(
    connection: psycopg.Connection[Any],
    path: Path,
    terminal_name: str,
    received_at: datetime,
    progress: Callable[[int], object] = int,
) -> Counts:
    """Store every record of an export and return what became of them; importing again changes nothing.

    received_at: aware, the time of this import. progress: told the number of bytes done after each batch.

    Raises:
        TerminalRegisterError: the terminal is not registered.
        ImportFileError: the file cannot be read, or plainly is something else.
    """
    terminal = terminal_named(connection, terminal_name)
    beside = health.kept_beside(connection, terminal.id, terminal.name)
    connection.commit()
    counts, newest = _read(connection, path, terminal, received_at, progress)
    with connection.transaction():
        synced_until = newest and newest.replace(tzinfo=ZoneInfo(terminal.time_zone))
        health.was_read(connection, terminal.id, received_at, newest, synced_until=synced_until)
        if counts.accepted or health.kept_beside(connection, terminal.id, terminal.name) > beside:
            audit.record(
                connection,
                at=received_at,
                actor=audit.command_actor(),
                action="import attlog",
                object_=f"terminal:{terminal.name}",
                detail={"file": path.name, **asdict(counts)},
            )
    return counts


def _read(
    connection: psycopg.Connection[Any],
    path: Path,
    terminal: Terminal,
    received_at: datetime,
    progress: Callable[[int], object],
) -> tuple[Counts, datetime | None]:
    """What became of the records, and the newest plausible time among them."""
    try:
        with path.open("rb") as file:
            _refuse_other_format(path, file)
            return _store(connection, file, terminal, received_at, progress)
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
) -> tuple[Counts, datetime | None]:
    counts, newest, done = Counts(), None, 0
    for (punches, rejected), size in attlog.read(file):
        counts += accept(connection, [Batch(terminal.name, "file", received_at, punches, rejected)])
        found = newest_plausible(punches, received_at, terminal.time_zone)
        newest = max(filter(None, (newest, found)), default=None)
        done += size
        progress(done)
    return counts, newest
