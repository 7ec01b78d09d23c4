"""The SQL of taking records in. Nothing here decides; every call runs in the caller's transaction."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import repeat
from operator import add
from typing import Any, TypeAlias

import psycopg

from devices.records import Mark, Punch, Source

Common: TypeAlias = tuple[int, Source, datetime]
"""(terminal id, source, received_at): what the records of a batch share."""

Row: TypeAlias = tuple[str, datetime, int, int | None, str | None, bytes, int, Source, datetime]
"""A punch and what it shares with its batch, in one tuple: joining two tuples is cheap, sorting nine fields is not."""

TYPES = ("text", "timestamp", "int2", "int2", "text", "bytea", "int4", "text", "timestamptz")
"""Of the fields of a row; binary COPY casts nothing."""

COPY_PUNCH = """
COPY punch (pin, local_time, state, verify, work_code, raw, terminal_id, source, received_at) FROM STDIN (FORMAT binary)
"""

STAGE = """
CREATE TEMP TABLE IF NOT EXISTS staged_punch (
    pin text, local_time timestamp, state smallint, verify smallint, work_code text, raw bytea,
    terminal_id integer, source text, received_at timestamptz
) ON COMMIT DELETE ROWS
"""

COPY_STAGED = """
COPY staged_punch (pin, local_time, state, verify, work_code, raw, terminal_id, source, received_at)
FROM STDIN (FORMAT binary)
"""

# Rows that are no plain repeats. None is the usual case: a poll reads the whole log each time.
COUNT_UNKNOWN = """
SELECT count(*) FROM staged_punch s WHERE NOT EXISTS (
    SELECT FROM punch p
    WHERE p.terminal_id = s.terminal_id AND p.local_time = s.local_time AND p.pin = s.pin AND p.state = s.state
      AND p.terminal_id = ANY(%(terminals)s::integer[]) AND p.local_time BETWEEN %(first)s AND %(last)s
      AND (s.verify IS NULL OR s.verify = p.verify) AND (s.work_code IS NULL OR s.work_code = p.work_code)
      AND (s.source <> p.source OR s.raw = p.raw)
)
"""

# Sorted, so that two transactions with the same rows wait for each other instead of deadlocking.
TAKE_STAGED = """
WITH taken AS (
    INSERT INTO punch (terminal_id, local_time, pin, state, verify, work_code, source, received_at, raw)
    SELECT terminal_id, local_time, pin, state, verify, work_code, source, received_at, raw
    FROM staged_punch ORDER BY terminal_id, local_time, pin, state, ctid
    ON CONFLICT DO NOTHING
    RETURNING terminal_id, local_time
), marked AS (
    INSERT INTO day_to_score (terminal_id, day) SELECT DISTINCT terminal_id, local_time::date FROM taken
)
SELECT count(*) FROM taken
"""

# What a repeated record says and the stored one does not. The bounds lead to the index; a hypertable skips chunks.
TAKE_VARIANTS = """
INSERT INTO punch_variant (terminal_id, local_time, pin, state, verify, work_code, source, received_at, raw)
SELECT s.terminal_id, s.local_time, s.pin, s.state, s.verify, s.work_code, s.source, s.received_at, s.raw
FROM staged_punch s
JOIN punch p ON p.terminal_id = s.terminal_id AND p.local_time = s.local_time AND p.pin = s.pin AND p.state = s.state
WHERE p.terminal_id = ANY(%(terminals)s::integer[]) AND p.local_time BETWEEN %(first)s AND %(last)s
  AND (s.verify <> p.verify OR (p.verify IS NULL AND s.verify IS NOT NULL)
       OR s.work_code <> p.work_code OR (p.work_code IS NULL AND s.work_code IS NOT NULL)
       OR (s.source = p.source AND s.raw <> p.raw))
ORDER BY s.terminal_id, s.local_time, s.pin, s.state, s.raw
ON CONFLICT DO NOTHING
"""

TERMINALS = """
SELECT name, id, time_zone,
       EXISTS (SELECT FROM rejected r WHERE r.terminal = t.name AND r.resolved_at IS NULL),
       EXISTS (SELECT FROM punch p WHERE p.terminal_id = t.id AND p.local_time = %(local_time)s::timestamp
                                     AND p.pin = %(pin)s::text AND p.state = %(state)s::smallint)
FROM terminal t WHERE name = """
ONE_TERMINAL = TERMINALS + "%(name)s"
"""The usual case on its own: it is planned once, the other one at each call."""
MANY_TERMINALS = TERMINALS + "ANY(%(names)s)"

MARK_DAYS = """
INSERT INTO day_to_score (terminal_id, day) SELECT * FROM unnest(%s::integer[], %s::date[])
"""

KEEP_REJECTED = """
INSERT INTO rejected AS r (terminal, sha256, raw, reason, source, first_seen, last_seen, times_seen)
SELECT * FROM unnest(%s::text[], %s::bytea[], %s::bytea[], %s::text[], %s::text[],
                     %s::timestamptz[], %s::timestamptz[], %s::integer[])
