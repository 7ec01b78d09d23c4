"""One poll of one ZK terminal: what is new in its log goes into the database, and its health is noted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal, TypeAlias

import psycopg
import structlog

from collector import clock, machine
from config.troubles import Trouble
from devices.errors import TerminalError
from devices.records import Batch
from devices.zk import tail
from devices.zk import terminal as zk
from devices.zk.news import Records, read_news
from ingest import check, health, log_memory
from ingest.accept import Counts, accept
from ingest.database import ConnectionPool
from ingest.terminals import Terminal

BATCH_ROWS = 5000
CONNECTION_SECONDS = 5.0
"""How long noting a failure waits for the database, which may be what failed."""

log = structlog.get_logger()


Cause: TypeAlias = Literal["terminal", "database", "busy", "tepat"]
"""Why a terminal was not read: it failed, the database is away, another client has its turn, or a fault of our own."""
TROUBLES: Mapping[Cause, Trouble] = {"database": "not_stored", "busy": "busy", "tepat": "our_fault"}


@dataclass(frozen=True, slots=True)
class Poll:
    """One reading of one terminal. error: why it failed, in words, and cause: where; None after a good one."""

    terminal: str
    counts: Counts
    error: str | None = None
    cause: Cause | None = None


def poll(terminal: Terminal, pool: ConnectionPool) -> Poll:
    """Read a terminal in a session of its own; the caller holds its turn. Never raises: see `told`."""
    assert terminal.address is not None
    address, comm_key = terminal.address, terminal.comm_key

    def session() -> Counts:
        with zk.open_terminal(address, comm_key) as device:
            return read(device, terminal, pool)

    return told(terminal, pool, session)


def told(terminal: Terminal, pool: ConnectionPool, reading: Callable[[], Counts]) -> Poll:
    """Run a reading of a terminal and tell what came of it; never raises: see `failed`."""
    try:
        return Poll(terminal.name, reading())
    except Exception as error:  # noqa: BLE001 - `failed` tells each kind
        return failed(terminal, pool, error)


def failed(terminal: Terminal, pool: ConnectionPool, error: Exception) -> Poll:
    """Tell why a reading failed, in the result and, where the database takes it, in the terminal's health.

    Never raises. What was stored before stays, the next poll brings the rest.
    """
    cause, reason = _explained(terminal, error)
    trouble = error.trouble if isinstance(error, TerminalError) else TROUBLES.get(cause)
    try:
        with pool.connection(timeout=CONNECTION_SECONDS) as connection:
            health.failed(connection, terminal.id, datetime.now(UTC), check.writable(reason), trouble)
    except psycopg.Error as again:
        log.warning("poll.health_not_noted", terminal=terminal.name, problem=str(again).strip())
    return Poll(terminal.name, Counts(), reason, cause)


def _explained(terminal: Terminal, error: Exception) -> tuple[Cause, str]:
    if isinstance(error, TerminalError):
        return "terminal", str(error.of(terminal.name))
    if isinstance(error, psycopg.Error):
        log.warning("poll.not_stored", terminal=terminal.name, problem=str(error).strip())
        reason = f"What was read could not be stored: {_first_line(error)}. The next poll tries again."
        return ("database" if isinstance(error, psycopg.OperationalError) else "tepat"), reason
    log.error("poll.failed", terminal=terminal.name, exc_info=error)
    return "tepat", f"Reading failed with {type(error).__name__}, an error of Tepat: {_first_line(error)}."


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def read(device: zk.Terminal, terminal: Terminal, pool: ConnectionPool) -> Counts:
    """Bring what is new in a terminal's log into the database and note its health, through an open session.

    Nothing changes on the terminal but its clock, where that is to be set. The machine of another terminal is read
    under that one's name.

    Raises:
        TerminalError: the terminal failed meanwhile, or another machine answers in its place; the session is over.
        psycopg.Error: the database did; the session may go on.
    """
    said, owner = machine.asked(device, terminal, pool)
    if owner.id == terminal.id:
        return _taken(device, said, terminal, pool)
    counts = _taken(device, said, owner, pool, warning=machine.found_elsewhere(owner, terminal))
    log.warning("poll.machine_of_another", terminal=terminal.name, owner=owner.name, new=counts.accepted)
    raise machine.moved(terminal, owner, stored=True)


def _taken(
    device: zk.Terminal, said: zk.Identity, terminal: Terminal, pool: ConnectionPool, *, warning: str | None = None
) -> Counts:
    with pool.connection() as connection:
        remembered = log_memory.recall(connection, terminal.id, tail.Remembered)
    seen = clock.look_after(device, terminal, said, pool)
    news = read_news(device, said, remembered)
    received_at = datetime.now(UTC)
    if news.why_whole is not None:
        log.info("poll.reads_whole", terminal=terminal.name, because=news.why_whole)
    judge = Judge(terminal, news.remembered, received_at)
    counts = store(terminal, news.known, received_at, pool, judge.weigh)
    counts += store(terminal, news.fresh, received_at, pool)
    kept = judge.remembered
    newest = check.newest_plausible([*news.known[0], *news.fresh[0]], received_at, terminal.time_zone)
    cure: Trouble | None = "another_machine" if warning else seen.cure
    warning = warning or seen.warning
    if kept.offset_reads == "missed":
        warning, cure = kept.why_not, "end_missed"
    with pool.connection() as connection:
        log_memory.keep(connection, terminal.id, kept)
        identity = _identity(said, seen.seconds)
        health.was_read(
            connection,
            terminal.id,
            said.asked_at,
            newest,
            identity,
            synced_until=said.asked_at,
            unread=0,
            warning=warning,
            cure=cure,
        )
    return counts


class Judge:
    """Finds, while a whole log is stored, whether readings of its end had left punches out.

    The verdict is committed with the first such punch: whatever happens next, it is not forgotten.
    """

    def __init__(self, terminal: Terminal, remembered: tail.Remembered, received_at: datetime) -> None:
        self._terminal = terminal
        self._received_at = received_at
        self.remembered = remembered

    def weigh(self, connection: psycopg.Connection[Any], before: Counts, new: Counts) -> None:
        """Inside the transaction that stores some of the records that must have been known. before: of all earlier."""
        if not new.accepted:
            return
        missed = (
            before.accepted + new.accepted - log_memory.resolved(connection, self._terminal.name, self._received_at)
        )
        if missed > 0:
            self.remembered = tail.after_miss(self.remembered, missed)
            log_memory.keep(connection, self._terminal.id, self.remembered)
            log.error("poll.end_left_punches_out", terminal=self._terminal.name, missed=missed)


Weigh: TypeAlias = Callable[[psycopg.Connection[Any], Counts, Counts], None]


def store(
    terminal: Terminal, records: Records, received_at: datetime, pool: ConnectionPool, weigh: Weigh | None = None
) -> Counts:
    """Store what was read, some at a time. weigh: called inside each transaction with what it brought."""
    punches, rejected = records
    counts = Counts()
    if not punches and not rejected:
        return counts
    with pool.connection() as connection:
        if rejected:
            counts += accept(connection, [Batch(terminal.name, "poll", received_at, (), rejected)])
        for start in range(0, len(punches), BATCH_ROWS):
            part = punches[start : start + BATCH_ROWS]
            also = None if weigh is None else partial(weigh, connection, counts)
            counts += accept(connection, [Batch(terminal.name, "poll", received_at, part)], also)
    return counts


def _identity(said: zk.Identity, clock_offset: int | None) -> health.Identity:
    return health.Identity(
        said.serial_number,
        said.firmware,
        said.platform,
        said.sizes.records,
        said.sizes.records_capacity,
        clock_offset,
    )
