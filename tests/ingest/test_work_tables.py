"""Activities and targets from CSV; of every table, the same again changes nothing and what changed is audited."""

from datetime import date
from typing import Any

import psycopg
import pytest

from ingest.changes import Changes
from ingest.sheet import FaultyRowsError
from ingest.tables import TableName
from tests.ingest.tables import BUDI, EMPLOYEES, NOW, SARI, UNITS, Load, Rows, load, marked, office

__all__ = ["load", "office"]


ACTIVITIES = f"""nip;reference;date;title;volume;weight;status
{SARI};A1;2026-01-05;Laporan bulanan;2,5;0,75;verified
{SARI};A2;2026-01-06;Rapat;1;1;submitted
{BUDI};A1;2026-01-05;Survei;10;3;returned
"""


@pytest.mark.usefixtures("office")
def test_activities_are_hundredths_and_mark_their_days(load: Load, rows: Rows) -> None:
    assert load("activities", ACTIVITIES) == Changes(3, 0, 0)
    assert rows(
        "SELECT name, reference, day, title, volume, weight, status FROM activity "
        "JOIN employee e ON e.id = employee_id ORDER BY 1, 2"
    ) == [
        ("Budi", "A1", date(2026, 1, 5), "Survei", 1000, 300, "returned"),
        ("Sari", "A1", date(2026, 1, 5), "Laporan bulanan", 250, 75, "verified"),
        ("Sari", "A2", date(2026, 1, 6), "Rapat", 100, 100, "submitted"),
    ]
    assert marked(rows) == [("Budi", [5]), ("Sari", [5, 6])]


@pytest.mark.usefixtures("office")
def test_a_moved_activity_marks_both_days(load: Load, rows: Rows, connection: psycopg.Connection[Any]) -> None:
    load("activities", ACTIVITIES)
    connection.execute("DELETE FROM day_to_score")
    connection.commit()
    assert load("activities", ACTIVITIES.replace("2026-01-06", "2026-01-09")) == Changes(0, 1, 2)
    assert marked(rows) == [("Sari", [6, 9])]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("199001012015011003;A;2026-01-05;x;1;1;verified", "no such employee; tepat import employees brings them"),
        (f"{SARI};;2026-01-05;x;1;1;verified", "column reference"),
        (f"{SARI};A;2026-01-05;x;1,005;1;verified", "at most two decimals"),
        (
            f"{SARI};A;2026-01-05;x;1000000;100,01;verified",
            "column volume, value '1000000': times weight 100,01 is more than 100,000,000: correct one of the two",
        ),
        (f"{SARI};A;2026-01-05;x;999999999999;999999999999;verified", "is more than 100,000,000"),
        (f"{SARI};A;2026-01-05;x;1;1;done", "choose one of submitted, verified, returned"),
        (f"{SARI};A1;2026-01-05;x;1;1;verified\n{SARI};A1;2026-01-05;x;1;1;verified", "is in row 2 already"),
    ],
)
def test_faulty_activities_change_nothing(load: Load, rows: Rows, row: str, said: str) -> None:
    with pytest.raises(FaultyRowsError) as raised:
        load(
            "activities", f"nip;reference;date;title;volume;weight;status\n{row}\n{BUDI};B;2026-01-05;x;1;1;verified\n"
        )
    assert said in str(raised.value)
    assert rows("SELECT FROM activity") == []


@pytest.mark.usefixtures("office")
def test_targets_mark_the_first_of_their_month(load: Load, rows: Rows) -> None:
    content = f"nip,period,points\n{SARI},2026-01,250\n{BUDI},2026-01,99.5\n"
    assert load("targets", content) == Changes(2, 0, 0)
    assert rows("SELECT name, period, points FROM target JOIN employee e ON e.id = employee_id ORDER BY 1") == [
        ("Budi", "2026-01", 9950),
        ("Sari", "2026-01", 25000),
    ]
    assert marked(rows) == [("Budi", [1]), ("Sari", [1])]
    assert load("targets", content.replace("250", "260")) == Changes(0, 1, 1)


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"{SARI},2026-13,1", "write a month as YYYY-MM"),
        (f"{SARI},2026-1,1", "write a month as YYYY-MM"),
        (f"{SARI},0000-01,1", "write a month as YYYY-MM"),
        (f"{SARI},2026-01,0", "must be above 0"),
        (f"{SARI},2026-01,1\n{SARI},2026-01,2", "is in row 2 already"),
        ("199001012015011003,2026-01,1", "no such employee"),
    ],
)
def test_faulty_targets_change_nothing(load: Load, rows: Rows, row: str, said: str) -> None:
    with pytest.raises(FaultyRowsError) as raised:
        load("targets", f"nip,period,points\n{row}\n{BUDI},2026-01,1\n")
    assert said in str(raised.value)
    assert rows("SELECT FROM target") == []


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("table", "content"),
    [
        ("units", UNITS),
        ("employees", EMPLOYEES),
        ("activities", ACTIVITIES),
        ("targets", f"nip,period,points\n{SARI},2026-01,1\n"),
    ],
)
def test_the_same_again_changes_nothing_and_is_not_audited(
    load: Load, rows: Rows, table: TableName, content: str
) -> None:
    load(table, content)
    everything = [
        f"SELECT * FROM {name}"
        for name in ("unit", "employee", "enrolment", "activity", "target", "day_to_score", "audit")
    ]
    before = [rows(query) for query in everything]
    again = load(table, content)
    assert (again.added, again.changed) == (0, 0)
    assert again.unchanged > 0
    assert [rows(query) for query in everything] == before


def test_what_changed_is_audited_once(load: Load, rows: Rows) -> None:
    load("units", UNITS)
    assert rows("SELECT at, actor, action, object, detail FROM audit") == [
        (
            NOW, "command:sari", "import units", "units",
            {"file": "units.csv", "added": 2, "changed": 0, "unchanged": 0},
        )
    ]  # fmt: skip
