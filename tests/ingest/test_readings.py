"""The series of a clock's readings: each stored with its flag, thinned only where it says nothing."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import psycopg
import pytest

from ingest.clock_flags import Flag, Reading
from ingest.readings import LONGEST_GAP, note
from ingest.terminals import Terminal

pytestmark = pytest.mark.timescale

Connection: TypeAlias = psycopg.Connection[Any]
Rows: TypeAlias = Callable[[str], list[tuple[Any, ...]]]

AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
WALL = datetime(2026, 1, 5, 8, 0)  # noqa: DTZ001 - as a terminal's clock shows it
SERIES = "SELECT at, offset_ms, flag FROM terminal_reading ORDER BY at"


def noted(connection: Connection, terminal: Terminal, minute: float, offset: float) -> Flag | None:
    """One reading, so many minutes after the first, and seconds off."""
    after, off = timedelta(minutes=minute), timedelta(seconds=offset)
    shown = (WALL + after + off).replace(microsecond=0)
    with connection.transaction():
        return note(connection, terminal.id, Reading(AT + after, shown, off, timedelta(milliseconds=120), None, 7))


def test_a_reading_is_stored_as_it_was_measured(connection: Connection, terminal: Terminal, rows: Rows) -> None:
    assert noted(connection, terminal, 0, -420.25) == "drift"
    assert rows("SELECT * FROM terminal_reading") == [
        (terminal.id, AT, datetime.fromisoformat("2026-01-05 07:52:59"), -420_250, 120, "drift", 7)
    ]


def test_the_flag_comes_from_the_reading_before_of_the_same_terminal(
    connection: Connection, terminal: Terminal, rows: Rows
) -> None:
    assert noted(connection, terminal, 0, 1) is None
    assert noted(connection, terminal, 5, 420) == "jump"
    assert noted(connection, terminal, 10, 420.5) == "jump"
    assert noted(connection, terminal, 15, 2) is None
    assert [row[2] for row in rows(SERIES)] == [None, "jump", "jump", None]


def test_of_readings_that_say_the_same_one_an_hour_and_the_newest_stay(
    connection: Connection, terminal: Terminal, rows: Rows
) -> None:
    for minute in range(0, 151, 5):
        assert noted(connection, terminal, minute, 0.4) is None
    kept = [int((at - AT) / timedelta(minutes=1)) for at, _, _ in rows(SERIES)]
    assert kept == [0, 60, 120, 150]
    assert max(b - a for a, b in itertools.pairwise(kept)) * 60 <= LONGEST_GAP.total_seconds()


def test_the_last_reading_before_a_change_stays_and_the_first_after(
    connection: Connection, terminal: Terminal, rows: Rows
) -> None:
    for minute, offset in ((0, 0.5), (5, 0.5), (10, 0.5), (15, 420.0), (20, 420.0), (25, 420.0), (30, 0.5)):
        noted(connection, terminal, minute, offset)
    assert [(int((at - AT) / timedelta(minutes=1)), offset) for at, offset, _ in rows(SERIES)] == [
        (0, 500), (10, 500), (15, 420_000), (25, 420_000), (30, 500),
    ]  # fmt: skip


def test_a_slow_change_is_followed_to_two_seconds(connection: Connection, terminal: Terminal, rows: Rows) -> None:
    for step in range(21):
        noted(connection, terminal, step, step * 0.5)
    offsets = [offset for _, offset, _ in rows(SERIES)]
    assert offsets[0] == 0
    assert offsets[-1] == 10_000
    assert max(b - a for a, b in itertools.pairwise(offsets)) <= 2_000


def test_the_same_reading_noted_twice_is_one(connection: Connection, terminal: Terminal, rows: Rows) -> None:
    noted(connection, terminal, 0, 0.5)
    noted(connection, terminal, 0, 0.5)
    assert len(rows(SERIES)) == 1
