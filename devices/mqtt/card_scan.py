"""ESP card readers that send `access/<device>/scan` and keep scans while offline: a card, and no time."""

from devices.mqtt.fields import pin_of, require_device, require_same, text_of
from devices.mqtt.finger import NOT_YET
from devices.records import UNKNOWN_STATE, Punch

FILTERS = ("access/+/scan",)
CARD = 4


def punch(device: str, fields: dict[str, object], raw: bytes) -> Punch:
    """`{"device": "door-1", "uid": "04a1b2c3"}`; the card's number is the pin."""
    require_device(device)
    require_same(text_of(fields, "device"), device, "device")
    return pin_of(text_of(fields, "uid"), "uid"), NOT_YET, UNKNOWN_STATE, CARD, None, raw
