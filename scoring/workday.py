"""Punches to work days: first in, last out, missing scans, absence, minutes late and early."""

from collections.abc import Iterable

import polars as pl

from scoring.frames import PUNCHES, TERMINALS, WALL, checked
from scoring.schedule import EXPECTED, WINDOWS
from scoring.taken import by_mode

PLACED = PUNCHES | {"at": WALL, "shift": pl.Int16(), "duty": pl.Int64()}
"""Punches with `at`, the wall-clock time of the unit, and the employee-day `duty` and its shift that they belong to."""
NO_DUTIES = pl.DataFrame(schema=EXPECTED)
RESOLVED = EXPECTED | {
    "first_in": WALL,
    "last_out": WALL,
    "minutes_late": pl.Int32(),
    "minutes_early": pl.Int32(),
    "absent": pl.Boolean(),
    "first": WALL,  # scan of the day, as the next; taken for an in, an out or both
    "last": WALL,
    "needs_in": pl.Boolean(),  # false: an absence dispenses with the scan
    "needs_out": pl.Boolean(),
}


def duty(employee: str, day: pl.Expr) -> pl.Expr:
    """Employee and day in one number: grouping and joining by it is several times as fast as by two columns."""
    return pl.col(employee).cast(pl.Int64) * 65536 + day.cast(pl.Int32)


def place(
    punches: pl.DataFrame, terminals: pl.DataFrame, time_zone: str, duties: pl.DataFrame = NO_DUTIES
) -> pl.DataFrame:
    """Punches with the wall-clock time `at` of the unit (an IANA zone) and the duty that this falls on.

    punches: PUNCHES; terminals: TERMINALS, every terminal that occurs; duties: EXPECTED. → PLACED. Who has only duties
    of whole dates is placed by the date; of others, what falls on no duty is left out.
    """
    checked(terminals, TERMINALS, "place")
    at = pl.col("local_time")
    for (zone,), group in terminals.filter(pl.col("time_zone") != time_zone).group_by("time_zone"):
        there = pl.col("terminal").is_in(group["terminal"].to_list())
        at = pl.when(there).then(_moved(pl.col("local_time"), str(zone), time_zone)).otherwise(at)
    placed = (
        checked(punches, PUNCHES, "place")
        .with_columns(at=at)
        .with_columns(shift=pl.lit(1, pl.Int16), duty=duty("employee", pl.col("at").dt.date()))
    )
    who = checked(duties, EXPECTED, "place").filter(pl.col("roster").is_not_null())["employee"].unique()
    if who.is_empty():
        return placed
    theirs = pl.col("employee").is_in(who.to_list())
    return pl.concat([placed.filter(~theirs), _on_duties(placed.filter(theirs), duties.filter(theirs))])


def _on_duties(placed: pl.DataFrame, duties: pl.DataFrame) -> pl.DataFrame:
    spans = duties.filter(pl.col("scans_from") < pl.col("scans_until")).sort("scans_from")
    return (
        placed.drop("shift", "duty")
        .sort("at")
        .join_asof(
            spans.select("employee", "scans_from", "scans_until", "day", "shift"),
            left_on="at",
            right_on="scans_from",
            by="employee",
            strategy="backward",
            check_sortedness=False,
        )
        .filter(pl.col("at") < pl.col("scans_until"))
        .with_columns(duty=duty("employee", pl.col("day")))
        .select(PLACED.keys())
    )


def _moved(local: pl.Expr, zone: str, to: str) -> pl.Expr:
    """Wall-clock time of another zone. An hour that a clock change skipped is read as the hour after it."""
    hour = pl.duration(hours=1)
    instants: Iterable[pl.Expr] = (
        time.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null") for time in (local, local + hour)
    )
    return pl.coalesce(instants).dt.convert_time_zone(to).dt.replace_time_zone(None)


def resolve(expected: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """What happened on each duty.

    expected: EXPECTED, at most one duty a day; placed: PLACED, punches of these duties. → RESOLVED, in the same order.
    A single scan is an in up to the middle of the expected hours (the middle included) and an out after it.
    """
    duties = checked(expected, EXPECTED, "resolve").with_columns(duty=duty("employee", pl.col("day")))
    # Planned as a query, grouping takes half the time that it takes at once.
    taken = placed.lazy().group_by("duty").agg(first=pl.col("at").min(), last=pl.col("at").max()).collect()
    limited = duties.filter((pl.col("mode") != "first_in_last_out") | pl.any_horizontal(pl.col(WINDOWS).is_not_null()))
    if not limited.is_empty():
        taken = pl.concat([taken.join(limited, on="duty", how="anti"), by_mode(limited, placed)])
    met = duties.join(taken, on="duty", how="left", maintain_order="left")
    single = pl.col("last") - pl.col("first") <= pl.col("double_tap")
    only_out = (single & (pl.col("first") > pl.col("middle"))).fill_null(value=False)
    return checked(
        met.with_columns(
            first_in=pl.when(~only_out).then("first"),
            last_out=pl.when(only_out | ~single).then("last"),
            absent=pl.col("first").is_null() & (pl.col("kind") == "work"),
            needs_in=pl.lit(value=True),
            needs_out=pl.lit(value=True),
        ).with_columns(
            minutes_late=minutes_missed(pl.col("first_in") - pl.col("expected_in")),
            minutes_early=minutes_missed(pl.col("expected_out") - pl.col("last_out")),
        ),
        RESOLVED,
        "resolve",
    )


def minutes_missed(missed: pl.Expr) -> pl.Expr:
    """Whole minutes of a missed span. Where seconds count, any second missed is at least one minute."""
    seconds = missed.dt.total_seconds().clip(lower_bound=0)
    whole = seconds // 60
    counted = pl.when((seconds > 0) & (whole == 0) & pl.col("seconds_counted")).then(1).otherwise(whole)
    return counted.fill_null(0).cast(pl.Int32)
