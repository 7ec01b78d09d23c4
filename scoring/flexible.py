"""Proportional flexible hours: the end of a day moves with its beginning (PMK 221/PMK.01/2021)."""

import polars as pl

from scoring.frames import FLEXIBLE, checked
from scoring.workday import RESOLVED, minutes_missed


def flexible(resolved: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """RESOLVED with the hours as they moved, and minutes late and early against these.

    resolved: RESOLVED; rules: FLEXIBLE of the sets of laws that have it; days of others stay as they are. Late is who
    comes after the latest beginning; without a scan in the end does not move.
    """
    if checked(rules, FLEXIBLE, "flexible").is_empty():
        return resolved
    came = pl.col("first_in") - pl.col("expected_in")
    moved = came.clip(-pl.col("earlier"), pl.col("later")).fill_null(pl.duration())
    applies = pl.col("earlier").is_not_null() & pl.col("expected_in").is_not_null()
    return checked(
        resolved.join(rules, on="laws", how="left", maintain_order="left")
        .with_columns(
            expected_out=pl.when(applies).then(pl.col("expected_out") + moved).otherwise("expected_out"),
            expected_in=pl.when(applies).then(pl.col("expected_in") + pl.col("later")).otherwise("expected_in"),
        )
        .with_columns(
            minutes_late=pl.when(applies)
            .then(minutes_missed(pl.col("first_in") - pl.col("expected_in")))
            .otherwise("minutes_late"),
            minutes_early=pl.when(applies)
            .then(minutes_missed(pl.col("expected_out") - pl.col("last_out")))
            .otherwise("minutes_early"),
        ),
        RESOLVED,
        "flexible",
    )
