"""Reads rejected records again, each as it once came: what can be a punch now is taken, nothing is deleted.

They heal when somebody registers the terminal, or when a reader has learnt a new form. A time that was implausible when
it came stays so: each record is judged against the moment when it was first received.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import psycopg

from devices import attlog
from devices.iclock import uploads
from devices.mqtt import registry
from devices.records import Batch, Punch, Rejected, Source
from devices.zk import again
from ingest import log_memory, rejected
from ingest.accept import Counts, accept
from ingest.check import split
from ingest.rejected import Kept, Wanted
from ingest.terminals import Kind, Terminal, list_terminals

ROWS = 1000
"""Records that are read and committed together."""
OF_THE_RECORD = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)
"""Errors of the database that the same record would meet again for ever; all others pass."""

OF_DEVICES: tuple[Source, ...] = ("mqtt",)
UNKNOWN = "The terminal {name} is not registered: tepat terminal add."
OTHER_KIND = "The terminal {name} is of kind {kind}, which does not send by {source}."

Progress: TypeAlias = Callable[[int], None]
Stopped: TypeAlias = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Layout:
    """What is remembered of the log of a ZK terminal. time_last: counts for records of 8 bytes only."""

    record_size: int
    time_last: bool


@dataclass(frozen=True, slots=True)
class _Source:
    """A terminal, and what reading its records takes."""

    terminal: Terminal
    layout: _Layout | None


@dataclass(slots=True)
class Rereading:
    """What came of reading again. resolved: records that are punches now; left: the others, by the reason why."""

    counts: Counts = field(default_factory=Counts)
    resolved: int = 0
    left: Counter[str] = field(default_factory=Counter)


def _never() -> bool:
    return False


def reread_all(connection: psycopg.Connection[Any], at: datetime, stopped: Stopped = _never) -> Counts:
    """Take what MQTT devices said before they were registered, as far as it gets until it is stopped."""
    return retry(connection, Wanted(sources=OF_DEVICES), at, stopped=stopped).counts


def retry(
    connection: psycopg.Connection[Any],
    wanted: Wanted,
    at: datetime,
    *,
    dry_run: bool = False,
    on_progress: Progress | None = None,
    stopped: Stopped = _never,
) -> Rereading:
    """Read the wanted records again, take what can be punches now and mark it resolved; the records themselves stay.

    Safe to call again, and to break off. connection: outside of a transaction. at: aware, when they are resolved.
    dry_run: only tell. on_progress: called with the number of records done. stopped: asked after each of them that is
    stored by itself and after each part of ROWS; once it says so, the rest is left as it is.

    Raises:
        psycopg.OperationalError: the database is away; what was taken before is committed.
    """
    with connection.transaction():
        known = _known(connection)
    done = Rereading()
    for kept in rejected.stretches(connection, wanted, ROWS):
        readable: list[tuple[Kept, Batch]] = []
        for record in kept:
            outcome = _read(record, known.get(record.terminal, ()))
            if isinstance(outcome, str):
                done.left[outcome] += 1
            else:
                readable.append((record, outcome))
        if dry_run:
            done.resolved += len(readable)
        else:
            _take(connection, readable, at, done, stopped)
        if on_progress:
            on_progress(len(kept))
        if stopped():
            break
    return done


def _known(connection: psycopg.Connection[Any]) -> dict[str, list[_Source]]:
    """The registered terminals by what their records may stand under."""
    known: dict[str, list[_Source]] = {}
    for terminal in list_terminals(connection):
        layout = log_memory.recall(connection, terminal.id, _Layout) if terminal.kind == "zk" else None
        for identity in rejected.identities(terminal):
            known.setdefault(identity, []).append(_Source(terminal, layout))
    return known


def _read(record: Kept, found: Collection[_Source]) -> Batch | str:
    """The record as punches that can be stored, or the reason why there are none."""
    fitting = [source for source in found if _may_send(source.terminal, record)]
    if not fitting:
        kinds = {"name": record.terminal, "source": record.source}
        return OTHER_KIND.format(kind=next(iter(found)).terminal.kind, **kinds) if found else UNKNOWN.format(**kinds)
    terminal = fitting[0].terminal
    batch = READERS[record.source](record, fitting[0])
    sound, refused = split(batch, terminal.time_zone)
    if not sound:
        return next((reason for _, reason in refused), record.reason)
    parts = [(raw, reason) for raw, reason in refused if raw != record.raw]
    return replace(batch, terminal=terminal.name, punches=sound, rejected=parts)


def _may_send(terminal: Terminal, record: Kept) -> bool:
    """Whether a record of this source can be the terminal's own.

    A device that nobody registered is kept under the identity it claims, which may be the name of somebody else.
    """
    kind = KINDS.get(record.source)
    if kind is not None and kind != terminal.kind:
        return False
    claimed = record.terminal != terminal.address and record.reason.startswith(f"The MQTT device {record.terminal} is")
    return not (record.source == "mqtt" and claimed)


def _take(
    connection: psycopg.Connection[Any],
    readable: Sequence[tuple[Kept, Batch]],
    at: datetime,
    done: Rereading,
    stopped: Stopped,
) -> None:
    """Store them at once; one by one, until stopped, when a record among them cannot be stored."""
    if not readable:
        return
    try:
        done.counts += accept(connection, [batch for _, batch in readable])
    except OF_THE_RECORD as error:
        if len(readable) == 1:
            done.left[f"The database refuses this record: {type(error).__name__}."] += 1
            return
        for one in itertools.takewhile(lambda _: not stopped(), readable):
            _take(connection, [one], at, done, stopped)
        return
    with connection.transaction():
        rejected.resolved(connection, [record for record, _ in readable], at)
    done.resolved += len(readable)


def _polled(record: Kept, source: _Source) -> Batch:
    layout = source.layout
    known = layout is not None and layout.record_size == again.TWO_LAYOUTS
    time_last = layout.time_last if layout is not None and known else None
    return _batch(record, *again.from_log(record.raw, record.reason, time_last=time_last))


def _live(record: Kept, _source: _Source) -> Batch:
    return _batch(record, *again.from_event(record.raw))


def _pushed(record: Kept, source: _Source) -> Batch:
    return _one(record, uploads.read_again(record.raw, record.reason, ZoneInfo(source.terminal.time_zone)))


def _of_device(record: Kept, source: _Source) -> Batch:
    terminal = source.terminal
    assert terminal.address is not None
    return registry.read_again(terminal.address, record.raw, record.first_seen, terminal.time_zone)


def _of_file(record: Kept, _source: _Source) -> Batch:
    return _one(record, attlog.parse(record.raw))


def _one(record: Kept, outcome: Punch | str) -> Batch:
    return _batch(record, [], [(record.raw, outcome)]) if isinstance(outcome, str) else _batch(record, [outcome], [])


def _batch(record: Kept, punches: list[Punch], refused: list[Rejected]) -> Batch:
    return Batch(record.terminal, record.source, record.first_seen, punches, refused)


KINDS: dict[Source, Kind] = {"poll": "zk", "live": "zk", "push": "iclock", "mqtt": "mqtt"}
"""The kind of terminal that records of a source come from; a file may be of any."""
READERS: dict[Source, Callable[[Kept, _Source], Batch]] = {
    "poll": _polled,
    "live": _live,
    "push": _pushed,
    "mqtt": _of_device,
    "file": _of_file,
}
