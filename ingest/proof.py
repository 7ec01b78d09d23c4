"""Proof that what a terminal holds is stored, record by record, so that the terminal may forget it."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import psycopg

from devices.records import Punch, Rejected
from ingest import store
from ingest.terminals import Terminal

# A record is stored where its key is, with the same bytes or all that it says, as a punch or as a variant of one; or
# where its bytes were rejected. The bounds lead to the index; a hypertable skips chunks.
UNSTORED = """
SELECT count(*), min(encode(s.raw, 'hex')) FROM staged_punch s
WHERE NOT EXISTS (
    SELECT FROM punch p
    WHERE p.terminal_id = s.terminal_id AND p.local_time = s.local_time AND p.pin = s.pin AND p.state = s.state
      AND p.terminal_id = %(terminal_id)s AND p.local_time BETWEEN %(first)s AND %(last)s
      AND (s.raw = p.raw OR ((s.verify IS NULL OR s.verify = p.verify)
                             AND (s.work_code IS NULL OR s.work_code = p.work_code)))
) AND NOT EXISTS (
    SELECT FROM punch_variant v
    WHERE v.terminal_id = s.terminal_id AND v.local_time = s.local_time AND v.pin = s.pin AND v.state = s.state
      AND (s.raw = v.raw OR ((s.verify IS NULL OR s.verify = v.verify)
                             AND (s.work_code IS NULL OR s.work_code = v.work_code)))
) AND NOT EXISTS (
    SELECT FROM rejected r WHERE r.terminal = %(name)s AND r.sha256 = sha256(s.raw)
)
"""
UNKEPT = """
SELECT count(*), min(encode(digest, 'hex')) FROM unnest(%(digests)s::bytea[]) AS digest
WHERE NOT EXISTS (SELECT FROM rejected r WHERE r.terminal = %(name)s AND r.sha256 = digest)
"""


def unstored(
    connection: psycopg.Connection[Any],
    terminal: Terminal,
    punches: Sequence[Punch],
    rejected: Sequence[Rejected],
    at: datetime,
) -> tuple[int, str | None]:
    """How many of a terminal's records are in no table, and one of them: its bytes, or its SHA-256, in hexadecimal.

    (0, None) is the proof. Runs in the caller's transaction, alone. at: when they were read.
    """
    missing, example = 0, None
    if punches:
        times = [punch[1] for punch in punches]
        bounds = {"terminal_id": terminal.id, "name": terminal.name, "first": min(times), "last": max(times)}
        store.stage(connection, store.rows_of(punches, (terminal.id, "poll", at)))
        # Planned anew, as in store.merge.
        missing, example = _counted(connection.execute(UNSTORED, bounds, prepare=False))
    digests = [sha256(raw).digest() for raw, _ in rejected]
    unkept, digest = _counted(connection.execute(UNKEPT, {"digests": digests, "name": terminal.name}))
    return missing + unkept, example or digest


def _counted(cursor: psycopg.Cursor[Any]) -> tuple[int, str | None]:
    row = cursor.fetchone()
    assert row is not None
    return int(row[0]), row[1]
