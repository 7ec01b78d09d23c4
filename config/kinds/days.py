"""Named days and spans of days of one calendar year."""

import itertools
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from config.dated import Block
from config.kinds.shape import Shape


@dataclass(frozen=True)
class Days:
    """The named days of one calendar year; none where the decree says none."""

    names: tuple[tuple[date, str], ...]

    @cached_property
    def by_day(self) -> dict[date, str]:
        """Their names: asked for each day of each year that a leave goes back."""
        return dict(self.names)


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans of days, both ends included, of one calendar year."""

    spans: tuple[tuple[date, date], ...]


def _days(version: Block) -> Days:
    if ("rows" in version.data) == ("no_days" in version.data):
        raise version.error("needs either 'rows' or 'no_days'", "Write no_days = true where the decree names no day")
    if "no_days" in version.data:
        if version.data["no_days"] is not True:
            raise version.error("'no_days' can only be true", "Where the decree names days, write rows = [ … ]")
        return Days(())
    rows = [row.keys({"day", "name"}, set()) for row in version.children("rows", "row")]
    names = tuple((_day_of_year(version, row, "day"), row.text("name")) for row in rows)
    for (earlier, _), (later, name) in itertools.pairwise(names):
        if later <= earlier:
            raise version.error(f"{later} ({name}) stands after {earlier}", "Sort the days and name each once")
    return Days(names)


def _spans(version: Block) -> Spans:
    rows = [row.keys({"from", "until"}, set()) for row in version.children("rows", "row")]
    spans = tuple((_day_of_year(version, row, "from"), _day_of_year(version, row, "until")) for row in rows)
    for start, end in spans:
        if end < start:
            raise version.error(f"the span ends on {end} before it begins on {start}", "'until' is its last day")
    for (_, end), (start, _) in itertools.pairwise(spans):
        if start <= end:
            raise version.error(
                f"the span from {start} begins before the one above has ended on {end}",
                "Sort the spans, and let none overlap",
            )
    return Spans(spans)


def _day_of_year(version: Block, row: Block, key: str) -> date:
    day, year = row.day(key), version.day("in_force").year
    if day.year != year:
        raise row.error(f"{key!r} is {day}, not in {year}", "Each year has its own decree: give it its own version")
    return day


DAYS = Shape(frozenset(), frozenset({"rows", "no_days"}), _days)
SPANS = Shape(frozenset({"rows"}), frozenset(), _spans)
