"""How punches are read."""

from dataclasses import dataclass

from config.dated import Block
from config.kinds.shape import Shape

LONGEST_DOUBLE_TAP = 30 * 60


@dataclass(frozen=True, slots=True)
class Scans:
    """How punches are read.

    seconds: "dropped" = late after whole minutes only; "counted" = any second late is late, at least one minute.
    double_tap_seconds: scans no further apart than this are one scan.
    """

    seconds: str
    double_tap_seconds: int


def _scans(version: Block) -> Scans:
    return Scans(
        version.choice("seconds", "dropped", "counted"), version.whole("double_tap_seconds", LONGEST_DOUBLE_TAP)
    )


SCANS = Shape(frozenset({"seconds", "double_tap_seconds"}), frozenset(), _scans)
