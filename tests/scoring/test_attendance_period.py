"""A month counted from the 16th to the 15th: which days it rests on, at every border and through every change."""

from datetime import date, datetime

import polars as pl
import pytest
from psycopg_pool import ConnectionPool

from config.kinds.period import AttendancePeriod
from config.rulebooks import rulebook
from scoring import mark_store, score_store, undecided_store
from scoring.attendance_period import CALENDAR_MONTH, by_span, counted_days, earliest_begin
from scoring.courses import MEMBERSHIPS
from scoring.telling import period_lines
from tests.scoring.database import add_office, belong, enrol, found, mark, nip, punch, run, stored, sync

SHIFTED = AttendancePeriod(16)
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
SPANS = (
    "SELECT period, counted_from, counted_to FROM score JOIN employee ON employee.id = employee_id"
    " WHERE nip = %s AND period NOT LIKE '%%Q%%'"
)


@pytest.mark.parametrize(
    ("since", "march", "april"),
    [
        (date(2026, 2, 15), (16, 2, 15, 3), (16, 3, 15, 4)),
        (date(2026, 2, 16), (1, 3, 15, 3), (16, 3, 15, 4)),
        (date(2026, 3, 15), (1, 3, 15, 3), (16, 3, 15, 4)),
        (date(2026, 3, 16), (1, 3, 31, 3), (1, 4, 15, 4)),
    ],
)
def test_a_change_from_the_calendar_to_the_16th_loses_no_day_and_counts_none_twice(
    since: date, march: tuple[int, ...], april: tuple[int, ...]
) -> None:
    def rule_on(day: date) -> AttendancePeriod:
        return SHIFTED if day >= since else CALENDAR_MONTH

    for month, (first, of, last, to) in ((3, march), (4, april)):
        assert counted_days(date(2026, month, 1), rule_on) == (date(2026, of, first), date(2026, to, last))


def test_the_way_back_to_the_calendar_has_one_long_month() -> None:
    def rule_on(day: date) -> AttendancePeriod:
        return SHIFTED if day < date(2026, 3, 20) else CALENDAR_MONTH

    assert counted_days(date(2026, 3, 1), rule_on) == (date(2026, 2, 16), date(2026, 3, 15))
    assert counted_days(date(2026, 4, 1), rule_on) == (date(2026, 3, 16), date(2026, 4, 30))


def test_members_of_both_kinds_are_told_apart_and_who_left_before_the_counted_days_is_left_out() -> None:
    rows = [
        (1, "1", "kemendes-2025", "Asia/Jakarta", date(2025, 12, 1), date(2026, 2, 1), True),
        (2, "2", "kemenag-2014", "Asia/Jakarta", date(2025, 12, 1), date(2026, 2, 1), True),
        (3, "3", "kemenag-2014", "Asia/Jakarta", date(2025, 12, 1), date(2025, 12, 20), True),
        (4, "4", "kemendes-2025", "Asia/Jakarta", date(2025, 12, 1), date(2025, 12, 16), True),
        (4, "4", "kemendes-2025", "Asia/Jakarta", date(2025, 12, 16), date(2026, 2, 1), False),
    ]
    members = pl.DataFrame(rows, schema=MEMBERSHIPS, orient="row")
    told = {span: ours.rows() for span, ours in by_span(members, date(2026, 1, 1), rulebook)}
    (shifted,) = told[date(2025, 12, 16), date(2026, 1, 15)]
    assert shifted[0] == 1
    assert shifted[-2:] == (date(2025, 12, 16), date(2026, 1, 16))
    (plain,) = told[date(2026, 1, 1), date(2026, 1, 31)]
    assert plain[0] == 2
    assert earliest_begin(["kemendes-2025", "kemenag-2014", "there is none"], rulebook) == 16
    assert earliest_begin(["kemenag-2014"], rulebook) is None


def shifted_office(pool: ConnectionPool) -> None:
    """Employee 0 in W, whose months end on the 15th; 1 in T, by the calendar."""
    add_office(pool, employees=2)
    with pool.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'kemendes-2025' WHERE code = 'W'")


def judged(pool: ConnectionPool, number: int) -> tuple[date, date]:
    ((first, last),) = found(
        pool,
        "SELECT min(day), max(day) FROM work_day JOIN employee ON employee.id = employee_id WHERE nip = %s",
        nip(number),
    )
    return first, last


def test_a_month_rests_on_the_16th_to_the_15th(pool: ConnectionPool) -> None:
    shifted_office(pool)
    run(pool, "2026-04", until=date(2026, 4, 20))
    assert judged(pool, 0) == (date(2026, 3, 16), date(2026, 4, 15))
    assert judged(pool, 1) == (date(2026, 4, 1), date(2026, 4, 19))
    assert found(pool, SPANS, nip(0)) == [("2026-04", date(2026, 3, 16), date(2026, 4, 15))]
    assert found(pool, SPANS, nip(1)) == [("2026-04", None, None)]
    run(pool, "2026-05", until=date(2026, 4, 20))
    assert judged(pool, 0) == (date(2026, 3, 16), date(2026, 4, 19))


