"""The gateway that reads ZK terminals with pyzk and tells their punches on MQTT, all of them on one topic.

It writes Z behind the terminal's own time, which is no UTC: the wall time counts.
"""

from datetime import datetime

from devices.mqtt.fields import DEVICE, UnreadableError, json_of, object_of, pin_of, shown, text_of, wall_time_of
from devices.mqtt.pictures import kept
from devices.mqtt.reading import Reading, Sign, unreadable
from devices.records import UNKNOWN_STATE, Batch, Punch

NAME = "accessControl"
"""Begins the device id of each of its terminals, so that it cannot speak for any other terminal."""
FILTERS = (f"{NAME}/attendance/live",)
SIGN_FILTERS = (f"{NAME}/system/status",)
LONGEST_ID = 64 - len(NAME) - 1
KEYS = 5
"""States of ZK terminals; a greater one is a status of the door."""
SAID_OFFLINE = {"offline", "disconnected", "stopped"}


def read(_topic: str, payload: bytes, received_at: datetime) -> Reading:
    """One live event; refused entry is no punch and is kept."""
    identity, raw = NAME, None
    try:
        message = json_of(payload)
        raw = kept(payload, message)
        fields = object_of(message, "The message")
        data = object_of(fields.get("data"), "data")
        identity = _identity(text_of(data, "deviceId"))
        punch = _punch(fields, data, raw)
    except UnreadableError as error:
        return unreadable(identity, raw or payload, received_at, error)
    return Reading(Batch(identity, "mqtt", received_at, [punch]))


def read_sign(_topic: str, payload: bytes, received_at: datetime) -> Reading:
    """The gateway says whether it runs, in a form that is not documented: any but offline means that it does."""
    sign: Sign = "online"
    try:
        said = json_of(payload)
        words = [said, *said.values()] if isinstance(said, dict) else [said]
    except UnreadableError:
        words = [payload.decode("latin-1")]
    if any(isinstance(word, str) and word.strip().lower() in SAID_OFFLINE for word in words):
        sign = "offline"
    return Reading(Batch(f"{NAME}:", "mqtt", received_at), sign=sign)


def _identity(device: str) -> str:
    if not DEVICE.fullmatch(device) or len(device) > LONGEST_ID:
        raise UnreadableError(f"data.deviceId {shown(device)} is no device id of up to {LONGEST_ID} characters.")
    return f"{NAME}:{device}"


def _punch(fields: dict[str, object], data: dict[str, object], raw: bytes) -> Punch:
    if fields.get("event_type") != "realtime_access":
        raise UnreadableError(f"event_type is {shown(fields.get('event_type'))}, not realtime_access.")
    if fields.get("status") != "success":
        raise UnreadableError(f"The terminal did not let the person in: status is {shown(fields.get('status'))}.")
    pin = pin_of(text_of(data, "uid"), "data.uid")
    time = wall_time_of(text_of(data, "timestamp").removesuffix("Z"), "data.timestamp", "T")
    state = _number(data, "punch_code")
    verify = _number(data, "verify_code")
    return pin, time, state if state is not None and state <= KEYS else UNKNOWN_STATE, verify, None, raw


def _number(data: dict[str, object], name: str) -> int | None:
    said = text_of(data, name)
    if not said:
        return None
    if not (said.isascii() and said.isdecimal() and int(said) <= UNKNOWN_STATE):
        raise UnreadableError(f"data.{name} is {shown(said)}, not a number from 0 to {UNKNOWN_STATE}.")
    return int(said)
