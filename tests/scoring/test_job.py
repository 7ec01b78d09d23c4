"""From the database to scores and back: what is computed, what is written, what is left alone."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from psycopg_pool import ConnectionPool

from config.errors import TepatError
from scoring import store
from scoring.not_scored import NobodyScoredError
from scoring.steps import Step
from tests.scoring.database import AT, add_office, enrol, found, mark, month, nip, punch, run, stored

TWELVE_MINUTES_LATE = {
    "day": "2026-01-05",
    "kind": "late",
    "code": "TL1",
    "minutes": 12,
    "percent": 50,
    "formula": "12 min in [1, 31)",
    "table": "lateness_deduction",
    "law": "SK Sekjen Kemenag 13/2014",
    "article": "",
    "in_force": "2014-01-01",
    "in_force_known": "year",
    "basis": "regulation",
    "hours": "Perpres 21/2023 Ps. 3, Ps. 4",
    "punches": [
        {
            "terminal": "terminal-W",
            "pin": "0",
            "local_time": "2026-01-05T07:42:00",
            "state": 255,
            "time_zone": "Asia/Jakarta",
            "unit_time": "2026-01-05T07:42:00",
        }
    ],
}
"""How the one late morning of the first test is explained."""


def test_a_month_is_scored_and_explained(pool: ConnectionPool) -> None:
    add_office(pool)
    punch(pool, "W", 0, month(late_on=5))
    summary = run(pool)
    assert (summary.employees, summary.days_computed, summary.days_changed, summary.scores_changed) == (3, 93, 93, 3)
    ((deduction, payable, basis, steps),) = found(
        pool,
        "SELECT deduction, payable, basis, score.steps FROM score JOIN employee ON employee.id = employee_id"
        " WHERE nip = %s",
        nip(0),
    )
    assert (deduction, payable, basis) == (50, 9950, "regulation")
    assert [step["kind"] for step in steps] == ["deduction", "attendance", "payable"]
    ((codes, minutes, day_steps),) = found(
        pool,
        "SELECT codes, minutes_late, steps FROM work_day JOIN employee ON employee.id = employee_id"
        " WHERE nip = %s AND day = '2026-01-05'",
        nip(0),
    )
    assert (codes, minutes) == ("TL1", 12)
    (step,) = day_steps
    assert set(step) == set(Step.__annotations__)
    assert step == TWELVE_MINUTES_LATE


def test_scoring_again_changes_nothing(pool: ConnectionPool) -> None:
    add_office(pool)
    punch(pool, "W", 0, month(late_on=5))
    run(pool)
    before = stored(pool)
    again = run(pool)
    assert (again.days_computed, again.days_changed, again.scores_changed) == (0, 0, 0)
    assert stored(pool) == before
    assert found(pool, "SELECT count(*) FROM day_to_score") == [(0,)]


def test_only_days_whose_facts_changed_are_computed(pool: ConnectionPool) -> None:
    add_office(pool)
    punch(pool, "W", 0, month())
    run(pool)
    punch(pool, "W", 0, ["2026-01-07 07:10:00"])
    summary = run(pool)
    assert (summary.days_computed, summary.days_changed, summary.scores_changed) == (1, 1, 1)
    assert found(pool, "SELECT version, payable FROM score JOIN employee ON employee.id = employee_id"
                       " WHERE nip = %s ORDER BY version", nip(0)) == [(1, 10000), (2, 10000)]  # fmt: skip
    with pool.connection() as connection:
        mark(connection, 1, "2026-01-08")
    marked = run(pool)
    assert (marked.days_computed, marked.days_changed, marked.scores_changed) == (1, 0, 0)


def test_a_late_punch_gives_what_a_full_score_gives(pool: ConnectionPool) -> None:
    add_office(pool, employees=6)
    times = month(late_on=12)
    for number in (0, 3):
        punch(pool, "W", number, times[:-9])
    run(pool)
    for number in (0, 3):
        punch(pool, "W", number, times[-9:])
    run(pool)
    days, scores = stored(pool)
    with pool.connection() as connection:
        connection.execute("TRUNCATE work_day, score, scored_month")
    run(pool)
    fresh_days, fresh_scores = stored(pool)
    assert days == fresh_days
    newest = {row[0]: row[-1] for row in scores}
    assert newest == {row[0]: row[-1] for row in fresh_scores}


@pytest.mark.parametrize(
    "partition", [pytest.param(1, marks=pytest.mark.long), 2, pytest.param(1000, marks=pytest.mark.long)]
)
def test_order_of_arrival_serial_numbers_and_partitions_do_not_matter(pool: ConnectionPool, partition: int) -> None:
    def forward() -> object:
        add_office(pool, employees=7)
        for number in range(7):
            punch(pool, list("WTE")[number % 3], number, month(late_on=5 + number))
        run(pool)
        result = stored(pool)
        with pool.connection() as connection:
            connection.execute(
                "TRUNCATE unit, terminal, employee, enrolment, punch, day_to_score, work_day, score CASCADE"
            )
        return result

    expected = forward()
    add_office(pool, employees=7, order=-1)
    facts = [(number, at) for number in range(7) for at in month(late_on=5 + number)]
    random.Random(partition).shuffle(facts)
    for number, at in facts:
        punch(pool, list("WTE")[number % 3], number, [at])
    run(pool, partition=partition)
    assert stored(pool) == expected


def test_a_punch_on_a_terminal_of_another_zone(pool: ConnectionPool) -> None:
    """WIT is two hours ahead of WIB: 09:25 in Jayapura is 07:25 in Jakarta, 01:10 there is the evening before."""
    add_office(pool, employees=1)
    with pool.connection() as connection:
        enrol(connection, 0, "E")
    punch(pool, "E", 0, ["2026-01-05 09:25:00", "2026-01-06 01:10:00"])
    run(pool)
    assert found(pool, "SELECT day, first_in::time::text, last_out::time::text FROM work_day"
                       " WHERE first_in IS NOT NULL") == [(date(2026, 1, 5), "07:25:00", "23:10:00")]  # fmt: skip


def test_a_mark_that_touches_the_month_before(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    with pool.connection() as connection:
        enrol(connection, 0, "E")
    run(pool)
    punch(pool, "E", 0, ["2026-02-01 01:10:00"])
    run(pool, "2026-02", until=date(2026, 2, 3))
    assert found(pool, "SELECT employee_id IS NOT NULL, day FROM day_to_score") == [(True, date(2026, 1, 31))]
    run(pool)
    assert found(pool, "SELECT first_in::text FROM work_day WHERE day = '2026-01-31'") == [("2026-01-31 23:10:00",)]
    assert found(pool, "SELECT count(*) FROM day_to_score") == [(0,)]


def test_days_not_over_are_not_judged(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    punch(pool, "W", 0, ["2026-01-05 07:25:00", "2026-01-07 07:25:00"])
    assert run(pool, until=date(2026, 1, 7)).days_computed == 6
    assert found(pool, "SELECT max(day) FROM work_day") == [(date(2026, 1, 6),)]
    assert found(pool, "SELECT day FROM day_to_score") == [(date(2026, 1, 7),)]
    assert run(pool, until=date(2026, 1, 8)).days_computed == 1
    assert found(pool, "SELECT count(*) FROM day_to_score") == [(0,)]
    assert run(pool, until=date(2026, 1, 1)).employees == 0


def test_an_enrolment_holds_for_its_days(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    with pool.connection() as connection:
        connection.execute("UPDATE enrolment SET valid_from = '2026-01-06', valid_until = '2026-01-07'")
    punch(pool, "W", 0, [f"2026-01-{day:02d} 07:25:00" for day in (5, 6, 7)])
    run(pool)
    assert found(pool, "SELECT day FROM work_day WHERE first_in IS NOT NULL") == [(date(2026, 1, 6),)]


def test_a_unit_with_all_below_it(pool: ConnectionPool) -> None:
    add_office(pool, employees=6)
    punch(pool, "W", 0, ["2026-01-05 07:25:00"])
    assert run(pool, unit="T").employees == 2
    assert found(pool, "SELECT count(*) FROM day_to_score") == [(1,)], "other units still need the mark"
    assert run(pool, unit="HQ").employees == 6
    with pytest.raises(TepatError, match="no unit 'X'"):
        run(pool, unit="X")


def test_output_counts_verified_points_against_the_target(pool: ConnectionPool) -> None:
    add_office(pool, employees=2, rulebook="kemensos-eperformance")
    punch(pool, "W", 0, month())
    with pool.connection() as connection:
        connection.execute("INSERT INTO target SELECT id, '2026-01', 5000 FROM employee WHERE nip = %s", (nip(0),))
        for reference, volume, weight, status, day in (
            ("a", 1000, 300, "verified", "2026-01-05"),
            ("b", 500, 350, "verified", "2026-01-06"),
            ("c", 9900, 900, "submitted", "2026-01-07"),
            ("d", 9900, 900, "returned", "2026-01-08"),
            ("e", 9900, 900, "verified", "2025-12-31"),
        ):
            connection.execute(
                "INSERT INTO activity (employee_id, reference, day, title, volume, weight, status)"
                " SELECT id, %s, %s, 'work', %s, %s, %s FROM employee WHERE nip = %s",
                (reference, day, volume, weight, status, nip(0)),
            )
    run(pool)
    rows = found(pool, "SELECT attendance, output, total, payable, basis FROM score JOIN employee"
                       " ON employee.id = employee_id ORDER BY nip")  # fmt: skip
    assert rows[0] == (10000, 9500, 9700, 9700, "assumption")
    assert rows[1][1:] == (None, None, None, "assumption"), "without a target nothing is paid on a guess"


def test_a_period_the_calendar_says_nothing_about(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    with pytest.raises(
        NobodyScoredError, match=r"unit W by kemenag-2014\. Table national_holidays .* nothing about 2020"
    ):
        run(pool, "2020-01", until=date(2026, 1, 1))
    with pytest.raises(TepatError, match="'January' is no period"):
        run(pool, "January")


def test_two_scorers_take_turns(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
    with ThreadPoolExecutor(1) as beside:
        with pool.connection() as other, other.transaction():
            store.lock(other)
            summary = beside.submit(run, pool)
            deadline = time.monotonic() + 60
            while found(pool, waiting, store.ONE_SCORER) != [(1,)]:
                assert time.monotonic() < deadline, "the second scorer did not wait"
                time.sleep(0.01)
            assert found(pool, "SELECT count(*) FROM work_day") == [(0,)]
        assert summary.result(60).scores_changed == 1
    assert found(pool, "SELECT scored_at FROM score") == [(AT,)]
