"""What every JSON dialect shares: strict JSON, and the checks of single fields. A failed check says why in words."""

import json
import re
from datetime import datetime

from devices.records import text_pin_fault

LONGEST_IDENTITY = 64
LONGEST_SHOWN = 60


class UnreadableError(ValueError):
    """A record cannot be taken as a punch; the message is the reason, one English sentence."""


def shown(value: object) -> str:
    """A value as it may stand in a reason: ASCII, on one line, cut."""
    text = ascii(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def json_of(payload: bytes) -> object:
    """Raises UnreadableError for anything but one JSON value: NaN and repeated names are none."""
    try:
        return json.loads(payload.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_no_repetition)
    except UnreadableError:
        raise
    except UnicodeDecodeError as error:
        raise UnreadableError(f"The message is not UTF-8 at byte {error.start}.") from error
    except RecursionError as error:
        raise UnreadableError("The message is JSON nested too deeply.") from error
    except ValueError as error:
        raise UnreadableError(f"The message is not JSON: {str(error)[:LONGEST_SHOWN]}.") from error


def _no_constant(name: str) -> object:
    raise UnreadableError(f"The message is not JSON: {name} is no JSON number.")


def _no_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise UnreadableError("The message names a JSON field twice.")
    return values


def compact(value: object) -> bytes:
    """JSON without blanks, in ASCII: equal values are equal bytes."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def object_of(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise UnreadableError(f"{what} is {shown(value)}, not a JSON object.")
    return value


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


UNPRINTABLE = re.compile(r"[^\x21-\x7e]")


def identity_of(text: str) -> str:
    """The identity that a message claims, in a form any store takes: printable ASCII, cut."""
    return UNPRINTABLE.sub("?", text)[:LONGEST_IDENTITY] or "?"
