"""What is last known of each terminal, the same for every kind: when it was seen and read, how far it is synced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from config.troubles import Trouble

COUNTED_MORE = "h.cure = 'punches_missing' AND excluded.cure IS NULL AND coalesce(excluded.unread, h.unread) > 0"
"""What a terminal's own count said stays until it counts again, whatever else it sends meanwhile."""
OVER = """
    h.cure = ANY('{went_offline,push_elsewhere,push_key,push_blocked}')
    OR h.cure = 'punches_missing' AND excluded.unread = 0
"""
"""Troubles that a sign of life ends."""

READ = (
    """
INSERT INTO terminal_health AS h (terminal_id, serial_number, firmware, platform, record_count, record_capacity,
                                  clock_offset, tried_at, read_at, seen_at, record_at, synced_until, unread,
                                  error, cure)
VALUES (%(terminal_id)s, %(serial_number)s, %(firmware)s, %(platform)s, %(record_count)s, %(record_capacity)s,
        %(clock_offset)s, %(at)s, %(at)s, %(at)s, %(record_at)s, %(synced_until)s, %(unread)s,
        %(warning)s, %(cure)s)
ON CONFLICT (terminal_id) DO UPDATE SET
    serial_number = coalesce(excluded.serial_number, h.serial_number),
    firmware = coalesce(excluded.firmware, h.firmware),
    platform = coalesce(excluded.platform, h.platform),
    record_count = coalesce(excluded.record_count, h.record_count),
    record_capacity = coalesce(excluded.record_capacity, h.record_capacity),
    clock_offset = coalesce(excluded.clock_offset, h.clock_offset),
    tried_at = excluded.tried_at,
    read_at = greatest(excluded.read_at, h.read_at),
    seen_at = greatest(excluded.seen_at, h.seen_at),
    record_at = greatest(excluded.record_at, h.record_at),
    synced_until = greatest(excluded.synced_until, h.synced_until),
    unread = coalesce(excluded.unread, h.unread),
    error = CASE WHEN """
    + COUNTED_MORE
    + """ THEN h.error ELSE excluded.error END,
    cure = CASE WHEN """
    + COUNTED_MORE
    + """ THEN h.cure ELSE excluded.cure END
"""
)

SEEN = (
    """
INSERT INTO terminal_health AS h (terminal_id, seen_at, synced_until, unread)
VALUES (%(terminal_id)s, %(at)s, %(synced_until)s, %(unread)s)
ON CONFLICT (terminal_id) DO UPDATE SET
    seen_at = greatest(excluded.seen_at, h.seen_at),
    synced_until = greatest(excluded.synced_until, h.synced_until),
    unread = coalesce(excluded.unread, h.unread),
    error = CASE WHEN """
    + OVER
    + """ THEN NULL ELSE h.error END,
    cure = CASE WHEN """
    + OVER
    + """ THEN NULL ELSE h.cure END
"""
)

FAILED = """
INSERT INTO terminal_health (terminal_id, tried_at, error, cure) VALUES (%s, %s, %s, %s)
ON CONFLICT (terminal_id) DO UPDATE SET tried_at = excluded.tried_at, error = excluded.error, cure = excluded.cure
"""

LIST = """
SELECT t.name, t.kind, t.address, t.time_zone, h.serial_number, h.firmware, h.platform, h.record_count,
       h.record_capacity, h.clock_offset, h.tried_at, h.read_at, h.seen_at, h.record_at, h.synced_until, h.unread,
       h.error, h.cure, t.poll_seconds, t.retired_at, w.days_waiting, w.waiting_since,
       (SELECT count(*) FROM waiting_day WHERE waiting_day.terminal_id = t.id AND overruled) AS days_overruled
FROM terminal t LEFT JOIN terminal_health h ON h.terminal_id = t.id
CROSS JOIN LATERAL (SELECT count(*) AS days_waiting, min(day) AS waiting_since FROM waiting_day
                    WHERE waiting_day.terminal_id = t.id AND NOT overruled AND t.retired_at IS NULL) AS w
ORDER BY t.name
"""

