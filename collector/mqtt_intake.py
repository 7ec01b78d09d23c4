"""What MQTT devices said, into the database: in one transaction, each under the terminal that is registered for it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg

from devices.mqtt import card_scan, registry
from devices.mqtt.envelope import wrapped
from devices.mqtt.inbox import Arrival
from devices.mqtt.placed import placed
from devices.mqtt.push_ack import PushAck
from devices.mqtt.reading import Reading
from devices.records import Batch, Mark, Punch
from ingest import receipts
from ingest.accept import Counts, accept
from ingest.terminals import Terminal, terminals_of_devices

REPEAT_SECONDS = 10.0
"""A sensor that says no time repeats itself while a finger lies on it: within this time it is one punch."""

SWALLOWED = (
    "The same card within 10 seconds is one punch; a reader that was offline may have scanned it at another time and "
    "sent both at once."
)


@dataclass(frozen=True, slots=True)
class Said:
    """A message, what it says, and its batch under the terminal's name; terminal None: nobody registered the device."""

    arrival: Arrival
    reading: Reading
    batch: Batch
    terminal: Terminal | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What is committed. register: the terminals that were spoken of, by device id."""

    counts: Counts
    said: Sequence[Said]
    register: Mapping[str, Terminal]

    def push_acks(self) -> list[PushAck]:
        """Which face terminals wait to hear that a record is stored.

        A record that was refused for good is told too, or its terminal would send it for ever. A device that nobody
        registered is told nothing: it keeps its records until somebody does.
        """
        return [
            PushAck(said.terminal.address, said.reading.record_id)
            for said in self.said
            if said.terminal is not None and said.terminal.address and said.reading.record_id is not None
        ]


def take_in(connection: psycopg.Connection[Any], heard: Sequence[tuple[Arrival, Reading]], client_id: str) -> Taken:
    """Store what was heard; when this returns, it is committed and may be acknowledged.

    client_id: under which the broker numbers the messages.

    Raises:
        psycopg.OperationalError: the database is gone or busy; calling again is safe.
    """
    with connection.transaction():
        register = terminals_of_devices(connection, _spoken_of(heard))
        first = [_first_receipt(connection, arrival, reading, client_id) for arrival, reading in heard]
    said = [_said(arrival, reading, at, register) for (arrival, reading), at in zip(heard, first, strict=True)]
    if any(reading.times == "receipt" for _, reading in heard):
        with connection.transaction():
            said = _without_repeats(connection, said)
    return Taken(accept(connection, _together(said)), said, register)


def _spoken_of(heard: Sequence[tuple[Arrival, Reading]]) -> set[str]:
    named = {reading.batch.terminal for _, reading in heard}
    return named | {reading.impersonated for _, reading in heard if reading.impersonated is not None}


def _first_receipt(connection: psycopg.Connection[Any], arrival: Arrival, reading: Reading, client_id: str) -> datetime:
    if reading.times != "receipt" or not arrival.packet:
        return arrival.received_at
    delivery = receipts.Delivery(
        client_id, arrival.packet, arrival.again, arrival.topic, arrival.payload, arrival.received_at
    )
    return receipts.first_receipt(connection, delivery)


def _said(arrival: Arrival, reading: Reading, received_at: datetime, register: Mapping[str, Terminal]) -> Said:
    if received_at != reading.batch.received_at:
        reading = replace(reading, batch=replace(reading.batch, received_at=received_at))
    terminal = register.get(reading.batch.terminal)
    if terminal is None:
        return Said(arrival, reading, _unregistered(arrival.topic, reading), None)
    batch = placed(reading, terminal.time_zone)
    named = Batch(
        terminal.name, batch.source, batch.received_at, batch.punches, batch.rejected, batch.marks
    )  # as replace(), at a third of its time
    return Said(arrival, reading, named, terminal)


def _unregistered(topic: str, reading: Reading) -> Batch:
    """An unknown device gives no punch, not even to a terminal so named."""
    batch = reading.batch
    cure = f"tepat terminal add NAME --kind mqtt --address {batch.terminal}"
    reason = f"The MQTT device {batch.terminal} is not registered: {cure}"
    kept = [
        wrapped(topic, batch.received_at, punch[-1]) if reading.times == "receipt" else punch[-1]
        for punch in batch.punches
    ]
    return replace(batch, punches=(), marks=(), rejected=[*batch.rejected, *((raw, reason) for raw in kept)])


def _together(said: Sequence[Said]) -> list[Batch]:
    """What each terminal said at one time as one batch: storing takes longer for many small ones."""
    batches: dict[tuple[str, datetime], list[Batch]] = defaultdict(list)
    for each in said:
        batches[each.batch.terminal, each.batch.received_at].append(each.batch)
    return [_joined(parts) for parts in batches.values()]


def _joined(parts: Sequence[Batch]) -> Batch:
    """parts: of one terminal and time."""
    if len(parts) == 1:
        return parts[0]
    return replace(
        parts[0],
        punches=[punch for part in parts for punch in part.punches],
        rejected=[record for part in parts for record in part.rejected],
        marks=[mark for part in parts for mark in part.marks],
    )


def _without_repeats(connection: psycopg.Connection[Any], said: Sequence[Said]) -> list[Said]:
    """A punch without time that follows another of its key at once gets the time of that one: they are the same."""
    last: dict[tuple[int, str, int], datetime] = {}
    return [
        replace(each, batch=_with_time_before(connection, each, each.terminal, last))
        if each.reading.times == "receipt" and each.terminal is not None
        else each
        for each in said
    ]


def _with_time_before(
    connection: psycopg.Connection[Any],
    said: Said,
    terminal: Terminal,
    last: dict[tuple[int, str, int], datetime],
) -> Batch:
    batch, arrival = said.batch, said.arrival
    may_have_waited = not arrival.again and registry.matches(card_scan.FILTERS[0], arrival.topic)
    rejected = [*batch.rejected]
    punches: list[Punch] = []
    for punch in batch.punches:
        pin, local_time, state, *rest = punch
        key = terminal.id, pin, state
        before = last.get(key) or receipts.punch_before(connection, terminal.id, punch, REPEAT_SECONDS)
        if before is None or not 0 <= (local_time - before).total_seconds() <= REPEAT_SECONDS:
            before = local_time
        elif may_have_waited:
            rejected.append((wrapped(arrival.topic, arrival.received_at, punch[-1], same_as=before), SWALLOWED))
        last[key] = before
        punches.append((pin, before, state, *rest))  # type: ignore[arg-type]  # the rest of the same punch
    marks: list[Mark] = [(pin, local_time, state, "time_of_receipt") for pin, local_time, state, *_ in punches]
    return replace(batch, punches=punches, marks=marks, rejected=rejected)