ON CONFLICT (terminal, sha256) DO UPDATE SET
    first_seen = least(r.first_seen, excluded.first_seen),
    last_seen = greatest(r.last_seen, excluded.last_seen),
    times_seen = r.times_seen + excluded.times_seen
"""

# Sorted, as TAKE_STAGED.
KEEP_MARKS = """
INSERT INTO punch_mark (terminal_id, pin, local_time, state, mark)
SELECT * FROM unnest(%s::integer[], %s::text[], %s::timestamp[], %s::smallint[], %s::text[]) ORDER BY 1, 3, 2, 4, 5
ON CONFLICT DO NOTHING
"""

RESOLVE = """
UPDATE rejected SET resolved_at = %s WHERE terminal = %s AND resolved_at IS NULL AND sha256 = ANY(%s)
"""


def rows_of(punches: Iterable[Punch], common: Common) -> Iterator[Row]:
    """Punches as rows."""
    return map(add, punches, repeat(common))


@dataclass(frozen=True, slots=True)
class Place:
    """What storing needs to know of a terminal.

    unresolved: some of its rejected records may be readable now. repeats: it has said the punch asked for before.
    """

    id: int
    time_zone: str
    unresolved: bool
    repeats: bool


@dataclass(slots=True)
class RejectedRow:
    """One row of table rejected, merged over the records of a call."""

    raw: bytes
    reason: str
    source: str
    first_seen: datetime
    last_seen: datetime
    times_seen: int


def places(connection: psycopg.Connection[Any], names: Iterable[str], first: Punch | None) -> dict[str, Place]:
    """The registered terminals among these names. first: a punch to look for on each of them."""
    pin, local_time, state = first[:3] if first else ("", None, 0)
    listed = list(names)
    rows = connection.execute(
        ONE_TERMINAL if len(listed) == 1 else MANY_TERMINALS,
        {"name": listed[0] if listed else "", "names": listed, "pin": pin, "local_time": local_time, "state": state},
    )
    return {name: Place(*rest) for name, *rest in rows}


def copy_new(connection: psycopg.Connection[Any], rows: Iterable[Row], days: Iterable[tuple[int, date]]) -> None:
    """Put rows straight into punch and mark their days, (terminal id, local date), to be scored.

    days: is read while the server is still busy with the rows.

    Raises:
        psycopg.errors.UniqueViolation: one of them is stored already, or is there twice.
    """
    with connection.cursor() as cursor:
        with cursor.copy(COPY_PUNCH) as copy:
            _write(copy, rows)
            terminals, dates = zip(*sorted(days), strict=True)
        cursor.execute(MARK_DAYS, [list(terminals), list(dates)])


def merge(
    connection: psycopg.Connection[Any], rows: Iterable[Row], terminals: list[int], first: datetime, last: datetime
) -> int:
    """Take those rows that are new and mark their days, keep variants; returns how many were new.

    terminals, first, last: ids and local times that enclose the rows.
    """
    bounds = {"terminals": terminals, "first": first, "last": last}
    stage(connection, rows)
    with connection.cursor() as cursor:
        # Planned anew each time: only a plan that knows the bounds leaves all other chunks of a hypertable out.
        if not _number(cursor.execute(COUNT_UNKNOWN, bounds, prepare=False)):
            return 0
        taken = _number(cursor.execute(TAKE_STAGED))
        cursor.execute(TAKE_VARIANTS, bounds, prepare=False)
    return taken


def stage(connection: psycopg.Connection[Any], rows: Iterable[Row]) -> None:
    """Put rows into the table staged_punch, which is empty at the begin of each transaction."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        with cursor.copy(COPY_STAGED) as copy:
            _write(copy, rows)


def _write(copy: psycopg.Copy, rows: Iterable[Row]) -> None:
    copy.set_types(TYPES)
    for row in rows:
        copy.write_row(row)


def _number(cursor: psycopg.Cursor[Any]) -> int:
    row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def keep_rejected(connection: psycopg.Connection[Any], records: dict[tuple[str, bytes], RejectedRow]) -> None:
    """Keep what could not be taken, by terminal and SHA-256; what is known already is counted."""
    keys = sorted(records)  # as TAKE_STAGED: no deadlock
    rows = [records[key] for key in keys]
    columns: list[list[object]] = [[name for name, _ in keys], [digest for _, digest in keys]]
    fields = ("raw", "reason", "source", "first_seen", "last_seen", "times_seen")
    columns.extend([getattr(row, field) for row in rows] for field in fields)
    connection.execute(KEEP_REJECTED, columns)


def keep_marks(connection: psycopg.Connection[Any], marks: Iterable[tuple[int, Mark]]) -> None:
    """Keep what is doubtful in punches: terminal id and mark. What is known already stays once."""
    rows = [(terminal, *mark) for terminal, mark in marks]
    connection.execute(KEEP_MARKS, [list(column) for column in zip(*rows, strict=True)])


def resolve(connection: psycopg.Connection[Any], terminal: str, digests: list[bytes], at: datetime) -> None:
    """Mark those rejected records of a terminal that have been read after all; they stay."""
    connection.execute(RESOLVE, [at, terminal, digests])
