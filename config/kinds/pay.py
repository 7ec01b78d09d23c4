"""What is paid: the allowance of each class, and how a percentage of it becomes money."""

from dataclasses import dataclass
from typing import Literal, cast

from config.dated import Block
from config.kinds.shape import Shape

SEN = 100
"""In a rupiah."""
HIGHEST_CLASS = 99
MOST_RUPIAH = 100_000_000
"""A month; more is a slip of the pen, and what is multiplied must stay within 64 bits."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """classes: a table of config/allowances, "" = not known. candidate: percent of it that a CPNS gets, hundredths.

    deducted_from: "received" = a deduction is of what a predicate has left of the allowance; "class" = of all of it.
    candidate: None = not known.
    """

    classes: str
    candidate: int | None
    deducted_from: Literal["received", "class"]
    rounding: Literal["sen", "rupiah", "rupiah down"]


@dataclass(frozen=True, slots=True)
class Classes:
    """Sen a month of each class; None = not known."""

    sen: tuple[tuple[int, int | None], ...]


def _allowance(version: Block) -> Allowance:
    return Allowance(
        version.text("classes") if "classes" in version.data else "",
        version.percent("candidate"),
        cast('Literal["received", "class"]', version.choice("deducted_from", "received", "class")),
        cast('Literal["sen", "rupiah", "rupiah down"]', version.choice("rounding", "sen", "rupiah", "rupiah down")),
    )


def _classes(version: Block) -> Classes:
    sen: dict[int, int | None] = {}
    for row in version.children("rows", "row"):
        row.keys({"class", "rupiah"}, set())
        number = row.whole("class", HIGHEST_CLASS)
        if number in sen:
            raise row.error(f"class {number} is there twice", "Keep one of the two")
        sen[number] = None if row.data["rupiah"] == "unknown" else row.whole("rupiah", MOST_RUPIAH) * SEN
    return Classes(tuple(sen.items()))


ALLOWANCE = Shape(frozenset({"candidate", "deducted_from", "rounding"}), frozenset({"classes"}), _allowance)
CLASSES = Shape(frozenset({"rows"}), frozenset(), _classes)
