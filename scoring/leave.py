"""What an absence costs: the row of the leave table for each day of it, and what the month takes beside its days."""

from dataclasses import astuple
from datetime import date

import polars as pl

from config.absences import absence_kinds
from config.kinds.leave import LeaveRow
from config.rulebook_tables import LEAVE
from config.rulebooks import Rulebook
from scoring.excuse import HELD
from scoring.frames import STEP_KIND, Schema, checked
from scoring.laws import citation
from scoring.workday import RESOLVED

CITATION: Schema = {
    "table": pl.String(),
    "law": pl.String(),
    "article": pl.String(),
    "in_force": pl.String(),
    "in_force_known": pl.String(),
    "basis": pl.String(),
}
RULES: Schema = {
    "day": pl.Date(),
    "absence": pl.String(),
    "from_child": pl.Int32(),
    "to_child": pl.Int32(),
    "start": pl.Int32(),
    "below": pl.Int32(),
    "counted": pl.String(),
    "percent": pl.Int32(),
    "each": pl.String(),
    "of": pl.String(),
    "scans": pl.String(),
    "counts": pl.String(),  # how, for a formula
    "reading": pl.String(),  # whether the text says so
} | CITATION
"""The rows of the leave table in force on each day."""
PRICED: Schema = (
    HELD
    | {
        "code": pl.String(),
        "scans": pl.String(),  # those that the day needs: none, one, both, in, out
        "percent": pl.Int32(),  # null = not known
        "each": pl.String(),
        "of": pl.String(),
        "formula": pl.String(),
    }
    | CITATION
)
"""HELD with the row of the leave table that each day falls under."""
NO_ABSENCES = pl.DataFrame(schema=PRICED)
UNITS = {"working": "working day", "calendar": "calendar day", "months": "month"}


def rules(book: Rulebook, days: list[date]) -> pl.DataFrame:
    """RULES of these days; a day for which the rulebook has no leave table has none."""
    rows: list[tuple[object, ...]] = []
    for day in days:
        version = book.on(LEAVE, day)
        if version is not None:
            cited = (LEAVE.name, *citation(version.law))
            rows += [(day, *_rule(row, known=version.content.counted_known), *cited) for row in version.content.rows]
    return pl.DataFrame(rows, schema=RULES, orient="row")


def _rule(row: LeaveRow, *, known: bool) -> tuple[object, ...]:
    kind, children, *rest = astuple(row)
    reading = "" if known else "; our reading of a text that says only days"
    return (kind, *(children or (None, None)), *rest, UNITS[row.counted], reading)


