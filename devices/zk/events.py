"""Live events of a ZK terminal: early news of a punch, which the next poll confirms (docs/zk.md)."""

import struct
from collections.abc import Callable, Iterable
from datetime import datetime

from devices.records import Punch, Rejected
from devices.zk.clock import FIRST_YEAR, IMPOSSIBLE_TIME
from devices.zk.frames import Packet
from devices.zk.log import EMPTY_PIN, GARBLED_PIN, text_pin, uid_pin

ATTENDANCE = 1
"""The event code of a punch, in the session field; all other codes are fingers, buttons and doors."""

LONGEST = 52
"""The one size that comes repeated: several punches in one packet."""

UNKNOWN_SIZE = "This live event has a size that is not known; the next poll reads its punch."


def _number(data: bytes) -> str:
    return str(int.from_bytes(data, "little"))


def _uid(data: bytes) -> str:
    return uid_pin(int.from_bytes(data, "little"))


LAYOUTS: dict[int, tuple[int, Callable[[bytes], str | None]]] = {
    10: (2, _uid),
    12: (4, _number),
    14: (2, _uid),
    32: (24, text_pin),
    36: (24, text_pin),
    37: (24, text_pin),
    LONGEST: (24, text_pin),
}
"""Size -> bytes of the person's number, and how it is read; verify, state and six bytes of time follow it."""

NUMBERED_EVENTS, TEXT_EVENTS, UID_EVENTS = {12}, {32, 36, 37, LONGEST}, {10, 14}
LIKE_RECORDS = {8: UID_EVENTS, 16: NUMBERED_EVENTS, 40: TEXT_EVENTS, 49: TEXT_EVENTS}
"""Size of the log's records -> sizes of events that name person and state as those do."""


def as_logged(punches: Iterable[Punch], record_size: int, *, time_last: bool) -> list[Punch]:
    """The live punches that the log tells with the same pin and state; of others it would make a second punch.

    record_size, time_last: of the log. Records without a state (22 bytes, and 8 with the time last) are like no event.
    """
    alike = set() if time_last else LIKE_RECORDS.get(record_size, set())
    return [punch for punch in punches if len(punch[5]) in alike]


def decode_event(packet: Packet) -> tuple[list[Punch], list[Rejected]]:
    """The punches of one event packet; nothing for events that are not punches. Never raises."""
    punches: list[Punch] = []
    rejected: list[Rejected] = []
    if packet.session != ATTENDANCE or not packet.data:
        return punches, rejected
    data = packet.data
    size = LONGEST if len(data) % LONGEST == 0 else len(data)
    if size not in LAYOUTS:
        return [], [(data, UNKNOWN_SIZE)]
    for start in range(0, len(data), size):
        record = data[start : start + size]
        outcome = _decode(record)
        if isinstance(outcome, str):
            rejected.append((record, outcome))
        else:
            punches.append(outcome)
    return punches, rejected


def _decode(record: bytes) -> Punch | str:
    width, read_pin = LAYOUTS[len(record)]
    pin = read_pin(record[:width])
    verify, state, year, month, day, hour, minute, second = struct.unpack_from("8B", record, width)
    if pin is None:
        return GARBLED_PIN
    if not pin:
        return EMPTY_PIN
    try:
        when = datetime(FIRST_YEAR + year, month, day, hour, minute, second)  # noqa: DTZ001 - as the terminal's clock
    except ValueError:
        return IMPOSSIBLE_TIME
    return (pin, when, state, verify, None, record)
