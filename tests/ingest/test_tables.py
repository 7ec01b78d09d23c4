"""The office's tables from CSV: whole or not at all, and changes mark their days."""

from datetime import date

import pytest

from ingest.changes import Changes
from ingest.sheet import FaultyRowsError
from ingest.terminals import Terminal
from tests.ingest.tables import ALL_DAYS, BUDI, EMPLOYEES, SARI, UNITS, Load, Rows, load, marked, office

__all__ = ["load", "office"]


def test_units_may_stand_before_their_parents(load: Load, rows: Rows) -> None:
    assert load("units", UNITS) == Changes(2, 0, 0)
    assert rows(
        "SELECT u.code, u.name, p.code, u.time_zone, u.rulebook FROM unit u LEFT JOIN unit p ON p.id = u.parent_id "
        "ORDER BY 1"
    ) == [
        ("C", "Cabang", "P", "Asia/Jayapura", "kemenag-2014"),
        ("P", "Pusat", None, "Asia/Jakarta", "kemensos-eperformance"),
    ]


def test_units_may_say_their_zone_as_people_call_it(load: Load, rows: Rows) -> None:
    said = "".join(f"{zone},x,,{zone},kemenag-2014\n" for zone in ("WIB", "WITA", "wit"))
    assert load("units", "code,name,parent,time_zone,rulebook\n" + said) == Changes(3, 0, 0)
    assert rows("SELECT code, time_zone FROM unit ORDER BY 1") == [
        ("WIB", "Asia/Jakarta"),
        ("WITA", "Asia/Makassar"),
        ("wit", "Asia/Jayapura"),
    ]
    assert load("units", "code,name,parent,time_zone,rulebook\n" + said) == Changes(0, 0, 3)


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
        (
            "X,x,Q,Asia/Jakarta,kemenag-2014\n",
            "row 2, column parent, value 'Q': no such unit here or in the database: correct it, or add a row",
        ),
        (
            "X,x,,Asia/Jakrta,kemenag-2014\n",
            "value 'Asia/Jakrta': is no time zone: did you mean Asia/Jakarta? In Indonesia write one of Asia/J",
        ),
        (
            "X,x,,,kemenag-2014\n",
            "value '': is no time zone: in Indonesia write one of Asia/Jakarta (WIB), Asia/Makassar",
        ),
        ("X,x,,Asia/Jakarta,kemenag\n", "value 'kemenag': choose one of "),
        ("X,x,X,Asia/Jakarta,kemenag-2014\n", "break the circle"),
        ("X,x,Y,Asia/Jakarta,kemenag-2014\nY,y,X,Asia/Jakarta,kemenag-2014\n", "row 3, column parent, value 'X'"),
        ("X,x,,Asia/Jakarta,kemenag-2014\nX,y,,Asia/Jakarta,kemenag-2014\n", "is in row 2 already"),
    ],
)
def test_faulty_units_change_nothing(load: Load, rows: Rows, content: str, said: str) -> None:
    good = "G,good,,Asia/Jakarta,kemenag-2014\n"
    with pytest.raises(FaultyRowsError) as raised:
        load("units", "code,name,parent,time_zone,rulebook\n" + content + good)
    assert said in str(raised.value)
    assert rows("SELECT code FROM unit") == []


def test_a_circle_through_stored_units_is_found(load: Load) -> None:
    load("units", UNITS)
    with pytest.raises(FaultyRowsError, match="break the circle"):
        load("units", "code,name,parent,time_zone,rulebook\nP,Pusat,C,Asia/Jakarta,kemenag-2014\n")


def test_employees_come_with_their_enrolments(load: Load, rows: Rows, terminal: Terminal) -> None:
    load("units", UNITS)
    more = f"{SARI},Sari,P,7,gate,43,2026-02-01\n"
    assert load("employees", EMPLOYEES + more) == Changes(2, 0, 0, Changes(2, 0, 0)), "a person of two rows counts once"
    assert load("employees", EMPLOYEES + more + more) == Changes(0, 0, 2, Changes(0, 0, 2)), "a row told twice too"
    renamed = (EMPLOYEES + more).replace(",Sari,", ",Sari Dewi,")
    assert load("employees", renamed) == Changes(0, 1, 1, Changes(0, 0, 2))
    assert load("employees", EMPLOYEES + more) == Changes(0, 1, 1, Changes(0, 0, 2))
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
        (f"nip,name,unit,class\n{BUDI},Budi,C,9\n", Changes(0, 1, 0), [("Budi", ALL_DAYS)]),
        (f"nip,name,unit\n{SARI},Sari,P\n{BUDI},Budi,C\n", Changes(0, 0, 2), []),
    ],
    ids=["name", "class", "nothing"],
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
    assert load("employees", content) == Changes(0, 0, 1, Changes(1, 0, 0))
    spans = (
        "SELECT e.name, n.valid_from, n.valid_until FROM enrolment n JOIN employee e ON e.id = employee_id ORDER BY 2"
    )
    assert rows(spans) == [("Sari", date(2026, 1, 1), date(2026, 1, 6)), ("Budi", date(2026, 1, 6), None)]
    assert marked(rows) == [("Budi", [5, 6, 7, 8, 9, 10]), ("Sari", [5, 6, 7, 8, 9, 10])]
    earlier = content.replace("2026-01-06", "2025-12-01")
    assert load("employees", earlier) == Changes(0, 0, 1, Changes(1, 0, 0))
    assert rows(spans)[0] == ("Budi", date(2025, 12, 1), date(2026, 1, 1))
    assert load("employees", earlier) == Changes(0, 0, 1, Changes(0, 0, 1))


