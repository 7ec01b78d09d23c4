"""One line of table ATTLOG as a punch: pin, time, state, verify method, work code, then up to seven fields more."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from devices.records import UNKNOWN_STATE, Punch

TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})")
UNIX_TIME = re.compile(r"[0-9]{9,10}")
BLANKS = re.compile(r"(\S+)\s+([0-9]{4}-[0-9]{2}-[0-9]{2})\s+([0-9]{2}:[0-9]{2}:[0-9]{2})((?:\s+\S+)*)\s*")
"""Blanks instead of TABs: taken only where pin and time cannot be anything else."""
NUMBER = re.compile(r"[0-9]{1,5}")
LARGEST_VERIFY = 32767
IDENTITY_CARD_FIELDS = 9
"""pin, time, result, verify, three more, number of the card, type: a check of an identity card is no attendance."""
OUTER = " \0"


def parse(line: str, raw: bytes, zone: ZoneInfo) -> Punch | str:
    """A non-empty line as a punch with `raw`, or the reason why it is none.

    Two fields are enough: what is not said is state 255, no method and no work code. A state that is there and no state
    makes the line unreadable, because it is part of the punch's key; a method that is no number is not said.
    zone: of the terminal; only a time in Unix seconds needs it.
    """
    fields = _fields(line)
    if len(fields) < 2:  # noqa: PLR2004  # pin and time
        return "fewer than 2 fields: at least pin and time are needed"
    pin, time = fields[0].strip(OUTER).replace("\0", ""), fields[1].strip(OUTER)
    if fault := pin_fault(pin):
        return fault
    if _is_identity_card(fields):
        return "a check of an identity card, no attendance"
    local_time = local(time, zone)
    if local_time is None:
        return f"time not readable: {time[:40]!r}"
    state = state_of(fields[2].strip(OUTER) if len(fields) > 2 else "")  # noqa: PLR2004  # field 3
    if state is None:
        return f"state {fields[2][:20]!r} is no number from 0 to {UNKNOWN_STATE}"
    verify = verify_of(fields[3].strip(OUTER)) if len(fields) > 3 else None  # noqa: PLR2004  # field 4
    work_code = fields[4].strip(OUTER) if len(fields) > 4 else None  # noqa: PLR2004  # field 5
    return pin, local_time, state, verify, work_code, raw


def pin_fault(pin: str) -> str | None:
    """Why a text is nobody's pin, or None."""
    if not pin:
        return "no pin"
    if pin == "0":
        return "pin 0 is nobody: an event of the terminal, no punch"
    if pin.startswith("uid:"):
        return "the pin begins with uid:, which marks internal numbers of other terminals"
    return None


def local(time: str, zone: ZoneInfo) -> datetime | None:
    """The time as the terminal's clock showed it, or None where it cannot be read or does not exist."""
    try:
        if found := TIME.fullmatch(time):
            return datetime.fromisoformat(f"{found[1]}T{found[2]}")
        if UNIX_TIME.fullmatch(time):
            return datetime.fromtimestamp(int(time), UTC).astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        pass
    return None


def state_of(text: str) -> int | None:
    """0 to 255; 255 where nothing is said; None where it is no state."""
    if not text:
        return UNKNOWN_STATE
    return int(text) if NUMBER.fullmatch(text) and int(text) <= UNKNOWN_STATE else None


def verify_of(text: str) -> int | None:
    """The method's number; None where there is none, as in the bit strings of access terminals."""
    return int(text) if NUMBER.fullmatch(text) and int(text) <= LARGEST_VERIFY else None


def _fields(line: str) -> list[str]:
    if "\t" in line:
        return line.split("\t")
    found = BLANKS.fullmatch(line.strip(OUTER))
    return [found[1], f"{found[2]} {found[3]}", *found[4].split()] if found else [line]


def _is_identity_card(fields: list[str]) -> bool:
    return len(fields) == IDENTITY_CARD_FIELDS and fields[8].strip() == "1" and len(fields[7].strip()) > len("255")
