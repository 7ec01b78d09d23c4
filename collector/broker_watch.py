"""Raises the alarm when the MQTT broker drops messages: it acknowledges them all the same, so no terminal knows."""

import time
from datetime import UTC, datetime

import psycopg
import structlog

from config.troubles import cure
from ingest import broker_health
from ingest.database import ConnectionPool

AGAIN_SECONDS = 60.0

log = structlog.get_logger()


class BrokerWatch:
    """Of one broker. What it last said is kept in the database too, so that a restart of ours misses no drop."""

    def __init__(self, broker: str) -> None:
        self._broker = broker
        self._written: int | None = None
        self._told = 0
        self._due = 0.0

    def look(self, dropped: int | None, pool: ConnectionPool, patience: float) -> None:
        """Keep what the broker counts, each minute anew: that it lets us in is seen by that.

        dropped: since its start, None while it tells us nothing. A database that is away gets it later.
        """
        if dropped is None or (dropped == self._written and time.monotonic() < self._due):
            return
        try:
            with pool.connection(timeout=patience) as connection:
                new = broker_health.counted(connection, self._broker, dropped, datetime.now(UTC))
        except psycopg.OperationalError:
            if dropped != self._told:
                log.error("mqtt.broker_dropped", broker=self._broker, since_its_start=dropped)  # noqa: TRY400 - the drop is the news
            self._told = dropped
            return
        self._written = dropped
        self._due = time.monotonic() + AGAIN_SECONDS
        if new:
            log.error("mqtt.broker_dropped", broker=self._broker, messages=new, cure=cure(broker_health.TROUBLE, "en"))