@pytest.mark.parametrize(("day", "touched"), [("15", "2026-04"), ("16", "2026-05")])
def test_a_late_punch_touches_the_month_that_its_day_counts_to(pool: ConnectionPool, day: str, touched: str) -> None:
    shifted_office(pool)
    for period in ("2026-04", "2026-05"):
        run(pool, period, until=JUNE)
    punch(pool, "W", 0, [f"2026-04-{day} 07:25:00"])
    with pool.connection() as connection:
        due = mark_store.due_periods(connection, JUNE, 16)
    assert touched in due
    computed = {period: run(pool, period, until=JUNE).days_computed for period in due}
    assert {period: days for period, days in computed.items() if days} == {touched: 1}
    assert found(pool, "SELECT count(*) FROM day_to_score") == [(0,)]


def test_a_mark_is_kept_until_its_own_month_is_scored(pool: ConnectionPool) -> None:
    shifted_office(pool)
    for period in ("2026-04", "2026-05"):
        run(pool, period, until=JUNE)
    with pool.connection() as connection:
        mark(connection, 0, "2026-04-20")
    run(pool, "2026-04", until=JUNE)
    assert found(pool, "SELECT count(*) FROM day_to_score") == [(1,)]
    assert run(pool, "2026-05", until=JUNE).days_computed == 1
    assert found(pool, "SELECT count(*) FROM day_to_score") == [(0,)]


def test_a_day_that_waits_keeps_the_month_it_counts_to_from_being_final(pool: ConnectionPool) -> None:
    shifted_office(pool)
    with pool.connection() as connection:
        sync(connection, datetime.fromisoformat("2026-04-20 00:00+00:00"))
    done = run(pool, "2026-05", until=date(2026, 4, 22))
    assert done.spans == {done.who[0]: (date(2026, 4, 16), date(2026, 5, 15))}
    assert done.days_waiting == 2
    run(pool, "2026-04", until=date(2026, 4, 22))
    with pool.connection() as connection:
        found_scores = score_store.newest_scores(connection, "2026-05", done.who)
        assert [row["days_waiting"] for row in found_scores] == [2]
        held = undecided_store.waited_for(connection, "2026-05", done.who, done.spans)
        assert [(each["days"], each["first"]) for each in held] == [(2, date(2026, 4, 20))]
        before = score_store.newest_scores(connection, "2026-04", done.who)
        assert [row["days_waiting"] for row in before] == [0, 2], "of who counts to the 15th none waits"
        sync(connection)
        assert "2026-05" in undecided_store.due_periods(connection, 16)


def test_an_explanation_tells_the_days_and_the_steps_of_these_alone(pool: ConnectionPool) -> None:
    shifted_office(pool)
    for period in ("2026-04", "2026-05"):
        run(pool, period, until=MAY)
    with pool.connection() as connection:
        told = score_store.explained_period(connection, nip(0), "2026-04")
    assert told is not None
    days = {step["day"] for step in told["day_steps"]}
    assert (min(days), max(days)) == ("2026-03-16", "2026-04-15")
    assert "  counted over 2026-03-16 to 2026-04-15" in period_lines(told)


def test_who_moves_to_such_a_body_keeps_every_day_once(pool: ConnectionPool) -> None:
    shifted_office(pool)
    with pool.connection() as connection:
        enrol(connection, 1, "W")
        belong(connection, 1, "W", "2026-04-10")
    for period in ("2026-03", "2026-04", "2026-05"):
        run(pool, period, until=MAY)
    assert found(pool, SPANS + " ORDER BY period", nip(1)) == [
        ("2026-03", None, None),
        ("2026-04", date(2026, 4, 1), date(2026, 4, 15)),
        ("2026-05", date(2026, 4, 16), date(2026, 5, 15)),
    ]
    ((days, first, last),) = found(
        pool,
        "SELECT count(*), min(day), max(day) FROM work_day JOIN employee ON employee.id = employee_id WHERE nip = %s",
        nip(1),
    )
    assert (days, first, last) == (61, date(2026, 3, 1), date(2026, 4, 30))


def test_step_by_step_and_at_once_are_the_same(pool: ConnectionPool) -> None:
    shifted_office(pool)
    for until in (date(2026, 4, 10), date(2026, 4, 17), MAY):
        for period in ("2026-04", "2026-05"):
            run(pool, period, until=until)
        punch(pool, "W", 0, [f"{until} 07:25:00", f"2026-03-{until.day:02d} 07:20:00"])
        with pool.connection() as connection:
            belong(connection, 0, "T" if until.day == 17 else "W", str(until))
            connection.execute(
                "INSERT INTO day_to_score (employee_id, day) SELECT employee_id, day FROM work_day WHERE day >= %s",
                (until,),
            )
    for period in ("2026-04", "2026-05"):
        run(pool, period, until=MAY)
    days, scores = stored(pool)
    with pool.connection() as connection:
        connection.execute("TRUNCATE work_day, score, scored_month")
    for period in ("2026-04", "2026-05"):
        run(pool, period, until=MAY)
    fresh_days, fresh_scores = stored(pool)
    assert days == fresh_days
    assert {row[:2]: row[-1] for row in scores} == {row[:2]: row[-1] for row in fresh_scores}
