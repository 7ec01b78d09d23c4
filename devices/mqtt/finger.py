"""A fingerprint sensor behind ESPHome or Tasmota: it says which finger, and no time."""

from datetime import datetime

from devices.mqtt.fields import UnreadableError, pin_of, require_device, shown, text_of
from devices.records import UNKNOWN_STATE, Punch

FILTERS = ("tepat/+/finger",)
"""Both let their user choose the topic."""
FINGERPRINT = 1
NOT_YET = datetime.min  # noqa: DTZ901  # replaced by the time of receipt
"""Of a record without time, until devices.mqtt.placed knows the zone."""


def punch(device: str, fields: dict[str, object], raw: bytes) -> Punch:
    """`{"finger_id": 5, "confidence": 120}`, or Tasmota's own `{"FPrint": {"Id": 5, "Confidence": 120}}`."""
    require_device(device)
    inner = fields.get("FPrint")
    number = text_of(inner, "Id") if isinstance(inner, dict) else text_of(fields, "finger_id")
    if not number.isascii() or not number.isdecimal():
        raise UnreadableError(f"finger_id is {shown(number)}, not the number of a finger.")
    return pin_of(number, "finger_id"), NOT_YET, UNKNOWN_STATE, FINGERPRINT, None, raw
