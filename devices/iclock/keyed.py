"""Lines of key=value fields: events of access terminals (rtlog), and what the F22 sends as ATTLOG."""

import re
from zoneinfo import ZoneInfo

from devices.iclock.attlog import local, pin_fault, state_of, verify_of
from devices.records import UNKNOWN_STATE, Punch

FIELD = re.compile(r"~?([A-Za-z_]+)=([^\t\r\n]*)")
FIRST_ABNORMAL = 5000
"""Events: 4000 and more are normal, 5000 abnormal, 6000 alarms. What lower and unknown codes mean is not published."""
INOUT_STATES = {"0": 0, "1": 1, "2": UNKNOWN_STATE}
"""2 = the door has no direction."""


def fields_of(line: str) -> dict[str, str]:
    """The fields of a line, keys in small letters; of a key said twice the first counts."""
    found: dict[str, str] = {}
    for part in line.split("\t"):
        field = FIELD.fullmatch(part.strip(" \0"))
        if field:
            found.setdefault(field[1].lower(), field[2].strip())
    return found


def is_keyed(line: str) -> bool:
    """Whether a line is made of key=value fields with a time or a pin among them."""
    return not {"time", "pin"}.isdisjoint(fields_of(line))


def parse(line: str, raw: bytes, zone: ZoneInfo) -> Punch | str:
    """A line as a punch with `raw`, or the reason why it is none. Order and number of its fields vary by firmware."""
    said = fields_of(line)
    if "time" not in said:
        return "no time"
    event = said.get("event", "")
    if event.isdecimal() and int(event[:9]) >= FIRST_ABNORMAL:
        return f"event {event}: abnormal or an alarm, no punch"
    if fault := pin_fault(said.get("pin", "")):
        return f"{fault} (event {event})" if event else fault
    local_time = local(said["time"], zone)
    if local_time is None:
        return f"time not readable: {said['time'][:40]!r}"
    state = _state(said)
    if state is None:
        return "the state is no number from 0 to 255"
    verify = verify_of(said.get("verifytype", said.get("verifymode", said.get("verify", ""))))
    return said["pin"], local_time, state, verify, said.get("workcode"), raw


def _state(said: dict[str, str]) -> int | None:
    if "inoutstatus" in said:
        return INOUT_STATES.get(said["inoutstatus"], UNKNOWN_STATE)
    return state_of(said.get("status", ""))
