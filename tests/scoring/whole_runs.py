"""An office that was scored whole, and how often everybody is read after it."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg_pool import ConnectionPool

from scoring import store
from tests.scoring.database import add_office, belong, month, punch, run, stored

Count = Callable[[], int]


@pytest.fixture
def office(pool: ConnectionPool) -> ConnectionPool:
    """January scored by Kemenkeu 2011 of employees 0 to 2, in W, T and E; 0 is twelve minutes late on the 5th."""
    add_office(pool, rulebook="kemenkeu-2011")
    for number in range(3):
        punch(pool, "WTE"[number], number, month(late_on=5 if number == 0 else 0))
    run(pool)
    return pool


@pytest.fixture
def all_read(monkeypatch: pytest.MonkeyPatch) -> Count:
    """How many runs read everybody, from here on."""
    asked: list[Any] = []
    real = store.members

    def members(*said: Any) -> Any:
        asked.append(said)
        return real(*said)

    monkeypatch.setattr(store, "members", members)
    return lambda: len(asked)


def execute(pool: ConnectionPool, statement: str, *values: object) -> None:
    with pool.connection() as connection:
        connection.execute(statement.encode(), values)


def assert_as_from_nothing(pool: ConnectionPool, **more: Any) -> None:
    days, scores = stored(pool)
    execute(pool, "TRUNCATE work_day, score, scored_month")
    run(pool, **more)
    fresh_days, fresh_scores = stored(pool)
    assert days == fresh_days
    assert {row[:2]: row[-1] for row in scores} == {row[:2]: row[-1] for row in fresh_scores}


def transfer(pool: ConnectionPool) -> None:
    with pool.connection() as connection:
        belong(connection, 0, "E", "2026-01-12")
