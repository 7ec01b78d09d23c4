"""The one thing that is ever published on the topic by which a face terminal is commanded: a record is stored."""

from dataclasses import dataclass

from devices.mqtt.fields import DEVICE, compact

OWN_MEANING = {"basic", "heartbeat"}
"""Levels below mqtt/face that are no terminals."""


@dataclass(frozen=True, slots=True)
class PushAck:
    """What a RecPush terminal with ResumefromBreakpoint waits for, or it sends the record again after 10 s.

    device: as it is registered. record_id: as `devices.mqtt.recpush` lets it through.
    """

    device: str
    record_id: str


def message(ack: PushAck) -> tuple[str, bytes] | None:
    """(topic, payload); None where the device is none that can be spoken to, and nothing may be published."""
    if not DEVICE.fullmatch(ack.device) or ack.device in OWN_MEANING:
        return None
    number: int | str = int(ack.record_id) if ack.record_id.isdecimal() else ack.record_id
    info = {"PushAckType": 2, "SnapOrRecordID": number}
    return f"mqtt/face/{ack.device}", compact(
        {"operator": "PushAck", "messageId": f"tepat-{ack.record_id}", "info": info}
    )
