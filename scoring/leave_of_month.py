"""What a month takes for absences beside its days: once a month, in proportion, of the whole allowance."""

from dataclasses import dataclass

import polars as pl

from config.absences import absence_kinds
from scoring.frames import PUNCH_KEY, STEP_KIND, STEPS, Schema, checked
from scoring.laws import PeriodLaw
from scoring.leave import CITATION, PRICED
from scoring.rounding import FULL, half_up, printed

MONTHLY: Schema = {"employee": pl.Int32(), "of": pl.String(), "percent": pl.Int32()}
"""What a month takes for absences beside its days, of the base and of the whole allowance; null = not known."""
PART_PAID: Schema = {"employee": pl.Int32(), "kept": pl.Int64(), "of_month": pl.Int64()}
"""Who is not paid for all working days of a month: days paid and all of them, ten-thousandths; null = not known."""


@dataclass(frozen=True, slots=True)
class LeaveOfMonth:
    """What a month takes for absences beside its days.

    taken: MONTHLY, what is subtracted; steps: STEPS with day null; part_paid: PART_PAID, what is multiplied after all
    else.
    """

    taken: pl.DataFrame
    steps: pl.DataFrame
    part_paid: pl.DataFrame


def monthly(days: pl.DataFrame, working: int | None, law: PeriodLaw) -> LeaveOfMonth:
    """What a month takes for absences beside its days.

    days: PRICED, the employees' absences on the days of the month that are judged; working: its working days, judged or
    not, None where the calendar does not say; law: of the month. Once a month: the highest percentage that the days of
    a kind reach. In proportion: the sum of its days ÷ working days.
    """
    taken = checked(days, PRICED, "monthly").filter(pl.col("work")).with_columns(of=_taken_of(law))
    taken = taken.filter((pl.col("each") != "day") | (pl.col("of") == "whole"))
    known = pl.col("percent").null_count() == 0
    per_kind = (
        taken.sort("employee", "day")
        .group_by("employee", "absence", "each", "of", maintain_order=True)
        .agg(
            most=pl.when(known).then(pl.col("percent").max()),
            sum=pl.when(known).then(pl.col("percent").cast(pl.Int64).sum()),
            days=pl.len(),
            **{name: pl.col(name).last() for name in ("code", "document", *CITATION)},
        )
        .with_columns(
            percent=pl.when(pl.col("each") == "share")
            .then(half_up(pl.col("sum"), working) if working else None)
            .when(pl.col("each") == "month")
            .then("most")
            .otherwise("sum")
            .cast(pl.Int32)
        )
    )
    left = pl.col("of") == "left"
    sums = per_kind.filter(~left).group_by("employee", "of").agg(percent=_known_sum("percent"))
    return LeaveOfMonth(
        checked(sums.sort("employee", "of"), MONTHLY, "monthly"),
        _steps(per_kind, working, law.basis),
        _part_paid(per_kind.filter(left), working),
    )


def _known_sum(column: str) -> pl.Expr:
    return pl.when(pl.col(column).null_count() == 0).then(pl.col(column).sum())


def _taken_of(law: PeriodLaw) -> pl.Expr:
    """What an absence takes from: "base", "whole" where that is another, or "left", what all else leaves of the whole.

    Days for which the allowance is not paid are no deduction from it: they leave the paid days' share of what it is.
    """
    whole, apart = pl.col("of") == "whole", pl.lit(law.rulebook.base == "attendance component")
    return (
        pl.when(whole & (pl.col("each") == "share"))
        .then(pl.lit("left"))
        .when(whole & apart)
        .then(pl.lit("whole"))
        .otherwise(pl.lit("base"))
    )


def _part_paid(unpaid: pl.DataFrame, working: int | None) -> pl.DataFrame:
    month = pl.lit(working * FULL if working else None, pl.Int64)
    part = unpaid.group_by("employee").agg(unpaid=_known_sum("sum"))
    part = part.select("employee", kept=(month - pl.col("unpaid")).clip(lower_bound=0), of_month=month)
    return checked(part.sort("employee"), PART_PAID, "monthly")


def _steps(per_kind: pl.DataFrame, working: int | None, basis: str) -> pl.DataFrame:
    words = {kind.name: kind.words["en"] for kind in absence_kinds().values()}
    word = pl.col("absence").replace_strict(words, return_dtype=pl.String)
    figure = (
        pl.when(pl.col("each") == "share")
        .then(pl.format("{} / {} working days", printed(pl.col("sum")).fill_null("?"), pl.lit(working or "?")))
        .when(pl.col("each") == "month")
        .then(pl.format("the highest of {} days", "days"))
        .otherwise(pl.format("the sum of {} days", "days"))
    )
    of = (
        pl.when(pl.col("of") == "left")
        .then(pl.lit(", of what is left of the whole allowance"))
        .when(pl.col("of") == "whole")
        .then(pl.lit(", of the whole allowance"))
        .otherwise(pl.lit(""))
    )
    return checked(
        per_kind.with_columns(
            day=pl.lit(None, pl.Date),
            kind=pl.lit("leave_of_month", STEP_KIND),
            minutes=pl.lit(None, pl.Int32),
            formula=pl.format("{}: {}{}", word, figure, of),
            basis=pl.when(pl.col("basis") == "").then(pl.lit(basis)).otherwise("basis"),
            hours=pl.lit(""),
            punches=pl.lit([], pl.List(PUNCH_KEY)),
        ).sort("employee", "absence", maintain_order=True),
        STEPS,
        "monthly",
    )
