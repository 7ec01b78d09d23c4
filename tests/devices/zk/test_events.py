"""Live events: the two that real terminals sent, every known size, and sizes that are not known."""

import struct
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.zk.clock import IMPOSSIBLE_TIME
from devices.zk.events import UNKNOWN_SIZE, decode_event
from devices.zk.frames import Command, Packet, decode_packet
from devices.zk.log import EMPTY_PIN, GARBLED_PIN

WHEN = datetime(2018, 12, 7, 19, 9, 6)  # noqa: DTZ001 - as the terminal's clock showed it
TIME = bytes.fromhex("120c07130906")


def event(data: bytes, code: int = 1) -> Packet:
    return Packet(Command.EVENT, code, 0, data)


def text(pin: bytes, time: bytes = TIME, rest: int = 0) -> bytes:
    return struct.pack("24sBB6s", pin, 15, 1, time) + b"\0" * rest


def test_a_12_byte_event_of_a_real_terminal() -> None:
    data = bytes.fromhex("f19449000000120c07130906")
    assert decode_event(event(data)) == ([("4822257", WHEN, 0, 0, None, data)], [])


def test_a_32_byte_event_of_a_real_terminal(examples: list[dict[str, Any]]) -> None:
    (frame,) = [bytes.fromhex(one["hex"]) for one in examples if "32-byte form" in one["meaning"]]
    (punch,), rejected = decode_event(decode_packet(frame[8:]))
    assert punch[:5] == ("999111333", datetime(2018, 6, 25, 17, 41, 5), 0, 1, None)  # noqa: DTZ001 - as its clock showed
    assert not rejected


@pytest.mark.parametrize(
    ("data", "pin"),
    [
        (struct.pack("<HBB6s", 7, 15, 1, TIME), "uid:7"),
        (struct.pack("<HBB6s4x", 7, 15, 1, TIME), "uid:7"),
        (text(b"0012"), "0012"),
        (text(b"0012", rest=4), "0012"),
        (text(b"0012", rest=5), "0012"),
        (text(b"0012", rest=20), "0012"),
    ],
    ids=len,
)
def test_each_known_size(data: bytes, pin: str) -> None:
    assert decode_event(event(data)) == ([(pin, WHEN, 1, 15, None, data)], [])


def test_several_punches_in_one_packet() -> None:
    one, other = text(b"1", rest=20), text(b"2", rest=20)
    punches, _ = decode_event(event(one + other))
    assert [(punch[0], punch[5]) for punch in punches] == [("1", one), ("2", other)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"x" * 20, UNKNOWN_SIZE),
        (text(b"1", time=b"\x1a\x02\x1e\x08\x00\x00"), IMPOSSIBLE_TIME),
        (text(b""), EMPTY_PIN),
        (text(b"\xff"), GARBLED_PIN),
    ],
)
def test_an_event_that_cannot_be_read_is_rejected_with_its_bytes(data: bytes, reason: str) -> None:
    assert decode_event(event(data)) == ([], [(data, reason)])


def test_fingers_and_buttons_are_no_punches() -> None:
    assert decode_event(event(b"\x64", code=0x100)) == ([], [])


@given(st.binary(max_size=120))
def test_no_event_raises_or_loses_bytes(data: bytes) -> None:
    punches, rejected = decode_event(event(data))
    assert sum(len(punch[5]) for punch in punches) + sum(len(raw) for raw, _ in rejected) == len(data)
