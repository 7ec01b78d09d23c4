"""Percentages by minutes: late, early, away from the post."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from config.dated import Block, all_read
from config.kinds.shape import Shape, code

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Band:
    """Minutes from (included) below (excluded; None = open) → percent in hundredths; None = not known."""

    start: int
    below: int | None
    percent: int | None
    code: str


def _bands(version: Block) -> tuple[Band, ...]:
    rows = version.children("rows", "row")
    bands = all_read(rows, _band)
    if bands[0].start != 0 or bands[0].percent != 0:
        raise version.error("there is no zero row", "Begin with { from = 0, below = …, value = 0 }: no silent default")
    for n, (band, following) in enumerate(itertools.pairwise(bands), 1):
        _touches(version, n, band, following)
    codes = [band.code for band in bands if band.code]
    for printed in codes:
        if codes.count(printed) > 1:
            raise version.error(f"two rows have the code {printed!r}", "Give each row the code the law prints for it")
    last = bands[-1]
    if last.below is not None:
        raise version.error(
            f"the last row ends at {last.below}, a closed end", "Leave out its 'below': the last row is open"
        )
    return tuple(band for row, whole in zip(rows, bands, strict=True) for band in _each(row, whole))


def _band(row: Block) -> Band:
    row.keys({"from", "value"}, {"below", "code", "each"})
    below = row.whole("below") if "below" in row.data else None
    return Band(row.whole("from"), below, row.percent("value"), code(row))


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


def _each(row: Block, whole: Band) -> Iterator[Band]:
    """The bands that a row with `each` stands for: its percentage once more for each so many minutes begun."""
    if "each" not in row.data:
        yield whole
        return
    each, end = row.whole("each"), MINUTES_A_DAY if whole.below is None else whole.below
    if each == 0 or whole.percent is None:
        raise row.error(f"'each' is {each} and 'value' {row.data['value']}", "Give both: so many minutes, so much each")
    for times, start in enumerate(range(whole.start, end, each), 1):
        last = start + each >= end
        yield Band(start, whole.below if last else start + each, min(times * whole.percent, MOST), whole.code)


MOST = 100_00
"""No day takes more than everything, in hundredths of a percent."""
BANDS = Shape(frozenset({"rows"}), frozenset(), _bands)
