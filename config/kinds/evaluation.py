"""How work and conduct are judged: where output comes from, how ratings count, what quality is called."""

import itertools
from dataclasses import dataclass
from typing import Literal, cast

from config.dated import Block
from config.kinds.shape import Shape

FULL = 100_00
"""100 % in hundredths of a percent."""
FEWEST_RATERS = 3
"""Of fewer peers, or subordinates, each could find out what the others said."""
MOST_RATERS = 99


@dataclass(frozen=True, slots=True)
class Method:
    """output: from the points of activities, or from the plan (SKP) by PermenPANRB 8/2021.

    predicate: by the score of PP 30/2019, by the quadrant of PermenPANRB 6/2022, none, or unknown: there is one, and
    how it comes about is not known.
    """

    output: Literal["points", "plan"]
    predicate: Literal["score", "quadrant", "none", "unknown"]

    @property
    def names_one(self) -> bool:
        """Whether a predicate comes of it."""
        return self.predicate in {"score", "quadrant"}


@dataclass(frozen=True, slots=True)
class RatingWeights:
    """Shares of the raters in behaviour, hundredths of a percent, together 100 %; None = not known, then all are.

    fewest: peers, or subordinates, below which their rating is neither shown nor counted.
    """

    superior: int | None
    peer: int | None
    subordinate: int | None
    fewest: int


@dataclass(frozen=True, slots=True)
class Quality:
    """A name for the quality of work from a mark on (0 to 100)."""

    start: int
    name: str


def _method(version: Block) -> Method:
    return Method(
        cast('Literal["points", "plan"]', version.choice("output", "points", "plan")),
        cast(
            'Literal["score", "quadrant", "none", "unknown"]',
            version.choice("predicate", "score", "quadrant", "none", "unknown"),
        ),
    )


def _rating_weights(version: Block) -> RatingWeights:
    shares = {name: version.percent(name) for name in ("superior", "peer", "subordinate")}
    known = [share for share in shares.values() if share is not None]
    if known and (len(known) != len(shares) or sum(known) != FULL):
        raise version.error(f"{shares} do not make 100", 'Write percentages that add up to 100, or all three "unknown"')
    fewest = version.whole("fewest", MOST_RATERS)
    if fewest < FEWEST_RATERS:
        raise version.error(f"'fewest' is {fewest}", f"Write {FEWEST_RATERS} or more: fewer could be found out")
    return RatingWeights(**shares, fewest=fewest)


def _quality(version: Block) -> tuple[Quality, ...]:
    rows = [row.keys({"from", "name"}, set()) for row in version.children("rows", "row")]
    bands = tuple(Quality(row.whole("from", 100), row.text("name")) for row in rows)
    if bands[-1].start != 0 or any(lower.start >= higher.start for higher, lower in itertools.pairwise(bands)):
        raise version.error("the rows do not fall to 0", "Sort: highest first, the last from = 0")
    return bands


METHOD = Shape(frozenset({"output", "predicate"}), frozenset(), _method)
RATING_WEIGHTS = Shape(frozenset({"superior", "peer", "subordinate", "fewest"}), frozenset(), _rating_weights)
QUALITY = Shape(frozenset({"rows"}), frozenset(), _quality)
