"""Live capture: hears punches at once between two polls. It is early news; a poll after every gap is the truth."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import structlog

from collector.due import first_wait, phase
from collector.poll import Poll, failed, read, told
from collector.turn import NotItsTurnError, Turn, turn
from config.errors import TepatError
from config.settings import Settings
from devices.errors import TerminalError
from devices.records import Batch, Punch, Rejected
from devices.zk import tail
from devices.zk import terminal as zk
from devices.zk.events import as_logged
from ingest import health, log_memory
from ingest.accept import Counts, accept
from ingest.database import ConnectionPool
from ingest.terminals import Terminal

LOOK_SECONDS = 1.0
"""How often a session looks whether it must end, and whether somebody else wants the terminal."""
KEEP_ALIVE_SECONDS = 15.0
"""After so long a silence the terminal is asked its time: one that is gone is noticed, none drops an idle client."""
AGAIN_SECONDS = 2.0
"""First pause after a session broke off; doubled at each failure in a row, at most AGAIN_SECONDS_MOST."""
AGAIN_SECONDS_MOST = 60.0
BELL_SECONDS = 3.0
"""An event that only rings leads to a poll, but to no more than one in this time."""
DATABASE_SECONDS = 5.0
"""How long storing an event waits for the database, and how soon a poll is tried again that it did not take."""
TURN_SECONDS = 5.0
SEEN_SECONDS = 60.0
"""How often a sign of life is noted in the terminal's health at most."""

log = structlog.get_logger()


