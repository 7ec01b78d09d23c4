"""Messages of Tepat's contract without anything unusual, which nearly all are, read column by column.

What is not plainly such a message, `devices.mqtt.contract` reads: it alone decides what is rejected, and why.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import compress, repeat
from operator import itemgetter
from typing import Any

from pydantic_core import from_json, to_json

from devices.mqtt import contract
from devices.mqtt.contract import LARGEST_SEQ, LONGEST_BOOT, METHODS, MOST_PUNCHES, STATES, TIME, minutes_of
from devices.mqtt.fields import DEVICE, LONGEST_IDENTITY, pin_of
from devices.mqtt.reading import Reading
from devices.records import UNKNOWN_STATE, Batch, Mark, Punch

SHARED = ("device", "boot")
KNOWN = {*SHARED, "seq", "pin", "time", "clock_ok", "state", "method"}
STATE_OF: dict[Any, int] = {**STATES, None: UNKNOWN_STATE}
METHOD_OF: dict[Any, int | None] = {**METHODS, None: None}
SECONDS = len("2026-01-05T07:12:31")
PATTERN = "0000-00-00T00:00:00"
ANY_DIGIT = str.maketrans("123456789", "000000000")
TO_THE_SECOND, AFTER_THE_SECOND = itemgetter(slice(SECONDS)), itemgetter(slice(SECONDS, None))
BETWEEN = b'"punches":}'
"""What a batch has, beside device, boot and the list of punches."""


class _UnusualError(Exception):
    """Not read here."""


def read(device: str, payload: bytes, received_at: datetime) -> Reading:
    """As `contract.read`, but faster."""
    try:
        return _read(device, payload, received_at)
    except (_UnusualError, ValueError, TypeError, KeyError, AttributeError):
        return contract.read(device, payload, received_at)


def _read(device: str, payload: bytes, received_at: datetime) -> Reading:
    # Without a backslash the bytes of a text are its characters: it can be searched, and written again, as it is.
    if not payload.isascii() or b"\\" in payload or b"\x7f" in payload:
        raise _UnusualError
    message = from_json(payload, cache_strings="keys")
    if type(message) is not dict or not _is_device(device) or message["device"] != device:
        raise _UnusualError
    boot = message["boot"]
    if type(boot) is not str or not 0 < len(boot) <= LONGEST_BOOT:
        raise _UnusualError
    if "punches" in message:
        return _many(device, message, payload, received_at)
    return _single(device, message, payload, received_at)


def _hints_at_picture(texts: str) -> bool:
    """The texts read here are too short for a picture that does not say what it is."""
    lower = texts.lower()
    return "data:" in lower or ";base64," in lower


def _is_device(device: str) -> bool:
    return len(device) <= LONGEST_IDENTITY and _fits(device)


@lru_cache(4096)
def _fits(device: str) -> bool:
    return DEVICE.fullmatch(device) is not None


def _single(device: str, message: dict[str, Any], payload: bytes, received_at: datetime) -> Reading:
    time, pin, sequence, trusted = message["time"], message["pin"], message["seq"], message["clock_ok"]
    state, method = message.get("state"), message.get("method")
    if not _are_known(tuple(message)) or type(sequence) is not int or not 0 <= sequence <= LARGEST_SEQ:
        raise _UnusualError
    if type(trusted) is not bool or type(pin) is not str or not _is_pin(pin):
        raise _UnusualError
    texts = f"{device}{message['boot']}{pin}{time}{state}{method}"
    if payload.count(b":") != len(message) + texts.count(":") or _hints_at_picture(texts):
        raise _UnusualError  # a name that is there twice
    if time[:SECONDS].translate(ANY_DIGIT) != PATTERN:
        raise _UnusualError
    local_time = datetime.fromisoformat(time[:SECONDS])
    punch = (pin, local_time, STATE_OF[state], METHOD_OF[method], None, payload)
    marks: list[Mark] = [] if trusted else [(pin, local_time, punch[2], "clock_doubted")]
    return Reading(Batch(device, "mqtt", received_at, [punch], [], marks), offsets=[_offset(time[SECONDS:])])


def _many(device: str, message: dict[str, Any], payload: bytes, received_at: datetime) -> Reading:
    columns = _columns(message)
    pins, trusted, numbers = columns["pin"], columns["clock_ok"], columns["seq"]
    if {*map(type, numbers)} != {int} or min(numbers) < 0 or max(numbers) > LARGEST_SEQ:
        raise _UnusualError
    if {*map(type, trusted)} != {bool} or {*map(type, pins)} != {str} or not all(map(_is_pin, {*pins})):
        raise _UnusualError
    local_times, offsets = _times(columns["time"])
    states = [*map(STATE_OF.__getitem__, columns["state"])] if "state" in columns else repeat(UNKNOWN_STATE)
    methods = [*map(METHOD_OF.__getitem__, columns["method"])] if "method" in columns else repeat(None)
    raws = _raws(message, payload, pins)
    punches: list[Punch] = [*zip(pins, local_times, states, methods, repeat(None), raws, strict=False)]
    marks: list[Mark] = []
    if not all(trusted):
        marks = [(*punch[:3], "clock_doubted") for punch in compress(punches, (not trust for trust in trusted))]
    return Reading(Batch(device, "mqtt", received_at, punches, [], marks), offsets=offsets)


def _columns(message: dict[str, Any]) -> dict[str, Sequence[Any]]:
    """The values of each field, in the order of the punches, which must all have the same fields."""
    fields = message["punches"]
    if type(fields) is not list or not 0 < len(fields) <= MOST_PUNCHES or len(message) != 1 + len(SHARED):
        raise _UnusualError
    names = tuple(fields[0])
    if {*map(len, fields)} != {len(names)} or not _are_known(names) or not {*SHARED}.isdisjoint(names):
        raise _UnusualError
    return dict(zip(names, zip(*map(itemgetter(*names), fields), strict=True), strict=True))


def _raws(message: dict[str, Any], payload: bytes, pins: Sequence[str]) -> list[bytes]:
    """For each punch, the bytes of the message that would have carried it alone.

    The message as compact JSON of its values, cut; it is all that was said when it differs from the payload in blanks.
    """
    fields = to_json(message["punches"])
    shared = to_json({name: message[name] for name in SHARED})[:-1] + b","
    texts = "".join((message["device"], message["boot"], *pins))
    said = len(payload) - payload.count(b" ")
    if said != len(shared) + len(fields) + len(BETWEEN) - texts.count(" ") or _hints_at_picture(texts):
        raise _UnusualError  # a name that is there twice, or another way to write a value
    raws = (shared + fields[2:-1]).replace(b"},{", b"}\n" + shared).split(b"\n")
    if len(raws) != len(pins):
        raise _UnusualError  # a text holds what stands between two punches
    return raws


def _are_known(names: tuple[str, ...]) -> bool:
    return KNOWN.issuperset(names)


@lru_cache(16384)
def _is_pin(pin: str) -> bool:
    return pin_of(pin, "pin") == pin


def _times(texts: Sequence[str]) -> tuple[Iterable[datetime], list[int]]:
    """Local times and their offsets from UTC in minutes."""
    seconds = [*map(TO_THE_SECOND, texts)]
    if "".join(seconds).translate(ANY_DIGIT) != PATTERN * len(seconds):
        raise _UnusualError
    written = [*map(AFTER_THE_SECOND, texts)]
    offset_of = {text: _offset(text) for text in {*written}}
    return map(datetime.fromisoformat, seconds), [*map(offset_of.__getitem__, written)]


@lru_cache(64)
def _offset(text: str) -> int:
    if TIME.fullmatch(f"2026-01-05T07:12:31{text}") is None or text.startswith("."):
        raise _UnusualError
    return minutes_of(text)
