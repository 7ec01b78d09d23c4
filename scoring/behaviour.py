"""Behaviour from ratings by superior, peers and subordinates, none of whom can be found out from the result."""

from collections.abc import Mapping

import polars as pl

from scoring.frames import Schema, checked
from scoring.rounding import half_up, printed

ROLES = ("superior", "peer", "subordinate")
RATINGS: Schema = {
    "employee": pl.Int32(),  # who is rated
    "role": pl.String(),  # of the rater: one of ROLES
    "value": pl.Int64(),  # hundredths, 0 to 120.00
}
RATED: Schema = {
    "employee": pl.Int32(),
    "behaviour": pl.Int64(),  # hundredths; null = the superior has not rated
    "consulted": pl.Boolean(),  # peers or subordinates count
    "told": pl.String(),  # "60,00 % superior 90,00 + 40,00 % peer (3) 80,00"
}


def behaviour(ratings: pl.DataFrame, weights: Mapping[str, int], fewest: int) -> pl.DataFrame:
    """The weighted mean of the means of each role.

    ratings: RATINGS; weights: share of each role, hundredths of a percent; fewest: peers, or subordinates, below which
    their mean is neither shown nor counted, because a total would tell it. The shares of those that count are then
    taken as the whole. → RATED, by employee.
    """
    means = (
        checked(ratings, RATINGS, "behaviour")
        .group_by("employee", "role")
        .agg(mean=half_up(pl.col("value").sum(), pl.len().cast(pl.Int64)), raters=pl.len())
        .with_columns(weight=pl.col("role").replace_strict(weights, default=0, return_dtype=pl.Int64))
        .filter((pl.col("weight") > 0) & ((pl.col("role") == "superior") | (pl.col("raters") >= fewest)))
        .with_columns(order=pl.col("role").replace_strict({role: n for n, role in enumerate(ROLES)}))
        .sort("employee", "order")
    )
    rated = means.group_by("employee", maintain_order=True).agg(
        superior=(pl.col("role") == "superior").any(),
        consulted=(pl.col("role") != "superior").any(),
        mean=half_up((pl.col("mean") * pl.col("weight")).sum(), pl.col("weight").sum()),
        told=_told().str.join(" + "),
    )
    return checked(rated.with_columns(behaviour=pl.when("superior").then("mean")), RATED, "behaviour")


def _told() -> pl.Expr:
    """Share, role, how many, mean: "40,00 % peer (3) 80,00"."""
    return pl.format("{} % {} ({}) {}", printed(pl.col("weight")), "role", "raters", printed(pl.col("mean")))
