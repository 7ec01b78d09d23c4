"""How full a terminal is: the answer to command 50."""

import struct
from dataclasses import dataclass

COUNTS = struct.Struct("<20i")
"""Some firmwares append the counts of faces."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a terminal holds and can hold, in its own counts."""

    users: int
    users_capacity: int
    fingers: int
    fingers_capacity: int
    records: int
    records_capacity: int


def decode_sizes(answer: bytes) -> Sizes | None:
    """Read the answer; None when it is too short to say."""
    if len(answer) < COUNTS.size:
        return None
    said = COUNTS.unpack_from(answer)
    return Sizes(
        users=said[4],
        fingers=said[6],
        records=said[8],
        fingers_capacity=said[14],
        users_capacity=said[15],
        records_capacity=said[16],
    )