class Live:
    """The live sessions of a collector, a thread each: none waits for another, or for polls of other terminals."""

    def __init__(self, settings: Settings, pool: ConnectionPool) -> None:
        self._settings = settings
        self._pool = pool
        self._sessions: dict[str, LiveSession] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End all sessions; a poll under way in one ends first."""
        for session in self._sessions.values():
            session.stop()
        for session in self._sessions.values():
            session.join()

    def follow(self, terminals: Sequence[Terminal]) -> None:
        """Have a session with each of these terminals and with no other; one that was changed gets a new session."""
        wanted = {terminal.name: terminal for terminal in terminals}
        for name, session in list(self._sessions.items()):
            if session.is_of(wanted.get(name)) and session.is_alive():
                continue
            session.stop()
            if not session.is_alive():
                del self._sessions[name]
        for name, terminal in wanted.items():
            if name not in self._sessions:
                every = terminal.poll_seconds or self._settings.poll_seconds
                session = LiveSession(terminal, self._pool, self._settings.data_dir, every)
                session.begin_after(first_wait(name, every, len(wanted)))
                self._sessions[name] = session


class LiveSession(threading.Thread):
    """Listens to one terminal as long as it is not stopped: connects, polls, hears; and again after every gap."""

    def __init__(self, terminal: Terminal, pool: ConnectionPool, data_dir: Path, every: float) -> None:
        super().__init__(name=f"live {terminal.name}")
        self._terminal = terminal
        self._pool = pool
        self._data_dir = data_dir
        self._every = every
        self._stopping = threading.Event()
        self._first_wait = 0.0
        self._failures = 0
        self._layout: tail.Remembered | None = None
        self._poll_at = 0.0
        self._polled_at = 0.0
        self._seen_noted_at = 0.0

    def begin_after(self, seconds: float) -> None:
        """Start, and connect after so many seconds."""
        self._first_wait = seconds
        self.start()

    def stop(self) -> None:
        """End soon; `join` waits for it."""
        self._stopping.set()

    def is_of(self, terminal: Terminal | None) -> bool:
        """Whether it is the session of this terminal as it is registered; a serial number learnt changes nothing."""
        if terminal is None or self._stopping.is_set():
            return False
        return terminal in {self._terminal, replace(self._terminal, serial_number=terminal.serial_number)}

    def run(self) -> None:
        """Hold the terminal's turn while in a session, and give way to whoever wants it."""
        self._stopping.wait(self._first_wait)
        while not self._stopping.is_set():
            try:
                with turn(self._data_dir, self._terminal.id, wait_seconds=TURN_SECONDS) as held:
                    done = told(self._terminal, self._pool, partial(self._session, held))
            except NotItsTurnError:
                continue
            except TepatError as error:
                done = Poll(self._terminal.name, Counts(), str(error), "tepat")
            if done.error is not None:
                log.warning("live.broken_off", terminal=done.terminal, problem=done.error)
                self._failures += 1
                self._stopping.wait(self._pause())

    def _pause(self) -> float:
        pause = min(AGAIN_SECONDS * (1 << min(self._failures - 1, 10)), AGAIN_SECONDS_MOST)
        return pause * (0.75 + phase(self._terminal.name) / 2)

    def _session(self, held: Turn) -> Counts:
        """One connection, from the registration for events on, so that nothing falls between a poll and listening."""
        assert self._terminal.address is not None
        self._layout = None  # nothing heard is stored before a poll has told whose machine this is
        with zk.open_terminal(self._terminal.address, self._terminal.comm_key) as device:
            self._take(device.read_live(0, ask=True))
            self._poll_at = quiet_since = time.monotonic()
            while not self._stopping.is_set() and not held.wanted():
                if time.monotonic() >= self._poll_at:
                    self._poll(device)
                    quiet_since = time.monotonic()
                ask = time.monotonic() - quiet_since >= KEEP_ALIVE_SECONDS
                heard = device.read_live(LOOK_SECONDS, ask=ask)
                if ask or any(heard):
                    quiet_since = time.monotonic()
                    self._note_seen()
                self._take(heard)
        return Counts()

    def _poll(self, device: zk.Terminal) -> None:
        """Bring in what the terminal holds; where the database does not take it, soon again in the same session."""
        try:
            done = Poll(self._terminal.name, read(device, self._terminal, self._pool))
        except TerminalError:
            raise
        except Exception as error:  # noqa: BLE001 - `failed` tells each kind; the session goes on
            done = failed(self._terminal, self._pool, error)
        self._polled_at = time.monotonic()
        self._poll_at = self._polled_at + (DATABASE_SECONDS if done.cause == "database" else self._every)
        if done.error is None:
            self._failures = 0
            self._layout = self._recalled()
            log.info("live.polled", terminal=done.terminal, read=done.counts.read, new=done.counts.accepted)

    def _recalled(self) -> tail.Remembered | None:
        try:
            with self._pool.connection(timeout=DATABASE_SECONDS) as connection:
                return log_memory.recall(connection, self._terminal.id, tail.Remembered)
        except psycopg.Error:
            return self._layout

    def _note_seen(self) -> None:
        now = time.monotonic()
        if now - self._seen_noted_at < SEEN_SECONDS:
            return
        self._seen_noted_at = now
        with suppress(psycopg.Error), self._pool.connection(timeout=DATABASE_SECONDS) as connection:
            health.seen(connection, self._terminal.id, datetime.now(UTC))

    def _take(self, heard: tuple[list[Punch], list[Rejected]]) -> None:
        """Store what was heard; what cannot be stored, or would not read as in the log, is left to a poll soon."""
        punches, rejected = heard
        layout = self._layout
        same = as_logged(punches, layout.record_size, time_last=layout.time_last) if layout else []
        stored = layout is not None and self._stored(same, rejected)
        if any(heard) and (not stored or rejected or len(same) < len(punches)):
            self._poll_at = min(self._poll_at, self._polled_at + BELL_SECONDS)

    def _stored(self, punches: Sequence[Punch], rejected: Sequence[Rejected]) -> bool:
        if not punches and not rejected:
            return True
        batch = Batch(self._terminal.name, "live", datetime.now(UTC), punches, rejected)
        try:
            with self._pool.connection(timeout=DATABASE_SECONDS) as connection:
                counts = accept(connection, [batch])
        except psycopg.Error as error:
            log.warning("live.not_stored", terminal=self._terminal.name, problem=str(error).strip())
            return False
        log.info("live.heard", terminal=self._terminal.name, new=counts.accepted, rejected=counts.rejected)
        return True
