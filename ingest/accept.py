"""Takes records of terminals into the database: each ends, once, in `punch` or in `rejected`."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from itertools import chain
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from devices.records import Batch, Mark, Punch, Rejected
from ingest import check, store

ATTEMPTS = 5
"""Of a transaction that met another one in a deadlock."""
PART = 500
"""Records that are checked at once on the straight way."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of records: read = accepted + duplicate + rejected."""

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0

    def __str__(self) -> str:
        return (
            f"{self.read} records read, {self.accepted} new, {self.duplicate} known already, {self.rejected} rejected."
        )

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.read + other.read,
            self.accepted + other.accepted,
            self.duplicate + other.duplicate,
            self.rejected + other.rejected,
        )


@dataclass(slots=True)
class _Sorted:
    """Batches by what becomes of them.

    groups: batch, its terminal, its punches that are to be stored. marks: of such punches, each with its terminal's id.
    """

    groups: list[tuple[Batch, store.Place, Sequence[Punch]]] = field(default_factory=list)
    rejected: dict[tuple[str, bytes], store.RejectedRow] = field(default_factory=dict)
    marks: set[tuple[int, Mark]] = field(default_factory=set)
    refused: int = 0


def accept(
    connection: psycopg.Connection[Any], batches: Sequence[Batch], also: Callable[[Counts], None] | None = None
) -> Counts:
    """Store batches in one transaction of its own; when this returns, they are committed and may be acknowledged.

    New punches go into `punch` and mark their days; a record equal in key to a stored one is a duplicate, and is kept
    in `punch_variant` where it says something that the stored one does not; everything else goes into `rejected`.
    What a record says against its own time is kept in `punch_mark`, of a duplicate also. also: called with the counts
    inside the transaction, for what must be committed together with them or not at all.

    Raises:
        RuntimeError: the connection is already inside a transaction, so nothing here would be committed.
        psycopg.OperationalError: the database is gone or busy; nothing was stored, calling again is safe.
    """
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        raise RuntimeError("accept() commits by itself: call it outside of a transaction")
    careful = False
    for attempt in range(ATTEMPTS):
        try:
            with connection.transaction():
                counts = _store(connection, batches, careful)
                if also is not None:
                    also(counts)
                return counts
        except (psycopg.errors.UniqueViolation, _FaultError):
            if careful:
                raise
            careful = True
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


class _FaultError(Exception):
    """A record that cannot be stored was met on the straight way."""


def _store(connection: psycopg.Connection[Any], batches: Sequence[Batch], careful: bool) -> Counts:
    """One attempt. careful: one before this met a stored key or a faulty record, so straight COPY is no use."""
    probe = check.first_sound(batches)
    places = store.places(connection, {check.writable(batch.terminal) for batch in batches}, probe and probe[1])
    repeats = probe is not None and probe[0] in places and places[probe[0]].repeats
    ordered = _sort(batches, places, check.split if careful or repeats else _unchecked)
    read = sum(len(punches) for _, _, punches in ordered.groups)
    accepted = 0
    if read:
        accepted = _merge(connection, ordered) if careful or repeats else _copy(connection, ordered)
        _resolve(connection, ordered)
    if ordered.marks:
        store.keep_marks(connection, ordered.marks)
    if ordered.rejected:
        store.keep_rejected(connection, ordered.rejected)
    return Counts(read + ordered.refused, accepted, read - accepted, ordered.refused)


def _unchecked(batch: Batch, _time_zone: str) -> tuple[Sequence[Punch], list[Rejected]]:
    return batch.punches, list(batch.rejected)


def _copy(connection: psycopg.Connection[Any], ordered: _Sorted) -> int:
    """The straight way: rows are checked part by part while the server is busy with those before."""
    faulty: list[Batch] = []
    rows = chain.from_iterable(_sound_parts(ordered, faulty))
    store.copy_new(connection, rows, _days(ordered))
    if faulty:
        raise _FaultError
    return sum(len(punches) for _, _, punches in ordered.groups)


def _sound_parts(ordered: _Sorted, faulty: list[Batch]) -> Iterator[Iterator[store.Row]]:
    """The rows, in parts, up to the first part that holds a record which cannot be stored."""
    for batch, place, punches in ordered.groups:
        latest = check.newest_allowed(batch.received_at, place.time_zone)
        for first in range(0, len(punches), PART):
            part = punches[first : first + PART]
            if not check.sound(part, latest):
                faulty.append(batch)
                return
            yield store.rows_of(part, (place.id, batch.source, batch.received_at))


def _days(ordered: _Sorted) -> Iterator[tuple[int, date]]:
    days: dict[int, set[date]] = defaultdict(set)
    for _, place, punches in ordered.groups:
        days[place.id] |= check.days(punches)
    for terminal, dates in days.items():
        for day in dates:
            yield terminal, day


def _merge(connection: psycopg.Connection[Any], ordered: _Sorted) -> int:
    times = [punch[1] for _, _, punches in ordered.groups for punch in punches]
    terminals = [place.id for _, place, _ in ordered.groups]
    rows = chain.from_iterable(
        store.rows_of(punches, (place.id, batch.source, batch.received_at)) for batch, place, punches in ordered.groups
    )
    return store.merge(connection, rows, terminals, min(times), max(times))


def _sort(
    batches: Sequence[Batch],
    places: dict[str, store.Place],
    checked: Callable[[Batch, str], tuple[Sequence[Punch], list[Rejected]]],
) -> _Sorted:
    ordered = _Sorted()
    for batch in batches:
        place = places.get(batch.terminal)
        if place is None:
            reason = f"terminal {batch.terminal!r} is not registered: tepat terminal add"
            rejected = [*batch.rejected, *((punch[-1], reason) for punch in batch.punches)]
        else:
            punches, rejected = checked(batch, place.time_zone)
            ordered.groups.append((batch, place, punches))
            if batch.marks:
                stored = {punch[:3] for punch in punches}
                ordered.marks |= {(place.id, mark) for mark in batch.marks if mark[:3] in stored}
        for raw, why in rejected:
            _reject(ordered, batch, raw, why)
    return ordered


def _reject(ordered: _Sorted, batch: Batch, raw: bytes, reason: str) -> None:
    ordered.refused += 1
    key = (check.writable(batch.terminal), sha256(raw).digest())
    seen = ordered.rejected.get(key)
    if seen is None:
        ordered.rejected[key] = store.RejectedRow(
            raw, check.writable(reason), batch.source, batch.received_at, batch.received_at, 1
        )
    else:
        seen.first_seen = min(seen.first_seen, batch.received_at)
        seen.last_seen = max(seen.last_seen, batch.received_at)
        seen.times_seen += 1


def _resolve(connection: psycopg.Connection[Any], ordered: _Sorted) -> None:
    read_after_all: dict[str, list[Batch]] = defaultdict(list)
    for batch, place, punches in ordered.groups:
        if place.unresolved and punches:
            read_after_all[batch.terminal].append(replace(batch, punches=punches))
    for terminal, batches in sorted(read_after_all.items()):
        digests = [sha256(punch[-1]).digest() for batch in batches for punch in batch.punches]
        store.resolve(connection, terminal, digests, max(batch.received_at for batch in batches))
