"""Polls ZK terminals: each on its own interval, over one connection at a time; a slow or dead one delays no other."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import psycopg
import structlog

from devices.errors import TerminalError
from devices.records import Batch
from devices.zk import tail
from devices.zk import terminal as zk
from devices.zk.news import News, Records, read_news
from ingest import check, health, log_memory
from ingest.accept import Counts, accept
from ingest.database import ConnectionPool
from ingest.terminals import Terminal, list_terminals

BATCH_ROWS = 5000
WORKERS = 16
"""Terminals read at the same time: enough that a few dead ones, each silent for its patience, do not hold up a site."""
LOOK_SECONDS = 1.0
"""How often it is looked whether a terminal is due, or was added."""

CONNECTION_SECONDS = 5.0
"""How long noting a failure waits for the database, which may be what failed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Poll:
    """One reading of one terminal. error: why it failed, in words; None after a good one."""

    terminal: str
    counts: Counts
    error: str | None = None


def poll(terminal: Terminal, pool: ConnectionPool) -> Poll:
    """Bring what is new in a terminal's log into the database and note its health. Nothing changes on the terminal.

    Never raises: whatever fails is told in the result and, where the database takes it, in the terminal's health. What
    was stored before stays, the next poll brings the rest.
    """
    try:
        return Poll(terminal.name, _read(terminal, pool))
    except TerminalError as error:
        reason = str(error)
    except psycopg.Error as error:
        log.warning("poll.not_stored", terminal=terminal.name, problem=str(error).strip())
        reason = f"What was read could not be stored: {_first_line(error)}. The next poll tries again."
    except Exception as error:
        log.exception("poll.failed", terminal=terminal.name)
        reason = f"Reading failed with {type(error).__name__}, an error of Tepat: {_first_line(error)}."
    try:
        with pool.connection(timeout=CONNECTION_SECONDS) as connection:
            health.failed(connection, terminal.id, datetime.now(UTC), check.writable(reason))
    except psycopg.Error as error:
        log.warning("poll.health_not_noted", terminal=terminal.name, problem=str(error).strip())
    return Poll(terminal.name, Counts(), reason)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _read(terminal: Terminal, pool: ConnectionPool) -> Counts:
    assert terminal.address is not None
    with pool.connection() as connection:
        remembered = log_memory.recall(connection, terminal.id, tail.Remembered)
    with zk.open_terminal(terminal.address, terminal.comm_key) as device:
        said = device.read_identity()
        news = read_news(device, said, remembered)
    received_at = datetime.now(UTC)
    known = _store(terminal, news.known, received_at, pool)
    kept = _judged(terminal, news, known, received_at, pool)
    counts = known + _store(terminal, news.fresh, received_at, pool)
    newest = check.newest_plausible([*news.known[0], *news.fresh[0]], received_at, terminal.time_zone)
    warning = kept.why_not if kept.offset_reads == "missed" else None
    with pool.connection() as connection:
        log_memory.keep(connection, terminal.id, kept)
        identity = _identity(said, terminal.time_zone)
        health.was_read(connection, terminal.id, said.asked_at, newest, identity, warning=warning)
    return counts


def _judged(
    terminal: Terminal, news: News, known: Counts, received_at: datetime, pool: ConnectionPool
) -> tail.Remembered:
    """What to remember, now that it is known whether readings of the log's end had left punches out."""
    if news.why_whole is not None:
        log.info("poll.reads_whole", terminal=terminal.name, because=news.why_whole)
    if not known.accepted:
        return news.remembered
    with pool.connection() as connection:
        missed = known.accepted - log_memory.resolved(connection, terminal.name, received_at)
    if missed <= 0:
        return news.remembered
    log.error("poll.end_left_punches_out", terminal=terminal.name, missed=missed)
    return tail.after_miss(news.remembered, missed)


def _store(terminal: Terminal, records: Records, received_at: datetime, pool: ConnectionPool) -> Counts:
    punches, rejected = records
    counts = Counts()
    with pool.connection() as connection:
        if rejected:
            counts += accept(connection, [Batch(terminal.name, "poll", received_at, (), rejected)])
        for start in range(0, len(punches), BATCH_ROWS):
            part = punches[start : start + BATCH_ROWS]
            counts += accept(connection, [Batch(terminal.name, "poll", received_at, part)])
    return counts


def _identity(said: zk.Identity, time_zone: str) -> health.Identity:
    offset = said.clock_offset(ZoneInfo(time_zone))
    return health.Identity(
        said.serial_number,
        said.firmware,
        said.platform,
        said.sizes.records,
        said.sizes.records_capacity,
        None if offset is None else round(offset.total_seconds()),
    )


def poll_all(pool: ConnectionPool) -> list[Poll]:
    """Read every ZK terminal once, several at a time, and return what came of each, by name."""
    found = _registered(pool)
    with ThreadPoolExecutor(WORKERS, "poll") as workers:
        return list(workers.map(lambda terminal: poll(terminal, pool), found))


def _registered(pool: ConnectionPool) -> list[Terminal]:
    with pool.connection() as connection:
        return [terminal for terminal in list_terminals(connection) if terminal.kind == "zk"]


class Rounds:
    """The endless round: reads each terminal when it is due, learns of new ones, never reads one twice at a time."""

    def __init__(self, pool: ConnectionPool, interval_seconds: float) -> None:
        self._pool = pool
        self._interval = interval_seconds
        self._due: dict[str, float] = {}
        self._running: dict[str, Future[Poll]] = {}

    def run(self, stop_event: threading.Event) -> None:
        """Until stop_event is set; readings under way end first. A database that is away is waited for."""
        with ThreadPoolExecutor(WORKERS, "poll") as workers:
            while not stop_event.is_set():
                self._harvest()
                try:
                    self._start_due(workers)
                except psycopg.Error as error:
                    log.warning("poll.database_away", problem=str(error).strip())
                stop_event.wait(LOOK_SECONDS)

    def _start_due(self, workers: ThreadPoolExecutor) -> None:
        now = time.monotonic()
        for terminal in _registered(self._pool):
            if terminal.name not in self._running and now >= self._due.get(terminal.name, now):
                self._due[terminal.name] = now + self._interval
                self._running[terminal.name] = workers.submit(poll, terminal, self._pool)

    def _harvest(self) -> None:
        for name in [name for name, future in self._running.items() if future.done()]:
            future = self._running.pop(name)
            done = future.result()
            if done.error is not None:
                log.warning("poll.unread", terminal=name, problem=done.error)
            else:
                counts = done.counts
                log.info("poll.read", terminal=name, read=counts.read, new=counts.accepted, rejected=counts.rejected)
