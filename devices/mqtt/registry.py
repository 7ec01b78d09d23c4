"""Which dialect reads which topic. A new dialect is one module and one line here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import structlog

from devices.mqtt import contract, recpush
from devices.mqtt.fields import identity_of
from devices.mqtt.pictures import pictureless
from devices.records import Batch, Punch

Reader: TypeAlias = Callable[[str, bytes, datetime], list[Batch]]
"""(topic, payload, received_at) -> batches whose terminal is the device id the message claims. Pure; never raises."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """filters: the MQTT topic filters to subscribe to; a topic level `+` stands for one level."""

    name: str
    filters: tuple[str, ...]
    read: Reader


DIALECTS = (
    Dialect("tepat", contract.FILTERS, contract.read),
    Dialect("recpush", recpush.FILTERS, recpush.read),
)

FILTERS = tuple(topic_filter for dialect in DIALECTS for topic_filter in dialect.filters)

log = structlog.get_logger()


def device_in(topic: str) -> str:
    """The level of the topic that names the device; the whole topic where no dialect reads it."""
    levels = topic.split("/")
    for topic_filter in FILTERS:
        asked = topic_filter.split("/")
        if "+" in asked and matches(topic_filter, topic):
            return identity_of(levels[asked.index("+")])
    return identity_of(topic)


def matches(topic_filter: str, topic: str) -> bool:
    """For filters of fixed depth, the only ones a dialect may have."""
    asked, levels = topic_filter.split("/"), topic.split("/")
    return len(asked) == len(levels) and all(ask in {"+", level} for ask, level in zip(asked, levels, strict=True))


def read(topic: str, payload: bytes, received_at: datetime) -> list[Batch]:
    """The records of one message. Never raises and never loses: what no dialect can read is rejected with its bytes."""
    for dialect in DIALECTS:
        if any(matches(topic_filter, topic) for topic_filter in dialect.filters):
            try:
                return dialect.read(topic, payload, received_at)
            except Exception as error:
                log.exception("mqtt.reader_failed", dialect=dialect.name, device=device_in(topic))
                reason = f"The {dialect.name} reader failed with {type(error).__name__}: an error of Tepat."
                return refused(topic, payload, received_at, reason)
    return refused(topic, payload, received_at, "No dialect of Tepat reads this topic.")


def read_again(device: str, raw: bytes, received_at: datetime) -> list[Punch]:
    """The punches of a rejected record that a device once sent; none while it still cannot be read.

    The topic need not be known: what is kept of a record says in itself which dialect it is.
    """
    for topic_filter in FILTERS:
        if "+" in topic_filter:
            punches = [
                punch for batch in read(topic_filter.replace("+", device), raw, received_at) for punch in batch.punches
            ]
            if punches:
                return punches
    return []


def refused(topic: str, payload: bytes, received_at: datetime, reason: str) -> list[Batch]:
    """The whole message, less a picture, as one rejected record under the device that its topic names."""
    return [Batch(device_in(topic), "mqtt", received_at, rejected=[(pictureless(payload), reason)])]
