"""What absences cost: percentages by kind of absence and by the number of the day, counted from the first."""

import itertools
from dataclasses import dataclass
from typing import Literal, cast

from config.absences import SCANS, Scans, absence_kinds
from config.dated import Block
from config.kinds.shape import Shape


@dataclass(frozen=True, slots=True)
class LeaveRow:
    """Days of one kind from the n-th (included) below another (excluded; None = open).

    children: which child the leave is for, from and (None = open) to, both included; None = any. counted: in working
    days, calendar days, or months of leave. percent: taken, in hundredths; None = not known. each: "day": for each
    working day; "month": once a month, the highest that its days reach; "share": of the month, in proportion to its
    working days; of the whole allowance, days for which nothing is paid. of: the rulebook's base, or the whole
    allowance beside it. scans: which such a day needs; None = as the kind says.
    """

    kind: str
    children: tuple[int, int | None] | None
    start: int
    below: int | None
    counted: Literal["working", "calendar", "months"]
    percent: int | None
    each: Literal["day", "month", "share"]
    of: Literal["base", "whole"]
    scans: Scans | None


@dataclass(frozen=True, slots=True)
class Leave:
    """counted_known: whether the text says in which days it counts."""

    rows: tuple[LeaveRow, ...]
    counted_known: bool


FULL = 100_00
OPTIONAL = {"from", "below", "counted", "take", "pay", "each", "of", "scans", "children"}


def _row(row: Block) -> LeaveRow:
    row.keys({"kind"}, OPTIONAL)
    kind = row.choice("kind", *absence_kinds())
    if ("take" in row.data) == ("pay" in row.data):
        raise row.error("needs either 'take' or 'pay'", "Write the percentage as the law prints it: taken, or paid")
    percent = row.percent("take") if "take" in row.data else row.percent("pay")
    if "pay" in row.data and percent is not None:
        percent = FULL - percent
    each = row.choice("each", "day", "month", "share") if "each" in row.data else "day"
    counted = row.choice("counted", "working", "calendar", "months") if "counted" in row.data else "working"
    start = row.whole("from") if "from" in row.data else 1
    below = row.whole("below") if "below" in row.data else None
    if start < 1 or (below is not None and below <= start):
        raise row.error(f"from {start} below {below} is no span", "Count days from 1, and keep 'below' above 'from'")
    return LeaveRow(
        kind=kind,
        children=_children(row, kind),
        start=start,
        below=below,
        counted=cast('Literal["working", "calendar", "months"]', counted),
        percent=percent,
        each=cast('Literal["day", "month", "share"]', each),
        of=cast('Literal["base", "whole"]', row.choice("of", "base", "whole") if "of" in row.data else "base"),
        scans=cast("Scans", row.choice("scans", *SCANS)) if "scans" in row.data else None,
    )


def _children(row: Block, kind: str) -> tuple[int, int | None] | None:
    if "children" not in row.data:
        return None
    if not absence_kinds()[kind].child:
        raise row.error(f"'children' is given, but {kind} is for no child", "Leave it out")
    said = row.child(row.data["children"], "children").keys({"from"}, {"to"})
    return said.whole("from"), said.whole("to") if "to" in said.data else None


def _leave(version: Block) -> Leave:
    rows = tuple(_row(row) for row in version.children("rows", "row"))
    if "counted_known" in version.data and version.data["counted_known"] is not False:
        raise version.error("'counted_known' can only be false", "Where the text says it, leave the key out")
    for (kind, children), group in itertools.groupby(rows, key=lambda row: (row.kind, row.children)):
        _touch(version, kind, list(group))
        if sum(1 for key, _ in itertools.groupby(rows, key=lambda row: (row.kind, row.children))
               if key == (kind, children)) > 1:  # fmt: skip
            raise version.error(f"the rows of {kind} stand apart", "Put them together, sorted by 'from'")
    for row in rows:
        if row.children is None and any(other.kind == row.kind and other.children for other in rows):
            raise version.error(f"some rows of {row.kind} name children, some do not", "Name them in all or in none")
    return Leave(rows, counted_known="counted_known" not in version.data)


def _touch(version: Block, kind: str, rows: list[LeaveRow]) -> None:
    """The rows of one kind begin at day 1, touch, and count alike."""
    if rows[0].start != 1:
        raise version.error(f"the rows of {kind} begin at {rows[0].start}", "Begin with from = 1: no silent default")
    for row, following in itertools.pairwise(rows):
        if row.below != following.start:
            raise version.error(
                f"{kind}: a row ends below {row.below}, the next begins at {following.start}",
                "Let each 'from' equal the 'below' above",
            )
        if (row.counted, row.each, row.of) != (following.counted, following.each, following.of):
            raise version.error(f"the rows of {kind} count differently", "Give them the same counted, each and of")


LEAVE_TABLE = Shape(frozenset({"rows"}), frozenset({"counted_known"}), _leave)
