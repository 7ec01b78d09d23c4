"""Which days a month's attendance is counted over."""

from dataclasses import dataclass

from config.dated import Block
from config.kinds.shape import Shape

LAST_SAFE_DAY = 28
"""Every month has it."""


@dataclass(frozen=True, slots=True)
class AttendancePeriod:
    """first_day: 1 = the calendar month; 16 = from the 16th of the month before to the 15th."""

    first_day: int


def _period(version: Block) -> AttendancePeriod:
    first = version.whole("first_day", LAST_SAFE_DAY)
    if first == 0:
        raise version.error("'first_day' is 0", "Write 1 for the calendar month")
    return AttendancePeriod(first)


ATTENDANCE_PERIOD = Shape(frozenset({"first_day"}), frozenset(), _period)
