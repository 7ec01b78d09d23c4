import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.mqtt.frames import Frames, Publish, number


def length(value: int) -> bytes:
    value, digit = divmod(value, 128)
    return bytes([digit | 0x80]) + length(value) if value else bytes([digit])


def packet(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + length(len(body)) + body


def written(message: Publish, properties: bytes | None) -> bytes:
    kind = 0x30 | (2 if message.packet else 0) | (8 if message.again else 0) | (1 if message.retained else 0)
    body = len(message.topic).to_bytes(2, "big") + message.topic
    body += message.packet.to_bytes(2, "big") if message.packet else b""
    body += b"" if properties is None else length(len(properties)) + properties
    return packet(kind, body + message.payload)


MESSAGES = st.builds(
    Publish, st.binary(max_size=20), st.binary(max_size=300), st.integers(0, 65535), st.booleans(), st.booleans()
)
OTHERS = st.tuples(st.sampled_from([0x20, 0x40, 0x90, 0xD0, 0xE0, 0x34]), st.binary(max_size=200))


@given(st.data(), st.booleans(), st.lists(MESSAGES | OTHERS, max_size=6))
def test_messages_and_other_packets_come_whole_and_in_order_however_the_bytes_are_cut(
    data: st.DataObject, properties: bool, said: list[Publish | tuple[int, bytes]]
) -> None:
    more = data.draw(st.binary(max_size=200)) if properties else None
    stream = b"".join(written(each, more) if isinstance(each, Publish) else packet(*each) for each in said)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    frames = Frames(properties=properties)
    found = [frames.split(stream[a:b]) for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [each for published, _ in found for each in published] == [e for e in said if isinstance(e, Publish)]
    assert b"".join(rest for _, rest in found) == b"".join(packet(*e) for e in said if not isinstance(e, Publish))


@given(st.lists(st.binary(max_size=40)), st.booleans())
def test_no_bytes_are_lost_or_made_up_of_what_is_no_mqtt(pieces: list[bytes], properties: bool) -> None:
    frames = Frames(properties=properties)
    try:
        found = [frames.split(piece) for piece in pieces]
    except ConnectionError:
        return
    whole = b"".join(pieces)
    assert all(each.payload in whole and each.topic in whole for published, _ in found for each in published)
    assert sum(len(rest) for _, rest in found) <= len(whole)


def test_a_publish_that_is_longer_than_its_packet_is_left_to_paho() -> None:
    bad = [
        packet(0x32, b"\x00\x09t"),
        packet(0x32, b"\x00\x01t\x00"),
        packet(0x32, b"\x00\x01t\x00\x00\x00"),
        packet(0x30, b""),
    ]
    for whole in bad:
        assert Frames(properties=True).split(whole) == ([], whole)


def test_a_length_has_at_most_four_bytes() -> None:
    assert number(b"\xff\xff\xff\x7f", 0) == (4, 2**28 - 1)
    assert number(b"\xff\xff\xff", 0) is None
    with pytest.raises(ConnectionError):
        number(b"\xff\xff\xff\xff\x01", 0)
