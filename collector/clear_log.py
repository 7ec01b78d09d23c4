"""Clear the log of a ZK terminal once every record of it is proved to be stored. Only a command does this.

Twice the whole log is read, stored and proved: while people can punch, which brings in most of it, and, after somebody
has agreed, while they cannot. Whatever differs then: nothing is cleared.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import psycopg

from collector.poll import store
from collector.visit import visit
from config.counted import counted
from config.errors import TepatError
from devices.errors import TerminalError
from devices.records import Batch, Punch, Rejected
from devices.zk import clearing, tail
from devices.zk import terminal as zk
from devices.zk.events import as_logged
from devices.zk.log import Log
from ingest import audit, log_memory
from ingest.accept import accept
from ingest.database import ConnectionPool
from ingest.proof import unstored
from ingest.terminals import Terminal

DISABLED_SECONDS = 60
RECORDS_A_SECOND = 200
"""The terminal is disabled for DISABLED_SECONDS and as long as a slow one takes to send its log."""
MARGIN_SECONDS = 10
"""So long before the terminal enables itself nothing is cleared any more."""
LISTEN_SECONDS = 1.0
UNTOUCHED = "Nothing was cleared."


class ClearLogError(TepatError):
    """The log was not cleared, or not as it should be. The message says which, why, and what to do."""


@dataclass(slots=True)
class Attempt:
    """keep: given the log just before it is cleared. begun: whether the terminal was told to clear it."""

    keep: Callable[[Log], object]
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """Every record of a log is stored. records: how many; sha256: of their bytes; new: not stored before."""

    records: int
    sha256: str
    new: int
    rejected: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Cleared:
    """A log was cleared. left: records it holds since; heard: punches in that moment, which were stored live."""

    proof: Proof
    left: int
    heard: int


def clear_log(
    terminal: Terminal,
    pool: ConnectionPool,
    data_dir: Path,
    *,
    agreed: Callable[[Proof], bool],
    keep: Callable[[Log], object] = id,
) -> Cleared | None:
    """Prove, ask whether to clear, prove again with nobody punching, clear; None where it was not agreed.

    agreed: asked while the terminal serves others. keep: given the log just before it is cleared.

    Raises:
        ClearLogError: it broke off, at the terminal or at the database, or something differed; nothing was cleared.
        TerminalError: the terminal failed when it was to clear its log, or after it.
        psycopg.Error: the database did, after it.
    """
    attempt = Attempt(keep)
    with _told_untouched(attempt):
        with visit(terminal, pool, data_dir) as (device, _):
            _, proof = proved(device, terminal, pool)
        if not agreed(proof):
            return None
        with visit(terminal, pool, data_dir) as (device, said):
            return _cleared(device, said, terminal, pool, attempt)


@contextmanager
def _told_untouched(attempt: Attempt) -> Iterator[None]:
    """Whatever it breaks off at, the error says that nothing was cleared, as long as that is so."""
    try:
        yield
    except (TepatError, psycopg.Error) as error:
        said = str(error).strip()
        if attempt.begun or UNTOUCHED in said:
            raise
        if isinstance(error, psycopg.Error):
            said = f"What was read could not be stored or proved: {said.splitlines()[0].rstrip('.')}."
        raise ClearLogError(f"{said} {UNTOUCHED}") from error


def proved(device: zk.Terminal, terminal: Terminal, pool: ConnectionPool) -> tuple[Log, Proof]:
    """Read and store the whole log of a terminal, and prove that the database has each record.

    Raises:
        ClearLogError: it has not.
        TerminalError: the terminal failed meanwhile.
    """
    log = device.read_log()
    at = datetime.now(UTC)
    counts = store(terminal, (log.punches, log.rejected), at, pool)
    with pool.connection() as connection:
        missing, example = unstored(connection, terminal, log.punches, log.rejected, at)
    told = sum(len(punch[-1]) for punch in log.punches) + sum(len(raw) for raw, _ in log.rejected)
    if missing or told < len(log.body):
        raise ClearLogError(
            f"{counted(missing, 'record')} of {terminal.name} cannot be found in any table ({example}), although all "
            f"were stored. {UNTOUCHED} This is an error of Tepat: report it with these bytes."
        )
    records = len(log.body) // (log.record_size or 1)
    return log, Proof(records, sha256(log.body).hexdigest(), counts.accepted, counts.rejected, at)


def _cleared(
    device: zk.Terminal, said: zk.Identity, terminal: Terminal, pool: ConnectionPool, attempt: Attempt
) -> Cleared:
    seconds = DISABLED_SECONDS + said.sizes.records // RECORDS_A_SECOND
    until = time.monotonic() + seconds - MARGIN_SECONDS
    device.read_live(0, ask=False)
    with clearing.disabled(device, seconds, terminal.comm_key):
        device.read_live(0, ask=False)  # what it tells from here on was punched although it is disabled
        log, proof = proved(device, terminal, pool)
        attempt.keep(log)
        _note(terminal, pool, "prove log", asdict(proof) | {"at": proof.at.isoformat()})
        if time.monotonic() > until:
            raise ClearLogError(
                f"Reading and proving took longer than {terminal.name} stays disabled ({seconds} s). Nothing was "
                "cleared. Try again when network and database are less busy."
            )
        _check_unchanged(device, terminal, proof)
        attempt.begun = True
        _clear(device, terminal, proof, pool)
        left = device.read_sizes().records
        heard = _heard(device, terminal, log, pool)
    _forget(terminal, pool)
    _note(terminal, pool, "clear log", {"records": proof.records, "sha256": proof.sha256, "left": left, "heard": heard})
    if left >= proof.records:
        raise ClearLogError(
            f"{terminal.name} said that its log is cleared, and holds {counted(left, 'record')} all the same. "
            "All are stored; clear the log in its menu."
        )
    return Cleared(proof, left, heard)


def _check_unchanged(device: zk.Terminal, terminal: Terminal, proof: Proof) -> None:
    """By count, and by what it tells: in a full log one record more pushes another out."""
    held = device.read_sizes().records
    punches, rejected = device.read_live(0, ask=False)
    if held != proof.records or punches or rejected:
        raise ClearLogError(
            f"Somebody punched on {terminal.name} while its log was read: it holds {counted(held, 'record')}, and "
            f"{proof.records} were proved. Nothing was cleared. Try again when nobody is at it."
        )


def _clear(device: zk.Terminal, terminal: Terminal, proof: Proof, pool: ConnectionPool) -> None:
    try:
        clearing.clear_log(device)
    except TerminalError as error:
        _note(terminal, pool, "clear log", {"records": proof.records, "sha256": proof.sha256, "error": str(error)})
        raise


def _heard(device: zk.Terminal, terminal: Terminal, proven: Log, pool: ConnectionPool) -> int:
    """Store what was punched between the proof and the clearing: the log no longer tells it.

    A punch that the log tells in another form, because its records have no state or name people otherwise, is stored
    as it was heard only where the log does not hold it after the clearing: one touch stays one punch.
    """
    punches, rejected = device.read_live(LISTEN_SECONDS, ask=False)
    if not punches and not rejected:
        return 0
    alike = as_logged(punches, proven.record_size or 0, time_last=proven.time_last)
    _store_heard(terminal, alike, rejected, pool)
    if others := [punch for punch in punches if punch not in alike]:
        held = _held(device, terminal, pool)
        _store_heard(terminal, [punch for punch in others if not _told(punch, others, held)], [], pool)
    return len(punches) + len(rejected)


def _held(device: zk.Terminal, terminal: Terminal, pool: ConnectionPool) -> Sequence[Punch]:
    """What the log holds after the clearing, stored too; nothing where it cannot be read: two punches before none."""
    try:
        log = device.read_log()
    except TerminalError:
        return ()
    store(terminal, (log.punches, log.rejected), datetime.now(UTC), pool)
    return log.punches


def _told(punch: Punch, heard: Sequence[Punch], held: Sequence[Punch]) -> bool:
    """Whether a log tells of a touch that was heard: by pin and second, or because it has all those of that second."""
    second = [other for other in held if other[1] == punch[1]]
    return any(other[0] == punch[0] for other in second) or len(second) >= sum(other[1] == punch[1] for other in heard)


def _store_heard(
    terminal: Terminal, punches: Sequence[Punch], rejected: Sequence[Rejected], pool: ConnectionPool
) -> None:
    with pool.connection() as connection:
        accept(connection, [Batch(terminal.name, "live", datetime.now(UTC), punches, rejected)])


def _forget(terminal: Terminal, pool: ConnectionPool) -> None:
    """Let the next poll know that there is no end of the log to hold on to."""
    with pool.connection() as connection:
        remembered = log_memory.recall(connection, terminal.id, tail.Remembered)
        if remembered is not None:
            log_memory.keep(connection, terminal.id, tail.after_clearing(remembered))


def _note(terminal: Terminal, pool: ConnectionPool, action: str, detail: dict[str, object]) -> None:
    with pool.connection() as connection:
        audit.record_command(connection, datetime.now(UTC), action, f"terminal:{terminal.name}", detail)
