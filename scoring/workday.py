"""Punches to work days: first in, last out, missing scans, absence, minutes late and early."""

from collections.abc import Iterable

import polars as pl

from scoring.frames import DAYS, PUNCHES, TERMINALS, WALL, WANTED, checked

PLACED = PUNCHES | {"at": WALL, "duty": pl.Int64()}
"""Punches with `at`, the wall-clock time of the unit, and `duty`, the employee-day they belong to."""
RESOLVED = (
    WANTED
    | DAYS
    | {
        "first_in": WALL,
        "last_out": WALL,
        "minutes_late": pl.Int32(),
        "minutes_early": pl.Int32(),
        "absent": pl.Boolean(),
        "first": WALL,  # scan of the day, as the next; taken for an in, an out or both
        "last": WALL,
    }
)


def duty(employee: str, day: pl.Expr) -> pl.Expr:
    """Employee and day in one number: grouping and joining by it is several times as fast as by two columns."""
    return pl.col(employee).cast(pl.Int64) * 65536 + day.cast(pl.Int32)


def place(punches: pl.DataFrame, terminals: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """Punches with the wall-clock time `at` of the unit (an IANA zone) and the duty day that this falls on.

    punches: PUNCHES; terminals: TERMINALS, every terminal that occurs. → PLACED.
    """
    checked(terminals, TERMINALS, "place")
    at = pl.col("local_time")
    for (zone,), group in terminals.filter(pl.col("time_zone") != time_zone).group_by("time_zone"):
        there = pl.col("terminal").is_in(group["terminal"].to_list())
        at = pl.when(there).then(_moved(pl.col("local_time"), str(zone), time_zone)).otherwise(at)
    return (
        checked(punches, PUNCHES, "place")
        .with_columns(at=at)
        .with_columns(duty=duty("employee", pl.col("at").dt.date()))
    )


def _moved(local: pl.Expr, zone: str, to: str) -> pl.Expr:
    """Wall-clock time of another zone. An hour that a clock change skipped is read as the hour after it."""
    hour = pl.duration(hours=1)
    instants: Iterable[pl.Expr] = (
        time.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null") for time in (local, local + hour)
    )
    return pl.coalesce(instants).dt.convert_time_zone(to).dt.replace_time_zone(None)


def resolve(wanted: pl.DataFrame, days: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """What happened on each wanted employee-day.

    wanted: WANTED; days: DAYS, the law of each day; placed: PLACED. → RESOLVED, one row a wanted day, same order.
    A single scan is an in up to the middle of the expected hours (the middle included) and an out after it.
    """
    # Planned as a query, grouping takes half the time that it takes at once.
    scans = placed.lazy().group_by("duty").agg(first=pl.col("at").min(), last=pl.col("at").max()).collect()
    expected = wanted.join(days, on="day", how="left", maintain_order="left")
    met = expected.with_columns(duty=duty("employee", pl.col("day"))).join(
        scans, on="duty", how="left", maintain_order="left"
    )
    single = pl.col("last") - pl.col("first") <= pl.col("double_tap")
    only_out = (single & (pl.col("first") > pl.col("middle"))).fill_null(value=False)
    return checked(
        met.with_columns(
            first_in=pl.when(~only_out).then("first"),
            last_out=pl.when(only_out | ~single).then("last"),
            absent=pl.col("first").is_null() & (pl.col("kind") == "work"),
        ).with_columns(
            minutes_late=_minutes(pl.col("first_in") - pl.col("expected_in")),
            minutes_early=_minutes(pl.col("expected_out") - pl.col("last_out")),
        ),
        RESOLVED,
        "resolve",
    )


def _minutes(missed: pl.Expr) -> pl.Expr:
    """Whole minutes of a missed span. Where seconds count, any second missed is at least one minute."""
    seconds = missed.dt.total_seconds().clip(lower_bound=0)
    whole = seconds // 60
    counted = pl.when((seconds > 0) & (whole == 0) & pl.col("seconds_counted")).then(1).otherwise(whole)
    return counted.fill_null(0).cast(pl.Int32)
