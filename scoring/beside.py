"""Beside scans and leave: leaving the post in working hours, assemblies (apel), corrections."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from scoring.corrected import CORRECTIONS
from scoring.frames import EXITS, MISSED, WALL, WANTED, Schema, checked
from scoring.workday import PLACED, RESOLVED, duty

AWAY: Schema = {"employee": pl.Int32(), "left": WALL, "returned": WALL, "allowed": pl.Boolean()}
"""Each time that somebody left the post, and whether a letter allows it; wall-clock times of the unit."""
ASSEMBLED: Schema = WANTED | {
    "assembly": pl.String(),
    "begins": WALL,  # the window in which a punch proves presence, as the next; null = there is none
    "ends": WALL,  # the minute that it begins is within the window
    "listed": pl.Boolean(),  # whether the list says that the employee attended; null = a punch has to say it
}
"""Each assembly that an employee was to attend."""
BREAK_OUT, BREAK_IN = 2, 3
"""Keys of a terminal."""
A_MINUTE = pl.duration(minutes=1)


@dataclass(frozen=True, slots=True)
class Beside:
    """away: AWAY; assembled: ASSEMBLED; corrections: CORRECTIONS."""

    away: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=AWAY))
    assembled: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ASSEMBLED))
    corrections: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CORRECTIONS))


NOTHING_BESIDE = Beside()


def gaps(seen: pl.DataFrame, resolved: pl.DataFrame, laws: Sequence[int], away: pl.DataFrame) -> pl.DataFrame:
    """Exits that the keys of terminals tell: from the first break-out to the break-in that follows.

    seen: PLACED punches of these duties; resolved: RESOLVED; laws: the sets of versions by which keys tell it; away:
    AWAY, what is known otherwise; a gap that touches one of them is told by it. → AWAY.
    """
    counted = resolved.filter(pl.col("laws").is_in(list(laws))).select(duty=duty("employee", pl.col("day")))
    keys = (
        checked(seen, PLACED, "gaps")
        .filter(pl.col("state").is_in([BREAK_OUT, BREAK_IN]))
        .join(counted, on="duty", how="semi")
        .sort("duty", "at", "state")
        .filter(pl.col("state").ne_missing(pl.col("state").shift(1).over("duty")))
        .with_columns(returned=pl.col("at").shift(-1).over("duty"))
    )
    told = keys.filter((pl.col("state") == BREAK_OUT) & pl.col("returned").is_not_null()).select(
        "employee", pl.col("at").alias("left"), "returned", allowed=pl.lit(value=False)
    )
    known = told.join(away, on="employee", suffix="_known").filter(
        (pl.col("left") < pl.col("returned_known")) & (pl.col("left_known") < pl.col("returned"))
    )
    return checked(told.join(known, on=["employee", "left"], how="anti"), AWAY, "gaps")


def exits(away: pl.DataFrame, resolved: pl.DataFrame) -> pl.DataFrame:
    """The part of each exit without a letter that lies within the hours expected and between the scans of the duty.

    away: AWAY; resolved: RESOLVED, one shift a day. → EXITS. What is late or left early anyway is not counted twice.
    Seconds are dropped.
    """
    here = checked(resolved, RESOLVED, "exits").filter(~pl.col("absent") & pl.col("expected_in").is_not_null())
    within = (
        checked(away, AWAY, "exits")
        .filter(~pl.col("allowed"))
        .join(here.select(*WANTED.keys(), "expected_in", "expected_out", "first_in", "last_out"), on="employee")
        .with_columns(
            left=pl.max_horizontal("left", "expected_in", "first_in"),
            returned=pl.min_horizontal("returned", "expected_out", "last_out"),
        )
        .filter(pl.col("left") < pl.col("returned"))
        .with_columns(minutes=(pl.col("returned") - pl.col("left")).dt.total_minutes().cast(pl.Int32))
    )
    return checked(within, EXITS, "exits").sort("employee", "day", "left")


def missed(assembled: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """The assemblies that their employees did not attend, and how that is known.

    assembled: ASSEMBLED; placed: PLACED punches of at least these days. → MISSED.
    """
    every = checked(assembled, ASSEMBLED, "missed").with_row_index("at_row")
    by_punch = every.filter(pl.col("listed").is_null())
    seen = (
        checked(placed, PLACED, "missed")
        .select("employee", "at")
        .join(by_punch, on="employee")
        .filter((pl.col("at") >= pl.col("begins")) & (pl.col("at") < pl.col("ends") + A_MINUTE))
    )
    begins, ends = (pl.col(name).dt.strftime("%H:%M") for name in ("begins", "ends"))
    said = (
        pl.when(pl.col("listed").is_null())
        .then(pl.format("{} {}-{}: no scan within it", "assembly", begins, ends))
        .otherwise(pl.format("{}: not on its list", "assembly"))
    )
    absent = every.filter(~pl.col("listed").fill_null(value=False)).join(seen.select("at_row"), on="at_row", how="anti")
    return checked(absent.with_columns(assembly=said), MISSED, "missed").sort("employee", "day", "assembly")


def unseen(steps: pl.DataFrame, beside: Beside) -> pl.DataFrame:
    """WANTED: the days on which an assembly that a punch has to prove was missed, by their steps (STEPS)."""
    by_punch = beside.assembled.filter(pl.col("listed").is_null())
    told = steps.filter(pl.col("kind").is_in(["assembly", "assembly_after_lebaran"])).select(WANTED.keys()).unique()
    return told.join(by_punch, on=["employee", "day"], how="semi")
