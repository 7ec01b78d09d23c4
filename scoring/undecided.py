"""Days that cannot be judged yet: a scan is lacking, and a terminal may still hold it."""

from datetime import date, datetime
from typing import TypedDict

import polars as pl

from scoring.frames import PUNCH_KEY, STEP_KIND, STEPS, TERMINALS, WALL, WANTED, WORK_DAYS, Schema, checked

SYNCED: Schema = {
    "employee": pl.Int32(),
    "terminal": pl.Int32(),
    "valid_from": pl.Date(),
    "valid_until": pl.Date(),  # excluded; null = still
    "synced_until": WALL,  # UTC; everything punched on the terminal before is known; null = nothing is
    "retired_at": WALL,  # UTC; since when the terminal is out of use; null = it is in use
}
"""Where each employee is enrolled, and how far those terminals are synced."""
WAITING: Schema = WANTED | {"terminal": pl.Int32(), "until": WALL}
"""Employee-days that wait for a terminal to be synced until an instant (UTC)."""
STORED: Schema = WAITING | {"overruled": pl.Boolean()}
"""WAITING as it is stored; overruled: judged all the same."""
HELD: Schema = WAITING | {"retired_at": WALL}
"""WAITING, with the terminals that are out of use and therefore waited for no more."""
NONE_UNSEEN = pl.DataFrame(schema=WANTED)


class WaitedFor(TypedDict):
    """A terminal that holds days back. days: employee-days; synced_until: None = never synced."""

    terminal: str
    synced_until: datetime | None
    days: int
    employees: int
    first: date
    last: date


class WaitingDay(TypedDict):
    """A day of an employee that waits. synced_until: of the terminal least far synced; None = one never was."""

    day: date
    terminals: list[str]
    synced_until: datetime | None


def waiting(
    work_days: pl.DataFrame, synced: pl.DataFrame, time_zone: str, unseen: pl.DataFrame = NONE_UNSEEN
) -> pl.DataFrame:
    """The days with a scan missing that end after what a terminal of the employee is synced until.

    work_days: WORK_DAYS; synced: SYNCED; time_zone: IANA name of the unit; unseen: WANTED where the scan at an assembly
    is missing. Else a day with both scans waits for nothing, unless its shift ends on the next day; nor does
    one of an employee who is enrolled nowhere, nor one that began after a terminal went out of use. → HELD, a day with
    several shifts once, until the last of them ends.
    """
    tomorrow = (pl.col("day") + pl.duration(days=1)).cast(WALL)
    lacking = (
        checked(work_days, WORK_DAYS, "waiting")
        .join(unseen.select(WANTED.keys()).unique().with_columns(unseen=True), on=["employee", "day"], how="left")
        .filter(
            (pl.col("kind") == "work")
            & (
                pl.col("first_in").is_null()
                | pl.col("last_out").is_null()
                | (pl.col("expected_out") > tomorrow)
                | pl.col("unseen").fill_null(value=False)
            )
        )
    )
    ended = lacking.select(
        *WANTED.keys(),
        begun=_instant(pl.col("day").cast(WALL), time_zone),
        until=_instant(pl.max_horizontal(tomorrow, "expected_out"), time_zone),
    )
    enrolled = ended.join(checked(synced, SYNCED, "waiting"), on="employee").filter(
        (pl.col("day") >= pl.col("valid_from"))
        & (pl.col("valid_until").is_null() | (pl.col("day") < pl.col("valid_until")))
        & (pl.col("synced_until").is_null() | (pl.col("synced_until") < pl.col("until")))
        & (pl.col("retired_at").is_null() | (pl.col("begun") <= pl.col("retired_at")))
    )
    once = enrolled.group_by(*WANTED, "terminal").agg(pl.col("until").max(), pl.col("retired_at").first())
    return checked(once, HELD, "waiting").sort("employee", "day", "terminal")


def _instant(local: pl.Expr, zone: str) -> pl.Expr:
    """Of a wall-clock time, in UTC; where a clock change makes it two, or none, the later one."""
    first, next_hour = (
        time.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
        for time in (local, local + pl.duration(hours=1))
    )
    return pl.coalesce(first, next_hour).dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def not_waited(overruled: pl.DataFrame, terminals: pl.DataFrame, basis: str) -> pl.DataFrame:
    """A step for each day that was judged although it waits, naming the terminals. overruled: HELD. → STEPS."""
    named = (
        checked(overruled, HELD, "not_waited")
        .join(checked(terminals, TERMINALS, "not_waited"), on="terminal")
        .with_columns(
            pl.when(pl.col("retired_at").is_null())
            .then("name")
            .otherwise(pl.format("{} (out of use since {})", "name", pl.col("retired_at").dt.date()))
            .alias("name")
        )
        .group_by("employee", "day")
        .agg(pl.col("name").sort().str.join(", "))
        .sort("employee", "day")
    )
    text = {column: pl.lit("") for column in ("code", "table", "law", "article", "in_force", "in_force_known", "hours")}
    steps = named.with_columns(
        kind=pl.lit("not_waited", STEP_KIND),
        minutes=pl.lit(None, pl.Int32),
        percent=pl.lit(0, pl.Int32),
        formula=pl.format("not synced: {}", "name"),
        basis=pl.lit(basis),
        punches=pl.lit([], pl.List(PUNCH_KEY)),
        **text,
    )
    return checked(steps, STEPS, "not_waited")
