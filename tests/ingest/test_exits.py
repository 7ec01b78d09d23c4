"""Exits as an office writes them: which are over a midnight, and that nobody is away twice at once."""

from datetime import datetime

import pytest

from ingest.changes import Changes
from ingest.sheet import FaultyRowsError
from tests.ingest.tables import BUDI, SARI, Load, Rows, load, office

__all__ = ["load", "office"]

HEADER = "nip,date,left,returned,withdrawn\n"
NIGHT = "code,name,start,end\nM,Malam,21:00,07:00\nP,Pagi,07:00,14:00\n"
ROSTER = f"nip,date,shifts\n{SARI},2026-01-05,P M\n{SARI},2026-01-06,P\n"
pytestmark = pytest.mark.usefixtures("office")


def faults(load: Load, *rows: str) -> list[tuple[int, str, str, str]]:
    with pytest.raises(FaultyRowsError) as raised:
        load("exits", HEADER + "\n".join(rows))
    return [(one.row, one.column, one.value, one.cure) for one in raised.value.faults]


def test_who_returns_before_leaving_is_told_so_and_of_nothing_that_follows_from_it(load: Load, rows: Rows) -> None:
    """Three exits, the first with its times exchanged: it would last until the day after, over both others."""
    (one,) = faults(
        load,
        f"{SARI},2026-01-07,13:00,10:00,",
        f"{SARI},2026-01-07,14:00,14:30,",
        f"{SARI},2026-01-08,09:00,09:20,",
    )
    assert one[:3] == (2, "returned", "10:00")
    assert one[3].startswith("is not after left 13:00, and no shift of that day runs over midnight until then: correct")
    assert rows("SELECT FROM temporary_exit") == []


def test_a_night_shift_may_be_left_over_midnight_while_it_lasts(load: Load, rows: Rows) -> None:
    load("shifts", NIGHT)
    assert faults(load, f"{SARI},2026-01-05,23:30,00:15,")[0][1] == "returned"
    load("rosters", ROSTER)
    assert load("exits", f"{HEADER}{SARI},2026-01-05,23:30,00:15,\n{SARI},2026-01-05,21:00,21:00,yes\n") == Changes(2)
    assert rows("SELECT left_at, returned_at FROM temporary_exit WHERE NOT withdrawn") == [
        (datetime(2026, 1, 5, 23, 30), datetime(2026, 1, 6, 0, 15))  # noqa: DTZ001 - wall-clock time of the unit
    ]
    wrong = [
        f"{SARI},2026-01-05,20:59,00:30,",
        f"{SARI},2026-01-05,22:00,07:01,",
        f"{SARI},2026-01-05,13:00,10:00,",
        f"{SARI},2026-01-06,13:00,10:00,",
        f"{BUDI},2026-01-05,23:30,00:15,",
    ]
    assert [(row, column) for row, column, *_ in faults(load, *wrong)] == [(n, "returned") for n in range(2, 7)]


def test_what_was_stored_so_can_be_taken_back(load: Load, rows: Rows) -> None:
    assert load("exits", f"{HEADER}{SARI},2026-01-07,13:00,10:00,yes\n") == Changes(1)
    assert rows("SELECT withdrawn FROM temporary_exit") == [(True,)]


def test_nobody_is_away_twice_at_once(load: Load) -> None:
    load("exits", f"{HEADER}{SARI},2026-01-07,10:00,11:00,\n")
    cure = "correct the times, or take one of the two back (withdrawn yes)"
    assert faults(load, f"{SARI},2026-01-07,10:30,10:40,", f"{BUDI},2026-01-07,10:30,10:40,") == [
        (2, "left", "10:30", f"overlaps the exit from 2026-01-07 10:00 to 11:00: {cure}")
    ]
    assert [row for row, *_ in faults(load, f"{SARI},2026-01-08,09:00,10:00,", f"{SARI},2026-01-08,09:59,11:00,")] == [
        2, 3,
    ]  # fmt: skip
    moved = (
        f"{HEADER}{SARI},2026-01-07,10:00,11:00,yes\n{SARI},2026-01-07,10:30,11:30,\n{SARI},2026-01-07,11:30,12:00,\n"
    )
    assert load("exits", moved) == Changes(2, 1, 0)
