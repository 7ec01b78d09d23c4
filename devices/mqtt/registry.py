"""Which dialect reads which topic. A new dialect is one module and one line here."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import structlog

from devices.mqtt import (
    card_scan,
    contract,
    dahua,
    esp_rfid,
    finger,
    finger_snap,
    gateway,
    plain,
    recpush,
    status,
)
from devices.mqtt.envelope import unwrapped
from devices.mqtt.fields import identity_of
from devices.mqtt.pictures import pictureless
from devices.mqtt.placed import placed
from devices.mqtt.reading import Reader, Reading, alone
from devices.records import Batch


@dataclass(frozen=True, slots=True)
class Dialect:
    """filters: the MQTT topic filters to subscribe to; a topic level `+` stands for one level, the device's."""

    name: str
    filters: tuple[str, ...]
    read: Reader


DIALECTS = (
    Dialect("tepat", contract.FILTERS, plain.read),
    Dialect("tepat finger", finger.FILTERS, alone(finger.punch, "receipt")),
    Dialect("tepat status", status.FILTERS, status.read),
    Dialect("recpush", recpush.FILTERS, recpush.read),
    Dialect("recpush signs", recpush.SIGN_FILTERS, recpush.read_sign),
    Dialect("gateway", gateway.FILTERS, gateway.read),
    Dialect("gateway signs", gateway.SIGN_FILTERS, gateway.read_sign),
    Dialect("esp-rfid", esp_rfid.FILTERS, alone(esp_rfid.punch, "utc")),
    Dialect("finger snap", finger_snap.FILTERS, lambda _, *rest: alone(finger_snap.punch)(finger_snap.NAME, *rest)),
    Dialect("card scan", card_scan.FILTERS, alone(card_scan.punch, "receipt")),
    Dialect("dahua", dahua.FILTERS, dahua.read),
)

FILTERS = tuple(topic_filter for dialect in DIALECTS for topic_filter in dialect.filters)

WITHOUT_LEVEL = {gateway.NAME, finger_snap.NAME}
"""What device ids of topics without a level for the device begin with; no other topic may name such a device."""

LONGEST_REMEMBERED = 200
LARGEST_PUNCH = 2**16
"""Bytes of a punch without its picture, at most; what is larger can only be a batch."""

log = structlog.get_logger()


def device_in(topic: str) -> str:
    """The level of the topic that names the device; the whole topic where no dialect reads it, or it has no such."""
    for topic_filter in FILTERS:
        if "+" in topic_filter and matches(topic_filter, topic):
            return identity_of(_level(topic_filter, topic))
    return identity_of(topic)


def names_device(topic: str) -> bool:
    """Whether the topic alone says which device speaks."""
    return any("+" in topic_filter and matches(topic_filter, topic) for topic_filter in FILTERS)


def matches(topic_filter: str, topic: str) -> bool:
    """For filters of fixed depth, the only ones a dialect may have."""
    asked, levels = topic_filter.split("/"), topic.split("/")
    return len(asked) == len(levels) and all(ask in {"+", level} for ask, level in zip(asked, levels, strict=True))


def read(topic: str, payload: bytes, received_at: datetime) -> Reading:
    """What one message says. Never raises and never loses: what no dialect can read is rejected with its bytes."""
    found = _dialect_of(topic)
    if found is None:
        return refused(topic, payload, received_at, "No dialect of Tepat reads this topic.")
    return _read(found[0], found[1], topic, payload, received_at)


def _dialect_of(topic: str) -> tuple[Dialect, str] | None:
    """The dialect that reads a topic, and the level of the topic that names the device.

    A terminal chooses the topic: only short ones are remembered.
    """
    return _remembered(topic) if len(topic) <= LONGEST_REMEMBERED else _found(topic)


@lru_cache(16384)
def _remembered(topic: str) -> tuple[Dialect, str] | None:
    return _found(topic)


def _found(topic: str) -> tuple[Dialect, str] | None:
    for dialect in DIALECTS:
        for topic_filter in dialect.filters:
            if matches(topic_filter, topic):
                return dialect, _level(topic_filter, topic)
    return None


def _read(dialect: Dialect, device: str, topic: str, payload: bytes, received_at: datetime) -> Reading:
    if device.split(":", maxsplit=1)[0] in WITHOUT_LEVEL:
        reason = f"Device ids that begin with {device.split(':', maxsplit=1)[0]} belong to another dialect."
        return replace(refused(topic, payload, received_at, reason), impersonated=identity_of(device))
    try:
        return dialect.read(device, payload, received_at)
    except Exception as error:
        log.exception("mqtt.reader_failed", dialect=dialect.name, device=device_in(topic))
        reason = f"The {dialect.name} reader failed with {type(error).__name__}: an error of Tepat."
        return refused(topic, payload, received_at, reason)


def _level(topic_filter: str, topic: str) -> str:
    asked = topic_filter.split("/")
    return topic.split("/")[asked.index("+")] if "+" in asked else topic


def read_again(device: str, raw: bytes, received_at: datetime, time_zone: str) -> Batch:
    """A rejected record that a device once sent, as punches of that zone; without any while it cannot be read.

    The topic need not be known: what is kept of a record says in itself which dialect it is. What says no time was
    kept with its topic and the time of its receipt.
    """
    kept = unwrapped(raw)
    if kept is not None:
        topic, at, message = kept
        readings = [read(topic, message, at)]
    else:
        filters = FILTERS if len(raw) <= LARGEST_PUNCH else contract.FILTERS
        topics = [topic_filter.replace("+", device) for topic_filter in filters]
        readings = [reading for topic in topics if (reading := read(topic, raw, received_at)).times != "receipt"]
    for reading in readings:
        if reading.batch.punches and reading.batch.terminal == device:
            found = placed(reading, time_zone)
            return found if kept is None else replace(found, punches=[(*punch[:-1], raw) for punch in found.punches])
    return Batch(device, "mqtt", received_at)


def refused(topic: str, payload: bytes, received_at: datetime, reason: str) -> Reading:
    """The whole message, less a picture, as one rejected record under the device that its topic names."""
    return Reading(Batch(device_in(topic), "mqtt", received_at, rejected=[(pictureless(payload), reason)]))
