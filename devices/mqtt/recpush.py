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
    object_of,
    pin_of,
    require_device,
    require_same,
    shown,
    text_of,
    wall_time_of,
)
from devices.mqtt.pictures import kept
from devices.mqtt.reading import Reading, Sign, unreadable
from devices.records import UNKNOWN_STATE, Batch, Punch

FILTERS = ("mqtt/face/+/Rec", "mqtt/face/+/rec/AttendanceRecord")
"""Never `mqtt/face/<id>`: there the server commands the terminal, up to deleting everybody."""
SIGN_FILTERS = ("mqtt/face/heartbeat", "mqtt/face/basic")

FACE = 15
REFUSALS = {"2": "The terminal recognised the person and refused entry.", "3": "The person is not registered there."}
BLOCK_LIST = "1"
RECORD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
SIGNS: dict[str, Sign] = {"HeartBeat": "online", "Online": "online", "Offline": "offline"}


def read(device: str, payload: bytes, received_at: datetime) -> Reading:
    """The punch of one RecPush message, or the message without its picture as a rejected record."""
    try:
        message = json_of(payload)
        fields = object_of(message, "The message")
        info = object_of(fields.get("info"), "info")
        require_device(device)
        require_same(text_of(info, "facesluiceId") or device, device, "info.facesluiceId")
        _require_operator(fields)
    except UnreadableError as error:
        return unreadable(device, payload, received_at, error)
    raw = kept(payload, message)
    record_id = info.get("RecordID")
    awaited = str(record_id) if RECORD_ID.fullmatch(str(record_id)) and record_id is not None else None
    try:
        batch = Batch(device, "mqtt", received_at, [_punch(info, raw)])
    except UnreadableError as error:
        batch = Batch(device, "mqtt", received_at, rejected=[(raw, str(error))])
    return Reading(batch, record_id=awaited)


def read_sign(topic: str, payload: bytes, received_at: datetime) -> Reading:
    """A heartbeat, or what the terminal says on connecting and its Last Will on being lost: no record."""
    try:
        fields = object_of(json_of(payload), "The message")
        terminal = text_of(object_of(fields.get("info"), "info"), "facesluiceId")
        sign = _sign(text_of(fields, "operator"), terminal)
    except UnreadableError as error:
        return unreadable(topic, payload, received_at, error)
    return Reading(Batch(identity_of(terminal), "mqtt", received_at), sign=sign)


def _require_operator(fields: dict[str, object]) -> None:
    if fields.get("operator") != "RecPush":
        raise UnreadableError(f"operator is {shown(fields.get('operator'))}, not RecPush.")


def _sign(operator: str, terminal: str) -> Sign:
    if operator not in SIGNS or not terminal:
        raise UnreadableError("It is no HeartBeat, Online or Offline with info.facesluiceId saying whose.")
    return SIGNS[operator]


def _punch(info: dict[str, object], raw: bytes) -> Punch:
    status = text_of(info, "VerifyStatus")
    if status != "1":
        raise UnreadableError(REFUSALS.get(status, f"info.VerifyStatus is {shown(status)}, not 1, 2 or 3."))
    person_type = text_of(info, "PersonType")
    if person_type == BLOCK_LIST:
        raise UnreadableError("The person is on the terminal's block list.")
    if person_type not in {"", "0"}:
        raise UnreadableError(f"info.PersonType is {shown(person_type)}, not 0 or 1.")
    time = wall_time_of(text_of(info, "time"), "info.time")
    pin = pin_of(text_of(info, "customId") or text_of(info, "personId"), "info.customId or info.personId")
    recognised = str(info.get("similarity1") or "").strip(" 0.") != ""
    return pin, time, UNKNOWN_STATE, FACE if recognised else None, None, raw
