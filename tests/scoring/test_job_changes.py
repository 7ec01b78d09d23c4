"""Scores after something changed: whatever runs came before, the same facts give the same score."""

from datetime import date, timedelta

import pytest
from psycopg_pool import ConnectionPool

from ingest import enrolments
from ingest.terminals import change_terminal
from tests.scoring.database import add_office, enrol, found, month, nip, punch, run, stored


def newest(pool: ConnectionPool) -> list[tuple[str, int, int, date]]:
    """nip, deduction, payable and last day of each newest score."""
    return found(
        pool,
        "SELECT DISTINCT ON (nip) nip, deduction, payable, last_day"
        " FROM score JOIN employee ON employee.id = employee_id ORDER BY nip, version DESC",
    )


def fresh(pool: ConnectionPool) -> list[tuple[str, int, int, date]]:
    """The scores that one full run from nothing gives."""
    with pool.connection() as connection:
        connection.execute("TRUNCATE work_day, score, scored_month")
    run(pool)
    return newest(pool)


@pytest.mark.parametrize(
    "untils", [pytest.param([10], marks=pytest.mark.long), pytest.param([32, 10], marks=pytest.mark.long), [10, 20, 10]]
)
def test_days_left_out_once_are_made_up_for(pool: ConnectionPool, untils: list[int]) -> None:
    """Whatever part of the month was judged before, in whatever order, a full run gives the full score."""
    add_office(pool)
    punch(pool, "W", 0, month(late_on=20))
    for minute, until in enumerate(untils):
        run(pool, until=date(2026, 1, 1) + timedelta(days=until - 1))
        punch(pool, "W", 0, [f"2026-01-05 07:{minute:02d}:00"])
        run(pool, until=date(2026, 1, 1) + timedelta(days=until - 1))
    run(pool)
    assert newest(pool) == fresh(pool)


def test_days_that_are_not_judged_any_more_do_not_count(pool: ConnectionPool) -> None:
    add_office(pool)
    punch(pool, "W", 0, month(late_on=5))
    run(pool, until=date(2026, 1, 21))
    before = newest(pool)
    run(pool)
    run(pool, until=date(2026, 1, 21))
    assert newest(pool) == before
    assert found(pool, "SELECT max(day) FROM work_day") == [(date(2026, 1, 20),)]


def test_a_unit_scored_twice_computes_its_marks_once(pool: ConnectionPool) -> None:
    """Employees of W and E are enrolled on the terminal of W; scoring W leaves what it means for E."""
    add_office(pool)
    with pool.connection() as connection:
        enrol(connection, 2, "W")
    run(pool)
    punch(pool, "W", 0, ["2026-01-07 07:10:00"])
    punch(pool, "W", 2, ["2026-01-07 23:10:00"])
    assert run(pool, unit="W").days_computed == 1
    assert run(pool, unit="W").days_computed == 0
    assert run(pool, unit="E").days_computed == 3, "the day and, because of the zones, those beside it"
    assert run(pool).days_computed == 0
    assert found(pool, "SELECT count(*) FROM day_to_score") == [(0,)]
    assert found(pool, "SELECT day FROM work_day JOIN employee ON employee.id = employee_id"
                       " WHERE nip = %s AND first_in IS NOT NULL", nip(2)) == [(date(2026, 1, 8),)]  # fmt: skip


def test_the_last_evening_of_an_enrolment_on_a_terminal_of_another_zone(pool: ConnectionPool) -> None:
    """22:10 in Jakarta on the last day is 00:10 in Jayapura the day after: that day changes too when it ends."""
    add_office(pool)
    with pool.connection() as connection:
        enrol(connection, 2, "W", "2025-01-01")
    punch(pool, "W", 2, ["2026-01-12 22:10:00"])
    run(pool)
    for since in (13, 12):
        with pool.connection() as connection:
            ids: dict[str, int] = dict(connection.execute("SELECT nip, id FROM employee").fetchall())
            ((terminal,),) = connection.execute("SELECT id FROM terminal WHERE name = 'terminal-W'").fetchall()
            enrolments.store(connection, [(nip(since - 12), terminal, "2", date(2026, 1, since))], ids)
        run(pool)
    stepwise = stored(pool)[0]
    fresh(pool)
    assert stepwise == stored(pool)[0]


def test_a_terminal_whose_zone_was_corrected(pool: ConnectionPool) -> None:
    add_office(pool)
    punch(pool, "W", 0, month())
    run(pool)
    with pool.connection() as connection:
        change_terminal(connection, "terminal-W", time_zone="Asia/Jayapura")
    assert run(pool).days_computed == 31
    assert newest(pool) == fresh(pool)


def test_more_points_than_anybody_delivers_break_nothing(pool: ConnectionPool) -> None:
    """Rows that no import lets in: the score is capped, the others are untouched."""
    add_office(pool, rulebook="kemensos-eperformance")
    punch(pool, "W", 0, month())
    with pool.connection() as connection:
        connection.execute("INSERT INTO target SELECT id, '2026-01', 1 FROM employee")
        connection.execute(
            "INSERT INTO activity (employee_id, reference, day, title, volume, weight, status)"
            " SELECT id, n, '2026-01-05', 'work', 9223372036854775807, 9223372036854775807, 'verified'"
            " FROM employee, generate_series(1, 2) AS n"
        )
    run(pool)
    rows = found(pool, "SELECT output, payable FROM score JOIN employee ON employee.id = employee_id ORDER BY nip")
    assert rows[0] == (10000, 10000)
    assert [output for output, _ in rows] == [10000] * 3


def test_another_law_is_another_score(pool: ConnectionPool) -> None:
    add_office(pool, employees=1, rulebook="kementan-2012")
    punch(pool, "W", 0, month(late_on=5)[:-1])
    run(pool)
    with pool.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'kemenkeu-2011'")
    summary = run(pool)
    assert (summary.days_computed, summary.days_changed, summary.scores_changed) == (31, 31, 1)
    assert found(pool, "SELECT version, rulebook, deduction FROM score ORDER BY version") == [
        (1, "kementan-2012", 250),
        (2, "kemenkeu-2011", 300),
    ]
