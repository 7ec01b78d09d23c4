"""Discipline: on which day absences without reason reach what the law provides. It flags, and deducts nothing."""

import polars as pl

from config.kinds.discipline import Sanctions, Threshold
from scoring.frames import Schema, checked

STATE = pl.Enum(["absent", "there", "undecided"])
DUTIES: Schema = {
    "employee": pl.Int32(),
    "day": pl.Date(),
    "state": STATE,  # there: came, or was excused
    "minutes": pl.Int32(),  # late and left early
}
"""Working days, one row each. A day on which nobody was expected is none of them."""
FLAGS: Schema = {
    "employee": pl.Int32(),
    "day": pl.Date(),  # on which it was reached
    "sanction": pl.String(),  # a name of config.kinds.discipline.SANCTIONS
    "reached": pl.Int32(),  # days of absence, minutes that count as days among them
    "minutes": pl.Int32(),  # summed over the year, where they count; else 0
    "cut": pl.Int32(),  # hundredths of a percent that the law provides; null = no cut
    "months": pl.Int32(),  # for so long; null = not said
    "days": pl.List(pl.Date),  # of absence that it rests on
}


def flags(duties: pl.DataFrame, sanctions: Sanctions, year: int, minutes_a_day: int | None = None) -> pl.DataFrame:
    """FLAGS reached in a year, by employee, day and sanction.

    duties: DUTIES of the year, and of some weeks before it where a run may begin there. Days of absence are summed from
    1 January. Days in a row run over free days; a day there, excused or not decided yet ends them. minutes_a_day: so
    many minutes late or left early count as a day; None = they do not.
    """
    days = checked(duties, DUTIES, "flags").sort("employee", "day")
    found = pl.concat([_in_a_year(days, sanctions.in_a_year, year, minutes_a_day), _in_a_row(days, sanctions.in_a_row)])
    return checked(found.filter(pl.col("day").dt.year() == year), FLAGS, "flags").sort("employee", "day", "sanction")


def _in_a_year(
    days: pl.DataFrame, thresholds: tuple[Threshold, ...], year: int, minutes_a_day: int | None
) -> pl.DataFrame:
    absent = pl.col("state") == "absent"
    counted = pl.col("minutes").cum_sum().over("employee") if minutes_a_day else pl.lit(0, pl.Int32)
    sums = (
        days.filter(pl.col("day").dt.year() == year)
        .with_columns(
            absences=absent.cast(pl.Int32).cum_sum().over("employee"),
            minutes=counted.cast(pl.Int32),
            known=pl.when(absent).then("day"),
        )
        .with_columns(reached=pl.col("absences") + pl.col("minutes") // (minutes_a_day or 1))
        .with_columns(before=pl.col("reached").shift(1).over("employee").fill_null(0))
    )
    crossed = sums.join(_table(thresholds), how="cross").filter(
        (pl.col("before") < pl.col("at")) & (pl.col("reached") >= pl.col("at"))
    )
    return _with_days(crossed, sums.filter(absent), "absences")


def _in_a_row(days: pl.DataFrame, threshold: Threshold) -> pl.DataFrame:
    absent = pl.col("state") == "absent"
    runs = (
        days.with_columns(run=(~absent).cast(pl.Int32).cum_sum().over("employee"))
        .filter(absent)
        .with_columns(reached=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("employee", "run"))
    )
    reached = runs.join(_table((threshold,)), how="cross").filter(pl.col("reached") == pl.col("at"))
    listed = runs.with_columns(absences="reached", minutes=pl.lit(0, pl.Int32))
    return _with_days(
        reached.with_columns(absences="reached", minutes=pl.lit(0, pl.Int32)), listed, "absences", ("run",)
    )


def _with_days(reached: pl.DataFrame, absences: pl.DataFrame, number: str, by: tuple[str, ...] = ()) -> pl.DataFrame:
    """FLAGS with the absences that each rests on: those of the employee with a number up to its own."""
    named = absences.select("employee", *by, pl.col(number).alias("upto"), pl.col("day").alias("absent_on"))
    rested = (
        reached.join(named, on=["employee", *by], how="left")
        .filter((pl.col("upto") <= pl.col(number)) | pl.col("upto").is_null())
        .group_by("employee", "day", "sanction", "reached", "minutes", "cut", "months")
        .agg(days=pl.col("absent_on").drop_nulls().sort())
    )
    # A flag that only minutes reach rests on no day.
    lacking = reached.join(rested, on=["employee", "day", "sanction"], how="anti").with_columns(
        days=pl.lit([], pl.List(pl.Date))
    )
    return pl.concat([rested.select(FLAGS.keys()), lacking.select(FLAGS.keys())])


def _table(thresholds: tuple[Threshold, ...]) -> pl.DataFrame:
    rows = [(one.days, one.sanction, one.cut, one.months) for one in thresholds]
    schema = {"at": pl.Int32, "sanction": pl.String, "cut": pl.Int32, "months": pl.Int32}
    return pl.DataFrame(rows, schema=schema, orient="row")
