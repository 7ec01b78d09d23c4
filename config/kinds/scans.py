"""How punches are read."""

from dataclasses import dataclass
from datetime import time
from typing import Literal, TypeAlias, cast, get_args

from config.dated import Block
from config.kinds.shape import Shape

LONGEST_DOUBLE_TAP = 30 * 60

Mode: TypeAlias = Literal["first_in_last_out", "first_record", "last_record", "by_state"]
WINDOWS = ("in_from", "in_until", "out_from", "out_until")


@dataclass(frozen=True, slots=True)
class Scans:
    """How punches are read.

    seconds: "dropped" = late after whole minutes only; "counted" = any second late is late, at least one minute.
    double_tap_seconds: scans no further apart than this are one scan.
    mode: which scan counts where there are several. "first_record" and "last_record": the first or the last of the in
    window and of the out window; "by_state": the keys that people pressed, as far as they can be right.
    gaps: "by_state" = from the break-out key to the break-in key somebody has left the post.
    windows: in from, in until, out from, out until; scans outside are not taken; a minute that ends one is in it.
    """

    seconds: str
    double_tap_seconds: int
    mode: Mode = "first_in_last_out"
    windows: tuple[time | None, time | None, time | None, time | None] = (None, None, None, None)
    gaps: str = "not counted"


def _scans(version: Block) -> Scans:
    mode = version.choice("mode", *get_args(Mode)) if "mode" in version.data else "first_in_last_out"
    windows = tuple(_time(version, name) if name in version.data else None for name in WINDOWS)
    if mode in {"first_record", "last_record"} and None in windows:
        lacking = WINDOWS[windows.index(None)]
        raise version.error(f"mode is {mode!r} without {lacking!r}", f"Give all of {', '.join(WINDOWS)}")
    return Scans(
        version.choice("seconds", "dropped", "counted"),
        version.whole("double_tap_seconds", LONGEST_DOUBLE_TAP),
        cast("Mode", mode),
        cast("tuple[time | None, time | None, time | None, time | None]", windows),
        version.choice("gaps", "not counted", "by_state") if "gaps" in version.data else "not counted",
    )


def _time(version: Block, key: str) -> time:
    value = version.data[key]
    if not isinstance(value, time):
        raise version.error(f"{key!r} is {value!r}", "Write a time without quotes, as in 07:30:00")
    return value


SCANS = Shape(frozenset({"seconds", "double_tap_seconds"}), frozenset({"mode", "gaps", *WINDOWS}), _scans)
