"""A locked month never changes; what arrives later becomes an adjustment in a month that is locked later, once."""

import threading
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from scoring import adjustment_store
from scoring.lock import Locking, lock_period
from tests.scoring.database import add_office, belong, found, mark, month, nip, punch, run, sync

MARCH = date(2026, 3, 1)
LOCKED_AT = datetime(2026, 3, 2, tzinfo=UTC)


def lock(pool: ConnectionPool, period: str = "2026-01", until: date = MARCH, **more: Any) -> Locking:
    with pool.connection() as connection:
        return lock_period(connection, pool, period, until=lambda _: until, at=LOCKED_AT, actor="command:test", **more)


def scored(pool: ConnectionPool, employees: int = 1, *periods: str) -> None:
    add_office(pool, employees=employees)
    for number in range(employees):
        punch(pool, "WTE"[number % 3], number, month(late_on=9))
    for period in periods or ("2026-01",):
        run(pool, period, MARCH)


def correct(pool: ConnectionPool) -> None:
    """The lateness of 9 January was the terminal's: an earlier scan turns up."""
    punch(pool, "W", 0, ["2026-01-09 07:20:00"])
    run(pool, "2026-01", MARCH)


def owed(pool: ConnectionPool) -> list[tuple[str, int | None]]:
    with pool.connection() as connection:
        return [(one.period, one.percent) for one in adjustment_store.pending(connection)]


def settled(pool: ConnectionPool) -> list[tuple[str, str, int]]:
    return found(pool, "SELECT period, paid_in, percent FROM adjustment ORDER BY period, to_version")


def test_a_month_is_locked_once(pool: ConnectionPool) -> None:
    scored(pool, 2)
    first, again = lock(pool), lock(pool)
    assert (len(first.locked), len(first.already), first.not_ready) == (2, 0, [])
    assert (again.locked, len(again.already), again.not_ready) == ([], 2, [])
    assert found(pool, "SELECT count(*), min(version) FROM locked_month") == [(2, 1)]
    assert found(pool, "SELECT count(*) FROM kept_day") == found(pool, "SELECT count(*) FROM work_day")
    assert found(pool, "SELECT actor, object FROM audit WHERE action = 'lock'") == [("command:test", "period:2026-01")]


def test_a_dry_run_locks_nothing(pool: ConnectionPool) -> None:
    scored(pool)
    assert len(lock(pool, dry_run=True).locked) == 1
    assert found(pool, "SELECT FROM locked_month") == found(pool, "SELECT FROM kept_day") == []


def test_a_later_fact_becomes_an_adjustment_in_the_next_month_that_is_locked(pool: ConnectionPool) -> None:
    scored(pool)
    lock(pool)
    run(pool, "2026-02", MARCH)
    correct(pool)
    assert found(pool, "SELECT version, payable FROM shown_score WHERE period = '2026-01'") == [(1, 9950)]
    assert owed(pool) == [("2026-01", 50)]
    later = lock(pool, "2026-02")
    assert ([one.percent for one in later.settled], later.assumed) == ([50], 1)
    assert settled(pool) == [("2026-01", "2026-02", 50)]
    assert owed(pool) == []
    assert lock(pool, "2026-02").settled == []
    with pool.connection() as connection:
        (one,) = adjustment_store.settled(connection, paid_in="2026-02")
        (day,) = adjustment_store.steps_beside(connection, one)[:1]
    assert (day["day"], [step["kind"] for step in day["before"]], day["after"]) == ("2026-01-09", ["late"], [])


@pytest.mark.long
def test_both_versions_of_a_pending_adjustment_are_told_by_their_steps(pool: ConnectionPool) -> None:
    scored(pool)
    lock(pool)
    correct(pool)
    with pool.connection() as connection:
        (one,) = adjustment_store.pending(connection)
        beside = adjustment_store.steps_beside(connection, one)
    assert [each["day"] for each in beside] == ["2026-01-09", None]
    assert {step["kind"] for step in beside[1]["after"]} >= {"attendance", "payable"}


