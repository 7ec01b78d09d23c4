"""The parser of attendance logs: each record size, damage, and which bytes are records at all."""

import struct
from collections import Counter
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.records import Punch
from devices.simulator.zk.records import RECORD_SIZES, RecordSize, StoredPunch, encode_record
from devices.zk.clock import IMPOSSIBLE_TIME
from devices.zk.log import (
    EMPTY_PIN,
    GARBLED_PIN,
    JUNK_PREFIX,
    ODD_TAIL,
    SURPLUS,
    StrideError,
    decode_log,
    decode_records,
)

WHEN = datetime(2026, 1, 5, 8, 3, 12)  # noqa: DTZ001 - as a terminal's clock shows it
FEBRUARY_30 = struct.pack("<I", 840_873_600)
VECTOR = bytes.fromhex("07003130303700".ljust(52, "0") + "01" + "40e3d431" + "00" + "00000000ff000000")


def stream(*records: bytes, junk: bytes = b"", said: int | None = None) -> bytes:
    body = junk + b"".join(records)
    return struct.pack("<I", len(body) if said is None else said) + body


def record(pin: str = "1007", size: RecordSize = 40) -> bytes:
    return encode_record(StoredPunch(pin, WHEN, 1, 15, 53), 7, size)


def with_time(raw: bytes, time: bytes) -> bytes:
    return raw[:27] + time + raw[31:]


def with_pin(raw: bytes, pin: bytes) -> bytes:
    return raw[:2] + pin.ljust(24, b"\0") + raw[26:]


def test_the_known_record() -> None:
    assert decode_records(VECTOR, 40) == ([("1007", WHEN, 0, 1, None, VECTOR)], [])


@pytest.mark.parametrize(
    ("size", "pin", "work_code"), [(8, "uid:7", None), (16, "1007", "53"), (40, "1007", None), (49, "1007", None)]
)
def test_each_record_size(size: RecordSize, pin: str, work_code: str | None) -> None:
    raw = record(size=size)
    log = decode_log(stream(raw, raw), [2])
    assert log.record_size == size
    assert log.punches == [(pin, WHEN, 1, 15, work_code, raw)] * 2


def test_the_record_of_a_real_16_byte_terminal() -> None:
    raw = bytes.fromhex("15000000ec154f230000000000000000")  # printed in js_zklib issue 50, of 2018
    (punch,), rejected = decode_records(raw, 16)
    assert punch[:5] == ("21", datetime(2018, 6, 6, 7, 31, 56), 0, 0, "0")  # noqa: DTZ001 - as its clock showed it
    assert not rejected


def test_8_byte_records_whose_time_comes_last_are_known_by_their_last_byte() -> None:
    raws = [bytes.fromhex(text) for text in ("07002800a8eba71e", "7b0028004beca71e", "7b0028004eeca71e")]
    log = decode_log(stream(*raws), [3])  # printed in pyzk issue 99
    times = [datetime(2016, 1, 1, 19, *rest) for rest in ((2, 0), (4, 43), (4, 46))]  # noqa: DTZ001 - as its clock showed
    uids = ("uid:7", "uid:123", "uid:123")
    assert log.punches == [(uid, time, 255, None, None, raw) for uid, time, raw in zip(uids, times, raws, strict=True)]


@pytest.mark.parametrize(
    ("pin", "read"), [(b"0012", "0012"), (b" 12 ", "12"), (b"A-7", "A-7"), (b"12\0left", "12"), ("Ñ1".encode(), "Ñ1")]
)
def test_a_pin_keeps_leading_zeros_and_loses_blanks_and_what_stands_behind_its_end(pin: bytes, read: str) -> None:
    punches, _ = decode_records(with_pin(VECTOR, pin), 40)
    assert punches[0][0] == read


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (with_time(VECTOR, FEBRUARY_30), IMPOSSIBLE_TIME),
        (with_pin(VECTOR, b"\xff\xfe\x01"), GARBLED_PIN),
        (with_pin(VECTOR, b"1\x1b[2J"), GARBLED_PIN),
        (with_pin(VECTOR, b"uid:7"), GARBLED_PIN),
        (with_pin(VECTOR, b""), EMPTY_PIN),
        (with_pin(VECTOR, b"  "), EMPTY_PIN),
    ],
)
def test_a_damaged_record_is_rejected_with_its_bytes_and_the_rest_kept(damaged: bytes, reason: str) -> None:
    good = record()
    log = decode_log(stream(good, damaged, good), [3])
    assert [punch[5] for punch in log.punches] == [good, good]
    assert log.rejected == [(damaged, reason)]


def test_year_2000_and_the_far_future_are_times_like_others() -> None:
    raws = [with_time(VECTOR, b"\0\0\0\0"), with_time(VECTOR, b"\xff\xff\xff\xff")]
    log = decode_log(stream(*raws), [2])
    assert [punch[1].year for punch in log.punches] == [2000, 2133]


def test_an_odd_tail_is_rejected() -> None:
    punches, rejected = decode_records(record() + b"tail", 40)
    assert len(punches) == 1
    assert rejected == [(b"tail", ODD_TAIL)]