KEPT_BESIDE = """
SELECT (SELECT count(*) FROM rejected WHERE terminal = %(name)s)
     + (SELECT count(*) FROM punch_variant WHERE terminal_id = %(id)s)
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a terminal says of itself; None where it does not. clock_offset: seconds, terminal minus server."""

    serial_number: str | None = None
    firmware: str | None = None
    platform: str | None = None
    record_count: int | None = None
    record_capacity: int | None = None
    clock_offset: int | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """A registered terminal and what is last known of it; all None while it was never tried.

    seen_at: last sign of life. synced_until: everything punched on it before is stored. unread: records that it holds
    and the database does not, as far as known. cure: which trouble error is, for words in config/troubles.toml.
    days_waiting: employee-days that are not judged until it is synced further, the first of them on waiting_since.
    days_overruled: employee-days that were judged although it was not synced.
    """

    name: str
    kind: str
    address: str | None
    time_zone: str
    serial_number: str | None
    firmware: str | None
    platform: str | None
    record_count: int | None
    record_capacity: int | None
    clock_offset: int | None
    tried_at: datetime | None
    read_at: datetime | None
    seen_at: datetime | None
    record_at: datetime | None
    synced_until: datetime | None
    unread: int | None
    error: str | None
    cure: Trouble | None
    poll_seconds: int | None
    retired_at: datetime | None
    days_waiting: int
    waiting_since: date | None
    days_overruled: int


NOTHING_SAID = Identity()


def was_read(
    connection: psycopg.Connection[Any],
    terminal_id: int,
    at: datetime,
    record_at: datetime | None,
    identity: Identity = NOTHING_SAID,
    *,
    synced_until: datetime | None = None,
    unread: int | None = None,
    warning: str | None = None,
    cure: Trouble | None = None,
    keep_error: bool = False,
) -> None:
    """A terminal was read to its end, which is also a sign of life; parts not said stay.

    record_at: local time of the newest punch it brought. synced_until: everything punched on it before this instant is
    stored; never moves back. unread: None where it is not known now; what was known stays. warning: what is wrong all
    the same. keep_error: it only told of itself, and what was wrong may still be so.
    """
    values = {name: getattr(identity, name) for name in Identity.__dataclass_fields__}
    values |= {"terminal_id": terminal_id, "at": at, "record_at": record_at, "warning": warning}
    connection.execute(
        READ, values | {"synced_until": synced_until, "unread": unread, "cure": cure, "keep_error": keep_error}
    )


def seen(
    connection: psycopg.Connection[Any],
    terminal_id: int,
    at: datetime,
    *,
    synced_until: datetime | None = None,
    unread: int | None = None,
) -> None:
    """A terminal gave a sign of life: a heartbeat, a question for orders. Whatever else is wrong with it stays."""
    values = {"terminal_id": terminal_id, "at": at, "synced_until": synced_until, "unread": unread}
    connection.execute(SEEN, values)


def failed(
    connection: psycopg.Connection[Any], terminal_id: int, at: datetime, error: str, cure: Trouble | None = None
) -> None:
    """A terminal could not be read; error says why, and cure which trouble it is."""
    connection.execute(FAILED, [terminal_id, at, error, cure])


def of_all(connection: psycopg.Connection[Any]) -> list[Health]:
    """Every registered terminal by name."""
    with connection.cursor(row_factory=class_row(Health)) as cursor:
        return cursor.execute(LIST).fetchall()


def kept_beside(connection: psycopg.Connection[Any], terminal_id: int, name: str) -> int:
    """How many rejected records and variants are kept of a terminal."""
    row = connection.execute(KEPT_BESIDE, {"id": terminal_id, "name": name}).fetchone()
    assert row is not None
    return int(row[0])


FORGIVE = """
UPDATE terminal_health SET error = NULL, cure = NULL WHERE terminal_id = %s AND cure = ANY(%s)
"""


def forgive(connection: psycopg.Connection[Any], terminal_id: int, troubles: Sequence[Trouble]) -> None:
    """Forget these troubles of a terminal: what they told of is no longer so."""
    connection.execute(FORGIVE, [terminal_id, list(troubles)])
