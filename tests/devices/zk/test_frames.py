"""Frames and checksums against bytes that real terminals sent."""

from typing import Any

import pytest

from devices.zk.frames import PREFIX, Command, Packet, announced_length, checksum, decode_packet, encode_frame


def test_the_first_frame_of_every_conversation() -> None:
    assert encode_frame(Packet(Command.CONNECT, 0, 0)).hex() == "5050827d08000000e80317fc00000000"


def test_printed_packets_decode_and_encode_to_the_same_bytes(examples: list[dict[str, Any]]) -> None:
    packets = [example for example in examples if "decoded" in example]
    assert len(packets) == 15
    for example in packets:
        frame = bytes.fromhex(example["hex"])
        said = example["decoded"]
        assert announced_length(frame[:PREFIX]) == said["payload_len"] == len(frame) - PREFIX
        packet = decode_packet(frame[PREFIX:])
        assert packet == Packet(said["command"], said["conn_id"], said["reply"], bytes.fromhex(said["data"]))
        assert checksum(frame[PREFIX:]) == said["checksum"]
        assert encode_frame(packet) == frame


@pytest.mark.parametrize(
    ("prefix", "length"),
    [
        ("5050827d08000000", 8),
        ("5050827d07000000", None),  # shorter than a header
        ("5050827dffffffff", None),  # longer than any terminal sends
        ("485454502f312e31", None),  # HTTP/1.1
    ],
)
def test_a_prefix_that_begins_no_frame_is_told(prefix: str, length: int | None) -> None:
    assert announced_length(bytes.fromhex(prefix)) == length
