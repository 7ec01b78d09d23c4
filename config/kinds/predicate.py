"""Predicates: from which score on, by which two ratings, what they pay, and how they should be spread."""

import itertools
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from config.dated import Basis, Block
from config.kinds.shape import Shape

Rating: TypeAlias = Literal["above", "as expected", "below"]
RATINGS: tuple[Rating, ...] = ("above", "as expected", "below")
HIGHEST_SCORE = 120
ALL = 100
FULL = 100_00
"""100 % in hundredths of a percent."""
MOST_PAID = 200
"""Percent."""


@dataclass(frozen=True, slots=True)
class PlanShares:
    """Share of the plan (SKP) in the score, hundredths of a percent; the rest is behaviour.

    consulted: peers or subordinates rate too.
    """

    consulted: int
    not_consulted: int


@dataclass(frozen=True, slots=True)
class PlanHalves:
    """Shares of the plans of January to June and of July to December in that of the year, hundredths of a percent.

    Both None: a year has one plan.
    """

    first: int | None
    second: int | None


@dataclass(frozen=True, slots=True)
class Border:
    """A predicate from a score on (hundredths); new_idea: only with a new idea or method. basis: of this row."""

    start: int
    predicate: str
    new_idea: bool
    basis: Basis


@dataclass(frozen=True, slots=True)
class Quadrant:
    """result and behaviour → predicate."""

    predicates: tuple[tuple[tuple[Rating, Rating], str], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """Of the staff of a unit with predicate `organisation`, so many percent may or must have one of these predicates.

    some: at least one must.
    """

    organisation: str
    predicates: tuple[str, ...]
    least: int
    most: int
    some: bool


@dataclass(frozen=True, slots=True)
class PredicatePay:
    """Predicate → percent of the allowance, hundredths; None = not known.

    of: whether a month is paid by the predicate of the quarter before, or by that of its own period.
    """

    of: Literal["previous quarter", "same period"]
    percents: tuple[tuple[str, int | None], ...]


def _plan_shares(version: Block) -> PlanShares:
    consulted, alone = version.percent("consulted"), version.percent("not_consulted")
    if consulted is None or alone is None:
        raise version.error("a share is unknown", "Write both shares as the law prints them")
    return PlanShares(consulted, alone)


def _plan_halves(version: Block) -> PlanHalves:
    two = version.choice("plans", "one", "two") == "two"
    if version.data.keys() & {"first", "second"} != ({"first", "second"} if two else set()):
        raise version.error(
            "plans and shares do not fit", 'Write plans = "two" with first and second, or "one" without'
        )
    if not two:
        return PlanHalves(None, None)
    first, second = version.percent("first"), version.percent("second")
    if first is None or second is None or first + second != FULL:
        raise version.error(f"{first} and {second} do not make 100", "Write percentages that add up to 100")
    return PlanHalves(first, second)


def _borders(version: Block) -> tuple[Border, ...]:
    borders = []
    for row in version.children("rows", "row"):
        row.keys({"from", "predicate"}, {"new_idea", "basis"})
        start = row.percent("from", HIGHEST_SCORE)
        if start is None:
            raise row.error("'from' is unknown", "Leave the row out, or write the score")
        basis = cast("Basis", row.choice("basis", "regulation", "assumption") if "basis" in row.data else "regulation")
        new_idea = row.flag("new_idea") if "new_idea" in row.data else False
        borders.append(Border(start, row.text("predicate"), new_idea, basis))
    for higher, lower in itertools.pairwise(borders):
        if lower.start >= higher.start:
            raise version.error(f"{lower.predicate} does not begin below {higher.predicate}", "Sort: highest first")
    if borders[-1].start != 0 or borders[-1].new_idea:
        raise version.error("the last row does not begin at 0", "End with the predicate of all lower scores")
    return tuple(borders)


def _quadrant(version: Block) -> Quadrant:
    met: dict[tuple[Rating, Rating], str] = {}
    for row in version.children("rows", "row"):
        row.keys({"result", "behaviour", "predicate"}, set())
        key = (cast("Rating", row.choice("result", *RATINGS)), cast("Rating", row.choice("behaviour", *RATINGS)))
        if key in met:
            raise row.error(f"result {key[0]} with behaviour {key[1]} is there twice", "Keep one of the two")
        met[key] = row.text("predicate")
    absent = set(itertools.product(RATINGS, RATINGS)) - set(met)
    if absent:
        raise version.error(f"{min(absent)} has no predicate", "Give each result with each behaviour once")
    return Quadrant(tuple(met.items()))


def _guide(version: Block) -> tuple[Limit, ...]:
    return tuple(_limit(row) for row in version.children("rows", "row"))


def _limit(row: Block) -> Limit:
    row.keys({"organisation", "predicates"}, {"least", "most", "some"})
    said = row.data["predicates"]
    if not isinstance(said, list) or not said or not all(isinstance(name, str) for name in said):
        raise row.error(f"'predicates' is {said!r}", 'Write a list of names, as in ["Baik"]')
    least = row.whole("least", ALL) if "least" in row.data else 0
    most = row.whole("most", ALL) if "most" in row.data else ALL
    some = row.flag("some") if "some" in row.data else False
    if least > most or ((least, most, some) == (0, ALL, False)):
        raise row.error("the row limits nothing", "Write least, most or some = true")
    return Limit(row.text("organisation"), tuple(said), least, most, some)


def _predicate_pay(version: Block) -> PredicatePay:
    of = cast('Literal["previous quarter", "same period"]', version.choice("of", "previous quarter", "same period"))
    rows = [row.keys({"predicate", "value"}, set()) for row in version.children("rows", "row")]
    percents = {row.text("predicate"): row.percent("value", MOST_PAID) for row in rows}
    if len(percents) != len(rows):
        raise version.error("a predicate is there twice", "Keep one of the two")
    return PredicatePay(of, tuple(percents.items()))


PLAN_HALVES = Shape(frozenset({"plans"}), frozenset({"first", "second"}), _plan_halves)
PLAN_SHARES = Shape(frozenset({"consulted", "not_consulted"}), frozenset(), _plan_shares)
BORDERS = Shape(frozenset({"rows"}), frozenset(), _borders)
QUADRANT = Shape(frozenset({"rows"}), frozenset(), _quadrant)
GUIDE = Shape(frozenset({"rows"}), frozenset(), _guide)
PREDICATE_PAY = Shape(frozenset({"of", "rows"}), frozenset(), _predicate_pay)
