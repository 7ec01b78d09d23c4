"""A month in which nothing of somebody is counted any more pays nothing, says why, and comes back to life."""

import pytest
from psycopg_pool import ConnectionPool

from scoring import adjustment_store, score_store
from scoring.long_periods import score_long_period
from scoring.telling import period_lines
from tests.scoring.database import AT, FEBRUARY, add_office, belong, enrol, found, month, nip, punch, run, stored
from tests.scoring.test_lock import MARCH, lock

NEWEST = "SELECT version, payable, deduction, digest FROM score ORDER BY employee_id, version DESC LIMIT 1"


@pytest.fixture
def office(pool: ConnectionPool) -> ConnectionPool:
    """Employee 0 of W was late on the 9th."""
    add_office(pool, employees=1)
    punch(pool, "W", 0, month(late_on=9))
    run(pool)
    return pool


def leave(pool: ConnectionPool, since: str = "2025-12-01") -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE membership SET valid_until = %s", (since,))


@pytest.mark.parametrize("unit", [None, "W", "HQ"])
def test_who_left_before_the_month_has_no_score_that_pays(office: ConnectionPool, unit: str | None) -> None:
    leave(office)
    assert run(office, unit=unit).scores_changed == 1
    ((version, payable, deduction, _),) = found(office, NEWEST)
    assert (version, payable, deduction) == (2, None, None)
    assert found(office, "SELECT FROM work_day") == []
    with office.connection() as connection:
        told = score_store.explained_period(connection, nip(0), "2026-01")
    assert told is not None
    assert "nothing: no day of it is counted any more" in period_lines(told)[1]
    assert period_lines(told)[2].startswith("  nothing counted:")
    assert run(office, unit=unit).scores_changed == 0, "once"


def test_another_unit_withdraws_nothing(office: ConnectionPool) -> None:
    leave(office)
    assert run(office, unit="T").scores_changed == 0
    assert run(office).scores_changed == 1


def test_who_went_to_another_unit_is_counted_there(office: ConnectionPool) -> None:
    with office.connection() as connection:
        connection.execute("UPDATE membership SET unit_id = (SELECT id FROM unit WHERE code = 'T')")
    assert run(office, unit="W").scores_changed == 0
    assert found(office, NEWEST)[0][0] == 1


def test_it_comes_back_to_life_with_the_membership(office: ConnectionPool) -> None:
    before = stored(office)
    leave(office)
    run(office)
    with office.connection() as connection:
        connection.execute("UPDATE membership SET valid_until = NULL")
    run(office)
    days, scores = stored(office)
    assert days == before[0]
    (first, withdrawn, alive) = scores
    assert [row[2] for row in scores] == [1, 2, 3]
    assert alive[3:] == first[3:]
    assert withdrawn[10] is None


def test_a_quarter_without_any_month_is_withdrawn_too(office: ConnectionPool) -> None:
    def quarter() -> int:
        told = score_long_period(office, "2026-Q1", until=lambda _: FEBRUARY, at=AT)
        return told.scores_changed

    quarter()
    leave(office)
    quarter()
    rows = "SELECT version, attendance FROM score WHERE period = '2026-Q1' ORDER BY version"
    assert found(office, rows) == [(1, 9950), (2, None)]
    assert quarter() == 0
    with office.connection() as connection:
        connection.execute("UPDATE membership SET valid_until = NULL")
    quarter()
    assert found(office, rows)[2] == (3, 9950)


def test_a_transfer_that_counts_the_days_to_the_next_month_keeps_them(pool: ConnectionPool) -> None:
    """Who has always been under a rulebook of the 16th to the 15th, enrolled on 20 January, is counted in February."""
    add_office(pool, employees=1)
    with pool.connection() as connection:
        connection.execute("UPDATE enrolment SET valid_from = '2026-01-20'")
    run(pool)
    days = found(pool, "SELECT count(*) FROM work_day")
    with pool.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'kemendes-2025'")
    run(pool, "2026-01", MARCH)
    assert found(pool, NEWEST)[0][1:3] == (None, None)
    assert found(pool, "SELECT count(*) FROM work_day") == days
    assert run(pool, "2026-01", MARCH).scores_changed == 0


def test_a_locked_month_in_which_nothing_counts_any_more_owes_it_back(office: ConnectionPool) -> None:
    run(office, "2026-01", MARCH)
    lock(office)
    leave(office)
    run(office, "2026-01", MARCH)
    with office.connection() as connection:
        (one,) = adjustment_store.pending(connection)
    assert (one.percent, one.lacks) == (-9950, None)
    with office.connection() as connection:
        belong(connection, 0, "W", "2026-02-01")
        enrol(connection, 0, "T")
    run(office, "2026-02", MARCH)
    assert [each.percent for each in lock(office, "2026-02").settled] == [-9950]
