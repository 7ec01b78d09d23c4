"""What a fresh score would change is never locked, and what is kept beside a version is what it rests on."""

from datetime import UTC, datetime
from typing import Any

from psycopg_pool import ConnectionPool

from ingest.changes import Changes
from ingest.tables import TableName, import_rows
from scoring import adjustment_store
from scoring.lock_telling import cure
from tests.scoring.database import add_office, found, nip, punch, run, stored
from tests.scoring.test_lock import MARCH, correct, lock, scored

AT = datetime(2026, 3, 1, tzinfo=UTC)
KEPT_BY = "SELECT version, rulebook, count(*) FROM kept_judged_day WHERE period = '2026-01' GROUP BY 1, 2 ORDER BY 1, 2"
EVENING = {"in_from": "13:00", "in_until": "17:00", "out_from": "22:00", "out_until": "02:00"}


def bring(pool: ConnectionPool, table: TableName, **row: str) -> Changes:
    with pool.connection() as connection:
        return import_rows(connection, table, [row], at=AT, actor="command:test")


def judge_by(pool: ConnectionPool, rulebook: str) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = %s", (rulebook,))


def owed(pool: ConnectionPool) -> list[Any]:
    with pool.connection() as connection:
        return [(one.percent, one.lacks) for one in adjustment_store.pending(connection)]


def test_a_punch_of_the_day_after_that_another_zone_takes_to_the_last_day_keeps_the_month_open(
    pool: ConnectionPool,
) -> None:
    """01:05 in Jayapura on 1 February is 23:05 in Jakarta on 31 January."""
    add_office(pool, employees=2)
    with pool.connection() as connection:
        connection.execute("UPDATE enrolment SET terminal_id = (SELECT id FROM terminal WHERE name = 'terminal-E')"
                           " WHERE pin = '0'")  # fmt: skip
    bring(pool, "shifts", code="S", name="Sore", start="15:00", end="23:00", **EVENING)
    bring(pool, "rosters", nip=nip(0), date="2026-01-31", shifts="S")
    run(pool, "2026-01", MARCH)
    punch(pool, "E", 0, ["2026-02-01 01:05:00"])
    (left,) = lock(pool).not_ready
    told = "facts or law have changed since: run `tepat score 2026-02`, then `tepat score 2026-01`"
    assert (left.nip, cure(left, "2026-01")) == (nip(0), told)
    run(pool, "2026-02", MARCH)
    assert run(pool, "2026-01", MARCH).scores_changed == 1
    assert len(lock(pool).locked) == 2


def test_days_that_another_month_took_are_scored_again_before_their_month_is_locked(pool: ConnectionPool) -> None:
    """For an hour the unit counts from the 16th; meanwhile February is scored."""
    scored(pool)
    before = stored(pool)
    judge_by(pool, "kemendes-2025")
    run(pool, "2026-02", MARCH)
    judge_by(pool, "kemenag-2014")
    assert [one.reason for one in lock(pool).not_ready] == ["stale"]
    run(pool, "2026-01", MARCH)
    assert len(lock(pool).locked) == 1
    assert found(pool, KEPT_BY) == [(1, "kemenag-2014", 31)]
    assert [day for day in stored(pool)[0] if str(day[1]) < "2026-02"] == before[0]


def test_a_difference_is_not_settled_by_days_that_another_month_took(pool: ConnectionPool) -> None:
    scored(pool, 1, "2026-01", "2026-02")
    lock(pool)
    correct(pool)
    assert owed(pool) == [(50, None)]
    judge_by(pool, "kemendes-2025")
    run(pool, "2026-02", MARCH)
    judge_by(pool, "kemenag-2014")
    run(pool, "2026-02", MARCH)
    assert owed(pool) == [(None, "stale")]
    done = lock(pool, "2026-02")
    assert (len(done.locked), done.settled) == (1, [])
    run(pool, "2026-01", MARCH)
    assert owed(pool) == [(50, None)]
