"""How a communication key travels: scrambled with the session number (docs/zk.md)."""

import struct

TICKS = b"\x32"
"""What known clients choose."""


def scrambled_key(key: int, session: int, ticks: bytes) -> bytes:
    """The four bytes that command 1102 must carry. `ticks` is the one byte the client chose."""
    reversed_bits = int(f"{key:032b}"[::-1], 2)
    mixed = struct.pack("<I", (reversed_bits + session) & 0xFFFF_FFFF)
    _, second, third, fourth = (left ^ right for left, right in zip(mixed, b"ZKSO", strict=True))
    tick = ticks[0] if ticks else 0
    return bytes([third ^ tick, fourth ^ tick, tick, second ^ tick])
