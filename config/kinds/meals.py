"""Meal money: on which days it is paid, how much a day by grade, and the tax on it."""

from dataclasses import dataclass
from datetime import time
from typing import Literal, cast

from config.absences import absence_kinds
from config.dated import Block
from config.kinds.shape import Shape

GRADES = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class MealDays:
    """scans: those that a day needs. full_hours: whether it must be as long as the expected hours. latest_in: a scan in
    after it loses the day; most_early: minutes left early beyond which the day is lost; None = no such rule. keeps:
    kinds of absence that keep the day, the hours of which are not looked at.
    """

    scans: Literal["one", "both"]
    full_hours: bool
    latest_in: time | None
    most_early: int | None
    keeps: tuple[str, ...]


def _days(version: Block) -> MealDays:
    said = version.data["keeps"]
    if not isinstance(said, list) or any(kind not in absence_kinds() for kind in said):
        raise version.error(f"'keeps' is {said!r}", f"List kinds of absence out of {list(absence_kinds())}")
    latest = version.data.get("latest_in")
    if latest is not None and type(latest) is not time:
        raise version.error(f"'latest_in' is {latest!r}", "Write a time without quotes, as in 09:00:00")
    return MealDays(
        scans=cast('Literal["one", "both"]', version.choice("scans", "one", "both")),
        full_hours=version.flag("full_hours"),
        latest_in=latest,
        most_early=version.whole("most_early") if "most_early" in version.data else None,
        keeps=tuple(said),
    )


def _rows(version: Block, key: str) -> list[Block]:
    rows = [row.keys({"grade", key}, set()) for row in version.children("rows", "row")]
    grades = [row.whole("grade") for row in rows]
    if grades != list(GRADES):
        raise version.error(f"the rows are of the grades {grades}", f"Give each grade once, in order: {list(GRADES)}")
    return rows


def _rates(version: Block) -> tuple[int, ...]:
    """Sen a day, by grade."""
    return tuple(row.whole("rupiah") * 100 for row in _rows(version, "rupiah"))


def _tax(version: Block) -> tuple[int | None, ...]:
    """Hundredths of a percent, by grade; None = not known."""
    return tuple(row.percent("value") for row in _rows(version, "value"))


MEAL_DAYS_TABLE = Shape(frozenset({"scans", "full_hours", "keeps"}), frozenset({"latest_in", "most_early"}), _days)
MEAL_RATES = Shape(frozenset({"rows"}), frozenset(), _rates)
MEAL_TAX = Shape(frozenset({"rows"}), frozenset(), _tax)
