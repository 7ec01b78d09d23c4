"""Percentages by case, without minutes: a missing scan, a day of absence, a cap."""

from dataclasses import dataclass

from config.dated import Block, all_read
from config.kinds.shape import Shape, code


@dataclass(frozen=True, slots=True)
class Rate:
    """One case of a table without minutes; percent in hundredths, None = not known."""

    case: str
    percent: int | None
    code: str


def rates(*cases: str, most: int = 100) -> Shape[tuple[Rate, ...]]:
    """A table that names each of these cases once, with up to `most` percent."""

    def rate(row: Block) -> Rate:
        row.keys({"case", "value"}, {"code"})
        return Rate(row.choice("case", *cases), row.percent("value", most), code(row))

    def parse(version: Block) -> tuple[Rate, ...]:
        found = all_read(version.children("rows", "row"), rate)
        if sorted(one.case for one in found) != sorted(cases):
            raise version.error(f"the rows say {[one.case for one in found]}", f"Give each case once: {list(cases)}")
        return tuple(found)

    return Shape(frozenset({"rows"}), frozenset(), parse)


def single(content: tuple[Rate, ...]) -> int | None:
    """The percentage of a table with one case, hundredths; None = not known."""
    (rate,) = content
    return rate.percent
