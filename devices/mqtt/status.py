"""`tepat/<device id>/status`: online when a terminal has connected, offline as its Last Will, both retained."""

from datetime import datetime

from devices.mqtt.fields import UnreadableError, require_device, shown
from devices.mqtt.reading import Reading, Sign, unreadable
from devices.records import Batch

FILTERS = ("tepat/+/status",)
SIGNS: dict[bytes, Sign] = {b"online": "online", b"offline": "offline"}


def read(device: str, payload: bytes, received_at: datetime) -> Reading:
    """One word, in any case; no record."""
    try:
        require_device(device)
        sign = _sign(payload)
    except UnreadableError as error:
        return unreadable(device, payload, received_at, error)
    return Reading(Batch(device, "mqtt", received_at), sign=sign)


def _sign(payload: bytes) -> Sign:
    word = payload.strip().lower()
    if word not in SIGNS:
        raise UnreadableError(f"The status is {shown(payload)}, neither online nor offline.")
    return SIGNS[word]
