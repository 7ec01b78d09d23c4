"""How units and people stand: levels of maturity, borders of the merit map, how often late is often."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from config.dated import Block
from config.kinds.shape import Shape

Evidence: TypeAlias = Literal["log", "linked", "monthly", "cascade", "mandate", "used"]
EVIDENCE: tuple[Evidence, ...] = ("log", "linked", "monthly", "cascade", "mandate", "used")
WORDS = ("name_id", "name_en", "counted_id", "counted_en", "cure_id", "cure_en")
ALL = 100
HIGHEST = 120
"""Percent that a plan or a rating can reach."""
MOST_TIMES = 31


@dataclass(frozen=True, slots=True)
class Level:
    """evidence: what is counted; least: percent of it that reaches the level. The rest is said to people."""

    evidence: Evidence
    least: int
    name_id: str
    name_en: str
    counted_id: str
    counted_en: str
    cure_id: str
    cure_en: str


@dataclass(frozen=True, slots=True)
class Borders:
    """Hundredths of a percent from which on a figure is as expected, or above."""

    expected: int
    above: int


@dataclass(frozen=True, slots=True)
class MeritBorders:
    result: Borders
    behaviour: Borders


@dataclass(frozen=True, slots=True)
class LatenessList:
    """times: late days a month from which on they are repeated."""

    times: int


def _levels(version: Block) -> tuple[Level, ...]:
    rows = [row.keys({"evidence", "least", *WORDS}, set()) for row in version.children("rows", "row")]
    levels = tuple(_level(row) for row in rows)
    if tuple(level.evidence for level in levels) != EVIDENCE:
        raise version.error("the levels are not the six in their order", f"Write one row each: {', '.join(EVIDENCE)}")
    return levels


def _level(row: Block) -> Level:
    least = row.whole("least", ALL)
    if least == 0:
        raise row.error("'least' is 0, so that everybody reaches the level", "Write a share from 1 to 100")
    evidence = cast("Evidence", row.choice("evidence", *EVIDENCE))
    return Level(evidence, least, *(row.text(word) for word in WORDS))


def _borders(version: Block, axis: str) -> Borders:
    block = version.child(version.data[axis], axis).keys({"expected_from", "above_from"}, set())
    expected, above = block.percent("expected_from", HIGHEST), block.percent("above_from", HIGHEST)
    if expected is None or above is None:
        raise block.error("a border is unknown", 'Write both, with basis = "assumption" where no text names them')
    if not 0 < expected < above:
        raise block.error("'above_from' does not lie above 'expected_from'", "Exchange them, or correct one")
    return Borders(expected, above)


def _merit(version: Block) -> MeritBorders:
    return MeritBorders(_borders(version, "result"), _borders(version, "behaviour"))


def _lateness(version: Block) -> LatenessList:
    times = version.whole("times", MOST_TIMES)
    if times < 1:
        raise version.error("'times' is 0", "Write how many late days a month are repeated, as in 3")
    return LatenessList(times)


LEVELS = Shape(frozenset({"rows"}), frozenset(), _levels)
MERIT = Shape(frozenset({"result", "behaviour"}), frozenset(), _merit)
LATENESS_LIST = Shape(frozenset({"times"}), frozenset(), _lateness)
