"""IoT-FingerSnap: one sensor, the topic /absensi for it, and a local time without zone."""

from devices.mqtt.fields import UnreadableError, pin_of, shown, text_of, wall_time_of
from devices.records import UNKNOWN_STATE, Punch

NAME = "absensi"
"""The device id it is registered under: neither its topic nor its message names one."""
FILTERS = (f"/{NAME}",)
FINGERPRINT = 1


def punch(_device: str, fields: dict[str, object], raw: bytes) -> Punch:
    """`{"fingerprint_id": 12, "timestamp": "2025-05-24 10:30:45"}`."""
    number = text_of(fields, "fingerprint_id")
    if not number.isascii() or not number.isdecimal():
        raise UnreadableError(f"fingerprint_id is {shown(number)}, not the number of a finger.")
    time = wall_time_of(text_of(fields, "timestamp"), "timestamp")
    return pin_of(number, "fingerprint_id"), time, UNKNOWN_STATE, FINGERPRINT, None, raw
