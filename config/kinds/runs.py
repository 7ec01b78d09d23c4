"""A percentage for an unbroken run of days."""

from dataclasses import dataclass

from config.dated import Block
from config.kinds.shape import Shape, code

LONGEST_RUN = 31


@dataclass(frozen=True, slots=True)
class Run:
    """From so many consecutive working days on, this instead of all else; hundredths of a percent, None = not known."""

    days: int
    percent: int | None
    code: str


def _run(version: Block) -> Run:
    (row,) = rows if len(rows := version.children("rows", "row")) == 1 else (None,)
    if row is None:
        raise version.error(f"there are {len(rows)} rows", "Write one: { days = …, value = … }")
    row.keys({"days", "value"}, {"code"})
    days = row.whole("days", LONGEST_RUN)
    if days == 0:
        raise row.error("'days' is 0", "Write from how many consecutive working days on it applies")
    return Run(days, row.percent("value"), code(row))


RUN = Shape(frozenset({"rows"}), frozenset(), _run)
