"""How many messages a broker has dropped, kept over its restarts and ours."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from ingest import broker_health

AT = datetime(2026, 1, 5, 7, tzinfo=UTC)


def test_only_what_is_new_is_counted_and_a_broker_that_starts_anew_counts_from_zero(
    connection: psycopg.Connection[Any],
) -> None:
    said = [0, 0, 3, 3, 10, 4, 4, 5]
    new = [broker_health.counted(connection, "b:1", dropped, AT + timedelta(n)) for n, dropped in enumerate(said)]
    assert new == [0, 0, 3, 0, 7, 4, 0, 1]
    (drops,) = broker_health.drops(connection, AT + timedelta(8))
    assert drops == broker_health.Drops("b:1", 15, AT + timedelta(2), AT + timedelta(7))
    assert "has dropped about 15 messages since 2026-01-07 07:00 UTC" in str(drops)
    assert "max_queued_messages" in str(drops)


def test_old_drops_are_no_news_and_brokers_are_kept_apart(connection: psycopg.Connection[Any]) -> None:
    broker_health.counted(connection, "b:1", 5, AT)
    broker_health.counted(connection, "b:2", 7, AT + timedelta(2))
    told = AT + timedelta(broker_health.TOLD_DAYS)
    assert [(it.broker, it.messages) for it in broker_health.drops(connection, told)] == [("b:1", 5), ("b:2", 7)]
    assert [it.broker for it in broker_health.drops(connection, told + timedelta(1))] == ["b:2"]