@pytest.mark.parametrize("said", [0, 39, 80])
def test_a_byte_count_that_says_too_few_is_not_believed(said: int) -> None:
    assert len(decode_log(stream(*[record()] * 3, said=said), [3]).punches) == 3


def test_bytes_beyond_the_count_are_rejected_not_lost() -> None:
    log = decode_log(stream(record(), b"more than said", said=40), [1])
    assert len(log.punches) == 1
    assert log.rejected == [(b"more than said", SURPLUS)]


@pytest.mark.parametrize("size", RECORD_SIZES)
def test_the_junk_of_some_firmwares_before_the_records_is_passed_over(size: RecordSize) -> None:
    log = decode_log(stream(*[record(size=size)] * 3, junk=JUNK_PREFIX), [3])
    assert log.record_size == size
    assert len(log.punches) == 3
    assert log.head.endswith(JUNK_PREFIX)


def test_a_record_that_begins_like_that_junk_is_a_record() -> None:
    raw = encode_record(StoredPunch("55", WHEN), 13055, 40)
    assert raw.startswith(JUNK_PREFIX)
    assert [punch[0] for punch in decode_log(stream(raw, record()), [2]).punches] == ["55", "1007"]


@pytest.mark.parametrize(
    ("data", "counts"),
    [
        (stream(*[record(size=16)] * 5), [4]),  # one landed after counting
        (stream(b"x" * 22), [1]),  # the size of a WL10
        (stream(record()), [0]),
        (stream(), [3]),
        (b"", [1]),
        (stream(b"x" * 80), [5, 10]),  # 16-byte or 8-byte records
        (stream(JUNK_PREFIX + b"x" * 40), [1]),  # junk and 40 bytes, or 49 bytes
    ],
)
def test_a_record_size_is_never_guessed(data: bytes, counts: list[int]) -> None:
    with pytest.raises(StrideError):
        decode_log(data, counts)


def test_one_of_two_counts_may_decide() -> None:
    assert len(decode_log(stream(*[record(size=16)] * 5), [4, 5]).punches) == 5


def test_an_empty_log() -> None:
    for data in (stream(), b""):
        log = decode_log(data, [0])
        assert (log.punches, log.rejected, log.record_size, log.head) == ([], [], None, data)


@given(st.binary(max_size=600), st.sampled_from(RECORD_SIZES))
def test_no_bytes_make_the_parser_raise_and_none_are_lost(body: bytes, size: int) -> None:
    punches, rejected = decode_records(body, size)
    whole = len(body) - len(body) % size
    expected = Counter(
        [body[start : start + size] for start in range(0, whole, size)] + [body[whole:]] * (whole < len(body))
    )
    assert Counter([punch[5] for punch in punches] + [raw for raw, _ in rejected]) == expected
    assert all(well_formed(punch) for punch in punches)
    assert all(reason for _, reason in rejected)


@given(st.binary(max_size=600), st.lists(st.integers(0, 40), min_size=1, max_size=3))
def test_a_whole_stream_is_refused_or_accounted_for_to_the_byte(data: bytes, counts: list[int]) -> None:
    try:
        log = decode_log(data, counts)
    except StrideError:
        return
    said = len(log.head) + sum(len(punch[5]) for punch in log.punches) + sum(len(raw) for raw, _ in log.rejected)
    assert said == len(data)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 0xFFFF_FFFF).map(str),
            st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda when: when.replace(microsecond=0)),  # noqa: DTZ001 - no zone
            st.sampled_from([0, 1, 2, 3, 4, 5, 255]),
            st.integers(0, 255),
            st.integers(0, 0xFFFF_FFFF),
        ).map(lambda fields: StoredPunch(*fields)),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([16, 40, 49]),
)
def test_what_a_terminal_stored_is_what_is_read(stored: list[StoredPunch], size: RecordSize) -> None:
    log = decode_log(stream(*(encode_record(punch, 1, size) for punch in stored)), [len(stored)])
    codes = [str(punch.work_code) if size == 16 else None for punch in stored]
    assert [punch[:5] for punch in log.punches] == [
        (punch.pin, punch.local_time, punch.state, punch.verify, code)
        for punch, code in zip(stored, codes, strict=True)
    ]


def well_formed(punch: Punch) -> bool:
    pin, when, state, verify, _, raw = punch
    return bool(pin) and pin == pin.strip() and when.tzinfo is None and 0 <= state <= 255 and verify != -1 and bool(raw)


def test_22_byte_records_say_no_state_and_fall_back_to_the_internal_number() -> None:
    first = struct.pack("<H6s4xBIB4x", 7, b"1007", 1, 0x31D4E340, 15)
    second = struct.pack("<H6s4xBIB4x", 9, b"", 1, 0x31D4E340, 1)
    head = struct.pack("<I", 44) + bytes(8)
    log = decode_log(head + first + second, [2])
    assert log.punches == [("1007", WHEN, 255, 15, None, first), ("uid:9", WHEN, 255, 1, None, second)]
    assert (log.record_size, log.head) == (22, head)
