"""People and punches as a ZK terminal stores them, packed independently of the parser (docs/zk.md)."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from config.errors import TepatError
from devices.records import UNKNOWN_STATE

RecordSize: TypeAlias = Literal[8, 16, 22, 40, 49]
RECORD_SIZES: tuple[RecordSize, ...] = (8, 16, 40, 49)
"""Those that hold the state of a punch; 22 does not."""
NUMBER_SIZES = (8, 16)
"""Record sizes of the firmwares that know people by number only."""
LARGEST_NUMBER = 0xFFFF_FFFF
LARGEST_UID = 0xFFFF
PIN_BYTES = 24
SHORT_PIN_BYTES = 6
"""Of a pin in a 22-byte record."""
TAIL = bytes.fromhex("00000000ff000000")
"""What captured 40-byte records end with."""


class SimulatorError(TepatError):
    """A simulated terminal was asked for something its real kind cannot hold."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody enrolled on the terminal. uid is its internal number; privilege 14 is an administrator."""

    uid: int
    pin: str
    name: str = ""
    privilege: int = 0


class StoredPunch(NamedTuple):
    """One punch to be put into a terminal's log."""

    pin: str
    local_time: datetime
    state: int = UNKNOWN_STATE
    verify: int = 1
    work_code: int = 0


def encode_time(when: datetime) -> int:
    """The 32-bit time: years of 12 months of 31 days, since 2000."""
    days = ((when.year - 2000) * 12 + when.month - 1) * 31 + when.day - 1
    return days * 86_400 + when.hour * 3600 + when.minute * 60 + when.second


def encode_record(punch: StoredPunch, uid: int, record_size: RecordSize) -> bytes:
    """One attendance record."""
    pin, when, state, verify, work_code = punch
    time = encode_time(when)
    match record_size:
        case 8:
            return struct.pack("<HBIB", uid, verify, time, state)
        case 16:
            return struct.pack("<IIBB2xI", int(pin), time, verify, state, work_code)
        case 22:
            return struct.pack("<H6s4xBIB4x", uid, pin.encode(), 1, time, verify)
        case 40 | 49:
            record = struct.pack("<H24sBIB", uid, pin.encode(), verify, time, state) + TAIL
            return record.ljust(record_size, b"\0")


NUMBER_PERSON = struct.Struct("<HB5s8sIxBHI")
"""28 bytes: uid, privilege, password, name, card, group, time zone, number."""
TEXT_PERSON = struct.Struct("<HB8s24sIx7sx24s")
"""72 bytes: uid, privilege, password, name, card, group, text pin."""


def encode_user(person: Person, record_size: RecordSize, name_encoding: str = "utf-8") -> bytes:
    """One record of the list of people, of the kind that goes with the size of attendance records."""
    written = person.name.encode(name_encoding)
    if record_size in NUMBER_SIZES:
        name = written[:8]
        return NUMBER_PERSON.pack(person.uid, person.privilege, b"", name, 0, 1, 0, int(person.pin))
    return TEXT_PERSON.pack(person.uid, person.privilege, b"", written[:24], 0, b"", person.pin.encode())


def decode_user(record: bytes, record_size: RecordSize, name_encoding: str) -> Person:
    """The person whom a client writes, in a record as `encode_user` makes them.

    Raises:
        SimulatorError: it has another size, so the terminal declines it.
    """
    kind = NUMBER_PERSON if record_size in NUMBER_SIZES else TEXT_PERSON
    if len(record) != kind.size:
        raise SimulatorError(f"This terminal takes people in {kind.size} bytes, not {len(record)}.")
    uid, privilege, _, name, *_, pin = kind.unpack(record)
    text = str(pin) if isinstance(pin, int) else pin.split(b"\0", 1)[0].decode(errors="replace")
    return Person(uid, text, name.split(b"\0", 1)[0].decode(name_encoding, errors="replace"), privilege)


def _event_time(when: datetime) -> bytes:
    return bytes([when.year % 100, when.month, when.day, when.hour, when.minute, when.second])


EVENT_PINS: dict[int, Callable[[StoredPunch, int], bytes]] = {
    8: lambda _, uid: struct.pack("<H", uid),
    16: lambda punch, _: struct.pack("<I", int(punch.pin)),
    22: lambda punch, _: struct.pack("24s", punch.pin.encode()),
    40: lambda punch, _: struct.pack("24s", punch.pin.encode()),
    49: lambda punch, _: struct.pack("24s", punch.pin.encode()),
}


def encode_event(punch: StoredPunch, uid: int, record_size: RecordSize) -> bytes:
    """The data of a live event: 10, 12 or 32 bytes, by the size of attendance records."""
    return EVENT_PINS[record_size](punch, uid) + bytes([punch.verify, punch.state]) + _event_time(punch.local_time)


def check_pin(pin: str, record_size: RecordSize) -> None:
    """Refuse a pin that a terminal of this kind cannot hold.

    Raises:
        SimulatorError: not a plain number where only numbers are held, or too long.
    """
    if record_size in NUMBER_SIZES:
        plain = pin.isascii() and pin.isdecimal() and (pin == "0" or pin[0] != "0") and int(pin) <= LARGEST_NUMBER
        if not plain:
            raise SimulatorError(
                f"A terminal with {record_size}-byte records cannot hold the pin {pin!r}: it knows people by a number "
                f"without leading zeros up to {LARGEST_NUMBER}. Use a record size of 40 or 49."
            )
    longest = SHORT_PIN_BYTES if record_size == 22 else PIN_BYTES  # noqa: PLR2004 - the size is its own name
    if not pin or len(pin.encode()) > longest:
        raise SimulatorError(
            f"A terminal with {record_size}-byte records holds pins of 1 to {longest} bytes, so not {pin!r}."
        )


def check_punch(punch: StoredPunch, record_size: RecordSize) -> None:
    """Refuse a punch that a terminal of this kind cannot have stored.

    Raises:
        SimulatorError: the pin, the year, the state or the way of verifying does not fit.
    """
    check_pin(punch.pin, record_size)
    byte = range(256)
    if not 2000 <= punch.local_time.year <= 2133 or punch.state not in byte or punch.verify not in byte:  # noqa: PLR2004 - the years 32 bits reach
        raise SimulatorError(f"A terminal cannot have stored {punch}: years 2000 to 2133, state and verify 0 to 255.")
    if not 0 <= punch.work_code <= LARGEST_NUMBER:
        raise SimulatorError(f"A terminal cannot have stored the work code {punch.work_code} of {punch}.")
