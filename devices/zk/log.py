"""The attendance log of a ZK terminal: bytes in, punches and rejected records out. Pure: no network, no clock.

A record that cannot be read becomes a rejected one with its bytes; nothing raises for what is inside a record
(docs/zk.md).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from devices.records import INTERNAL, UNKNOWN_STATE, Punch, Rejected, text_pin_fault
from devices.zk.clock import IMPOSSIBLE_TIME, local_times

RECORD_SIZES = (8, 16, 22, 40, 49)
"""Bytes of one record, by kind of firmware. Any other size is refused, never guessed."""

COUNT_BYTES = 4
"""The stream begins with the number of bytes that follow; some firmwares say too few."""

JUNK_PREFIX = bytes.fromhex("ff3235350000000000")
"""What some SpeedFace firmwares of 2020 and later put before the first record."""

WL10_SIZE = 22
WL10_HEAD = COUNT_BYTES + 8
"""The firmwares with 22-byte records put eight bytes more before the first one."""

KNOWN_STATES = (0, 1, 2, 3, 4, 5, UNKNOWN_STATE)

GARBLED_PIN = "The person's number is not readable text, or looks like an internal number (uid:)."
EMPTY_PIN = "The record names no person."
ODD_TAIL = "These bytes are fewer than one record of this log."
SURPLUS = "These bytes came after as many records as the terminal counted."

LAYOUTS: dict[int, dict[str, tuple[str, int]]] = {
    8: {"pin": ("<u2", 0), "verify": ("u1", 2), "time": ("<u4", 3), "state": ("u1", 7)},
    16: {"pin": ("<u4", 0), "time": ("<u4", 4), "verify": ("u1", 8), "state": ("u1", 9), "work_code": ("<u4", 12)},
    WL10_SIZE: {"uid": ("<u2", 0), "pin": ("S6", 2), "time": ("<u4", 13), "verify": ("u1", 17)},
    40: {"pin": ("S24", 2), "verify": ("u1", 26), "time": ("<u4", 27), "state": ("u1", 31)},
    49: {"pin": ("S24", 2), "verify": ("u1", 26), "time": ("<u4", 27), "state": ("u1", 31)},
}
"""Size -> field -> (numpy type, offset)."""

TIME_LAST: dict[str, tuple[str, int]] = {"pin": ("<u2", 0), "time": ("<u4", 4)}
"""The other 8-byte record (MA300, ZEM500): its bytes 2 and 3 mean different things to those who looked, so
neither state nor verify is taken from them; both stay in the raw bytes (pyzk issues 56, 92, 99)."""

EARLIEST_TIME_LAST = 9 << 24
"""The time code of early 2005: a record's last byte below its top byte is no time a terminal wrote in service."""

Columns: TypeAlias = npt.NDArray[Any]


class StrideError(ValueError):
    """Bytes and record count fit no known record size, or more than one: read both again, never guess."""


@dataclass(frozen=True, slots=True)
class Log:
    """A log as read at one moment.

    punches, rejected: its records in the order of the log, without a gap: their bytes together are the records' bytes.
    record_size: bytes of one record; None where the log is empty.
    head: the bytes before the first record (byte count, junk prefix), which are no records.
    body: the bytes of the records. time_last: which of the two 8-byte layouts they have.
    """

    punches: list[Punch] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    record_size: int | None = None
    head: bytes = b""
    body: bytes = b""
    time_last: bool = False


def decode_log(stream: bytes, counts: Iterable[int]) -> Log:
    """Decode the stream a terminal hands out for its attendance log.

    Args:
        stream: u32 byte count, perhaps junk, records.
        counts: the numbers of records the terminal may have held then: one, or several when it was punched meanwhile.

    Raises:
        StrideError: bytes ÷ records is no known record size, or not only one.
    """
    held = sorted(set(counts))
    if len(stream) <= COUNT_BYTES and held == [0]:
        return Log(head=stream)
    shape = shape_of(stream, held)
    end = shape.head + shape.records * shape.record_size
    body = stream[shape.head : end]
    time_last = has_time_last(body, shape.record_size)
    punches, rejected = decode_records(body, shape.record_size, time_last=time_last)
    if stream[end:]:
        rejected.append((stream[end:], SURPLUS))
    return Log(punches, rejected, shape.record_size, stream[: shape.head], body, time_last)


class Shape(NamedTuple):
    """head: bytes before the first record; records: how many; record_size: bytes of each."""

    head: int
    records: int
    record_size: int


