"""What every JSON dialect shares: strict JSON, and the checks of single fields. A failed check says why in words."""

import json
import re
from datetime import datetime

from devices.records import text_pin_fault

LONGEST_IDENTITY = 64
DEVICE = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
"""A device id that can be registered: it is one level of a topic, and never a wildcard."""
LONGEST_SHOWN = 60
DEEPEST = 64
NESTED = f"The message is JSON nested too deeply, more than {DEEPEST} levels."
COMPACT = json.JSONEncoder(separators=(",", ":"))


class UnreadableError(ValueError):
    """A record cannot be taken as a punch; the message is the reason, one English sentence."""

    impersonated: str | None = None
    """Another device that the record names as its sender."""


class ImpersonationError(UnreadableError):
    """A device speaks in the name of another one."""

    def __init__(self, reason: str, impersonated: str) -> None:
        super().__init__(reason)
        self.impersonated = impersonated


def shown(value: object) -> str:
    """A value as it may stand in a reason: ASCII, on one line, cut."""
    text = "null" if value is None else ascii(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def json_of(payload: bytes) -> object:
    """Raises UnreadableError for anything but one JSON value: NaN and repeated names are none."""
    try:
        value = json.loads(payload.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_no_repetition)
    except UnreadableError:
        raise
    except UnicodeDecodeError as error:
        raise UnreadableError(f"The message is not UTF-8 at byte {error.start}.") from error
    except RecursionError as error:
        raise UnreadableError(NESTED) from error
    except ValueError as error:
        raise UnreadableError(f"The message is not JSON: {str(error)[:LONGEST_SHOWN]}.") from error
    if payload.count(b"{") + payload.count(b"[") > DEEPEST and _is_deep(value):
        raise UnreadableError(NESTED)
    return value


def _is_deep(value: object) -> bool:
    """Whether lists and objects stand more than DEEPEST within one another; level by level, not by recursion."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            part
            for whole in level
            for part in (whole.values() if isinstance(whole, dict) else whole if isinstance(whole, list) else ())
            if isinstance(part, dict | list)
        ]
        if not level:
            return False
    return True


def _no_constant(name: str) -> object:
    raise UnreadableError(f"The message is not JSON: {name} is no JSON number.")


def _no_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise UnreadableError("The message names a JSON field twice.")
    return values


def compact(value: object) -> bytes:
    """JSON without blanks, in ASCII: equal values are equal bytes."""
    return COMPACT.encode(value).encode("ascii")


def object_of(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise UnreadableError(f"{what} is {shown(value)}, not a JSON object.")
    return value


def present(fields: dict[str, object], name: str) -> object:
    if name not in fields:
        raise UnreadableError(f"{name} is missing.")
    return fields[name]


def text_of(fields: dict[str, object], name: str) -> str:
    """A text, or a whole number as text, without outer blanks; empty when the field is missing or null."""
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if type(value) is int or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    raise UnreadableError(f"{name} is {shown(value)}, neither text nor whole number.")


def require_device(device: str) -> None:
    """Refuse a topic whose level is no device id."""
    if not DEVICE.fullmatch(device):
        raise UnreadableError(f"The topic's device {shown(device)} is no device id: {DEVICE.pattern}.")


def require_same(claimed: str, device: str, what: str) -> None:
    """Refuse a message that names another device than its topic: a terminal cannot speak for another."""
    if claimed != device:
        raise ImpersonationError(
            f"{what} {shown(claimed)} is not the device of the topic, {shown(device)}.", identity_of(claimed)
        )
    require_device(device)


def pin_of(value: str, what: str) -> str:
    """The pin in normal form (design: invariant 3): outer blanks go, leading zeros stay."""
    pin = value.strip(" \t\r\n\0")
    if reason := text_pin_fault(pin):
        raise UnreadableError(f"{what}: {reason}.")
    return pin


def local_time_of(text: str, what: str) -> datetime:
    """Naive time of a text that a caller has matched against a pattern; raises when the calendar has no such time."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableError(f"{what} {shown(text)} is no time of the calendar.") from error


SECONDS = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}", re.ASCII)


def wall_time_of(text: str, what: str, between: str = " ") -> datetime:
    """Naive time of a text without an offset, to the second. between: what stands between date and time."""
    if SECONDS.fullmatch(text) is None or text[10] != between:
        raise UnreadableError(f"{what} {shown(text)} is not YYYY-MM-DD{between}HH:MM:SS.")
    return local_time_of(text, what)


UNPRINTABLE = re.compile(r"[^\x21-\x7e]")


def identity_of(text: str) -> str:
    """The identity that a message claims, in a form any store takes: printable ASCII; cut, it is nobody's device id."""
    printable = UNPRINTABLE.sub("?", text) or "?"
    return printable if len(printable) <= LONGEST_IDENTITY else f"{printable[: LONGEST_IDENTITY - 1]}~"
