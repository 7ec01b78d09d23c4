"""The office's tables from CSV: whole or not at all, the same again changes nothing, and changes mark their days."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest

from ingest.changes import Changes
from ingest.csv_file import CsvFileError
from ingest.tables import Table, import_table
from ingest.terminals import Terminal

NOW = datetime(2026, 1, 31, tzinfo=UTC)
SARI, BUDI = "198001012006041001", "198506152010011002"
Load: TypeAlias = Callable[[Table, str], Changes]
Rows: TypeAlias = Callable[[str], list[tuple[Any, ...]]]

UNITS = """code,name,parent,time_zone,rulebook
C,Cabang,P,Asia/Jayapura,kemenag-2014
P,Pusat,,Asia/Jakarta,kemensos-eperformance
"""
EMPLOYEES = f"""nip,name,unit,class,terminal,pin,from
{SARI},Sari,P,7,gate,0042,2026-01-01
{BUDI},Budi,C,,,,
"""


@pytest.fixture
def load(connection: psycopg.Connection[Any], tmp_path: Path) -> Load:
    def write_and_import(table: Table, content: str) -> Changes:
        path = tmp_path / f"{table}.csv"
        path.write_text(content, encoding="utf-8")
        return import_table(connection, table, path, at=NOW, actor="command:sari")

    return write_and_import


@pytest.fixture
def office(load: Load, terminal: Terminal, connection: psycopg.Connection[Any]) -> Terminal:
    """Two units, two employees, Sari enrolled, both with computed days of January; nothing waits to be scored."""
    load("units", UNITS)
    load("employees", EMPLOYEES)
    connection.execute(
        "INSERT INTO work_day (employee_id, day, kind, minutes_late, minutes_early, absent, codes, steps, hours, "
        "rulebook, facts_digest) SELECT e.id, d, 'work', 0, 0, false, '', '[]', '{}', 'r', 'd' "
        "FROM employee e, generate_series('2026-01-01'::date, '2026-01-10', '1 day') d"
    )
    connection.execute("DELETE FROM day_to_score")
    connection.commit()
    return terminal


def marked(rows: Rows) -> list[tuple[str, list[int]]]:
    """Name and days of January that wait to be scored."""
    found = rows(
        "SELECT e.name, array_agg(DISTINCT extract(day FROM d.day)::integer ORDER BY extract(day FROM d.day)::integer) "
        "FROM day_to_score d JOIN employee e ON e.id = d.employee_id GROUP BY 1 ORDER BY 1"
    )
    return [(name, list(days)) for name, days in found]


ALL_DAYS = list(range(1, 11))


def test_units_may_stand_before_their_parents(load: Load, rows: Rows) -> None:
    assert load("units", UNITS) == Changes(2, 0, 0)
    assert rows(
        "SELECT u.code, u.name, p.code, u.time_zone, u.rulebook FROM unit u LEFT JOIN unit p ON p.id = u.parent_id "
        "ORDER BY 1"
    ) == [
        ("C", "Cabang", "P", "Asia/Jayapura", "kemenag-2014"),
        ("P", "Pusat", None, "Asia/Jakarta", "kemensos-eperformance"),
    ]


@pytest.mark.usefixtures("office")
def test_a_changed_unit_marks_the_days_of_its_people(load: Load, rows: Rows) -> None:
    assert load("units", UNITS.replace("Cabang", "Kantor Cabang")) == Changes(0, 1, 1)
    assert marked(rows) == []
    assert load("units", UNITS.replace("Cabang,P,Asia/Jayapura", "Kantor Cabang,,Asia/Makassar")) == Changes(0, 1, 1)
    assert marked(rows) == [("Budi", ALL_DAYS)]
    assert rows("SELECT parent_id, time_zone FROM unit WHERE code = 'C'") == [(None, "Asia/Makassar")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("X,,,Asia/Jakarta,kemenag-2014\n", "row 2, column name, value '': must not be empty"),
        ("X,x,Q,Asia/Jakarta,kemenag-2014\n", "row 2, column parent, value 'Q': no such unit"),
        ("X,x,,Asia/Jakrta,kemenag-2014\n", "did you mean Asia/Jakarta?"),
        ("X,x,,Asia/Jakarta,kemenag\n", "value 'kemenag': choose one of kemenag-2014"),
        ("X,x,X,Asia/Jakarta,kemenag-2014\n", "break the circle"),
        ("X,x,Y,Asia/Jakarta,kemenag-2014\nY,y,X,Asia/Jakarta,kemenag-2014\n", "row 3, column parent, value 'X'"),
        ("X,x,,Asia/Jakarta,kemenag-2014\nX,y,,Asia/Jakarta,kemenag-2014\n", "is in row 2 already"),
    ],
)
def test_faulty_units_change_nothing(load: Load, rows: Rows, content: str, said: str) -> None:
    good = "G,good,,Asia/Jakarta,kemenag-2014\n"
    with pytest.raises(CsvFileError) as raised:
        load("units", "code,name,parent,time_zone,rulebook\n" + content + good)
    assert said in str(raised.value)
    assert rows("SELECT code FROM unit") == []


def test_a_circle_through_stored_units_is_found(load: Load) -> None:
    load("units", UNITS)
    with pytest.raises(CsvFileError, match="break the circle"):
        load("units", "code,name,parent,time_zone,rulebook\nP,Pusat,C,Asia/Jakarta,kemenag-2014\n")


def test_employees_come_with_their_enrolments(load: Load, rows: Rows, terminal: Terminal) -> None:
    load("units", UNITS)
    more = f"{SARI},Sari,P,7,gate,43,2026-02-01\n"
    assert load("employees", EMPLOYEES + more) == Changes(4, 0, 0)
    assert rows("SELECT nip, name, allowance_class FROM employee ORDER BY 1") == [
        (SARI, "Sari", 7),
        (BUDI, "Budi", None),
    ]
    assert rows("SELECT terminal_id, pin, valid_from, valid_until FROM enrolment ORDER BY pin") == [
        (terminal.id, "0042", date(2026, 1, 1), None),
        (terminal.id, "43", date(2026, 2, 1), None),
    ]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("content", "done", "marks"),
    [
        (f"nip,name,unit\n{SARI},Sari Dewi,P\n", Changes(0, 1, 0), []),
        (f"nip,name,unit\n{SARI},Sari,C\n", Changes(0, 1, 0), [("Sari", ALL_DAYS)]),
        (f"nip,name,unit,class\n{BUDI},Budi,C,9\n", Changes(0, 1, 0), [("Budi", ALL_DAYS)]),
        (f"nip,name,unit\n{SARI},Sari,P\n{BUDI},Budi,C\n", Changes(0, 0, 2), []),
    ],
    ids=["name", "unit", "class", "nothing"],
)
def test_a_changed_employee_marks_the_computed_days(
    load: Load, rows: Rows, content: str, done: Changes, marks: list[tuple[str, list[int]]]
) -> None:
    assert load("employees", content) == done
    assert marked(rows) == marks
    assert rows(f"SELECT allowance_class FROM employee WHERE nip = '{SARI}'") == [(7,)], "no column, no change"


@pytest.mark.usefixtures("office")
def test_a_pin_that_passes_on_ends_the_enrolment_before(load: Load, rows: Rows) -> None:
    content = f"nip,name,unit,terminal,pin,from\n{BUDI},Budi,C,gate,0042,2026-01-06\n"
    assert load("employees", content) == Changes(1, 0, 1)
    spans = (
        "SELECT e.name, n.valid_from, n.valid_until FROM enrolment n JOIN employee e ON e.id = employee_id ORDER BY 2"
    )
    assert rows(spans) == [("Sari", date(2026, 1, 1), date(2026, 1, 6)), ("Budi", date(2026, 1, 6), None)]
    assert marked(rows) == [("Budi", [5, 6, 7, 8, 9, 10]), ("Sari", [5, 6, 7, 8, 9, 10])]
    earlier = content.replace("2026-01-06", "2025-12-01")
    assert load("employees", earlier) == Changes(1, 0, 1)
    assert rows(spans)[0] == ("Budi", date(2025, 12, 1), date(2026, 1, 1))
    assert load("employees", earlier) == Changes(0, 0, 2)


@pytest.mark.usefixtures("office")
def test_a_corrected_enrolment_marks_both_employees(load: Load, rows: Rows) -> None:
    content = f"nip,name,unit,terminal,pin,from\n{BUDI},Budi,C,gate,0042,2026-01-01\n"
    assert load("employees", content) == Changes(0, 1, 1)
    assert rows("SELECT name FROM enrolment JOIN employee e ON e.id = employee_id") == [("Budi",)]
    assert marked(rows) == [("Budi", ALL_DAYS), ("Sari", ALL_DAYS)]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("rows_of_file", "said"),
    [
        (f"{SARI},Sari,Q,,,,\n", "column unit, value 'Q': no such unit; tepat import units brings it"),
        ("123,Sari,P,,,,\n", "column nip, value '123': write the 18 digits"),
        (f"{SARI},,P,,,,\n", "column name, value '': must not be empty"),
        (f"{SARI},Sari,P,x,,,\n", "column class, value 'x': write a whole number from 1 to 99"),
        (f"{SARI},Sari,P,0,,,\n", "column class"),
        (f"{SARI},Sari,P,100,,,\n", "column class"),
        (f"{SARI},Sari,P,,door,1,2026-01-01\n", "no such terminal; tepat terminal add registers it"),
        (f"{SARI},Sari,P,,gate,1,\n", "column from, value '': fill in terminal, pin and from"),
        (f"{SARI},Sari,P,,gate,1,1.1.2026\n", "YYYY-MM-DD"),
        (f"{SARI},Sari,P,,,,\n{SARI},Sari,C,,,,\n", "make name, unit, class equal"),
        (
            f"{SARI},Sari,P,,gate,1,2026-01-01\n{BUDI},Budi,C,,gate,1,2026-01-01\n",
            f"is given to {SARI} on that day too",
        ),
    ],
)
def test_faulty_employees_change_nothing(load: Load, rows: Rows, rows_of_file: str, said: str) -> None:
    before = rows("SELECT * FROM employee ORDER BY id"), rows("SELECT * FROM enrolment")
    with pytest.raises(CsvFileError) as raised:
        load("employees", "nip,name,unit,class,terminal,pin,from\n199001012015011003,Baru,P,,,,\n" + rows_of_file)
    assert said in str(raised.value)
    assert (rows("SELECT * FROM employee ORDER BY id"), rows("SELECT * FROM enrolment")) == before


MOVED = f"nip,name,unit\n{BUDI},Budi,C\n{SARI},Sari,C\n"


@pytest.mark.usefixtures("office")
def test_another_unit_for_somebody_with_scores_must_be_meant(
    load: Load, rows: Rows, connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    connection.execute(
        "INSERT INTO score SELECT id, '2026-01', 1, 'r', 'd', 'regulation', 0, 10000, NULL, 10000, 10000, '[]', "
        "'2026-01-31', 'd', '2026-02-01Z' FROM employee"
    )
    connection.commit()
    with pytest.raises(CsvFileError) as raised:
        load("employees", MOVED)
    said = str(raised.value)
    assert f"row 3, column unit, value 'C': {SARI} has scores as a member of P" in said
    assert "computed again by the clock and the rulebook of the new unit" in said
    assert "--move-units" in said
    assert "row 2" not in said
    assert marked(rows) == []
    path = tmp_path / "employees.csv"
    assert import_table(connection, "employees", path, at=NOW, actor="x", move_units=True) == Changes(0, 1, 1)
    assert marked(rows) == [("Sari", ALL_DAYS)]


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
    with pytest.raises(CsvFileError) as raised:
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
    with pytest.raises(CsvFileError) as raised:
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
def test_the_same_again_changes_nothing_and_is_not_audited(load: Load, rows: Rows, table: Table, content: str) -> None:
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
