"""Proportional flexible hours: the end of a day moves with its beginning (PMK 221/PMK.01/2021)."""

from collections.abc import Sequence

import polars as pl

from scoring.frames import FLEXIBLE, checked
from scoring.workday import RESOLVED, minutes_missed


def flexible(resolved: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """RESOLVED with the hours as they moved, and minutes late and early against these.

    resolved: RESOLVED; rules: FLEXIBLE of the sets of laws that have it; days of others stay as they are. Late is who
    comes after the latest beginning; without a scan in nothing moves. The middle stays that of the usual hours.
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
            expected_in=pl.when(applies).then(pl.col("expected_in") + moved).otherwise("expected_in"),
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


def usual() -> tuple[pl.Expr, pl.Expr]:
    """Of RESOLVED: begin and end of the hours before they moved, as "07:30"."""
    hours = pl.col("expected_out") - pl.col("expected_in")
    half = pl.duration(microseconds=hours.dt.total_microseconds() // 2)
    begin, end = pl.col("middle") - half, pl.col("middle") - half + hours
    return hour(begin), hour(end)


def moved_to(side: str, laws: Sequence[int]) -> pl.Expr:
    """What a step about the hours adds where they move, "" by laws that do not have it. side: in, out."""
    begin, end = usual()
    came = pl.format("in {}", pl.col("first_in").dt.strftime("%H:%M:%S")).fill_null("no scan in")
    told = (
        pl.format("; flexible hours of {}-{}: in until {}", begin, end, hour(pl.col("expected_in")))
        if side == "in"
        else pl.format("; flexible hours of {}-{}: {}, so out from {}", begin, end, came, hour(pl.col("expected_out")))
    )
    return pl.when(pl.col("laws").is_in(list(laws))).then(told).otherwise(pl.lit(""))


def hour(at: pl.Expr) -> pl.Expr:
    """A clock without seconds where there are none."""
    return at.dt.strftime("%H:%M:%S").str.strip_suffix(":00")
