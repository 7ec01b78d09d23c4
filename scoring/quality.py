"""The quality of work in a name: BKN's bands of DES 2.0."""

from collections.abc import Sequence

import polars as pl

from config.kinds.evaluation import Quality
from scoring.rounding import half_up


def quality(marks: pl.Expr) -> pl.Expr:
    """The mean of marks (0 to 100), whole, half up; null where there is none."""
    count = marks.count().cast(pl.Int64)
    return pl.when(count > 0).then(half_up(marks.sum().cast(pl.Int64), count))


def band(mark: pl.Expr, bands: Sequence[Quality]) -> pl.Expr:
    """The name of a whole mark; bands: highest first, the last from 0. Null where the mark is."""
    named = pl.lit(None, pl.String)
    for one in reversed(bands):
        named = pl.when(mark >= one.start).then(pl.lit(one.name)).otherwise(named)
    return named
