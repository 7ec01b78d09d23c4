"""Pure: what is wrong with a terminal's clock, by what it shows now and what it showed at the reading before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from ingest.check import AHEAD, EARLIEST

Flag: TypeAlias = Literal["drift", "jump", "reset", "future"]
"""drift: off, and got there slowly. jump: off, and not by drift. reset: shows the time of an empty battery.
future: so far ahead that its punches are implausible."""

RIGHT = timedelta(seconds=60)
"""A clock that is off by no more is right: rulebooks count whole minutes."""
DRIFT_A_DAY = timedelta(seconds=20)
"""No maker says how much a clock drifts; a quartz at 200 millionths, ten times what is usual, makes 17 seconds."""
FIRST_DRIFT = timedelta(hours=1)
"""What drift explains where nobody read the clock before: half a year of it."""
WHOLE_SECONDS = timedelta(seconds=1)
"""How far two readings of a clock that shows whole seconds may differ by that alone."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a terminal's clock.

    at: aware. shown: naive, to the second. offset: terminal minus server, to half a second and half the round_trip.
    record_count: of its log then.
    """

    at: datetime
    shown: datetime
    offset: timedelta
    round_trip: timedelta
    flag: Flag | None = None
    record_count: int | None = None


def flag_of(reading: Reading, before: Reading | None) -> Flag | None:
    """What is wrong with the clock; None where it is right. before: the reading before this one, with its flag."""
    if reading.shown < EARLIEST:
        return "reset"
    if reading.offset > AHEAD:
        return "future"
    if abs(reading.offset) <= RIGHT:
        return None
    if before is None:
        return "drift" if abs(reading.offset) <= FIRST_DRIFT else "jump"
    return "drift" if before.flag in {None, "drift"} and _drifted(reading, before) else "jump"


def _drifted(reading: Reading, before: Reading) -> bool:
    """Whether drift and the limits of measuring explain how the clock has changed."""
    unsure = WHOLE_SECONDS + (reading.round_trip + before.round_trip) / 2
    return abs(reading.offset - before.offset) <= unsure + DRIFT_A_DAY * (abs(reading.at - before.at) / DAY)
