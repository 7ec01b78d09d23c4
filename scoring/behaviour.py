"""Behaviour from ratings by superior, peers and subordinates, none of whom can be found out from the result."""

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

import polars as pl

from scoring.frames import Schema, checked
from scoring.rounding import half_up, printed

Role: TypeAlias = Literal["superior", "peer", "subordinate"]
ROLES: tuple[Role, ...] = ("superior", "peer", "subordinate")
RATINGS: Schema = {
    "employee": pl.Int32(),  # who is rated
    "role": pl.String(),  # of the rater: one of ROLES
    "value": pl.Int64(),  # hundredths, 0 to 120.00
    "own": pl.Boolean(),  # its rater sent it himself; false: somebody else brought it
}
RATED: Schema = {
    "employee": pl.Int32(),
    "behaviour": pl.Int64(),  # hundredths; null = the superior has not rated
    "consulted": pl.Boolean(),  # peers or subordinates count
    "told": pl.String(),  # "60,00 % superior (1) 90,00 + 40,00 % peer (3) 80,00"; null as behaviour
}


def behaviour(ratings: pl.DataFrame, weights: Mapping[str, int], fewest: int) -> pl.DataFrame:
    """The weighted mean of the means of each role.

    ratings: RATINGS; weights: share of each role, hundredths of a percent; fewest: peers, or subordinates, below which
    their mean is neither shown nor counted, because a total would tell it. The shares of those that count are then
    taken as the whole. Nothing is told of anybody before the superior has rated. → RATED, by employee.
    """
    means = (
        _sides(checked(ratings, RATINGS, "behaviour"), fewest)
        .with_columns(weight=pl.col("role").replace_strict(weights, default=0, return_dtype=pl.Int64))
        .filter(pl.col("weight") > 0)
        .with_columns(order=pl.col("role").replace_strict({role: n for n, role in enumerate(ROLES)}))
        .sort("employee", "order")
    )
    rated = means.group_by("employee", maintain_order=True).agg(
        superior=(pl.col("role") == "superior").any(),
        consulted=(pl.col("role") != "superior").any(),
        mean=half_up((pl.col("mean") * pl.col("weight")).sum(), pl.col("weight").sum()),
        told=_told().str.join(" + "),
    )
    known = pl.when("superior")
    return checked(rated.with_columns(behaviour=known.then("mean"), told=known.then("told")), RATED, "behaviour")


def _sides(ratings: pl.DataFrame, fewest: int) -> pl.DataFrame:
    """The mean of each role: of what its raters sent themselves, or else of what others brought, where there is enough.

    Never of both together: who brought some of the ratings could reckon the others.
    """
    of_a_source = ratings.group_by("employee", "role", "own").agg(
        mean=half_up(pl.col("value").sum(), pl.len().cast(pl.Int64)), raters=pl.len()
    )
    enough = of_a_source.filter((pl.col("role") == "superior") | (pl.col("raters") >= fewest))
    return enough.sort("own", descending=True).unique(["employee", "role"], keep="first", maintain_order=True)


def _told() -> pl.Expr:
    """Share, role, how many, mean: "40,00 % peer (3) 80,00"."""
    return pl.format("{} % {} ({}) {}", printed(pl.col("weight")), "role", "raters", printed(pl.col("mean")))


def sides(told: str) -> dict[str, int]:
    """The mean of each role, hundredths, as the formula of a behaviour step tells them."""
    means = re.findall(r"% (\w+) \(\d+\) (\d+),(\d\d)", told)
    return {role: int(whole + part) for role, whole, part in means}
