"""The shapes a table of law can have: one parser a kind, from a checked TOML block to frozen content.

A law of a new shape is a new kind here with one pure function in scoring/, never an `if` on a date.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import TypeVar

from config.dated import ARTICLE_KEYS, LAW_KEYS, Block, Table, Version, check_order, law_of, read

Content = TypeVar("Content")

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FULL = 100_00
"""100 % in hundredths of a percent."""
MOST_OUTPUT = 200
"""Percent: no regulation known counts more than 120 % of a target."""
LONGEST_DOUBLE_TAP = 30 * 60
LONGEST_REST = 180
"""Minutes."""


@dataclass(frozen=True, slots=True)
class Band:
    """Minutes from (included) below (excluded; None = open) → percent in hundredths; None = not known."""

    start: int
    below: int | None
    percent: int | None
    code: str


@dataclass(frozen=True, slots=True)
class Rate:
    """One case of a table without minutes; percent in hundredths, None = not known."""

    case: str
    percent: int | None
    code: str


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares of the components in the total, hundredths of a percent; together 100 %."""

    attendance: int
    output: int


@dataclass(frozen=True, slots=True)
class Scans:
    """How punches are read.

    seconds: "dropped" = late after whole minutes only; "counted" = any second late is late, at least one minute.
    double_tap_seconds: scans no further apart than this are one scan.
    """

    seconds: str
    double_tap_seconds: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Expected hours by weekday, Monday first; None = no work expected."""

    week: tuple[tuple[time, time] | None, ...]


@dataclass(frozen=True, slots=True)
class Days:
    """The named days of one calendar year."""

    names: tuple[tuple[date, str], ...]


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans of days, both ends included, of one calendar year."""

    spans: tuple[tuple[date, date], ...]


def table(path: Path, kind: tuple[set[str], set[str], Callable[[Block], Content]]) -> Table[Content]:
    """Read and check one table file of the given kind.

    Raises:
        RulebookError: anything in it is lacking, unknown, misspelt or contradicts itself.
    """
    required, optional, parse = kind
    top = read(path).keys({"name", "measure", "unit", "checked", "version"}, {"note"})
    if top.text("name") != path.stem:
        raise top.error(f"'name' is {top.text('name')!r}", f"A table is called like its file: {path.stem!r}")
    blocks = [block.keys(LAW_KEYS | required, ARTICLE_KEYS | optional) for block in top.children("version", "version")]
    laws = [law_of(block) for block in blocks]
    check_order(top, laws)
    return Table(
        name=path.stem,
        path=path,
        measure=top.text("measure"),
        unit=top.text("unit"),
        checked=top.day("checked"),
        versions=tuple(Version(law, parse(block)) for law, block in zip(laws, blocks, strict=True)),
    )


def _bands(version: Block) -> tuple[Band, ...]:
    bands = [
        Band(row.whole("from"), row.whole("below") if "below" in row.data else None, row.percent("value"), _code(row))
        for row in (row.keys({"from", "value"}, {"below", "code"}) for row in version.children("rows", "row"))
    ]
    if bands[0].start != 0 or bands[0].percent != 0:
        raise version.error("there is no zero row", "Begin with { from = 0, below = …, value = 0 }: no silent default")
    for n, (band, following) in enumerate(itertools.pairwise(bands), 1):
        _touches(version, n, band, following)
    codes = [band.code for band in bands if band.code]
    for code in codes:
        if codes.count(code) > 1:
            raise version.error(f"two rows have the code {code!r}", "Give each row the code that the law prints for it")
    last = bands[-1]
    if last.below is not None:
        raise version.error(
            f"the last row ends at {last.below}, a closed end", "Leave out its 'below': the last row is open"
        )
    return tuple(bands)


def _touches(version: Block, n: int, band: Band, following: Band) -> None:
    rows = f"row {n} and row {n + 1}"
    if band.below is None:
        raise version.error(f"row {n} is open but is not the last", f"Give it below = {following.start}")
    if following.start <= band.start or band.below <= band.start:
        raise version.error(f"{rows} stand in the wrong order", "Sort the rows by 'from', and keep 'below' above it")
    if following.start > band.below:
        raise version.error(
            f"between {rows} is a gap from {band.below} to {following.start}", "Let each 'from' equal the 'below' above"
        )
    if following.start < band.below:
        raise version.error(
            f"{rows} overlap from {following.start} to {band.below}", "Let each 'from' equal the 'below' above"
        )


def _rates(*cases: str, most: int = 100) -> tuple[set[str], set[str], Callable[[Block], tuple[Rate, ...]]]:
    def parse(version: Block) -> tuple[Rate, ...]:
        rows = [row.keys({"case", "value"}, {"code"}) for row in version.children("rows", "row")]
        rates = [Rate(row.choice("case", *cases), row.percent("value", most), _code(row)) for row in rows]
        if sorted(rate.case for rate in rates) != sorted(cases):
            raise version.error(f"the rows say {[rate.case for rate in rates]}", f"Give each case once: {list(cases)}")
        return tuple(rates)

    return {"rows"}, set(), parse


def _code(row: Block) -> str:
    code = row.text("code") if "code" in row.data else ""
    if " " in code:
        raise row.error(f"'code' is {code!r}", "Write a code without blanks, as in TL1")
    return code


def _weights(version: Block) -> Weights:
    attendance, output = version.percent("attendance"), version.percent("output")
    if attendance is None or output is None or attendance + output != FULL:
        raise version.error(
            f"attendance {version.data['attendance']} and output {version.data['output']} do not make 100",
            "Write two percentages that add up to 100",
        )
    return Weights(attendance, output)


def _scans(version: Block) -> Scans:
    return Scans(
        version.choice("seconds", "dropped", "counted"), version.whole("double_tap_seconds", LONGEST_DOUBLE_TAP)
    )


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


def _days(version: Block) -> Days:
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


BANDS = ({"rows"}, set[str](), _bands)
MISSING_SCAN = _rates("in", "out")
ABSENCE = _rates("day")
CAP = _rates("month")
OUTPUT_CAP = _rates("month", most=MOST_OUTPUT)
WEIGHTS = ({"attendance", "output"}, set[str](), _weights)
SCANS = ({"seconds", "double_tap_seconds"}, set[str](), _scans)
HOURS = ({"rows"}, set[str](), _hours)
DAYS = ({"rows"}, set[str](), _days)
SPANS = ({"rows"}, set[str](), _spans)
