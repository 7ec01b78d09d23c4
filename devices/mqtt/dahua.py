"""Dahua door stations, told by a bridge on `<prefix>/AccessControl/Event`; give each bridge a prefix of its own."""

from datetime import UTC, datetime, timedelta

from devices.mqtt.fields import (
    UnreadableError,
    identity_of,
    json_of,
    object_of,
    pin_of,
    require_device,
    shown,
    text_of,
    wall_time_of,
)
from devices.mqtt.pictures import kept
from devices.mqtt.reading import Reading, unreadable
from devices.records import UNKNOWN_STATE, Batch, Punch

FILTERS = ("+/AccessControl/Event",)
LATEST = 2**32


def read(device: str, payload: bytes, received_at: datetime) -> Reading:
    """An opened door with the person who opened it; opened from afar, or refused, is no punch and is kept."""
    try:
        message = json_of(payload)
        require_device(device)
        data = object_of(object_of(message, "The message").get("Data"), "Data")
        punch = _punch(data, kept(payload, message))
        offsets = _offset(data, punch[1])
    except UnreadableError as error:
        return unreadable(device, payload, received_at, error)
    return Reading(Batch(identity_of(device), "mqtt", received_at, [punch]), offsets=offsets)


def _punch(data: dict[str, object], raw: bytes) -> Punch:
    """Type means the side of the door and Method differs by model: both stay in the bytes."""
    person = text_of(data, "UserID")
    if not person:
        raise UnreadableError("Nobody is named: the door was opened from afar.")
    if text_of(data, "Status") != "1":
        raise UnreadableError(f"The door stayed shut: Status is {shown(data.get('Status'))}, not 1.")
    time = wall_time_of(text_of(data, "LocaleTime"), "LocaleTime")
    return pin_of(person, "UserID"), time, UNKNOWN_STATE, None, None, raw


def _offset(data: dict[str, object], local_time: datetime) -> list[int]:
    """What LocaleTime is ahead of UTC, in minutes; [] where the message does not say UTC."""
    seconds = data.get("UTC")
    if type(seconds) is not int or not 0 <= seconds < LATEST:
        return []
    ahead = local_time - datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return [round(ahead / timedelta(minutes=1))]
