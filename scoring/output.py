"""Work delivered ÷ work promised, capped."""

import polars as pl

from scoring.frames import RESULTS, checked
from scoring.rounding import FULL, half_up

POINTS_A_TARGET = 100
"""`points` are ten-thousandths (volume and weight are hundredths each), `target` hundredths of a point."""


def output(results: pl.DataFrame, cap: int | None) -> pl.DataFrame:
    """Output in hundredths of a percent, half up, before and after the cap.

    results: RESULTS; cap: hundredths of a percent, None = not known. → employee, points, target, reached, output.
    Without a target, or where more than all was delivered and the cap is not known, output is null: nothing is paid on
    a guess.
    """
    reached = half_up(pl.col("points") * FULL, pl.col("target") * POINTS_A_TARGET)
    return (
        checked(results, RESULTS, "output")
        .with_columns(reached=reached)
        .with_columns(output=pl.min_horizontal("reached", cap) if cap is not None else _not_above(FULL))
        .with_columns(output=pl.when(pl.col("reached").is_not_null()).then("output"))
    )


def _not_above(most: int) -> pl.Expr:
    """What every cap leaves as it is; null above."""
    return pl.when(pl.col("reached") <= most).then("reached")
