"""Quarters and years from the same facts; the predicate of a quarter pays the months of the next."""

from datetime import date
from typing import Any

import pytest
from psycopg_pool import ConnectionPool

from ingest import changes
from scoring.long_periods import is_long, score_long_period
from scoring.run import Summary
from tests.scoring.database import AT, add_office, found, month, nip, punch, run

LATEST = """
SELECT DISTINCT ON (employee_id) attendance, output, behaviour, evaluation, predicate, total, payable, amount, version
FROM score JOIN employee ON employee.id = employee_id WHERE nip = %s AND period = %s ORDER BY employee_id, version DESC
"""


def latest(office: ConnectionPool, period: str) -> tuple[Any, ...]:
    (row,) = found(office, LATEST, nip(0), period)
    return tuple(row)


def run_long(office: ConnectionPool, period: str, until: date) -> Summary:
    return score_long_period(office, period, until=lambda _: until, at=AT)


def evaluate(office: ConnectionPool, period: str, result: str, behaviour: str) -> None:
    with office.connection() as connection:
        ((number,),) = connection.execute("SELECT id FROM employee WHERE nip = %s", [nip(0)]).fetchall()
        connection.execute(
            "INSERT INTO evaluation VALUES (%s, %s, %s, %s, false) ON CONFLICT (employee_id, period)"
            " DO UPDATE SET result = excluded.result, behaviour = excluded.behaviour",
            [number, period, result, behaviour],
        )
        changes.mark_periods(connection, [(number, period)])


def test_a_quarter_is_the_mean_of_its_months_and_changes_with_them(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    punch(pool, "W", 0, month(late_on=5))
    first = run_long(pool, "2026-Q1", date(2026, 2, 1))
    assert (first.period, first.employees, first.scores_changed) == ("2026-Q1", 1, 2)
    assert latest(pool, "2026-Q1") == (9950, None, None, None, None, 9950, 9950, None, 1)
    assert run_long(pool, "2026-Q1", date(2026, 2, 1)).scores_changed == 0
    punch(pool, "W", 0, ["2026-01-05 07:20:00"])
    assert run_long(pool, "2026-Q1", date(2026, 2, 1)).scores_changed == 2
    assert latest(pool, "2026-Q1")[0] == 10000
    run_long(pool, "2026", date(2026, 2, 1))
    assert latest(pool, "2026")[0] == 10000


def test_the_predicate_of_a_quarter_pays_the_next(pool: ConnectionPool) -> None:
    add_office(pool, employees=1, rulebook="kemlu-2025")
    evaluate(pool, "2025-Q4", "below", "above")
    punch(pool, "W", 0, month())
    run(pool, "2025-12")
    run(pool)
    assert latest(pool, "2026-01")[6] == 8000
    evaluate(pool, "2026-Q1", "above", "above")
    run_long(pool, "2026-Q1", date(2026, 2, 1))
    assert latest(pool, "2026-Q1")[4] == "Sangat Baik"
    assert latest(pool, "2026-01")[6] == 8000, "a new predicate pays from the next quarter on"


def test_output_and_behaviour_come_from_plan_and_ratings(pool: ConnectionPool) -> None:
    add_office(pool, employees=2, rulebook="kemensos-eperformance")
    punch(pool, "W", 0, month())
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO target SELECT id, '2026-01', 10000 FROM employee;"
            "INSERT INTO activity (employee_id, reference, day, title, volume, weight, status)"
            " SELECT id, 'A', '2026-01-05', 'Report', 100, 9500, 'verified' FROM employee;"
            "INSERT INTO employee_class SELECT id, '2026-01-01', 6, false FROM employee"
        )
    run(pool)
    # 40 % of 100,00 and 60 % of 95,00 of class 6
    assert latest(pool, "2026-01") == (10000, 9500, None, None, None, 9700, 9700, 340508800, 1)


@pytest.mark.parametrize(
    ("period", "long"), [("2026", True), ("2026-Q4", True), ("2026-Q5", False), ("2026-01", False)]
)
def test_what_reads_as_a_quarter_or_year(period: str, long: bool) -> None:
    assert is_long(period) is long


def test_who_delivered_nothing_of_a_target_has_an_output_of_nothing(pool: ConnectionPool) -> None:
    add_office(pool, employees=1, rulebook="kemensos-eperformance")
    punch(pool, "W", 0, month())
    with pool.connection() as connection:
        connection.execute("INSERT INTO target SELECT id, '2026-01', 10000 FROM employee")
    run_long(pool, "2026-Q1", date(2026, 2, 1))
    assert [latest(pool, period)[:2] for period in ("2026-01", "2026-Q1")] == [(10000, 0), (10000, 0)]
    formulas = found(
        pool,
        "SELECT period, step ->> 'formula' FROM score, json_array_elements(steps) AS step"
        " WHERE step ->> 'kind' = 'output' ORDER BY period",
    )
    assert formulas == [("2026-01", "0,00 / 100,00 = 0,00"), ("2026-Q1", "0,00 / 100,00 = 0,00")]
