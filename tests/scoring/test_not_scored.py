"""A unit whose law says nothing of its days is left out by name; everybody else is scored."""

import dataclasses
import json
from datetime import UTC, date, datetime

import pytest
import typer
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from config.calendars import Calendar, calendar
from config.errors import TepatError
from config.rulebook_tables import ATTENDANCE_PERIOD
from config.rulebooks import rulebook
from scoring import commands, known, partitions
from scoring.long_periods import refresh_around, score_long_period
from scoring.run import Summary
from tests.scoring.database import FEBRUARY, add_office, found, mark, month, nip, punch, run

SCORED = "SELECT DISTINCT nip FROM score JOIN employee ON employee.id = employee_id ORDER BY nip"
DAYS = "SELECT count(*) FROM work_day JOIN employee ON employee.id = employee_id WHERE nip = %s"
TOLD = "unpaid leave outside state service: 200,00 / ? working days, of the whole allowance"
app = typer.Typer()
app.command("score")(commands.score)


@pytest.fixture
def office(pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> ConnectionPool:
    """Unit W counts January from 16 December 2025, of which its calendar says nothing."""
    shipped = calendar()
    tables = {each.name: getattr(shipped, each.name) for each in dataclasses.fields(shipped)}
    of_2026 = [version for version in shipped.holidays.versions if version.law.in_force.year == 2026]
    holidays = dataclasses.replace(shipped.holidays, versions=tuple(of_2026))
    begun = Calendar(**{**tables, "holidays": holidays})
    for module in (partitions, known):
        monkeypatch.setattr(module, "calendar", lambda: begun)
    add_office(pool)
    with pool.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'kemendes-2025' WHERE code = 'W'")
    punch(pool, "W", 0, month())
    punch(pool, "T", 1, month(late_on=5))
    return pool


def test_the_others_are_scored_and_who_is_not_is_named(office: ConnectionPool) -> None:
    summary = run(office)
    assert (summary.employees, summary.scores_changed) == (2, 2)
    assert found(office, SCORED) == [(nip(1),), (nip(2),)]
    assert found(office, DAYS, nip(0)) == [(0,)]
    (left_out,) = summary.not_scored
    assert (left_out.units, left_out.rulebooks, len(left_out.employees)) == (("W",), ("kemendes-2025",), 1)
    assert "2025-12-16" in left_out.reason


def test_what_changed_for_who_is_left_out_is_not_forgotten(office: ConnectionPool) -> None:
    """Its marks stay; those of the others are done."""
    with office.connection() as connection:
        mark(connection, 0, "2026-01-07")
        mark(connection, 1, "2026-01-07")
    run(office)
    of_whom = (
        "SELECT DISTINCT nip, terminal.name FROM day_to_score LEFT JOIN employee ON employee.id = employee_id"
        " LEFT JOIN terminal ON terminal.id = terminal_id ORDER BY nip"
    )
    assert found(office, of_whom) == [(nip(0), None), (None, "terminal-W")]
    assert run(office).days_computed == 0
    with office.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'kemenag-2014' WHERE code = 'W'")
    assert run(office).not_scored == []
    assert found(office, SCORED) == [(nip(0),), (nip(1),), (nip(2),)]
    assert found(office, "SELECT count(*) FROM day_to_score") == [(0,)]


def test_where_nobody_can_be_scored_the_error_names_unit_and_rulebook(office: ConnectionPool) -> None:
    with pytest.raises(TepatError, match=r"unit W by kemendes-2025\. .*2025-12-16[^$]*--unit"):
        run(office, unit="W")


def test_a_rehearsal_leaves_nobody_out(office: ConnectionPool) -> None:
    def look(_connection: object, _summary: Summary) -> None:
        raise AssertionError("compared without some")

    with pytest.raises(TepatError, match="unit W by kemendes-2025"):
        run(office, rehearse=look)


def test_a_quarter_is_not_reckoned_from_two_of_its_months(office: ConnectionPool) -> None:
    at = datetime(2026, 4, 1, 3, tzinfo=UTC)
    summary = score_long_period(office, "2026-Q1", until=lambda _: date(2026, 4, 1), at=at)
    quarters = "SELECT nip FROM score JOIN employee ON employee.id = employee_id WHERE period = '2026-Q1' ORDER BY nip"
    assert found(office, quarters) == [(nip(1),), (nip(2),)]
    assert [left_out.units for left_out in summary.not_scored] == [("W",)]


def test_the_command_says_so_at_its_end_and_fails(office: ConnectionPool, command_line: dict[str, str]) -> None:
    assert office is not None
    assert command_line
    told = CliRunner().invoke(app, ["2026-01", "--until", str(FEBRUARY)])
    assert told.exit_code == 1
    assert told.stdout.startswith("2026-01: 2 employees")
    assert "\nNot scored: 1 employee of unit W by kemendes-2025. Table " in told.stdout
    as_json = CliRunner().invoke(app, ["2026-01", "--until", str(FEBRUARY), "--json"])
    assert as_json.exit_code == 1
    (left_out,) = json.loads(as_json.stdout)["not_scored"]
    assert (left_out["units"], left_out["employees"]) == (["W"], 1)


def letter(office: ConnectionPool, number: int, kind: str, first: str, last: str) -> None:
    with office.connection() as connection:
        connection.execute(
            "INSERT INTO absence (employee_id, document, kind, first_day, last_day, withdrawn)"
            " SELECT id, 'L', %s, %s, %s, false FROM employee WHERE nip = %s",
            (kind, first, last, nip(number)),
        )


def test_a_month_whose_other_days_the_calendar_does_not_know_lacks_only_what_rests_on_them(
    office: ConnectionPool,
) -> None:
    """Somebody new in W: of his days of January all is known, of the working days of his whole month nothing is."""
    letter(office, 0, "unpaid", "2026-01-08", "2026-01-09")
    with office.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'kemensos-eperformance' WHERE code = 'W'")
        connection.execute("UPDATE enrolment SET valid_from = '2026-01-05' WHERE pin = '0'")
        connection.execute("UPDATE membership SET valid_from = '2026-01-05' FROM employee WHERE nip = %s"
                           " AND employee.id = employee_id", (nip(0),))  # fmt: skip
    kept = rulebook("kemensos-eperformance")
    shifted = kept.replaced(ATTENDANCE_PERIOD, rulebook("kemendes-2025").need(ATTENDANCE_PERIOD))
    told = run(office, book=lambda name: shifted if name == kept.name else rulebook(name))
    assert (told.employees, told.not_scored) == (3, [])
    scores = "SELECT payable, counted_from FROM score JOIN employee ON employee.id = employee_id WHERE nip = %s"
    assert found(office, scores, nip(0)) == [(None, date(2025, 12, 16))]
    share = "SELECT step ->> 'formula' FROM score, json_array_elements(steps) AS step WHERE step ->> 'kind' = %s"
    assert found(office, share, "leave_of_month") == [(TOLD,)]


@pytest.mark.parametrize("kind", ["sick_inpatient", "unpaid", "travel"])
def test_a_letter_from_before_the_calendar_stops_nobody(office: ConnectionPool, kind: str) -> None:
    letter(office, 1, kind, "2020-03-02", "2026-01-09")
    letter(office, 0, kind, "2019-03-02", "2026-01-09")
    told = run(office)
    assert (told.employees, len(told.not_scored)) == (2, 1)
    assert found(office, SCORED) == [(nip(1),), (nip(2),)]


def test_a_broken_rulebook_beside_a_month_from_the_16th_stops_only_its_own(office: ConnectionPool) -> None:
    with office.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'there is none' WHERE code = 'T'")
    told = run(office)
    assert [left_out.units for left_out in told.not_scored] == [("W",), ("T",)]
    assert found(office, SCORED) == [(nip(2),)]


def test_a_year_that_a_rulebook_is_silent_about_is_reckoned_for_all_others(office: ConnectionPool) -> None:
    """Whose months are scored by what came into force within the year."""
    with office.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'kemenag-2014' WHERE code = 'W'")
    run(office)
    with office.connection() as connection:
        connection.execute("UPDATE score SET rulebook = 'there is none' FROM employee"
                           " WHERE nip = %s AND employee.id = employee_id", (nip(2),))  # fmt: skip
        who = [number for (number,) in connection.execute("SELECT id FROM employee").fetchall()]
        connection.execute(
            "INSERT INTO score SELECT employee_id, '2026', 1, rulebook, rulebook_digest, basis, deduction, attendance,"
            " output, total, payable, steps, last_day, 'd', scored_at FROM score"
        )
    (year,) = refresh_around(office, "2026-01", who, at=datetime(2026, 2, 1, tzinfo=UTC))
    assert (year.period, year.scores_changed) == ("2026", 2)
    assert [(left_out.units, left_out.rulebooks) for left_out in year.not_scored] == [(("E",), ("there is none",))]
