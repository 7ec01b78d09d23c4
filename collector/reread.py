"""Reads again what MQTT devices said before they were registered: it was rejected, not lost."""

from datetime import datetime
from hashlib import sha256
from typing import Any

import psycopg

from devices.mqtt import registry
from devices.records import Batch
from ingest import store
from ingest.accept import Counts, accept
from ingest.check import split
from ingest.terminals import Terminal, list_terminals

ROWS = 1000
"""Records that are read and committed together."""

UNRESOLVED = """
SELECT sha256, raw, first_seen FROM rejected
WHERE terminal = %(device)s AND source = 'mqtt' AND resolved_at IS NULL AND sha256 > %(after)s
ORDER BY sha256 LIMIT %(rows)s
"""


def reread_all(connection: psycopg.Connection[Any], at: datetime) -> Counts:
    """As `reread`, for every registered terminal."""
    with connection.transaction():
        found = list_terminals(connection)
    return sum((reread(connection, terminal, at) for terminal in found), Counts())


def reread(connection: psycopg.Connection[Any], terminal: Terminal, at: datetime) -> Counts:
    """Take what an MQTT device said before and can be punches now, and mark it resolved; the rejected records stay.

    What still cannot be read is left as it is. Safe to call again, and to break off. connection: outside of a
    transaction. at: aware, when they are resolved; each is judged against the time when it first came.
    """
    counts, after = Counts(), b""
    if terminal.kind != "mqtt" or terminal.address is None:
        return counts
    while True:
        with connection.transaction():
            rows = connection.execute(UNRESOLVED, {"device": terminal.address, "after": after, "rows": ROWS}).fetchall()
        if not rows:
            return counts
        after = rows[-1][0]
        batches = [batch for _, raw, first_seen in rows if (batch := _read(terminal, raw, first_seen)).punches]
        if batches:
            counts += accept(connection, batches)
            digests = [sha256(punch[-1]).digest() for batch in batches for punch in batch.punches]
            with connection.transaction():
                for identity in {terminal.address, terminal.name}:
                    store.resolve(connection, identity, digests, at)


def _read(terminal: Terminal, raw: bytes, first_seen: datetime) -> Batch:
    """The record as punches that can be stored; without any where it has none."""
    assert terminal.address is not None
    found = Batch(terminal.name, "mqtt", first_seen, registry.read_again(terminal.address, raw, first_seen))
    punches, _ = split(found, terminal.time_zone)
    return Batch(terminal.name, "mqtt", first_seen, punches)
