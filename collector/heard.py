"""When MQTT terminals were last heard, for their health: written now and then, not once a message."""

import time
from datetime import datetime

import psycopg

from devices.records import Batch
from ingest import health
from ingest.check import newest_plausible
from ingest.database import ConnectionPool
from ingest.terminals import Terminal

WRITE_SECONDS = 2.0


class Heard:
    """Collects, per terminal, the last message and the newest plausible punch."""

    def __init__(self) -> None:
        self._news: dict[int, tuple[datetime, datetime | None]] = {}
        self._due = 0.0

    def note(self, terminal: Terminal, batch: Batch) -> None:
        at, newest = self._news.get(terminal.id, (batch.received_at, None))
        found = newest_plausible(batch.punches, batch.received_at, terminal.time_zone)
        times = [time for time in (newest, found) if time is not None]
        self._news[terminal.id] = max(at, batch.received_at), max(times, default=None)

    def write_due(self, pool: ConnectionPool, patience: float) -> None:
        """At most every WRITE_SECONDS."""
        if time.monotonic() >= self._due:
            self.write(pool, patience)

    def write(self, pool: ConnectionPool, patience: float) -> None:
        """Write what is not written yet. A database that is away gets it next time; it is waited for elsewhere."""
        if not self._news:
            return
        self._due = time.monotonic() + WRITE_SECONDS
        try:
            with pool.connection(timeout=patience) as connection:
                for terminal_id, (at, newest) in self._news.items():
                    health.was_read(connection, terminal_id, at, newest)
        except psycopg.OperationalError:
            return
        self._news.clear()
