"""Which ZK terminal is read when: each at its own times, by bounded workers; a slow or dead one delays no other."""

import queue
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import structlog

from collector.due import first_wait, next_wait, retry_wait
from collector.live import Live
from collector.poll import Poll, poll
from collector.share import ALONE, Share, mine, parse_share
from collector.turn import NotItsTurnError, turn
from config.errors import TepatError
from config.settings import Settings
from ingest.accept import Counts
from ingest.database import ConnectionPool
from ingest.terminals import Terminal, list_terminals

WORKERS = 128
"""Terminals read at the same time at most. Most of these wait for terminals that are slow or dead."""
QUICK_WORKERS = 32
"""Of these, so many at most for terminals that answer quickly, or of which nothing else is known yet."""
SLOW_SECONDS = 2.0
"""A reading that takes longer counts as slow, and its place among the quick ones is free for the next terminal."""
LOOK_SECONDS = 1.0
"""How often it is looked which terminals are registered, and which are due."""
LOOK_PATIENCE_SECONDS = 5.0
REGISTER_SHARE = 0.02
"""The part of the time that reading the register may take; a small one is read at every look."""
REGISTER_SECONDS_MOST = 5.0
BUSY_SECONDS = 15.0
"""A terminal whose turn somebody else has is tried again after this time."""
ONCE_WAIT_SECONDS = 60.0

log = structlog.get_logger()


def registered(pool: ConnectionPool, share: Share) -> list[Terminal]:
    """The ZK terminals that this collector keeps read."""
    with pool.connection(timeout=LOOK_PATIENCE_SECONDS) as connection:
        found = [each for each in list_terminals(connection) if each.kind == "zk" and each.retired_at is None]
    return [each for each in found if mine(each.name, share)]


def poll_all(pool: ConnectionPool, data_dir: Path, share: Share = ALONE) -> list[Poll]:
    """Read every ZK terminal of the share once, several at a time, and return what came of each, by name."""

    def polled(terminal: Terminal) -> Poll:
        try:
            with turn(data_dir, terminal.id, wait_seconds=ONCE_WAIT_SECONDS):
                return poll(terminal, pool)
        except NotItsTurnError as error:
            return Poll(terminal.name, Counts(), str(error), "busy")

    with ThreadPoolExecutor(WORKERS, "poll") as workers:
        return list(workers.map(polled, registered(pool, share)))


@dataclass(slots=True)
class Place:
    """A terminal in the rounds. due, begun: of the monotonic clock; begun is None while it is not being read."""

    terminal: Terminal
    due: float
    failures: int = 0
    slow: bool = False
    begun: float | None = None

    def occupies_quick(self, now: float) -> bool:
        """Whether its reading has a place among the quick ones."""
        return not self.slow and self.begun is not None and now - self.begun < SLOW_SECONDS


