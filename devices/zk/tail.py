"""When it is safe to read only the end of a terminal's log, and where that end begins. Pure: no network, no clock.

A log shrinks, shifts and is overwritten in place, so a count or a position proves nothing; the last records of the
reading before, found again byte for byte, do (docs/zk.md).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from devices.zk.log import Log

ANCHOR_RECORDS = 32
SEARCHED_RECORDS = 300
"""So many records before the anchor's place are searched for it: a log that dropped its oldest records has shifted."""
NEARLY_FULL_PERCENT = 95
WHOLE_EVERY = timedelta(days=1)

OffsetReads: TypeAlias = Literal["unchecked", "good", "unfit", "missed"]
"""Whether a reading may begin in mid-log: not tried yet; answered right; answered wrong; left a punch out."""

NOT_FOUND = "the last records of the reading before are not where they were"
DISAGREE = "the bytes it announced and the records it counts disagree"
DECLINED = "it did not hand out the end of its log"
UNFIT = "It answers a reading that begins in mid-log with other bytes than a reading of the whole log has there."


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept of a terminal's log from one reading to the next.

    head: bytes before the first record. records: how many it held. anchor: the bytes of the last of them, empty where
    there is nothing to hold on to. whole_at: when it was last read whole. tails: readings of its end since then.
    """

    serial_number: str | None
    firmware: str | None
    head: int
    record_size: int
    time_last: bool
    records: int
    anchor: bytes
    whole_at: datetime
    tails: int
    offset_reads: OffsetReads
    why_not: str | None

    @property
    def anchored(self) -> int:
        """How many records the anchor has."""
        return len(self.anchor) // self.record_size


@dataclass(frozen=True, slots=True)
class Said:
    """What a terminal says of itself at a reading. at: aware."""

    serial_number: str | None
    firmware: str | None
    records: int
    capacity: int
    at: datetime

    @property
    def nearly_full(self) -> bool:
        """So full that it may drop or overwrite records; also when it does not say what it can hold."""
        return self.capacity <= 0 or self.records * 100 >= self.capacity * NEARLY_FULL_PERCENT


def same_machine(remembered: Remembered, said: Said) -> bool:
    """Whether the terminal that speaks is the one remembered, with the firmware it had."""
    return (remembered.serial_number, remembered.firmware) == (said.serial_number, said.firmware)


def why_whole(remembered: Remembered | None, said: Said) -> str | None:
    """Why the whole log must be read, before anything of it was; None when its end may do."""
    if remembered is None:
        return "it is read for the first time"
    reasons = (
        (not same_machine(remembered, said), "its serial number or firmware is another than before"),
        (remembered.offset_reads != "good", remembered.why_not or "whether its end can be read alone is not known yet"),
        (not remembered.anchor, "the reading before left nothing to hold on to"),
        (not timedelta(0) <= said.at - remembered.whole_at < WHOLE_EVERY, "it was last read whole a day ago"),
        (said.nearly_full, "it is nearly full"),
        (said.records < remembered.records, "it holds fewer records than before"),
    )
    return next((reason for holds, reason in reasons if holds), None)


def records_in(announced: int, remembered: Remembered) -> int | None:
    """How many records so many announced bytes are; None when they are no whole number, or fewer than before."""
    count, rest = divmod(announced - remembered.head, remembered.record_size)
    return None if rest or count < remembered.records else count


def windows(remembered: Remembered) -> tuple[int, int]:
    """The records at which to begin: the anchor's place, and, if it is not there, some way before it."""
    place = remembered.records - remembered.anchored
    return place, max(place - SEARCHED_RECORDS, 0)


def after_anchor(body: bytes, remembered: Remembered) -> int | None:
    """Where in these whole records the anchor ends, the first time it occurs; None when it does not."""
    found = body.find(remembered.anchor)
    while found % remembered.record_size and found >= 0:
        found = body.find(remembered.anchor, found + 1)
    return None if found < 0 else found + len(remembered.anchor)


def known_bytes(log: Log, remembered: Remembered | None, said: Said) -> int:
    """How many of a whole log's bytes the readings of its end must have brought already, if they missed nothing.

    0 where that cannot be said: no end was read since the last whole reading, the anchor is gone, or the log is so
    full that records before the anchor may be new.
    """
    if remembered is None or not remembered.tails or said.nearly_full or not same_machine(remembered, said):
        return 0
    if log.record_size != remembered.record_size:
        return 0
    start = windows(remembered)[1] * remembered.record_size
    end = after_anchor(log.body[start:], remembered)
    return 0 if end is None else start + end


def anchor_of(body: bytes, record_size: int) -> bytes:
    """The last records of a log."""
    return body[-ANCHOR_RECORDS * record_size :]


def after_whole(log: Log, remembered: Remembered | None, said: Said) -> Remembered:
    """What to remember of a log that was read whole."""
    size = log.record_size or 1
    known = remembered if remembered is not None and same_machine(remembered, said) else None
    regular = log.record_size is not None and sum(len(raw) for raw, _ in log.rejected) + sum(
        len(punch[-1]) for punch in log.punches
    ) == len(log.body)
    return Remembered(
        serial_number=said.serial_number,
        firmware=said.firmware,
        head=len(log.head),
        record_size=size,
        time_last=log.time_last,
        records=len(log.body) // size,
        anchor=anchor_of(log.body, size) if regular else b"",
        whole_at=said.at,
        tails=0,
        offset_reads=known.offset_reads if known else "unchecked",
        why_not=known.why_not if known else None,
    )


def after_tail(remembered: Remembered, window: bytes, records: int) -> Remembered:
    """What to remember after the end of a log was read. window: the records read, from before the anchor on."""
    anchor = anchor_of(window, remembered.record_size)
    return replace(remembered, records=records, anchor=anchor, tails=remembered.tails + 1)


def after_clearing(remembered: Remembered) -> Remembered:
    """What to remember of a log that was cleared: how it is read, and that it holds nothing to hold on to."""
    return replace(remembered, records=0, anchor=b"", tails=0)


def after_miss(remembered: Remembered, missed: int) -> Remembered:
    """What to remember when a whole reading found punches that readings of the end had left out."""
    why = (
        f"Reading only the end of its log left out {missed} punches, which a reading of the whole log has now brought. "
        "From now on it is always read whole; look at how its full log behaves, and report the model."
    )
    return replace(remembered, offset_reads="missed", why_not=why)
