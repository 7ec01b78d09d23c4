"""How often a clock is set that does not stay right: not again and again."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import psycopg
import pytest

from ingest.clock_settings import AGAIN, MOST_A_DAY, ORDER, REFUSED, TAKEN, Shown, another_try, may_set, order, outcome

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
LITTLE = timedelta(milliseconds=1)
Connection: TypeAlias = psycopg.Connection[Any]
Done: TypeAlias = list[tuple[str, datetime]]


@pytest.mark.parametrize(
    ("done", "may"),
    [
        ([], True),
        ([(ORDER, NOW - LITTLE), (TAKEN, NOW - LITTLE)], True),
        ([(ORDER, NOW - AGAIN + LITTLE), (REFUSED, NOW - AGAIN + LITTLE)], False),
        ([(ORDER, NOW - AGAIN), (REFUSED, NOW - AGAIN)], True),
        ([(ORDER, NOW - AGAIN + LITTLE)], False),
        ([(ORDER, NOW - AGAIN)], True),
        ([(ORDER, NOW - LITTLE), (TAKEN, NOW - LITTLE)] * (MOST_A_DAY - 1), True),
        ([(ORDER, NOW - LITTLE), (TAKEN, NOW - LITTLE)] * MOST_A_DAY, False),
    ],
    ids=["never", "taken", "just refused", "refused an hour ago", "just failed", "failed an hour ago", "5 a day", "6"],
)
def test_when_a_clock_is_set_again(done: Done, may: bool) -> None:
    assert another_try(done, NOW) is may


def test_the_audit_tells_what_was_done_and_decides_about_the_next_time(connection: Connection) -> None:
    before: Shown = {"shown": "2000-01-01T00:00:03", "offset_seconds": -821e6}
    after: Shown = {"shown": None, "offset_seconds": None}
    with connection.transaction():
        order(connection, "gate", NOW, before)
        outcome(connection, "gate", NOW, before, after, taken=False)
        order(connection, "lobby", NOW, before)
        outcome(connection, "lobby", NOW, before, after, taken=True)
    minute = NOW + timedelta(minutes=1)
    assert not may_set(connection, "gate", minute)
    assert may_set(connection, "lobby", minute)
    assert may_set(connection, "gate", NOW + AGAIN)
    found = connection.execute("SELECT actor, action, object, detail FROM audit ORDER BY id LIMIT 2").fetchall()
    assert found == [
        ("collector", "set clock", "terminal:gate", {"before": before}),
        ("collector", "clock not set", "terminal:gate", {"before": before, "after": after}),
    ]


def test_what_was_done_a_day_ago_counts_no_more(connection: Connection) -> None:
    with connection.transaction():
        for _ in range(MOST_A_DAY):
            order(connection, "gate", NOW, {})
    assert not may_set(connection, "gate", NOW + timedelta(days=1) - LITTLE)
    assert may_set(connection, "gate", NOW + timedelta(days=1))
