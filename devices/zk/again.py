"""Records of a ZK terminal that were rejected once, read again with what is known of its log now. Pure."""

from typing import TypeAlias

from devices.records import Punch, Rejected
from devices.zk.events import ATTENDANCE, decode_event
from devices.zk.frames import Command, Packet
from devices.zk.log import ODD_TAIL, RECORD_SIZES, SURPLUS, decode_records

Records: TypeAlias = tuple[list[Punch], list[Rejected]]
TWO_LAYOUTS = 8
NO_RECORD = (ODD_TAIL, SURPLUS)
"""Reasons given to bytes of which nobody knows where a record begins: read again, they would be guessed."""
NO_LAYOUT = "Records of 8 bytes have two layouts; which one this log has is known once the terminal is read whole."
NO_SIZE = "These bytes have the size of no known record."


def from_log(raw: bytes, reason: str, *, time_last: bool | None) -> Records:
    """A record of an attendance log. reason: why it was rejected.

    time_last: which of the two 8-byte layouts the log has; None where it was never read whole, or has others.
    """
    if reason in NO_RECORD:
        return [], [(raw, reason)]
    if len(raw) not in RECORD_SIZES:
        return [], [(raw, NO_SIZE)]
    if len(raw) == TWO_LAYOUTS and time_last is None:
        return [], [(raw, NO_LAYOUT)]
    return decode_records(raw, len(raw), time_last=time_last)


def from_event(raw: bytes) -> Records:
    """The data of a live event."""
    return decode_event(Packet(Command.EVENT, ATTENDANCE, 0, raw))
