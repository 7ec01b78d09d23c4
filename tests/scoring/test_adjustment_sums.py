"""On a real database, in any order of locks and late facts: paid and pending together are what newest scores pay."""

import random
from datetime import UTC, date, datetime

import pytest
from psycopg_pool import ConnectionPool

from scoring import adjustment_store, lock_store
from tests.scoring.database import add_office, found

AT = datetime(2026, 6, 1, tzinfo=UTC)
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06")
NEWEST_SQL = """
SELECT sum(payable), sum(amount)::bigint FROM (
    SELECT DISTINCT ON (period) period, payable, amount FROM score WHERE period = ANY (%s)
    ORDER BY period, version DESC) AS newest
"""
PAID_SQL = """
SELECT sum(percent)::integer, sum(amount)::bigint FROM (
    SELECT payable AS percent, amount FROM shown_score WHERE period = ANY (%s)
    UNION ALL SELECT percent, amount FROM adjustment) AS paid
"""


def add_version(pool: ConnectionPool, period: str, version: int, payable: int, amount: int) -> None:
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO score (employee_id, period, version, rulebook, rulebook_digest, basis, deduction, attendance,"
            " total, payable, amount, steps, last_day, digest, scored_at) SELECT id, %s, %s, 'kemenag-2014', 'r',"
            " 'regulation', 0, 0, 0, %s, %s, '[]', %s, %s, %s FROM employee",
            (period, version, payable, amount, date.fromisoformat(f"{period}-28"), f"{period} {version}", AT),
        )
        connection.execute(
            "INSERT INTO scored_month (period, digest, employee_id) SELECT %s, 'd', id FROM employee"
            " ON CONFLICT DO NOTHING",
            (period,),
        )


def lock(pool: ConnectionPool, period: str) -> None:
    with pool.connection() as connection:
        ((employee,),) = connection.execute("SELECT id FROM employee").fetchall()
        stored = lock_store.stored(connection, period, [employee])
        lock_store.lock(connection, period, list(stored.values()), AT, "command:test")
        adjustment_store.settle(connection, [employee], period, AT, "command:test")


@pytest.mark.parametrize("seed", range(4))
def test_the_sums_hold_after_every_event(pool: ConnectionPool, seed: int) -> None:
    said = random.Random(seed)
    add_office(pool, employees=1)
    versions = dict.fromkeys(MONTHS, 1)
    for month in MONTHS:
        add_version(pool, month, 1, said.randrange(10_001), said.randrange(10**9))
    open_months = list(MONTHS[1:])
    locked = [MONTHS[0]]
    lock(pool, MONTHS[0])
    for _ in range(25):
        if open_months and said.random() < 0.25:
            locked.append(open_months.pop(said.randrange(len(open_months))))
            lock(pool, locked[-1])
        else:
            month = said.choice(MONTHS)
            versions[month] += 1
            add_version(
                pool, month, versions[month], said.choice([9500, said.randrange(10_001)]), said.randrange(10**9)
            )
        with pool.connection() as connection:
            pending = adjustment_store.pending(connection)
        ((percent, amount),) = found(pool, PAID_SQL, locked)
        together = [
            (percent or 0) + sum(one.percent or 0 for one in pending),
            (amount or 0) + sum(one.amount or 0 for one in pending),
        ]
        ((newest_percent, newest_amount),) = found(pool, NEWEST_SQL, locked)
        assert together == [newest_percent or 0, newest_amount or 0]
    assert found(pool, "SELECT FROM adjustment")
    assert found(pool, "SELECT FROM adjustment WHERE paid_in <= period") == []
