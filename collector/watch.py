"""Watches how long terminals are silent, and says so once in the log when one is for longer than is likely."""

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import structlog

from config import troubles
from config.conditions import Known, condition
from ingest import health
from ingest.clock_flags import RIGHT
from ingest.database import ConnectionPool
from ingest.health import Health

LOOK_SECONDS = 60.0
CONNECTION_SECONDS = 5.0

log = structlog.get_logger()


def known(terminal: Health, poll_seconds: float) -> Known:
    """What the condition of a terminal rests on. poll_seconds: of terminals without an interval of their own."""
    offset = timedelta(seconds=terminal.clock_offset or 0)
    return Known(
        terminal.kind,
        terminal.seen_at,
        terminal.error,
        terminal.cure,
        terminal.retired_at,
        terminal.poll_seconds or poll_seconds,
        clock_off=abs(offset) > RIGHT,
    )


class Watch:
    """Remembers which terminals are silent, to tell each change once."""

    def __init__(self, pool: ConnectionPool, poll_seconds: float) -> None:
        self._pool = pool
        self._poll_seconds = poll_seconds
        self._silent: set[str] = set()

    def run(self, stop_event: threading.Event) -> None:
        """Look every minute until stop_event is set; a database that is away is waited for."""
        while not stop_event.wait(LOOK_SECONDS):
            try:
                self.look(datetime.now(UTC))
            except psycopg.Error as error:
                log.warning("watch.database_away", problem=str(error).strip())

    def look(self, now: datetime) -> set[str]:
        """Tell which terminals fell silent or are back since the last look; returns all that are silent now."""
        with self._pool.connection(timeout=CONNECTION_SECONDS) as connection:
            found = health.of_all(connection)
        silent = {each.name: each for each in found if condition(known(each, self._poll_seconds), now) == "silent"}
        for name in sorted(silent.keys() - self._silent):
            log.error(
                "terminal.silent",
                terminal=name,
                since=str(silent[name].seen_at),
                days_waiting=silent[name].days_waiting,
                cure=troubles.cure("silent", "en", name),
            )
        for name in sorted(self._silent - silent.keys()):
            log.info("terminal.no_longer_silent", terminal=name)
        self._silent = set(silent)
        return set(silent)
