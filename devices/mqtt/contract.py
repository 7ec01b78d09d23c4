"""Tepat's own MQTT contract, written down in docs/mqtt.md: one punch or a batch of punches a message, as JSON."""

import re
from datetime import datetime
from functools import lru_cache

from devices.mqtt.fields import (
    UnreadableError,
    compact,
    identity_of,
    json_of,
    local_time_of,
    object_of,
    pin_of,
    present,
    require_same,
    shown,
)
from devices.mqtt.pictures import kept, pictureless, without_pictures
from devices.mqtt.reading import Reading
from devices.records import UNKNOWN_STATE, Batch, Mark, Punch, Rejected

FILTERS = ("tepat/+/punch",)

STATES = {"in": 0, "out": 1, "break_out": 2, "break_in": 3, "overtime_in": 4, "overtime_out": 5}
METHODS = {"password": 0, "fingerprint": 1, "card": 4, "face": 15, "palm": 25}
"""In the numbers of ZK terminals, so that one number means one thing in the whole table of punches."""

TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)", re.ASCII
)
LONGEST_BOOT = 64
LARGEST_SEQ = 2**63 - 1
MOST_PUNCHES = 10_000
"""In one message: each is kept with device and boot, so many small ones would grow to many times their size."""


def read(device: str, payload: bytes, received_at: datetime) -> Reading:
    """The punches of one message on `tepat/<device id>/punch`; what cannot be read is rejected with its bytes.

    A batch is read punch by punch: a bad one is rejected alone. The bytes kept of a punch in a batch are compact JSON
    of the message that would have carried it alone.
    """
    punches: list[Punch] = []
    offsets: list[int] = []
    marks: list[Mark] = []
    rejected: list[Rejected] = []
    impersonated = None
    try:
        message = object_of(json_of(payload), "The message")
        for raw, fields in _records(message, payload):
            try:
                punch, offset, clock_ok = _punch(device, object_of(fields, "The punch"), raw)
            except UnreadableError as error:
                rejected.append((raw, str(error)))
                impersonated = error.impersonated or impersonated
            else:
                punches.append(punch)
                offsets.append(offset)
                if not clock_ok:
                    marks.append((*punch[:3], "clock_doubted"))
    except UnreadableError as error:
        rejected.append((pictureless(payload), str(error)))
    batch = Batch(identity_of(device), "mqtt", received_at, punches, rejected, marks)
    return Reading(batch, offsets=offsets, impersonated=impersonated)


def _records(message: dict[str, object], payload: bytes) -> list[tuple[bytes, object]]:
    """(bytes, fields) of each punch in the message."""
    if "punches" not in message:
        return [(kept(payload, message), message)]
    batch = message["punches"]
    if not isinstance(batch, list) or not batch:
        raise UnreadableError(f"punches is {shown(batch)}, not a list of at least one punch.")
    if len(batch) > MOST_PUNCHES:
        raise UnreadableError(f"The message has {len(batch)} punches, more than {MOST_PUNCHES}.")
    shared = {name: message[name] for name in ("device", "boot") if name in message}
    if any(not isinstance(value, str) or len(value) > LONGEST_BOOT for value in shared.values()):
        raise UnreadableError(f"device or boot is not a text of at most {LONGEST_BOOT} characters.")
    alone = [{**shared, **fields} if isinstance(fields, dict) else fields for fields in batch]
    beside = {name: value for name, value in message.items() if name not in shared and name != "punches"}
    own = [fields for fields in batch if isinstance(fields, dict)]  # what a punch says itself goes before
    beside |= {name: said for name, said in shared.items() if any(fields.get(name, said) != said for fields in own)}
    records = [(compact(without_pictures(fields)), fields) for fields in alone]
    if beside:  # kept once, with the first: with each, a large one would be multiplied
        first = alone[0]
        if not isinstance(first, dict) or "beside" in first:
            raise UnreadableError(f"The message says {shown(next(iter(beside)))} beside punches that are none.")
        records[0] = (compact(without_pictures({**first, "beside": beside})), first)
    return records


def _punch(device: str, fields: dict[str, object], raw: bytes) -> tuple[Punch, int, bool]:
    """A punch, its offset from UTC in minutes, and whether the terminal trusts its clock."""
    require_same(_text(fields, "device"), device, "device")
    boot = _text(fields, "boot")
    if not 0 < len(boot) <= LONGEST_BOOT:
        raise UnreadableError(f"boot {shown(boot)} has not 1 to {LONGEST_BOOT} characters.")
    sequence = present(fields, "seq")
    if type(sequence) is not int or not 0 <= sequence <= LARGEST_SEQ:
        raise UnreadableError(f"seq is {shown(sequence)}, not a whole number from 0 to 2^63 - 1.")
    clock_ok = present(fields, "clock_ok")
    if type(clock_ok) is not bool:
        raise UnreadableError(f"clock_ok is {shown(clock_ok)}, not true or false.")
    local_time, offset = _local_time(_text(fields, "time"))
    state = _number(fields, "state", STATES)
    punch = (
        pin_of(_text(fields, "pin"), "pin"),
        local_time,
        UNKNOWN_STATE if state is None else state,
        _number(fields, "method", METHODS),
        None,
        raw,
    )
    return punch, offset, clock_ok


def _text(fields: dict[str, object], name: str) -> str:
    value = present(fields, name)
    if not isinstance(value, str):
        raise UnreadableError(f"{name} is {shown(value)}, not a text.")
    return value


def _local_time(text: str) -> tuple[datetime, int]:
    match = TIME.fullmatch(text)
    if match is None:
        raise UnreadableError(f"time {shown(text)} is not YYYY-MM-DDTHH:MM:SS with an offset such as +07:00.")
    return local_time_of(match[1], "time"), minutes_of(match[2])


@lru_cache(64)
def minutes_of(offset: str) -> int:
    if offset == "Z":
        return 0
    minutes = 60 * int(offset[1:3]) + int(offset[4:])
    return -minutes if offset[0] == "-" else minutes


def _number(fields: dict[str, object], name: str, numbers: dict[str, int]) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or value not in numbers:
        raise UnreadableError(f"{name} is {shown(value)}, none of {', '.join(numbers)}.")
    return numbers[value]
