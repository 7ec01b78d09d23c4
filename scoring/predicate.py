"""From a score, or from two ratings, to a predicate; and whether a unit's predicates fit its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from config.kinds.predicate import Border, Limit, Rating
from scoring.rounding import FULL, half_up

SAME = {"Kurang/misconduct": "Kurang"}
"""What the quadrant calls otherwise than the circular on predicates, and whoever pays by them, does."""
HIGHEST = 120_00
"""PP 30/2019: more than 120 is counted as 120."""


def evaluation(plan: pl.Expr, behaviour: pl.Expr, plan_share: pl.Expr) -> pl.Expr:
    """PP 30/2019 Ps. 41: share of the plan and the rest of behaviour, hundredths, half up, at most 120."""
    score = half_up(plan * plan_share + behaviour * (FULL - plan_share), FULL)
    return pl.min_horizontal(score, HIGHEST)


def by_borders(score: pl.Expr, new_idea: pl.Expr, borders: Sequence[Border]) -> pl.Expr:
    """The first predicate whose border is reached; borders: highest first. Null where the score is."""
    named = pl.lit(None, pl.String)
    for border in reversed(borders):
        reached = (score >= border.start) & (new_idea if border.new_idea else pl.lit(value=True))
        named = pl.when(reached).then(pl.lit(border.predicate)).otherwise(named)
    return pl.when(score.is_not_null()).then(named)


def by_quadrant(result: pl.Expr, behaviour: pl.Expr, quadrant: Mapping[tuple[Rating, Rating], str]) -> pl.Expr:
    """The predicate of a result and a behaviour, each "above", "as expected" or "below"; null where one is."""
    named = pl.lit(None, pl.String)
    for (of_result, of_behaviour), predicate in quadrant.items():
        met = (result == of_result) & (behaviour == of_behaviour)
        named = pl.when(met).then(pl.lit(predicate)).otherwise(named)
    return named


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that does not hold: so many of all were rated so, between fewest and most are the guide."""

    predicates: tuple[str, ...]
    rated: int
    of_all: int
    fewest: int
    most: int


def breaches(counts: Mapping[str, int], limits: Sequence[Limit]) -> list[Breach]:
    """The limits that a unit's predicates do not keep; a check for people, never a reason to change a predicate."""
    of_all, found = sum(counts.values()), []
    for limit in limits:
        rated = sum(counts.get(name, 0) for name in limit.predicates)
        fewest, most = -(-of_all * limit.least // 100), of_all * limit.most // 100
        if limit.some and of_all:
            fewest = max(fewest, 1)
        if not fewest <= rated <= most:
            found.append(Breach(limit.predicates, rated, of_all, fewest, most))
    return found
