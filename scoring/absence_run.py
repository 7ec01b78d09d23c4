"""Absence without a break: from so many working days in a row on, one percentage for all of the month."""

import polars as pl

from config.kinds.runs import Run
from scoring.frames import ABSENT, checked


def absence_run(absent: pl.DataFrame, rule: Run) -> pl.DataFrame:
    """Of each employee who reached the run: employee, days (of the longest), first, last, percent (null = not known).

    absent: ABSENT of one period. Days on which no work was expected neither count nor break a run.
    """
    days = checked(absent, ABSENT, "absence_run").drop_nulls("absent").sort("employee", "day")
    began = pl.col("absent").ne_missing(pl.col("absent").shift(1)) | pl.col("employee").ne_missing(
        pl.col("employee").shift(1)
    )
    return (
        days.with_columns(run=began.cum_sum())
        .filter("absent")
        .group_by("employee", "run", maintain_order=True)
        .agg(days=pl.len().cast(pl.Int32), first=pl.col("day").min(), last=pl.col("day").max())
        .filter(pl.col("days") >= rule.days)
        .sort("employee", "days", descending=[False, True], maintain_order=True)
        .unique("employee", keep="first", maintain_order=True)
        .select("employee", "days", "first", "last", percent=pl.lit(rule.percent, pl.Int32))
    )