def shape_of(stream: bytes, counts: Sequence[int]) -> Shape:
    """Bytes ÷ records, from the bytes that came or, where more came than announced, from those announced.

    Raises:
        StrideError: none of RECORD_SIZES fits, or not only one.
    """
    said = int.from_bytes(stream[:COUNT_BYTES], "little")
    heads = [COUNT_BYTES]
    if stream.startswith(JUNK_PREFIX, COUNT_BYTES):  # also the true begin of a record: index 13055, pin 55
        heads.append(COUNT_BYTES + len(JUNK_PREFIX))
    kinds = [(head, size) for head in heads for size in RECORD_SIZES if size != WL10_SIZE]
    fitting = {
        Shape(head, count, size)
        for head, size in [*kinds, (WL10_HEAD, WL10_SIZE)]
        for count in counts
        if count and count * size in _lengths(len(stream) - head, {said, said + COUNT_BYTES - head})
    }
    if len(fitting) != 1:
        found = "more than one record size" if fitting else "no known record size"
        raise StrideError(f"{len(stream)} bytes for {' or '.join(map(str, counts))} records fit {found}")
    return fitting.pop()


def _lengths(came: int, announced: set[int]) -> set[int]:
    return {came} | {said for said in announced if said < came}


def decode_records(
    body: bytes, record_size: int, *, time_last: bool | None = None
) -> tuple[list[Punch], list[Rejected]]:
    """Decode records of one size (one of RECORD_SIZES) that lie one after another; an odd tail is rejected whole.

    time_last: which of the two 8-byte layouts they have, when a longer reading has told; None asks these records.
    """
    whole = len(body) - len(body) % record_size
    last = has_time_last(body[:whole], record_size) if time_last is None else time_last
    layout = TIME_LAST if last else LAYOUTS[record_size]
    punches, rejected = _decode_whole(body[:whole], record_size, layout) if whole else ([], [])
    if body[whole:]:
        rejected.append((body[whole:], ODD_TAIL))
    return punches, rejected


def _decode_whole(
    body: bytes, record_size: int, layout: dict[str, tuple[str, int]]
) -> tuple[list[Punch], list[Rejected]]:
    columns = _columns(body, record_size, layout)
    count = len(columns)
    pins = _mapped(PIN_READERS[record_size], columns["pin"])
    if "uid" in layout:
        pins = [uid_pin(uid) if pin == "" else pin for pin, uid in zip(pins, columns["uid"].tolist(), strict=True)]
    times = local_times(columns["time"])
    states = columns["state"].tolist() if "state" in layout else [UNKNOWN_STATE] * count
    verifies = columns["verify"].tolist() if "verify" in layout else [None] * count
    codes = _mapped(str, columns["work_code"]) if "work_code" in layout else [None] * count
    raws = np.frombuffer(body, f"V{record_size}").tolist()
    rows = zip(pins, times.tolist(), states, verifies, codes, raws, strict=True)
    if np.isnat(times).any() or not all(pins):
        return _sorted_out(rows)
    return list(rows), []


def _mapped(read: Callable[[Any], str | None], column: Columns) -> list[str | None]:
    """The column read value by value; each value that occurs is read once."""
    values = column.tolist()
    known = {value: read(value) for value in set(values)}
    return list(map(known.__getitem__, values))


def _sorted_out(rows: Iterable[tuple[Any, ...]]) -> tuple[list[Punch], list[Rejected]]:
    punches: list[Punch] = []
    rejected: list[Rejected] = []
    for row in rows:
        pin, time, raw = row[0], row[1], row[5]
        if pin is None:
            rejected.append((raw, GARBLED_PIN))
        elif not pin:
            rejected.append((raw, EMPTY_PIN))
        elif time is None:
            rejected.append((raw, IMPOSSIBLE_TIME))
        else:
            punches.append(row)
    return punches, rejected


def _columns(body: bytes, record_size: int, layout: dict[str, tuple[str, int]]) -> Columns:
    kind = np.dtype(
        {
            "names": list(layout),
            "formats": [form for form, _ in layout.values()],
            "offsets": [offset for _, offset in layout.values()],
            "itemsize": record_size,
        }
    )
    return np.frombuffer(body, kind)


def has_time_last(body: bytes, record_size: int) -> bool:
    """The 8-byte record has two layouts, and a log keeps one: its last byte is a state, or the top of a time."""
    if record_size != 8 or not body:  # noqa: PLR2004 - the size is its own name
        return False
    last = _columns(body, record_size, LAYOUTS[record_size])["state"]
    ends_in_state = np.isin(last, KNOWN_STATES)
    ends_in_time = ~ends_in_state & (last >= EARLIEST_TIME_LAST >> 24)
    return bool(ends_in_time.sum() > ends_in_state.sum())


def text_pin(field: bytes) -> str | None:
    """A person's number from a text field: up to the first NUL, without outer blanks; None when it is no pin."""
    try:
        pin = field.split(b"\0", 1)[0].decode("utf-8").strip()
    except UnicodeDecodeError:
        return None
    return None if pin and text_pin_fault(pin) else pin


def uid_pin(uid: int) -> str:
    """The pin of a record that knows only the terminal's internal number."""
    return f"{INTERNAL}{uid}"


PIN_READERS: dict[int, Callable[[Any], str | None]] = {
    8: uid_pin,
    16: str,
    WL10_SIZE: text_pin,
    40: text_pin,
    49: text_pin,
}
