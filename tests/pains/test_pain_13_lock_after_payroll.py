"""Pain 13: a correction is approved after the allowance was paid. What was paid stays; the next month pays the rest."""

from datetime import UTC, datetime

from psycopg_pool import ConnectionPool

from ingest.tables import import_rows
from scoring import adjustment_store, score_store
from tests.scoring.database import add_office, found, month, nip, punch, run
from tests.scoring.test_lock import MARCH, lock

LETTER = {"nip": nip(0), "date": "2026-01-09", "scan": "in", "time": "07:20", "document": "ND/7", "reason": "forgotten"}
SHOWN = "SELECT version, payable FROM shown_score WHERE period = '2026-01'"


def test_a_letter_that_comes_after_the_month_was_paid(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    punch(pool, "W", 0, [at for at in month() if at != "2026-01-09 07:25:00"])
    for period in ("2026-01", "2026-02"):
        run(pool, period, MARCH)
    lock(pool)
    paid = found(pool, SHOWN)
    assert paid == [(1, 9850)], "no scan in costs 1.5 %"
    with pool.connection() as connection:
        import_rows(connection, "corrections", [LETTER], at=datetime.now(UTC), actor="account:hr")
    run(pool, "2026-01", MARCH)
    assert found(pool, SHOWN) == paid
    with pool.connection() as connection:
        told = score_store.explained_period(connection, nip(0), "2026-01")
        (owed,) = adjustment_store.pending(connection)
        (day, *_) = adjustment_store.steps_beside(connection, owed)
    assert told is not None
    assert [step["kind"] for step in told["day_steps"]] == ["missing_in"], "the paid month is told as it was paid"
    assert (owed.period, owed.percent) == ("2026-01", 150)
    assert [step["kind"] for step in day["after"]] == ["corrected"], "with the letter's number"
    assert [one.percent for one in lock(pool, "2026-02").settled] == [150]
    assert lock(pool, "2026-02").settled == []
