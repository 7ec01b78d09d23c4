"""The steps behind every kind of terminal: what is stored of it, whose it is, and whether it was scored."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from collector.doctor.finding import Finding
from ingest import rejected
from ingest.health import Health
from ingest.terminals import Terminal

PINS_DAYS = 31
SHOWN_PINS = 10
SCORED_WITHIN = timedelta(days=2)
"""Yesterday is judged in the first minutes of today."""

REJECTED = """
SELECT count(*), (array_agg(reason ORDER BY last_seen DESC))[1] FROM rejected
WHERE terminal = ANY (%s) AND resolved_at IS NULL
"""
LAST_PUNCH = "SELECT max(local_time) FROM punch WHERE terminal_id = %s"
ENROLLED = """
SELECT count(DISTINCT pin) FROM enrolment
WHERE terminal_id = %(terminal)s AND valid_from <= %(day)s AND (valid_until IS NULL OR valid_until > %(day)s)
"""
STRANGERS = """
SELECT DISTINCT pin FROM punch WHERE terminal_id = %(terminal)s AND local_time >= %(since)s AND NOT EXISTS (
    SELECT FROM enrolment WHERE enrolment.terminal_id = punch.terminal_id AND enrolment.pin = punch.pin
        AND punch.local_time >= valid_from AND (valid_until IS NULL OR punch.local_time < valid_until))
ORDER BY pin
"""
JUDGED = """
SELECT max(work_day.day) FROM work_day WHERE employee_id IN (
    SELECT employee_id FROM enrolment WHERE terminal_id = %(terminal)s
        AND valid_from <= %(day)s AND (valid_until IS NULL OR valid_until > %(day)s))
"""
WAITING = "SELECT count(*), min(day) FROM waiting_day WHERE terminal_id = %s AND NOT overruled"


def steps(connection: psycopg.Connection[Any], terminal: Terminal, known: Health) -> Iterator[Finding]:
    """What became of what the terminal sent."""
    today = datetime.now(UTC).astimezone(ZoneInfo(terminal.time_zone)).date()
    values = {"name": terminal.name}
    count, reason = _row(connection, REJECTED, [list(rejected.identities(terminal))])
    yield Finding("rejected", "unknown" if count else "good", {**values, "count": count, "reason": reason})
    (last,) = _row(connection, LAST_PUNCH, [terminal.id])
    yield Finding("last_punch", "good" if last else "broken", {**values, "local_time": last})
    (pins,) = _row(connection, ENROLLED, {"terminal": terminal.id, "day": today})
    yield Finding("enrolled", "good" if pins else "broken", {**values, "count": pins})
    if last:
        yield _strangers(connection, terminal, last)
    if known.days_overruled:
        yield Finding("overruled", "unknown", {**values, "count": known.days_overruled})
    if pins:
        yield _scored(connection, terminal, known, today)


def _strangers(connection: psycopg.Connection[Any], terminal: Terminal, last: datetime) -> Finding:
    since = {"terminal": terminal.id, "since": last - timedelta(days=PINS_DAYS)}
    found = [pin for (pin,) in connection.execute(STRANGERS, since).fetchall()]
    shown = ", ".join(found[:SHOWN_PINS]) + (" …" if len(found) > SHOWN_PINS else "")
    return Finding("pins", "unknown" if found else "good", {"name": terminal.name, "count": len(found), "pins": shown})


def _scored(connection: psycopg.Connection[Any], terminal: Terminal, known: Health, today: date) -> Finding:
    count, first = _row(connection, WAITING, [terminal.id])
    if count and terminal.retired_at is None:
        values = {"name": terminal.name, "count": count, "first": first, "synced_until": known.synced_until}
        return Finding("scored", "unknown", values)
    (day,) = _row(connection, JUDGED, {"terminal": terminal.id, "day": today})
    judged = day is not None and today - day <= SCORED_WITHIN
    return Finding("scored", "good" if judged else "broken", {"name": terminal.name, "day": day})


def _row(connection: psycopg.Connection[Any], query: str, values: Any) -> tuple[Any, ...]:
    row = connection.execute(query.encode(), values).fetchone()
    assert row is not None
    return tuple(row)
