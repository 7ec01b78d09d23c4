"""Messages that the MQTT broker has dropped: what it counted last, and each time that the count had grown."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import class_row

from config.troubles import Trouble, cure

TROUBLE: Trouble = "broker_dropped"
TOLD_DAYS = 30
"""So long it is told that a broker dropped messages: time enough to have them sent again."""

# A count that is smaller than the last one is that of a broker that was started anew: all of it is new.
COUNTED = """
WITH before AS (
    SELECT dropped FROM broker_health WHERE broker = %(broker)s FOR UPDATE
), new AS (
    SELECT CASE WHEN %(dropped)s >= coalesce(max(dropped), 0) THEN %(dropped)s - coalesce(max(dropped), 0)
                ELSE %(dropped)s END AS messages
    FROM before
), noted AS (
    INSERT INTO broker_drop (broker, noticed_at, messages)
    SELECT %(broker)s, %(at)s, messages FROM new WHERE messages > 0
    ON CONFLICT (broker, noticed_at) DO UPDATE SET messages = broker_drop.messages + excluded.messages
), kept AS (
    INSERT INTO broker_health (broker, dropped, counted_at) VALUES (%(broker)s, %(dropped)s, %(at)s)
    ON CONFLICT (broker) DO UPDATE SET dropped = excluded.dropped, counted_at = excluded.counted_at
)
SELECT messages FROM new
"""

DROPS = """
SELECT broker, sum(messages)::bigint AS messages, min(noticed_at) AS first, max(noticed_at) AS last
FROM broker_drop WHERE noticed_at >= %s GROUP BY broker ORDER BY broker
"""


@dataclass(frozen=True, slots=True)
class Drops:
    """What one broker has dropped, about: its restarts may hide some, and dropped news of the count add some."""

    broker: str
    messages: int
    first: datetime
    last: datetime

    def __str__(self) -> str:
        since = f"{self.first:%Y-%m-%d %H:%M} UTC"
        return (
            f"The MQTT broker {self.broker} has dropped about {self.messages} messages since {since}, "
            f"although it acknowledged them. {cure(TROUBLE, 'en')}"
        )


def counted(connection: psycopg.Connection[Any], broker: str, dropped: int, at: datetime) -> int:
    """Keep what a broker counts since its start; returns how many it has dropped since it was last kept."""
    row = connection.execute(COUNTED, {"broker": broker, "dropped": dropped, "at": at}).fetchone()
    assert row is not None
    return int(row[0])


def counted_at(connection: psycopg.Connection[Any], broker: str) -> datetime | None:
    """When a broker last told a collector, which it had let in, what it counts."""
    row = connection.execute("SELECT counted_at FROM broker_health WHERE broker = %s", [broker]).fetchone()
    return row[0] if row else None


def drops(connection: psycopg.Connection[Any], now: datetime) -> list[Drops]:
    """What brokers have dropped in the last TOLD_DAYS days, by broker."""
    with connection.cursor(row_factory=class_row(Drops)) as cursor:
        return cursor.execute(DROPS, [now - timedelta(days=TOLD_DAYS)]).fetchall()
