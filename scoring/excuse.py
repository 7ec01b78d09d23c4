"""Absences with a document: which one holds on a day, and the how-manieth day of it that is."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

import polars as pl

from config.absences import absence_kinds
from config.dated import NotInForceError
from scoring.frames import WANTED, Schema, checked

ABSENCES: Schema = {
    "employee": pl.Int32(),
    "absence": pl.String(),  # name of a kind in config/absence_kinds.toml
    "first": pl.Date(),
    "last": pl.Date(),  # included
    "child": pl.Int16(),  # which child it is for; null where that does not matter
    "document": pl.String(),
}
"""Letters that allow an absence."""
COUNTED: Schema = {"day": pl.Date(), "work": pl.Boolean(), "worked": pl.Int32()}
"""Every day from the first whose law is known: whether it is a working day, and how many there were up to it."""
HELD: Schema = WANTED | {
    "absence": pl.String(),
    "child": pl.Int16(),
    "document": pl.String(),
    "began": pl.Date(),  # first day of the run that the letter belongs to
    "working": pl.Int32(),  # which working day of the run this is, from 1; null where the calendar does not reach back
    "calendar": pl.Int32(),  # which calendar day
    "months": pl.Int32(),  # which month
    "work": pl.Boolean(),
}
"""The one absence that holds on each employee-day that has any."""
ONE_DAY = timedelta(days=1)


def counted(is_work: Callable[[date], bool], first: date, last: date) -> pl.DataFrame:
    """COUNTED up to last, from first or the first day after which the calendar (is_work) says something of each.

    is_work: raises NotInForceError about a day that it does not know.
    """
    rows: list[tuple[date, bool]] = []
    day = last
    while day >= first:
        try:
            rows.append((day, is_work(day)))
        except NotInForceError:
            break
        day -= ONE_DAY
    frame = pl.DataFrame(rows[::-1], schema={"day": pl.Date, "work": pl.Boolean}, orient="row")
    return checked(frame.with_columns(worked=pl.col("work").cast(pl.Int32).cum_sum()), COUNTED, "counted")


def held(absences: pl.DataFrame, days: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """HELD of the days first … last, both included, by employee and day.

    absences: ABSENCES; days: COUNTED, from before the first of them where the calendar is known. Of letters that
    overlap the kind that stands highest in config/absence_kinds.toml holds, of one kind the one that begins first.
    Letters of one kind (and child) between which no working day lies are one run, counted from its first day on.
    """
    checked(days, COUNTED, "held")
    strongest = {name: kind.priority for name, kind in absence_kinds().items()}
    each = (
        _with_runs(checked(absences, ABSENCES, "held"), days)
        .filter((pl.col("first") <= last) & (pl.col("last") >= first))
        .with_columns(
            day=pl.date_ranges(pl.max_horizontal("first", pl.lit(first)), pl.min_horizontal("last", pl.lit(last))),
            priority=pl.col("absence").replace_strict(strongest, return_dtype=pl.Int32),
        )
        .explode("day")
        .sort("employee", "day", "priority", "first", "document", "last", "child")
        .unique(["employee", "day"], keep="first", maintain_order=True)
    )
    by_day = each.join(days, on="day", how="left", maintain_order="left")
    return checked(
        by_day.with_columns(
            calendar=((pl.col("day") - pl.col("began")).dt.total_days() + 1).cast(pl.Int32),
            months=_months(),
            working=(pl.col("worked") - pl.col("worked_before")).cast(pl.Int32),
            work=pl.col("work").fill_null(value=False),
        ),
        HELD,
        "held",
    )


def _months() -> pl.Expr:
    """The n-th month of the run: a new one begins on the day of the month on which the run began."""
    whole = (pl.col("day").dt.year() - pl.col("began").dt.year()) * 12 + (
        pl.col("day").dt.month().cast(pl.Int32) - pl.col("began").dt.month().cast(pl.Int32)
    )
    # The 31st of a month without one is its last day.
    reached = pl.min_horizontal(pl.col("began").dt.day(), pl.col("day").dt.month_end().dt.day())
    return (whole + (pl.col("day").dt.day() >= reached).cast(pl.Int32)).cast(pl.Int32)


def _with_runs(absences: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Adds `began`, and `worked_before`: the working days up to the day before it, null where that is not known."""
    sorted_ = absences.sort("employee", "absence", "child", "first", "last", "document")
    own = ["employee", "absence", "child"]
    gaps = sorted_.with_columns(before=pl.col("last").cum_max().shift(1).over(own))
    gaps = _worked(_worked(gaps, days, "first", "until"), days, "before", "since", of_day=True)
    # No day between needs no calendar to be seen.
    apart = (pl.col("until") - pl.col("since") > 0).fill_null(value=True)
    follows = (pl.col("before") + ONE_DAY >= pl.col("first")) | ~apart
    begins = ~follows.fill_null(value=False)
    runs = gaps.with_columns(run=begins.cast(pl.Int32).cum_sum()).with_columns(began=pl.col("first").min().over("run"))
    return _worked(runs, days, "began", "worked_before").drop("before", "until", "since", "run")


def _worked(frame: pl.DataFrame, days: pl.DataFrame, column: str, name: str, *, of_day: bool = False) -> pl.DataFrame:
    """Adds the working days up to the day before a date, or up to the day itself; null where the calendar is silent."""
    own = pl.col("worked") if of_day else pl.col("worked") - pl.col("work").cast(pl.Int32)
    known = days.select(pl.col("day").alias(column), own.alias(name))
    return frame.join(known, on=column, how="left", maintain_order="left")


def earliest(absences: pl.DataFrame) -> date | None:
    """The first day of any of the letters."""
    found: Iterable[date | None] = absences["first"].sort().head(1).to_list()
    return next(iter(found), None)
