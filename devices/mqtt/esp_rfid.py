"""esp-rfid door controllers: `<topic>/send`, times as seconds since 1970. Their topic is to be set to a device id."""

from datetime import UTC, datetime

from devices.mqtt.fields import UnreadableError, pin_of, require_device, require_same, shown, text_of
from devices.records import UNKNOWN_STATE, Punch

FILTERS = ("+/send", "/+/send")
CARD = 4
ALLOWED = {"Always", "Admin"}
SIGNS = {"heartbeat", "boot"}
LATEST = 2**32
"""Seconds since 1970; the clock of an ESP counts no further."""


def punch(device: str, fields: dict[str, object], raw: bytes) -> Punch | None:
    """The card of somebody who was let in; the time is UTC. None for a heartbeat.

    What happened to the door, or who was refused, is no punch and is kept.
    """
    require_device(device)
    require_same(text_of(fields, "hostname") or device, device, "hostname")
    kind = text_of(fields, "type")
    if kind in SIGNS:
        return None
    if kind != "access":
        raise UnreadableError(f"An event of the door, no punch: type is {shown(kind)}.")
    if text_of(fields, "access") not in ALLOWED:
        raise UnreadableError(f"The door stayed shut: access is {shown(fields.get('access'))}.")
    seconds = fields.get("time")
    if type(seconds) is not int or not 0 <= seconds < LATEST:
        raise UnreadableError(f"time is {shown(seconds)}, not seconds since 1970.")
    moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return pin_of(text_of(fields, "uid"), "uid"), moment, UNKNOWN_STATE, CARD, None, raw
