"""The queue of what pushing terminals are asked: punches of a span again, or their number, to compare with ours."""

from datetime import datetime
from typing import Any, TypeAlias

import psycopg

Order: TypeAlias = tuple[int, str, datetime, datetime]
"""(number, upload or count, first and last local time, both included)."""

ASK = """
INSERT INTO push_order (terminal_id, kind, first_time, last_time, asked_at) VALUES (%s, %s, %s, %s, %s) RETURNING id
"""
ASK_DAILY = """
INSERT INTO push_order (terminal_id, kind, first_time, last_time, asked_at)
SELECT %(terminal_id)s, 'count', %(first)s, %(last)s, %(at)s
WHERE NOT EXISTS (SELECT FROM push_order WHERE terminal_id = %(terminal_id)s AND kind = 'count'
                                           AND asked_at > %(at)s::timestamptz - interval '1 day')
"""
# An order whose answer did not come within the hour is given again, at most three times.
TAKE = """
UPDATE push_order SET sent_at = %(at)s, times_sent = times_sent + 1
WHERE id IN (
    SELECT id FROM push_order
    WHERE terminal_id = %(terminal_id)s AND answered_at IS NULL AND times_sent < 3
      AND (sent_at IS NULL OR sent_at < %(at)s::timestamptz - interval '1 hour')
    ORDER BY asked_at, id LIMIT 10 FOR UPDATE SKIP LOCKED
)
RETURNING id, kind, first_time, last_time
"""
ANSWERED = """
UPDATE push_order SET answered_at = %s, result = %s
WHERE id = %s AND terminal_id = %s AND answered_at IS NULL AND sent_at IS NOT NULL
RETURNING id, kind, first_time, last_time
"""
STORED = "SELECT count(*) FROM punch WHERE terminal_id = %s AND local_time BETWEEN %s AND %s"


def ask(
    connection: psycopg.Connection[Any], terminal_id: int, kind: str, first: datetime, last: datetime, *, at: datetime
) -> int:
    """Queue an order and return its number. kind: upload or count; first, last: local times of the terminal."""
    row = connection.execute(ASK, [terminal_id, kind, first, last, at]).fetchone()
    assert row is not None
    return int(row[0])


def ask_daily(
    connection: psycopg.Connection[Any], terminal_id: int, first: datetime, last: datetime, *, at: datetime
) -> None:
    """Queue the day's count, unless one was queued within a day."""
    connection.execute(ASK_DAILY, {"terminal_id": terminal_id, "first": first, "last": last, "at": at})


def take(connection: psycopg.Connection[Any], terminal_id: int, at: datetime) -> list[Order]:
    """The orders that a terminal is to be given now, the oldest first; they count as sent."""
    rows = connection.execute(TAKE, {"terminal_id": terminal_id, "at": at}).fetchall()
    return [(number, kind, first, last) for number, kind, first, last in sorted(rows)]


def answered(
    connection: psycopg.Connection[Any], terminal_id: int, number: int, result: int, at: datetime
) -> Order | None:
    """Note the result of a terminal's own order; None where it has no such order open."""
    row = connection.execute(ANSWERED, [at, result, number, terminal_id]).fetchone()
    return None if row is None else (row[0], row[1], row[2], row[3])


def stored(connection: psycopg.Connection[Any], terminal_id: int, first: datetime, last: datetime) -> int:
    """How many punches of a span the database holds, however they came."""
    row = connection.execute(STORED, [terminal_id, first, last]).fetchone()
    assert row is not None
    return int(row[0])
