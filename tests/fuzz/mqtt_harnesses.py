"""Every dialect of the registry, on a topic of each of its filters."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from devices.mqtt import registry
from devices.mqtt.fields import json_of
from devices.mqtt.pictures import pictureless, without_pictures
from devices.simulator.mqtt import SimulatedMqttTerminal
from tests.fuzz.harness import Harness, raws

RECEIVED = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
BOOT = re.compile(rb'"boot":"[0-9a-f]{8}"')
"""Another at each start of the simulator: the same seed is to try the same bytes."""
MORNING = datetime.fromisoformat("2026-01-05T07:28:00")


def leaves(value: object) -> Iterator[object]:
    """The texts, numbers and names in a JSON value."""
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield repr(value)


def conserves(topic: str, payload: bytes) -> None:
    """A message, less its pictures, is kept whole, or each value of it is kept in one of its records.

    Only a message made for saying that the terminal is connected or no longer need leave no record.
    """
    reading = registry.read(topic, payload, RECEIVED)
    assert not any("an error of Tepat" in reason for _, reason in reading.batch.rejected), reading.batch.rejected
    kept = raws(reading.batch.punches, reading.batch.rejected)
    if pictureless(payload) in kept or (reading.sign is not None and not kept):
        return
    said = set(leaves(without_pictures(json_of(payload))))
    assert said - {"punches"} <= {leaf for raw in kept for leaf in leaves(json_of(raw))}


def seeds() -> Sequence[bytes]:
    """What the simulated terminals say, and JSON of the shapes that other dialects have."""
    punches = [(pin, MORNING, 0, 1, None, b"") for pin in ("7", "007")]
    said: list[bytes] = []
    for dialect, batch in (("tepat", 1), ("tepat", 2), ("recpush", 1)):
        terminal = SimulatedMqttTerminal("g", "127.0.0.1", 1, dialect=dialect, batch=batch)  # type: ignore[arg-type]  # of a literal list
        terminal.record(punches)
        said += [BOOT.sub(b'"boot":"b7b7b7b7"', message.payload) for message in terminal._buffer.values()]
    shapes = [
        b'{"uid":"A1B2C3","time":1767573000,"type":"access","isKnown":"true","username":"sari","door":"g"}',
        b'{"user_id":"7","timestamp":"2026-01-05 07:28:00","status":1,"punch":0}',
        b'{"device":"g","finger_id":7,"confidence":120}',
        b"online",
    ]
    return said + shapes


def harness(topic_filter: str) -> Harness:
    topic = topic_filter.replace("+", "g")
    return Harness(f"mqtt {topic_filter}", lambda data: conserves(topic, data), seeds)


def unknown_topic(data: bytes) -> None:
    """What comes on a topic that nobody knows is kept too, under any bytes."""
    conserves(data[:8].decode("latin-1"), data[8:])


MQTT = (*map(harness, registry.FILTERS), Harness("mqtt any topic", unknown_topic, seeds))
