"""Packets of the ZK protocol and the frames that carry them over TCP (docs/zk.md)."""

import struct
from enum import IntEnum
from typing import NamedTuple

MAGIC = b"\x50\x50\x82\x7d"
PREFIX = 8
"""Bytes before the packet in a TCP frame: the magic and the packet's length."""
HEADER = 8
"""Bytes of a packet before its data: command, checksum, session, reply."""
WORD = 0xFFFF
LARGEST_PACKET = 1 << 20
"""No firmware is known to send more than 64 KiB at once; a length beyond this is no ZK frame."""


class Command(IntEnum):
    """The command numbers this project sends, answers or pretends to answer."""

    USER_WRITE = 8
    USERS_READ = 9
    OPTION_READ = 11
    OPTION_WRITE = 12
    ATTENDANCE_READ = 13
    CLEAR_DATA = 14
    CLEAR_ATTENDANCE = 15
    FREE_SIZES = 50
    START_VERIFY = 60
    CANCEL_CAPTURE = 62
    STATE_READ = 64
    PIN_WIDTH = 69
    GET_TIME = 201
    SET_TIME = 202
    EVENT = 500
    CONNECT = 1000
    EXIT = 1001
    ENABLE = 1002
    DISABLE = 1003
    RESTART = 1004
    REFRESH = 1013
    VERSION = 1100
    AUTHENTICATE = 1102
    PREPARE_DATA = 1500
    DATA = 1501
    FREE_DATA = 1502
    PREPARE_BUFFER = 1503
    READ_BUFFER = 1504
    OK = 2000
    ERROR = 2001
    UNAUTHENTICATED = 2005
    NOT_THIS_MODE = 4989
    UNKNOWN = 65535


class Packet(NamedTuple):
    """One packet: what is left of a frame without its TCP prefix."""

    command: int
    session: int
    reply: int
    data: bytes = b""


def checksum(packet: bytes) -> int:
    """The inverted one's-complement sum of the packet's words, its own checksum field counted as zero."""
    padded = packet[:2] + b"\0\0" + packet[4:] + b"\0" * (len(packet) % 2)
    total = int(sum(struct.unpack(f"<{len(padded) // 2}H", padded)))
    while total > WORD:
        total = (total & WORD) + (total >> 16)
    return ~total & WORD


def encode_packet(packet: Packet) -> bytes:
    """The bytes of a packet, as a UDP datagram carries them."""
    blank = struct.pack("<4H", packet.command, 0, packet.session, packet.reply) + packet.data
    return blank[:2] + struct.pack("<H", checksum(blank)) + blank[4:]


def encode_frame(packet: Packet) -> bytes:
    """The bytes of a packet within its TCP frame."""
    return frame(encode_packet(packet))


def frame(packet: bytes) -> bytes:
    """Put the TCP prefix before a packet's bytes."""
    return MAGIC + struct.pack("<I", len(packet)) + packet


def decode_packet(packet: bytes) -> Packet:
    """Read a packet of at least HEADER bytes; its checksum is not judged (see `checksum`)."""
    command, _, session, reply = struct.unpack_from("<4H", packet)
    return Packet(command, session, reply, packet[HEADER:])


def announced_length(prefix: bytes) -> int | None:
    """The length of the packet behind these PREFIX bytes; None when they begin no ZK frame."""
    length = int.from_bytes(prefix[4:8], "little")
    if prefix[:4] != MAGIC or not HEADER <= length <= LARGEST_PACKET:
        return None
    return length
