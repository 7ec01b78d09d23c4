"""What is still owed of a locked month, or paid too much, and which steps make the difference. Pure arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypedDict

from scoring.steps import Step

Lacks: TypeAlias = Literal["stale", "days", "rate", "target", "behaviour", "predicate", "class"]


@dataclass(frozen=True, slots=True)
class Worth:
    """What a version of a month's score pays. payable: hundredths of a percent; amount: sen; None = not known.

    lacks: why nothing may be paid by it; None = something may.
    """

    version: int
    payable: int | None
    amount: int | None
    lacks: Lacks | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """percent: hundredths of a percent; amount: sen, None = the month was locked without one. Below zero: taken back.

    lacks: what the newest version needs before it can be settled; both others are None then.
    """

    percent: int | None
    amount: int | None
    lacks: Lacks | None = None

    @property
    def settles(self) -> bool:
        """Whether it can be paid."""
        return self.lacks is None


class Beside(TypedDict):
    """Steps of one day (None: of the month) that differ between two versions."""

    day: str | None
    before: list[Step]
    after: list[Step]


def difference(settled: Worth, newest: Worth, *, in_rupiah: bool) -> Difference | None:
    """What settling the newest version pays; None where the two pay the same.

    settled: the locked version, or that of the last adjustment; in_rupiah: whether the month was locked with an amount.
    """
    if newest.version <= settled.version:
        return None
    lacks = newest.lacks or ("class" if in_rupiah and newest.amount is None else None)
    if lacks is not None or newest.payable is None:
        return Difference(None, None, lacks or "rate")
    assert settled.payable is not None
    percent = newest.payable - settled.payable
    amount = (newest.amount or 0) - (settled.amount or 0) if in_rupiah else None
    return Difference(percent, amount) if percent or amount else None


def beside(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Beside]:
    """The steps of two versions that are not in both, day by day and those of the month last; steps: Step."""
    old, new = _by_day(before), _by_day(after)
    days = sorted({*old, *new} - {None}, key=str)
    found = [_beside(day, old.get(day, []), new.get(day, [])) for day in [*days, None]]
    return [each for each in found if each["before"] or each["after"]]


def _beside(day: str | None, old: list[Step], new: list[Step]) -> Beside:
    gone = [step for step in old if step not in new]
    come = [step for step in new if step not in old]
    return {"day": day, "before": gone, "after": come}


def _by_day(steps: Sequence[Mapping[str, Any]]) -> dict[str | None, list[Step]]:
    found: dict[str | None, list[Step]] = {}
    for step in steps:
        found.setdefault(step["day"], []).append(step)  # type: ignore[arg-type]  # a Step as the database has it
    return found
