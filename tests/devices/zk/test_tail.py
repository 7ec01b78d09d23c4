"""The rules of reading only the end of a log: each border at it, just below and just above."""

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devices.zk.log import decode_log
from devices.zk.tail import (
    ANCHOR_RECORDS,
    Remembered,
    Said,
    after_anchor,
    after_miss,
    after_tail,
    after_whole,
    known_bytes,
    records_in,
    why_whole,
    windows,
)

AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
SAID = Said("SN1", "Ver 6.60", 100, 1000, AT)
SIZE = 16


def records(numbers: range) -> bytes:
    """16-byte records of the persons with these numbers, a minute apart."""
    return b"".join(struct.pack("<IIBB2xI", 1 + n, 800_000_000 + 60 * n, 1, 0, 0) for n in numbers)


REMEMBERED = Remembered(
    serial_number="SN1",
    firmware="Ver 6.60",
    head=4,
    record_size=SIZE,
    time_last=False,
    records=90,
    anchor=records(range(90 - ANCHOR_RECORDS, 90)),
    whole_at=AT - timedelta(hours=3),
    tails=4,
    offset_reads="good",
    why_not=None,
)


def whole(numbers: range, extra: bytes = b"") -> bytes:
    body = records(numbers)
    return struct.pack("<I", len(body)) + body + extra


def test_the_end_is_enough_where_nothing_speaks_against_it() -> None:
    assert why_whole(REMEMBERED, SAID) is None


@pytest.mark.parametrize(
    ("remembered", "said", "because"),
    [
        (None, SAID, "first time"),
        (REMEMBERED, replace(SAID, serial_number="SN2"), "serial number"),
        (REMEMBERED, replace(SAID, firmware="Ver 6.61"), "firmware"),
        (replace(REMEMBERED, offset_reads="unchecked"), SAID, "not known yet"),
        (replace(REMEMBERED, offset_reads="unfit", why_not="other bytes"), SAID, "other bytes"),
        (after_miss(REMEMBERED, 3), SAID, "left out 3 punches"),
        (replace(REMEMBERED, anchor=b""), SAID, "hold on to"),
        (replace(REMEMBERED, whole_at=AT - timedelta(days=1)), SAID, "a day ago"),
        (replace(REMEMBERED, whole_at=AT + timedelta(seconds=1)), SAID, "a day ago"),
        (REMEMBERED, replace(SAID, records=950), "nearly full"),
        (REMEMBERED, replace(SAID, capacity=0), "nearly full"),
        (REMEMBERED, replace(SAID, records=89), "fewer records"),
    ],
)
def test_the_whole_log_is_read(remembered: Remembered | None, said: Said, because: str) -> None:
    assert because in (why_whole(remembered, said) or "")


@pytest.mark.parametrize(
    ("remembered", "said"),
    [
        (replace(REMEMBERED, whole_at=AT - timedelta(days=1) + timedelta(seconds=1)), SAID),
        (replace(REMEMBERED, whole_at=AT), SAID),
        (REMEMBERED, replace(SAID, records=949)),
        (REMEMBERED, replace(SAID, records=90)),
    ],
)
def test_the_end_is_enough_just_before_a_border(remembered: Remembered, said: Said) -> None:
    assert why_whole(remembered, said) is None


@pytest.mark.parametrize(
    ("announced", "found"),
    [(4 + 90 * SIZE, 90), (4 + 95 * SIZE, 95), (4 + 89 * SIZE, None), (4 + 95 * SIZE + 1, None), (0, None)],
)
def test_announced_bytes_are_a_whole_number_of_records_and_no_fewer_than_before(
    announced: int, found: int | None
) -> None:
    assert records_in(announced, REMEMBERED) == found


def test_the_anchor_is_looked_for_at_its_place_and_then_some_way_before() -> None:
    assert windows(REMEMBERED) == (90 - ANCHOR_RECORDS, 0)
    assert windows(replace(REMEMBERED, records=1000)) == (1000 - ANCHOR_RECORDS, 700 - ANCHOR_RECORDS)


def test_the_anchor_is_found_only_where_a_record_begins() -> None:
    anchor = REMEMBERED.anchor
    assert after_anchor(anchor + records(range(90, 95)), REMEMBERED) == len(anchor)
    assert after_anchor(records(range(10, 90)), REMEMBERED) == 80 * SIZE
    assert after_anchor(b"x" + anchor + b"x" * (SIZE - 1), REMEMBERED) is None
    assert after_anchor(b"x" + anchor + b"x" * (SIZE - 1) + anchor, REMEMBERED) == 2 * len(anchor) + SIZE
    assert after_anchor(anchor[:-1] + b"\xff", REMEMBERED) is None
    assert after_anchor(b"", REMEMBERED) is None


def test_one_that_occurs_twice_counts_where_it_is_first_so_that_more_is_read_and_not_less() -> None:
    again = REMEMBERED.anchor * 2
    assert after_anchor(again, REMEMBERED) == len(REMEMBERED.anchor)


def test_what_is_remembered_of_a_whole_reading() -> None:
    log = decode_log(whole(range(95)), [95])
    kept = after_whole(log, None, SAID)
    assert kept == replace(
        REMEMBERED, records=95, anchor=records(range(63, 95)), whole_at=AT, tails=0, offset_reads="unchecked"
    )
    assert after_whole(log, REMEMBERED, SAID).offset_reads == "good"
    assert after_whole(log, REMEMBERED, replace(SAID, firmware="Ver 7")).offset_reads == "unchecked"


def test_a_log_with_bytes_beyond_its_records_and_an_empty_one_leave_nothing_to_hold_on_to() -> None:
    body = records(range(3))
    surplus = decode_log(struct.pack("<I", len(body)) + body + b"more than said", [3])
    assert surplus.rejected
    assert after_whole(surplus, None, SAID).anchor == b""
    assert after_whole(decode_log(b"\0\0\0\0", [0]), None, SAID).anchor == b""


def test_what_is_remembered_of_a_reading_of_the_end() -> None:
    window = records(range(58, 95))
    assert after_tail(REMEMBERED, window, 95) == replace(REMEMBERED, records=95, anchor=records(range(63, 95)), tails=5)


def test_what_readings_of_the_end_must_have_brought() -> None:
    log = decode_log(whole(range(95)), [95])
    assert known_bytes(log, REMEMBERED, SAID) == 90 * SIZE
    assert known_bytes(log, None, SAID) == 0
    assert known_bytes(log, replace(REMEMBERED, tails=0), SAID) == 0
    assert known_bytes(log, REMEMBERED, replace(SAID, records=950)) == 0
    assert known_bytes(log, REMEMBERED, replace(SAID, serial_number="SN2")) == 0
    shifted = decode_log(whole(range(5, 95)), [90])
    assert known_bytes(shifted, REMEMBERED, SAID) == 85 * SIZE
    other = decode_log(whole(range(200, 295)), [95])
    assert known_bytes(other, REMEMBERED, SAID) == 0
