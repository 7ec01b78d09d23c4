"""Pure: the bytes of a connection as MQTT packets, of which PUBLISH is read here and all others are left to paho.

paho takes 30 µs for a PUBLISH, most of it for properties that nobody asks for; a packet that is not plainly a PUBLISH
with QoS 0 or 1 is paho's also. Layout: MQTT 5.0, 2.1 and 3.3; MQTT 3.1.1 is the same without properties.
"""

from typing import NamedTuple

PUBLISH, QOS, DUP, RETAIN = 0x30, 0x06, 0x08, 0x01
QOS_2 = 0x04
MORE = 0x80
LONGEST_NUMBER = 4
"""Bytes of a length."""


class Publish(NamedTuple):
    """topic: as it came, perhaps no UTF-8. packet: its id, 0 with QoS 0."""

    topic: bytes
    payload: bytes
    packet: int
    again: bool
    retained: bool


class Frames:
    """Splits what comes; packets that break off wait for the rest."""

    def __init__(self, *, properties: bool) -> None:
        """properties: whether packets have them, as in MQTT 5."""
        self._properties = properties
        self._rest = b""

    def split(self, came: bytes) -> tuple[list[Publish], bytes]:
        """The messages, in order, and the bytes of all other packets that are whole.

        Raises:
            ConnectionError: what comes is no MQTT.
        """
        data = self._rest + came if self._rest else came
        published: list[Publish] = []
        others: list[bytes] = []
        begin = 0
        while (found := number(data, begin + 1)) is not None:
            body, length = found
            end = body + length
            if end > len(data):
                break
            kind = data[begin]
            message = self._publish(kind, data, body, end) if kind & 0xF0 == PUBLISH and not kind & QOS_2 else None
            if message is None:
                others.append(data[begin:end])
            else:
                published.append(message)
            begin = end
        self._rest = data[begin:]
        return published, b"".join(others)

    def _publish(self, kind: int, data: bytes, body: int, end: int) -> Publish | None:
        """None: malformed, or longer than its packet."""
        begin = body + 2
        at = begin + int.from_bytes(data[body:begin], "big")
        topic = data[begin:at]
        packet = 0
        if kind & QOS:
            packet = int.from_bytes(data[at : at + 2], "big")
            at += 2
        if self._properties:
            found = number(data, at)
            at = end + 1 if found is None else sum(found)
        if at > end or (kind & QOS and not packet):
            return None
        return Publish(topic, data[at:end], packet, bool(kind & DUP), bool(kind & RETAIN))


def number(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the length that stands there ends, and the length; None when it breaks off.

    Raises:
        ConnectionError: it has more bytes than a length may have.
    """
    value = 0
    for place, byte in enumerate(data[at : at + LONGEST_NUMBER]):
        value |= (byte & ~MORE) << 7 * place
        if byte < MORE:
            return at + place + 1, value
    if len(data) >= at + LONGEST_NUMBER:
        raise ConnectionError("what it sends is not MQTT")
    return None
