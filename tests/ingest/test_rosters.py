"""Shifts, rosters and weeks as an office writes them, and the days that an import has scored again."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest

from ingest.changes import Changes
from ingest.sheet import FaultyRowsError
from tests.ingest.tables import ALL_DAYS, BUDI, SARI, Load, Rows, load, marked, office

__all__ = ["load", "office"]

SHIFTS = """code,name,start,end,in_from,in_until,out_from,out_until
P,Pagi,07:00,14:00,,,,
M,Malam,21:00,07:00,20:00,23:30,06:00,09:00
D,Sehari,07:00,07:00,,,,
S,Siang,10:00,18:00,,,,
E,Early,06:00,12:00,,,,
"""


@pytest.fixture
def shifts(load: Load, office: object) -> None:
    assert office is not None
    assert load("shifts", SHIFTS) == Changes(5, 0, 0)


@pytest.mark.usefixtures("shifts")
def test_times_are_minutes_after_the_midnight_before(load: Load, rows: Rows) -> None:
    assert rows("SELECT code, starts, ends, in_from, in_until, out_from, out_until FROM shift ORDER BY code") == [
        ("D", 420, 420 + 1440, None, None, None, None),
        ("E", 360, 720, None, None, None, None),
        ("M", 1260, 1860, 1200, 1410, 1800, 1980),
        ("P", 420, 840, None, None, None, None),
        ("S", 600, 1080, None, None, None, None),
    ]
    assert load("shifts", SHIFTS) == Changes(0, 0, 5)


@pytest.mark.usefixtures("shifts")
def test_a_roster_marks_its_days_and_those_beside(load: Load, rows: Rows) -> None:
    content = f"nip,unit,date,shifts,name\n{SARI},,2026-01-05,P M,\n,C,2026-01-09,-,Hari jadi\n"
    assert load("rosters", content) == Changes(2, 0, 0)
    assert marked(rows) == [("Budi", [8, 9, 10]), ("Sari", [4, 5, 6])]
    assert rows("SELECT day, (SELECT array_agg(code ORDER BY place) FROM unnest(shift_ids) WITH ORDINALITY AS l (id,"
                " place) JOIN shift USING (id)) FROM roster") == [(date(2026, 1, 5), ["P", "M"])]  # fmt: skip
    assert rows("SELECT day, shift_ids, name FROM unit_roster") == [(date(2026, 1, 9), [], "Hari jadi")]
    assert load("rosters", content) == Changes(0, 0, 2)
    assert load("rosters", f"nip,date,shifts\n{SARI},2026-01-05,M\n") == Changes(0, 1, 0)


@pytest.mark.usefixtures("shifts")
def test_a_night_stored_before_or_after_stands_beside_a_new_day(load: Load) -> None:
    load("rosters", f"nip,unit,date,shifts\n{SARI},,2026-01-05,M\n{SARI},,2026-01-08,E\n,P,2026-01-05,M\n")
    clash = "E (06:00-12:00) begins before M (21:00-07:00) of the day before is over"
    with pytest.raises(FaultyRowsError) as raised:
        load("rosters", f"nip,unit,date,shifts\n{SARI},,2026-01-06,E\n{SARI},,2026-01-07,M\n,P,2026-01-06,E\n")
    assert [fault.row for fault in raised.value.faults] == [2, 3, 4]
    assert all(fault.cure.startswith(clash) for fault in raised.value.faults)
    fine = f"nip,unit,date,shifts\n{SARI},,2026-01-06,P\n{SARI},,2026-01-07,S\n{BUDI},,2026-01-06,E\n"
    assert load("rosters", fine) == Changes(3, 0, 0)
    assert load("rosters", f"nip,date,shifts\n{SARI},2026-01-05,-\n{SARI},2026-01-06,E\n") == Changes(0, 2, 0)


@pytest.mark.usefixtures("shifts")
def test_a_week_of_a_unit_counts_for_those_below_and_marks_them_from_its_day(load: Load, rows: Rows) -> None:
    content = "unit,from,monday,tuesday,wednesday,thursday,friday,saturday,sunday\nP,2026-01-07,P,P,P,P,P,P,-\n"
    assert load("weeks", content) == Changes(7, 0, 0)
    assert marked(rows) == [("Budi", [6, 7, 8, 9, 10]), ("Sari", [6, 7, 8, 9, 10])]
    assert load("weeks", content) == Changes(0, 0, 7)


@pytest.mark.usefixtures("shifts")
@pytest.mark.parametrize("week_of", ["P", "Q"])
def test_a_unit_that_moves_below_another_marks_whom_a_week_of_either_tells_the_hours(
    load: Load, rows: Rows, week_of: str
) -> None:
    """C has been below P."""
    units = "code,name,parent,time_zone,rulebook\nQ,Pusat,,Asia/Jakarta,kemenag-2014\n"
    moved = "C,Cabang,Q,Asia/Jayapura,kemenag-2014\n"
    load("units", units)
    days = "unit,from,monday,tuesday,wednesday,thursday,friday,saturday,sunday\n"
    load("weeks", f"{days}{week_of},2026-01-01,P,P,P,P,P,P,-\n")
    rows("DELETE FROM day_to_score RETURNING 1")
    assert load("units", units + moved) == Changes(0, 1, 1)
    assert marked(rows) == [("Budi", ALL_DAYS)]


@pytest.mark.usefixtures("shifts")
def test_a_unit_that_moves_where_nothing_is_said_above_marks_nobody(load: Load, rows: Rows) -> None:
    load("units", "code,name,parent,time_zone,rulebook\nC,Cabang,,Asia/Jayapura,kemenag-2014\n")
    assert marked(rows) == []


@pytest.mark.usefixtures("shifts")
def test_a_changed_shift_marks_those_who_work_it(load: Load, rows: Rows) -> None:
    load("rosters", f"nip,date,shifts\n{BUDI},2026-01-05,P\n{SARI},2026-01-05,M\n")
    before = len(rows("SELECT FROM day_to_score"))
    assert load("shifts", "code,name,start,end\nP,Pagi,08:00,14:00\n") == Changes(0, 1, 0)
    said = rows(f"SELECT DISTINCT name FROM (SELECT * FROM day_to_score ORDER BY id OFFSET {before}) AS d"
                " JOIN employee ON employee.id = employee_id")  # fmt: skip
    assert said == [("Budi",)]


@pytest.mark.usefixtures("shifts")
@pytest.mark.parametrize(
    ("table", "content", "said"),
    [
        ("shifts", "code,name,start,end\nX,Siang,7:00,14:00\n", "column start, value '7:00': write a time of the day"),
        ("shifts", "code,name,start,end\nA B,Siang,07:00,14:00\n", "choose a code without blanks, other than -"),
        (
            "rosters",
            f"nip,date,shifts\n{SARI},2026-01-05,P X\n",
            "there is no shift X, tepat import shifts brings it: write codes of",
        ),
        ("rosters", f"nip,date,shifts\n{SARI},2026-01-05,\n", "column shifts, value ''"),
        ("rosters", f"nip,unit,date,shifts\n{SARI},P,2026-01-05,P\n", "fill in nip or unit, one of the two"),
        ("rosters", "unit,date,shifts\nQ,2026-01-05,P\n", "no such unit; tepat import units brings it"),
        ("rosters", "nip,date,shifts\n198001012006041009,2026-01-05,P\n", "no such employee; tepat import employees"),
        ("rosters", f"nip,date,shifts\n{SARI},2026-01-05,P\n{SARI},2026-01-05,M\n", "keep one of the two"),
        ("rosters", f"nip,date,shifts\n{SARI},5.1.2026,P\n", "write an existing date as YYYY-MM-DD"),
        (
            "rosters",
            f"nip,date,shifts\n{SARI},2026-01-05,P P\n",
            "row 2, column shifts, value 'P P': names P twice: leave one out",
        ),
        (
            "rosters",
            f"nip,date,shifts\n{SARI},2026-01-05,P S\n",
            "S (10:00-18:00) begins before P (07:00-14:00) is over: leave one out, write them in the order of the day,",
        ),
        ("rosters", "unit,date,shifts\nP,2026-01-05,M P\n", "P (07:00-14:00) begins before M (21:00-07:00) is over"),
        (
            "rosters",
            f"nip,date,shifts\n{SARI},2026-01-06,E\n{SARI},2026-01-05,P M\n",
            "row 2, column shifts, value 'E': E (06:00-12:00) begins before M (21:00-07:00) of the day before is over",
        ),
        (
            "weeks",
            "unit,from,monday,tuesday,wednesday,thursday,friday,saturday,sunday\nP,2026-01-07,E,P,P,P,P,P,M\n",
            "column monday, value 'E': E (06:00-12:00) begins before M (21:00-07:00) of the day before is over",
        ),
        (
            "weeks",
            "unit,from,monday,tuesday,wednesday,thursday,friday,saturday,sunday\nP,2026-01-07,P,P,P,P S,P,P,-\n",
            "column thursday, value 'P S': S (10:00-18:00) begins before",
        ),
    ],
)
def test_faults_are_named_and_nothing_is_imported(
    load: Callable[[Any, str], Changes], rows: Rows, table: str, content: str, said: str
) -> None:
    before = rows("SELECT count(*) FROM shift"), rows("SELECT count(*) FROM roster")
    with pytest.raises(FaultyRowsError) as raised:
        load(table, content)
    assert said in str(raised.value)
    assert (rows("SELECT count(*) FROM shift"), rows("SELECT count(*) FROM roster")) == before


WINDOWS = "in_from,in_until,out_from,out_until"
RIGHT: dict[str, tuple[int, ...]] = {
    "07:00,14:00,06:00,10:00,13:00,20:00": (360, 600, 780, 1200),
    "07:00,14:00,07:00,07:00,07:00,14:00": (420, 420, 420, 840),
    "07:00,14:00,19:00,23:59,14:00,07:00": (-300, 1439, 840, 1860),
    "14:00,22:00,00:00,22:00,18:00,02:00": (0, 1320, 1080, 1560),
    "01:00,08:00,23:00,02:00,07:30,12:00": (-60, 120, 450, 720),
    "21:00,07:00,20:00,01:30,22:00,12:00": (1200, 1530, 1320, 2160),
    "21:00,07:00,09:00,07:00,06:00,19:00": (540, 1860, 1800, 2580),
    "07:00,07:00,06:00,09:00,06:00,19:00": (360, 540, 1800, 2580),
}
WRONG = [
    ("07:00,14:00,08:00,,,", "column in_from, value '08:00': lies after start 07:00: write a time at most 12 h"),
    ("07:00,14:00,07:01,,,", "column in_from"),
    ("07:00,14:00,18:59,,,", "column in_from"),
    ("21:00,07:00,21:01,,,", "column in_from, value '21:01': lies after start 21:00"),
    ("01:00,08:00,12:59,,,", "column in_from"),
    ("07:00,14:00,,06:00,,", "column in_until, value '06:00': lies before start 07:00: write a time from it to"),
    ("07:00,14:00,,06:59,,", "column in_until"),
    ("21:00,07:00,,20:59,,", "column in_until"),
    ("21:00,07:00,,07:01,,", "column in_until"),
    ("07:00,07:00,,06:59,,", "column in_until"),
    ("07:00,14:00,,,14:01,", "column out_from, value '14:01': lies outside 07:00-14:00: write a time from the"),
    ("07:00,14:00,,,06:59,", "column out_from"),
    ("21:00,07:00,,,07:01,", "column out_from"),
    ("07:00,14:00,,,,13:59", "column out_until, value '13:59': lies before end 14:00: write a time after it"),
    ("07:00,14:00,,,13:00,12:00", "column out_until"),
    ("21:00,07:00,,,,06:59", "column out_until"),
    ("07:00,07:00,,,,06:59", "column out_until"),
    (",14:00,08:00,,,", "column start, value '': write a time of the day as HH:MM"),
]


def windows(rows: Iterable[str]) -> str:
    """A file with a shift in each row."""
    return f"code,name,start,end,{WINDOWS}\n" + "".join(f"X{n:02},x,{row}\n" for n, row in enumerate(rows))


def test_windows_lie_around_the_ends_of_their_shift(load: Load, rows: Rows) -> None:
    load("shifts", windows(RIGHT))
    assert rows(f"SELECT {WINDOWS} FROM shift ORDER BY code") == list(RIGHT.values())


def test_windows_on_the_wrong_side_are_named(load: Load, rows: Rows) -> None:
    with pytest.raises(FaultyRowsError) as raised:
        load("shifts", windows(row for row, _ in WRONG))
    assert [fault.row for fault in raised.value.faults] == [n + 2 for n in range(len(WRONG))]
    for fault, (_, said) in zip(raised.value.faults, WRONG, strict=True):
        assert said in str(fault)
    assert rows("SELECT FROM shift") == []
