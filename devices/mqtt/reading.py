"""What one message says, before anybody knows at which terminal, and so in which time zone, it was said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from devices.mqtt.fields import UnreadableError, identity_of, json_of, object_of
from devices.mqtt.pictures import kept, pictureless
from devices.records import Batch, Punch

Times: TypeAlias = Literal["wall", "utc", "receipt"]
"""How a dialect tells times: as the clock on the wall shows them, as moments (UTC), or not at all."""

Sign: TypeAlias = Literal["online", "offline"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The records of one message and what else it says.

    batch: its terminal is the device id that the message claims. With times "utc" the local times of its punches are
    UTC, with "receipt" they mean nothing: `devices.mqtt.placed` makes local times of both.
    offsets: minutes east of UTC that each punch prints, in their order; empty where the dialect prints none.
    sign: that the device is connected, or no longer, by a message made for saying so; None for all others.
    impersonated: another device that the message names as its sender.
    record_id: which record the terminal wants to be told of when it is stored (PushAck).
    """

    batch: Batch
    times: Times = "wall"
    offsets: Sequence[int] = ()
    sign: Sign | None = None
    impersonated: str | None = None
    record_id: str | None = None


Reader: TypeAlias = Callable[[str, bytes, datetime], Reading]
"""(device, payload, received_at). device: the level of the topic that names it, or the whole topic where none does."""

ReadPunch: TypeAlias = Callable[[str, dict[str, object], bytes], Punch | None]
"""(device, fields, raw) → the punch, or None for a sign of life. Raises UnreadableError."""


def unreadable(device: str, payload: bytes, received_at: datetime, error: UnreadableError) -> Reading:
    """A message that is no punch, kept with its bytes less a picture, and why."""
    batch = Batch(identity_of(device), "mqtt", received_at, rejected=[(pictureless(payload), str(error))])
    return Reading(batch, impersonated=error.impersonated)


def alone(read_punch: ReadPunch, times: Times = "wall") -> Reader:
    """The reader of a dialect whose every message is one JSON object about one punch."""

    def read(device: str, payload: bytes, received_at: datetime) -> Reading:
        try:
            message = json_of(payload)
            punch = read_punch(device, object_of(message, "The message"), kept(payload, message))
        except UnreadableError as error:
            return unreadable(device, payload, received_at, error)
        if punch is None:
            return Reading(Batch(identity_of(device), "mqtt", received_at), sign="online")
        return Reading(Batch(identity_of(device), "mqtt", received_at, [punch]), times)

    return read