def priced(held: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """PRICED: held (HELD) under the rows of the table (RULES) that the n-th day and the child fall under.

    A kind that the table does not name costs nothing where it is duty, else its rate is missing; so is it where the
    calendar does not reach back to the first day, or the rows end before this day.
    """
    kinds = absence_kinds()
    defaults = pl.DataFrame(
        [(kind.name, kind.code, kind.duty, kind.scans, kind.words["en"]) for kind in kinds.values()],
        schema={"absence": pl.String, "code": pl.String, "duty": pl.Boolean, "usual": pl.String, "word": pl.String},
        orient="row",
    )
    checked(held, HELD, "priced")
    ruled = held.join(_matching(held, table), on=["employee", "day"], how="left", maintain_order="left").join(
        defaults, on="absence", how="left", maintain_order="left"
    )
    unruled = pl.col("each").is_null()
    by_work = table.filter(pl.col("counted") == "working").select("day", "absence").unique().with_columns(by_work=True)
    ruled = ruled.join(by_work, on=["day", "absence"], how="left", maintain_order="left")
    uncounted = (pl.col("by_work") & pl.col("working").is_null() & unruled).fill_null(value=False)
    return checked(
        ruled.with_columns(uncounted=uncounted).with_columns(
            percent=pl.when(unruled & pl.col("duty") & ~pl.col("uncounted"))
            .then(0)
            .otherwise("percent")
            .cast(pl.Int32),
            each=pl.col("each").fill_null("day"),
            of=pl.col("of").fill_null("base"),
            scans=pl.coalesce("scans", "usual"),
            formula=_formula(unruled),
            **{name: pl.col(name).fill_null("") for name in CITATION},
        ),
        PRICED,
        "priced",
    )


def _matching(held: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Employee, day, n and the columns of the one row of the table that the day falls under, where there is one."""
    number = (
        pl.when(pl.col("counted") == "months")
        .then("months")
        .when(pl.col("counted") == "calendar")
        .then("calendar")
        .otherwise("working")
    )
    inside = (pl.col("n") >= pl.col("start")) & (pl.col("below").is_null() | (pl.col("n") < pl.col("below")))
    whole = (pl.col("start") == 1) & pl.col("below").is_null()
    own_child = (pl.col("child").cast(pl.Int32) >= pl.col("from_child")) & (
        pl.col("to_child").is_null() | (pl.col("child").cast(pl.Int32) <= pl.col("to_child"))
    )
    return (
        held.join(checked(table, RULES, "priced"), on=["day", "absence"])
        .with_columns(n=number)
        .filter(whole | inside, pl.col("from_child").is_null() | own_child)
        .select("employee", "day", "n", *list(RULES)[4:])
    )


def _formula(unruled: pl.Expr) -> pl.Expr:
    """In figures: "sick leave at home, letter 800/1: working day 5 in [4, ∞)"."""
    letter = pl.format("{}, letter {}", "word", "document")
    span = (
        pl.when(pl.col("below").is_null())
        .then(pl.format("[{}, ∞)", "start"))
        .otherwise(pl.format("[{}, {})", "start", "below"))
    )
    every = (pl.col("start") == 1) & pl.col("below").is_null()  # a row for all days says nothing by their number
    counted = pl.format(
        "{}: {} {} in {}{}", letter, "counts", pl.col("n").cast(pl.String).fill_null("?"), span, "reading"
    )
    nth = pl.when(every).then(letter).otherwise(counted)
    each = (
        pl.when(pl.col("each") == "month")
        .then(pl.format("{}; taken once a month", nth))
        .when(pl.col("each") == "share")
        .then(pl.format("{}; taken in proportion to the month's working days", nth))
        .when(pl.col("of") == "whole")
        .then(pl.format("{}; taken of the whole allowance", nth))
        .otherwise(nth)
    )
    unknown = "{}: began on {}, before the calendar, so that its working days cannot be counted"
    silent = (
        pl.when("uncounted")
        .then(pl.format(unknown, letter, pl.col("began").dt.to_string("%Y-%m-%d")))
        .when("duty")
        .then(pl.format("{}; the rulebook does not name it, and who works loses nothing", letter))
        .otherwise(pl.format("{}: the rulebook names no rate", letter))
    )
    return pl.when(unruled).then(silent).otherwise(each)


def excuse(resolved: pl.DataFrame, absences: pl.DataFrame) -> pl.DataFrame:
    """The days as they count under the absences (PRICED) that hold: an excused day is never absent, late or early.

    resolved: RESOLVED. A scan that is dispensed with is not missing; where one scan is enough, either does. → RESOLVED.
    """
    scans = pl.col("scans")
    came = pl.any_horizontal(pl.col("first", "first_in", "last_out").is_not_null())
    free = (scans == "none") | ((scans == "one") & came)
    no_in, no_out = free | (scans == "out"), free | (scans == "in")
    # Who comes on such a day without the scan that is still needed has it missing; who does not come at all is absent.
    days = checked(resolved, RESOLVED, "excuse").join(
        checked(absences, PRICED, "excuse").select("employee", "day", "scans"),
        on=["employee", "day"],
        how="left",
        maintain_order="left",
    )
    none = pl.lit(0, pl.Int32)
    return checked(
        days.with_columns(
            absent=pl.col("absent") & (scans.is_null() | ~free),
            minutes_late=pl.when(no_in).then(none).otherwise("minutes_late"),
            minutes_early=pl.when(no_out).then(none).otherwise("minutes_early"),
            needs_in=pl.col("needs_in") & ~no_in.fill_null(value=False),
            needs_out=pl.col("needs_out") & ~no_out.fill_null(value=False),
        ),
        RESOLVED,
        "excuse",
    )


def drafts(work: pl.DataFrame, absences: pl.DataFrame, *, of_component: bool) -> pl.DataFrame:
    """A step for each of these days (RESOLVED, with `duty`) on which an absence (PRICED) holds, also one of 0 %."""
    first_shift = work.unique(["employee", "day"], keep="first", maintain_order=True)
    return first_shift.join(absences.drop("work"), on=["employee", "day"]).with_columns(
        kind=pl.lit("leave", STEP_KIND),
        minutes=pl.lit(None, pl.Int32),
        percent=on_the_day(of_component=of_component),
        at=pl.lit(None, pl.Datetime("us")),
    )


def on_the_day(*, of_component: bool) -> pl.Expr:
    """Of PRICED: what the day itself takes of the base; the rest is taken by the month.

    of_component: the rulebook's base is the attendance component, so that the whole allowance is another base.
    """
    elsewhere = (pl.col("each") != "day") | ((pl.col("of") == "whole") & pl.lit(of_component))
    return pl.when(elsewhere).then(0).otherwise("percent").cast(pl.Int32)