@pytest.mark.usefixtures("office")
def test_a_corrected_enrolment_marks_both_employees(load: Load, rows: Rows) -> None:
    content = f"nip,name,unit,terminal,pin,from\n{BUDI},Budi,C,gate,0042,2026-01-01\n"
    assert load("employees", content) == Changes(0, 0, 1, Changes(0, 1, 0))
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
        (f"{SARI},Sari,P,,gate,{'9' * 65},2026-01-01\n", "1 to 64 printable characters; copy it from the terminal"),
        (f"{SARI},Sari,P,,,,\n{SARI},Sari,C,,,,\n", "say in column unit_from since which day it is C"),
        (f"{SARI},Sari,P,7,,,\n{SARI},Sari,P,8,,,\n", "says Sari, class 7, and this one Sari, class 8: make name"),
        (
            f"{SARI},Sari,P,,gate,1,2026-01-01\n{BUDI},Budi,C,,gate,1,2026-01-01\n",
            f"is given to {SARI} on that day too",
        ),
    ],
)
def test_faulty_employees_change_nothing(load: Load, rows: Rows, rows_of_file: str, said: str) -> None:
    before = rows("SELECT * FROM employee ORDER BY id"), rows("SELECT * FROM enrolment")
    with pytest.raises(FaultyRowsError) as raised:
        load("employees", "nip,name,unit,class,terminal,pin,from\n199001012015011003,Baru,P,,,,\n" + rows_of_file)
    assert said in str(raised.value)
    assert (rows("SELECT * FROM employee ORDER BY id"), rows("SELECT * FROM enrolment")) == before


@pytest.mark.usefixtures("office")
def test_a_transfer_counts_from_its_day_on(load: Load, rows: Rows) -> None:
    content = f"nip,name,unit,unit_from\n{SARI},Sari,C,2026-01-06\n"
    assert load("employees", content) == Changes(0, 1, 0)
    assert rows(MEMBERSHIPS) == [
        ("Budi", "C", date(1900, 1, 1), None),
        ("Sari", "P", date(1900, 1, 1), date(2026, 1, 6)),
        ("Sari", "C", date(2026, 1, 6), None),
    ]
    assert marked(rows) == [("Sari", [5, 6, 7, 8, 9, 10])]
    assert rows(f"SELECT code FROM unit JOIN employee ON unit_id = unit.id WHERE nip = '{SARI}'") == [("C",)]
    assert load("employees", content) == Changes(0, 0, 1)
    assert load("employees", f"nip,name,unit\n{SARI},Sari,C\n") == Changes(0, 0, 1), "the newest needs no day"


@pytest.mark.usefixtures("office")
def test_another_unit_without_its_day_is_a_fault(load: Load, rows: Rows) -> None:
    with pytest.raises(FaultyRowsError) as raised:
        load("employees", f"nip,name,unit\n{BUDI},Budi,C\n{SARI},Sari,C\n")
    assert (
        f"row 3, column unit, value 'C': {SARI} belongs to P: say in column unit_from since which day it is C"
        in str(raised.value)
    )
    assert marked(rows) == []


@pytest.mark.usefixtures("office")
def test_a_history_in_one_file_and_a_membership_put_in_between(load: Load, rows: Rows) -> None:
    header = "nip,name,unit,unit_from\n"
    assert load("employees", f"{header}{SARI},Sari,C,2026-01-09\n{SARI},Sari,P,2026-02-01\n") == Changes(0, 1, 0)
    assert load("employees", f"{header}{SARI},Sari,C,2026-01-03\n") == Changes(0, 1, 0)
    spans = [row[1:] for row in rows(MEMBERSHIPS) if row[0] == "Sari"]
    assert spans == [
        ("P", date(1900, 1, 1), date(2026, 1, 3)),
        ("C", date(2026, 1, 3), date(2026, 1, 9)),
        ("C", date(2026, 1, 9), date(2026, 2, 1)),
        ("P", date(2026, 2, 1), None),
    ]


@pytest.mark.usefixtures("office")
def test_who_left_belongs_to_no_unit_from_that_day_on(load: Load, rows: Rows) -> None:
    content = f"nip,name,unit,left\n{SARI},Sari,P,2026-01-08\n"
    assert load("employees", content) == Changes(0, 1, 0)
    assert [row[3] for row in rows(MEMBERSHIPS) if row[0] == "Sari"] == [date(2026, 1, 8)]
    assert marked(rows) == [("Sari", [7, 8, 9, 10])]
    assert load("employees", content) == Changes(0, 0, 1)


MEMBERSHIPS = """
SELECT e.name, u.code, valid_from, valid_until FROM membership JOIN employee e ON e.id = employee_id
JOIN unit u ON u.id = membership.unit_id ORDER BY 1, 3
"""
