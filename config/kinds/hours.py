"""Expected hours by weekday."""

from dataclasses import dataclass
from datetime import time

from config.dated import Block
from config.kinds.shape import Shape

OFFICE_DAYS = 5
"""Monday to Friday (Perpres 21/2023 Ps. 3)."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_REST = 180
"""Minutes."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Expected hours by weekday, Monday first; None = no work expected."""

    week: tuple[tuple[time, time] | None, ...]


def _hours(version: Block) -> Hours:
    week: dict[str, tuple[time, time]] = {}
    for row in version.children("rows", "row"):
        row.keys({"days", "start", "end"}, {"rest_minutes"})
        start, end, days = row.data["start"], row.data["end"], row.data["days"]
        if not isinstance(start, time) or not isinstance(end, time) or not start < end:
            raise row.error(f"'start' is {start!r} and 'end' {end!r}", "Write times without quotes, as in 07:30:00")
        if "rest_minutes" in row.data:
            row.whole("rest_minutes", LONGEST_REST)
        for day in days if isinstance(days, list) else [days]:
            if day not in WEEKDAYS or day in week:
                raise row.error(f"'days' says {day!r}", f"Name each weekday at most once, out of {list(WEEKDAYS)}")
            week[day] = (start, end)
    return Hours(tuple(week.get(day) for day in WEEKDAYS))


def _office_hours(version: Block) -> Hours:
    hours = _hours(version)
    if [day is not None for day in hours.week] != [number < OFFICE_DAYS for number in range(len(hours.week))]:
        raise version.error(
            f"the rows do not say the hours of {', '.join(WEEKDAYS[:OFFICE_DAYS])}, and of no other day",
            "Give each of them once; a unit that works on other days brings in its own week (`tepat import weeks`)",
        )
    return hours


HOURS = Shape(frozenset({"rows"}), frozenset(), _hours)
OFFICE_HOURS = Shape(frozenset({"rows"}), frozenset(), _office_hours)
"""The same, of the days on which the calendar expects work."""