class Rounds:
    """The endless round. Changes of the register take effect within a second, of a large one within five.

    polls: how many it began. latest: the longest, in seconds, that one of a terminal not known as slow or dead began
    after its time.
    """

    def __init__(self, settings: Settings, pool: ConnectionPool) -> None:
        self.polls = 0
        self.latest = 0.0
        self._pool = pool
        self._share = parse_share(settings.collector_share)
        self._data_dir = settings.data_dir
        self._interval = settings.poll_seconds
        self._live = Live(settings, pool)
        self._register_at = 0.0
        self._places: dict[str, Place] = {}
        self._running: dict[str, Place] = {}
        self._quick: deque[Place] = deque()
        self._slow: deque[Place] = deque()
        self._done: queue.SimpleQueue[tuple[Place, Future[Poll]]] = queue.SimpleQueue()

    def run(self, stop_event: threading.Event) -> None:
        """Until stop_event is set; readings under way end first. A database that is away is waited for."""
        look_at = 0.0
        with ThreadPoolExecutor(WORKERS, "poll") as workers, self._live:
            while not stop_event.is_set():
                if time.monotonic() >= look_at:
                    self._look()
                    look_at = time.monotonic() + LOOK_SECONDS
                self._start(workers)
                self._harvest(look_at)

    def _look(self) -> None:
        """See who is registered and who is due; while the database is away nobody is."""
        self._quick.clear()
        self._slow.clear()
        if time.monotonic() >= self._register_at and not self._read_register():
            return
        now = time.monotonic()
        due = [place for name, place in self._places.items() if place.due <= now and name not in self._running]
        for place in sorted(due, key=lambda place: place.due):
            (self._slow if place.slow else self._quick).append(place)

    def _read_register(self) -> bool:
        """Heed what changed in the register; False while the database is away."""
        begun = time.monotonic()
        try:
            found = registered(self._pool, self._share)
        except psycopg.Error as error:
            log.warning("poll.database_away", problem=str(error).strip())
            return False
        self._live.follow([terminal for terminal in found if terminal.live])
        self._place([terminal for terminal in found if not terminal.live])
        took = time.monotonic() - begun
        self._register_at = begun + min(took / REGISTER_SHARE, REGISTER_SECONDS_MOST)
        return True

    def _place(self, terminals: list[Terminal]) -> None:
        """Give new and changed terminals their place; those that are gone lose it."""
        known, self._places = self._places, {}
        now = time.monotonic()
        for terminal in terminals:
            place = known.get(terminal.name)
            if place is None:
                place = Place(terminal, now + first_wait(terminal.name, self._every(terminal), len(terminals)))
            elif place.terminal != terminal:
                learnt = replace(place.terminal, serial_number=terminal.serial_number) == terminal
                if learnt:
                    place.terminal = terminal
                else:
                    place = Place(terminal, now)
            self._places[terminal.name] = place

    def _start(self, workers: ThreadPoolExecutor) -> None:
        now = time.monotonic()
        quick = sum(place.occupies_quick(now) for place in self._running.values())
        slow = len(self._running) - quick
        while self._quick and quick < QUICK_WORKERS and len(self._running) < WORKERS:
            self._submit(workers, self._quick.popleft(), now)
            quick += 1
        while self._slow and slow < WORKERS - QUICK_WORKERS:
            self._submit(workers, self._slow.popleft(), now)
            slow += 1

    def _submit(self, workers: ThreadPoolExecutor, place: Place, now: float) -> None:
        self.polls += 1
        self.latest = self.latest if place.slow else max(self.latest, now - place.due)
        place.begun = now
        self._running[place.terminal.name] = place
        future = workers.submit(self._polled, place.terminal)
        future.add_done_callback(lambda done: self._done.put((place, done)))

    def _polled(self, terminal: Terminal) -> Poll:
        try:
            with turn(self._data_dir, terminal.id, wait_seconds=0):
                return poll(terminal, self._pool)
        except NotItsTurnError as error:
            return Poll(terminal.name, Counts(), str(error), "busy")
        except TepatError as error:
            return Poll(terminal.name, Counts(), str(error), "tepat")

    def _harvest(self, until: float) -> None:
        """Take note of the readings that ended, waiting for the first of them."""
        wait = max(until - time.monotonic(), 0)
        while True:
            try:
                place, future = self._done.get(timeout=wait)
            except queue.Empty:
                return
            wait = 0
            del self._running[place.terminal.name]
            self._settle(place, _result(place, future))

    def _settle(self, place: Place, done: Poll) -> None:
        """Decide when a terminal is due again, and whether it waits among the slow ones."""
        now = time.monotonic()
        assert place.begun is not None
        took, place.begun = now - place.begun, None
        name, every = place.terminal.name, self._every(place.terminal)
        place.slow = done.cause == "terminal" or took > SLOW_SECONDS
        place.failures = place.failures + 1 if done.cause in {"terminal", "tepat"} else 0
        if place.failures:
            wait = retry_wait(name, every, place.failures)
        elif done.cause is None:
            wait = next_wait(name, every, time.time())
        else:
            wait = min(BUSY_SECONDS if done.cause == "busy" else LOOK_SECONDS, every)
        place.due = now + wait
        _tell(done)

    def _every(self, terminal: Terminal) -> float:
        return terminal.poll_seconds or self._interval


def _result(place: Place, future: Future[Poll]) -> Poll:
    """What came of a reading; a fault of our own ends that reading, and never the round."""
    error = future.exception()
    if error is None:
        return future.result()
    log.error("poll.failed", terminal=place.terminal.name, exc_info=error)
    return Poll(place.terminal.name, Counts(), f"Reading failed with {type(error).__name__}: {error}.", "tepat")


def _tell(done: Poll) -> None:
    if done.error is not None:
        log.warning("poll.unread", terminal=done.terminal, problem=done.error)
    else:
        counts = done.counts
        log.info("poll.read", terminal=done.terminal, read=counts.read, new=counts.accepted, rejected=counts.rejected)