def test_nobody_is_locked_while_somebody_is_not_ready_unless_asked_for(pool: ConnectionPool) -> None:
    scored(pool, 2)
    with pool.connection() as connection:
        mark(connection, 1, "2026-01-09")
    refused = lock(pool)
    assert (refused.done, found(pool, "SELECT FROM locked_month")) == (False, [])
    assert [(one.nip, one.reason) for one in refused.not_ready] == [(nip(1), "stale")]
    others = lock(pool, only_ready=True)
    assert others.done
    assert len(others.locked) == 1
    run(pool, "2026-01", MARCH)
    rest = lock(pool)
    assert (len(rest.locked), len(rest.already)) == (1, 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("DELETE FROM score", "not_scored"),
        ("UPDATE unit SET rulebook = 'kementan-2012'", "stale"),
        ("UPDATE unit SET rulebook = 'none'", "no_law"),
        ("UPDATE score SET payable = NULL, total = NULL", "rate"),
        ("INSERT INTO waiting_day SELECT employee_id, '2026-01-09', terminal_id, '2026-01-10Z', false FROM enrolment",
         "waiting"),
        ("INSERT INTO day_to_score (terminal_id, day) SELECT id, '2026-01-31' FROM terminal", "stale"),
    ],
)  # fmt: skip
def test_who_is_not_ready_is_told_why(pool: ConnectionPool, change: str, reason: str) -> None:
    scored(pool)
    with pool.connection() as connection:
        connection.execute(change.encode())
    assert [one.reason for one in lock(pool, only_ready=True).not_ready] == [reason]
    assert found(pool, "SELECT FROM locked_month") == []


def test_a_month_is_not_locked_before_its_last_day_is_over(pool: ConnectionPool) -> None:
    scored(pool)
    (one,) = lock(pool, until=date(2026, 1, 31)).not_ready
    assert (one.reason, one.about) == ("open", "2026-01-31")


@pytest.mark.long
def test_who_left_is_locked_for_the_days_that_he_was_there_and_is_owed_what_comes_later(pool: ConnectionPool) -> None:
    scored(pool)
    with pool.connection() as connection:
        connection.execute("UPDATE membership SET valid_until = '2026-01-20'")
    run(pool, "2026-01", MARCH)
    assert len(lock(pool, until=date(2026, 1, 21)).locked) == 1
    correct(pool)
    assert lock(pool, "2026-02").locked == []
    assert owed(pool) == [("2026-01", 50)]


CHANGES = [
    "UPDATE score SET payable = 10000",
    "DELETE FROM score",
    "TRUNCATE score",
    "UPDATE locked_month SET version = 2",
    "DELETE FROM locked_month",
    "TRUNCATE locked_month CASCADE",
    "UPDATE kept_day SET deduction = 0",
    "DELETE FROM kept_day",
    "TRUNCATE kept_day",
    (
        "INSERT INTO kept_day SELECT employee_id, period, version, day, 2, kind, name, expected_in, expected_out,"
        " first_in, last_out, minutes_late, minutes_early, absent, codes, deduction, steps, law_id, roster"
        " FROM kept_day"
    ),
    "UPDATE adjustment SET percent = 1",
    "DELETE FROM adjustment",
    "TRUNCATE adjustment",
    (
        "INSERT INTO adjustment SELECT employee_id, period, paid_in, 1, 3, percent, amount, digest, settled_at,"
        " settled_by FROM adjustment"
    ),
    "UPDATE day_law SET hours = '{}'",
    "UPDATE day_law SET rulebook = 'another'",
    "DELETE FROM day_law",
    "TRUNCATE day_law",
    "TRUNCATE employee CASCADE",
]


