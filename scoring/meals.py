"""Meal money: the days that earn it, and the amount a month by grade."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from config.kinds.meals import MealDays
from scoring.frames import WALL, Schema, checked
from scoring.rounding import FULL, half_up

ATTENDED: Schema = {
    "employee": pl.Int32(),
    "day": pl.Date(),
    "expected_in": WALL,
    "expected_out": WALL,
    "first_in": WALL,
    "last_out": WALL,
    "absence": pl.String(),  # kind of the absence that holds; null = none
    "grade": pl.Int32(),  # 1 to 4; null = not known
    "rate": pl.Int64(),  # sen a day; null = grade not known
    "tax": pl.Int32(),  # hundredths of a percent; null = not known
}
"""Working days, as they were attended, with what a day is worth."""
MEALS: Schema = {
    "employee": pl.Int32(),
    "days": pl.Int32(),
    "gross": pl.Int64(),  # sen; null = the grade of a day is not known
    "net": pl.Int64(),  # sen after tax; null = not known
}


def earns(rule: MealDays) -> pl.Expr:
    """Whether a row of ATTENDED earns its meal money under a rule."""
    scanned = (
        pl.col("first_in").is_not_null() & pl.col("last_out").is_not_null()
        if rule.scans == "both"
        else pl.col("first_in").is_not_null() | pl.col("last_out").is_not_null()
    )
    fits = scanned
    there = pl.col("last_out") - pl.col("first_in")
    if rule.full_hours:
        fits &= (there >= pl.col("expected_out") - pl.col("expected_in")).fill_null(value=False)
    if rule.latest_in is not None:
        fits &= (pl.col("first_in").dt.time() <= rule.latest_in).fill_null(value=True)
    if rule.most_early is not None:
        early = pl.col("expected_out") - pl.col("last_out")
        fits &= (early <= timedelta(minutes=rule.most_early)).fill_null(value=True)
    kept = pl.col("absence").is_in(list(rule.keeps)).fill_null(value=False)
    return kept | (pl.col("absence").is_null() & fits)


def meals(attended: Sequence[tuple[MealDays, pl.DataFrame]]) -> pl.DataFrame:
    """MEALS of a month, a row for each employee, by employee. attended: working days (ATTENDED) under their rules."""
    marked = pl.concat([checked(days, ATTENDED, "meals").with_columns(earned=earns(rule)) for rule, days in attended])
    taken = marked.filter("earned").with_columns(
        net=pl.col("rate") * (FULL - pl.col("tax").cast(pl.Int64)),
    )
    sums = taken.group_by("employee").agg(
        days=pl.len().cast(pl.Int32),
        gross=pl.when(pl.col("rate").null_count() == 0).then(pl.col("rate").sum()),
        net=pl.when(pl.col("net").null_count() == 0).then(half_up(pl.col("net").sum(), FULL)),
    )
    every = marked.select("employee").unique()
    nothing = pl.col("days").is_null()
    return checked(
        every.join(sums, on="employee", how="left").with_columns(
            days=pl.col("days").fill_null(0),
            gross=pl.when(nothing).then(0).otherwise("gross"),
            net=pl.when(nothing).then(0).otherwise("net"),
        ),
        MEALS,
        "meals",
    ).sort("employee")
