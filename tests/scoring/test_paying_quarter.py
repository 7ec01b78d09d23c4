"""No month is locked that a predicate pays which its quarter would change, however that quarter came to be behind."""

from datetime import UTC, date, datetime

import pytest
from psycopg_pool import ConnectionPool

from scoring import score_store
from scoring.lock_telling import cure
from scoring.long_periods import refresh_around, refresh_doubted
from tests.scoring.database import add_office, found, month, punch, run
from tests.scoring.test_lock import lock
from tests.scoring.test_long_periods import evaluate, latest, run_long

JUNE = date(2026, 6, 1)
AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def office(pool: ConnectionPool) -> ConnectionPool:
    """April, which the predicate of the first quarter pays, is ready."""
    add_office(pool, employees=1, rulebook="kemlu-2025")
    punch(pool, "W", 0, month(late_on=9))
    punch(pool, "W", 0, [f"2026-04-{day:02d} {at}" for day in range(1, 31) for at in ("07:25:00", "16:35:00")])
    evaluate(pool, "2026-Q1", "below", "above")
    run_long(pool, "2026-Q1", JUNE)
    run(pool, "2026-04", JUNE)
    assert told(pool) == []
    return pool


def told(pool: ConnectionPool) -> list[str]:
    return [cure(one, "2026-04") for one in lock(pool, "2026-04", until=JUNE, dry_run=True).not_ready]


STALE = ["facts or law have changed since: run `tepat score 2026-Q1`, then `tepat score 2026-04`"]


@pytest.mark.long
def test_an_evaluation_that_the_quarter_does_not_know_keeps_the_next_months_open(office: ConnectionPool) -> None:
    before = latest(office, "2026-04")[6]
    evaluate(office, "2026-Q1", "above", "above")
    run(office, "2026-04", JUNE)
    assert told(office) == STALE
    run_long(office, "2026-Q1", JUNE)
    run(office, "2026-04", JUNE)
    assert told(office) == []
    assert latest(office, "2026-04")[6] != before


@pytest.mark.parametrize("by", ["doubted", *(pytest.param(by, marks=pytest.mark.long) for by in ("around", "command"))])
def test_a_month_that_was_scored_after_its_quarter_keeps_the_next_months_open(office: ConnectionPool, by: str) -> None:
    """As after a run that was ended between the month and its quarter."""
    punch(office, "W", 0, ["2026-01-09 07:20:00"])
    touched = run(office, "2026-01", JUNE).touched
    assert told(office) == STALE
    if by == "command":
        run_long(office, "2026-Q1", JUNE)
    else:
        done = refresh_around(office, "2026-01", touched, at=AT) if by == "around" else refresh_doubted(office, at=AT)
        assert [(each.period, each.scores_changed) for each in done] == [("2026-Q1", 1)]
    assert told(office) == []
    assert latest(office, "2026-Q1")[8] == 2
    with office.connection() as connection:
        assert score_store.all_doubted(connection) == {}


def test_who_has_no_quarter_is_not_doubted(pool: ConnectionPool) -> None:
    add_office(pool, employees=2)
    punch(pool, "W", 0, month())
    run(pool)
    assert found(pool, "SELECT DISTINCT period FROM scored_month") == [("2026-01",)]