def test_the_database_refuses_every_change_of_what_is_locked(pool: ConnectionPool) -> None:
    scored(pool, 1, "2026-01", "2026-02")
    lock(pool)
    correct(pool)
    lock(pool, "2026-02")
    kept = "SELECT score::text FROM score UNION ALL SELECT kept::text FROM kept_judged_day AS kept ORDER BY 1"
    before = found(pool, kept)
    for change in CHANGES:
        with pytest.raises(psycopg.IntegrityError), pool.connection() as connection:
            connection.execute(change.encode())
        assert found(pool, kept) == before, change


def test_what_is_owed_is_not_forgotten_before_it_is_settled(pool: ConnectionPool) -> None:
    scored(pool, 2, "2026-01", "2026-02")
    lock(pool)
    correct(pool)
    late = found(pool, "SELECT nip FROM late_month JOIN employee ON employee.id = employee_id")
    assert late == [(nip(0),)]
    for change in ("DELETE FROM late_month", "TRUNCATE late_month", "UPDATE late_month SET period = '2026-02'"):
        with pytest.raises(psycopg.IntegrityError), pool.connection() as connection:
            connection.execute(change.encode())
    lock(pool, "2026-02")
    assert found(pool, "SELECT FROM late_month") == owed(pool) == []


def unscored(pool: ConnectionPool, **asked: Any) -> list[str]:
    with pool.connection() as connection:
        return adjustment_store.unscored(connection, **asked)


def test_facts_of_a_locked_month_that_are_not_scored_yet_are_told(pool: ConnectionPool) -> None:
    scored(pool, 2, "2026-01", "2026-02")
    lock(pool)
    punch(pool, "W", 0, ["2026-01-09 07:20:00"])  # marks the terminal's day
    with pool.connection() as connection:
        mark(connection, 1, "2026-03-02")
    assert unscored(pool) == unscored(pool, before="2026-02") == ["2026-01"]
    assert unscored(pool, before="2026-01") == unscored(pool, who=[]) == []
    assert lock(pool, "2026-02").unscored == ["2026-01"]
    run(pool, "2026-01", MARCH)
    assert unscored(pool) == []


def test_two_locks_at_once_settle_once(pool: ConnectionPool) -> None:
    scored(pool, 1, "2026-01", "2026-02")
    lock(pool)
    correct(pool)
    done: list[Locking] = []
    both = [threading.Thread(target=lambda: done.append(lock(pool, "2026-02"))) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(len(each.settled) for each in done) == [0, 1]
    assert settled(pool) == [("2026-01", "2026-02", 50)]


@pytest.mark.long
def test_a_lock_that_fails_in_between_leaves_nothing(pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    scored(pool, 1, "2026-01", "2026-02")
    lock(pool)
    correct(pool)

    def broken(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as within:
        within.setattr("scoring.adjustment_store.settle", broken)
        with pytest.raises(RuntimeError):
            lock(pool, "2026-02")
    assert found(pool, "SELECT period FROM locked_month") == [("2026-01",)]
    assert len(lock(pool, "2026-02").settled) == 1


def test_a_day_that_waits_again_keeps_its_adjustment_from_being_settled(pool: ConnectionPool) -> None:
    scored(pool, 1, "2026-01", "2026-02")
    lock(pool)
    correct(pool)
    with pool.connection() as connection:
        connection.execute("INSERT INTO waiting_day SELECT employee_id, '2026-01-12', terminal_id, '2026-01-13Z', false"
                           " FROM enrolment")  # fmt: skip
        sync(connection, None)
    with pool.connection() as connection:
        (one,) = adjustment_store.pending(connection)
    assert (one.percent, one.lacks) == (None, "days")
    assert lock(pool, "2026-02").settled == []
    assert owed(pool) == [("2026-01", None)]


def test_another_unit_is_not_locked(pool: ConnectionPool) -> None:
    scored(pool, 3)
    assert len(lock(pool, unit="W").locked) == 1
    with pool.connection() as connection:
        belong(connection, 1, "W", "2026-02-10")
    assert len(lock(pool, unit="T").locked) == 1
