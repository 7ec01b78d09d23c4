"""The RecPush dialect of the HFSecurity/Huifan family of face terminals (docs/mqtt.md has the mapping).

Seen in the field: numbers as texts, `persionName` for `personName`, an empty customId, no RecordID, an older topic.
Pictures are dropped before anything is kept.
"""

import re
from datetime import datetime

from devices.mqtt.fields import (
    UnreadableError,
    identity_of,
    json_of,
    local_time_of,
    object_of,
    pin_of,
    shown,
)
from devices.mqtt.pictures import kept, pictureless
from devices.records import UNKNOWN_STATE, Batch, Punch

FILTERS = ("mqtt/face/+/Rec", "mqtt/face/+/rec/AttendanceRecord", "mqtt/face/heartbeat")
"""Never `mqtt/face/<id>`: there the server commands the terminal, up to deleting everybody."""

HEARTBEAT = "mqtt/face/heartbeat"
FACE = 15
REFUSALS = {"2": "The terminal recognised the person and refused entry.", "3": "The person is not registered there."}
BLOCK_LIST = "1"
TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", re.ASCII)


def read(topic: str, payload: bytes, received_at: datetime) -> list[Batch]:
    """The punch of one RecPush message, or the message without its picture as a rejected record.

    A heartbeat is no record: it gives an empty batch, which says that the terminal was heard.
    """
    device = topic if topic == HEARTBEAT else topic.split("/")[2]
    raw = None
    try:
        message = json_of(payload)
        raw = kept(payload, message)
        fields = object_of(message, "The message")
        info = object_of(fields.get("info"), "info")
        if topic == HEARTBEAT:
            return [Batch(_terminal(info), "mqtt", received_at)]
        return [Batch(identity_of(device), "mqtt", received_at, [_punch(device, fields.get("operator"), info, raw)])]
    except UnreadableError as error:
        return [Batch(identity_of(device), "mqtt", received_at, rejected=[(raw or pictureless(payload), str(error))])]


def _terminal(info: dict[str, object]) -> str:
    terminal = _text(info, "facesluiceId")
    if not terminal:
        raise UnreadableError("info.facesluiceId does not say which terminal sent this.")
    return identity_of(terminal)


def _punch(device: str, operator: object, info: dict[str, object], raw: bytes) -> Punch:
    if operator != "RecPush":
        raise UnreadableError(f"operator is {shown(operator)}, not RecPush.")
    claimed = _text(info, "facesluiceId") or device
    if claimed != device or identity_of(device) != device:
        raise UnreadableError(f"info.facesluiceId {shown(claimed)} is not the terminal of the topic, {shown(device)}.")
    status = _text(info, "VerifyStatus")
    if status != "1":
        raise UnreadableError(REFUSALS.get(status, f"info.VerifyStatus is {shown(status)}, not 1, 2 or 3."))
    person_type = _text(info, "PersonType")
    if person_type == BLOCK_LIST:
        raise UnreadableError("The person is on the terminal's block list.")
    if person_type not in {"", "0"}:
        raise UnreadableError(f"info.PersonType is {shown(person_type)}, not 0 or 1.")
    time = _text(info, "time")
    if not TIME.fullmatch(time):
        raise UnreadableError(f"info.time {shown(time)} is not YYYY-MM-DD HH:MM:SS.")
    pin = pin_of(_text(info, "customId") or _text(info, "personId"), "info.customId or info.personId")
    recognised = str(info.get("similarity1") or "").strip(" 0.") != ""
    return pin, local_time_of(time, "info.time"), UNKNOWN_STATE, FACE if recognised else None, None, raw


def _text(info: dict[str, object], name: str) -> str:
    """A text or a number as text without outer blanks; empty when the field is missing or null."""
    value = info.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if type(value) is int or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    raise UnreadableError(f"info.{name} is {shown(value)}, neither text nor whole number.")
