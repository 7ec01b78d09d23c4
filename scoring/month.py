"""The month: the sum of its deductions, the score, and the steps of both."""

import polars as pl

from config.kinds.rates import single
from config.rulebook_tables import ABSENCE_RUN, MONTHLY_CAP
from scoring.absence_run import absence_run
from scoring.frames import MONTH, RESULTS, SCORES, STEPS, FrameError, checked
from scoring.laws import PeriodLaw
from scoring.leave_of_month import LeaveOfMonth
from scoring.make_up import NO_LATE, beyond_quota
from scoring.performance import PERFORMANCE, components, performed, total
from scoring.performance_steps import performance_steps
from scoring.period_steps import UNKNOWN, figure, step
from scoring.rounding import FULL, half_up, printed, printed_one

MOST_POINTS = 10**14
"""Ten-thousandths of a point, as RESULTS has them."""
PART = ("kept", "of_month")
NOTHING_KNOWN = pl.DataFrame(schema=PERFORMANCE)


def score(
    month: pl.DataFrame,
    results: pl.DataFrame,
    law: PeriodLaw,
    absent: pl.DataFrame | None = None,
    leave: LeaveOfMonth | None = None,
    *,
    late: pl.DataFrame = NO_LATE,
    performance: pl.DataFrame = NOTHING_KNOWN,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores of a period and the steps of the whole period.

    month: MONTH, every work day of these employees in the period, shifts of a day in order; results: RESULTS, one row
    an employee; absent: ABSENT, the same days, where the law counts runs of absence; leave: what the month takes for
    absences beside its days; late: LATE, the same days, where the law forgives some; performance: PERFORMANCE.
    → (SCORES, STEPS with day null), ordered as results. What rests on an unknown rate, or on a target that was not
    set, is null: nothing is paid on a guess.
    """
    # More points than anybody can deliver: what is multiplied below stays within 64 bits.
    results = checked(results, RESULTS, "score").with_columns(pl.col("points", "target").clip(upper_bound=MOST_POINTS))
    if leave is not None:
        month = pl.concat([checked(month, MONTH, "score"), _beside_days(leave, law)])
    over, told_over = beyond_quota(late, law)
    month = pl.concat([month.select(MONTH.keys()), _on_last_day(over, law)])
    attended = _attendance(_in_a_row(_summed(month, results), law, absent), law)
    totalled = total(components(attended, law, performance), law)
    reckoned = performed(_less_leave(totalled, leave), law)
    steps = _steps(reckoned, law)
    told = [told_over] if leave is None else [told_over, leave.steps]
    beside = pl.concat(told).join(results, on="employee", how="semi")
    steps = pl.concat([steps, beside]).sort("employee", "kind", maintain_order=True)
    return checked(reckoned, SCORES, "score"), steps


def over_months(
    attended: pl.DataFrame, results: pl.DataFrame, law: PeriodLaw, *, performance: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores of a quarter or year and their steps: its attendance is the mean of its months'.

    attended: employee, deduction, attendance, a row a scored month; results: RESULTS; performance: PERFORMANCE.
    → (SCORES, STEPS with day null). A month that is not known leaves the attendance unknown.
    """
    results = checked(results, RESULTS, "over_months").with_columns(
        pl.col("points", "target").clip(upper_bound=MOST_POINTS)
    )
    known = attended.group_by("employee", maintain_order=True).agg(
        _mean("deduction"), _mean("attendance"), addends=figure("attendance").str.join(" + "), count=pl.len()
    )
    ready = results.join(known, on="employee", how="left", maintain_order="left")
    totalled = _less_leave(total(components(ready, law, performance), law), None)
    reckoned = performed(totalled, law)
    mean = pl.format("({}) / {}", "addends", "count")
    steps = [step(reckoned, "attendance", pl.col("attendance"), mean), *performance_steps(reckoned, law)]
    every = pl.concat(steps).with_columns(basis=pl.col("basis").fill_null(law.basis))
    ordered = checked(every.sort("employee", "kind", maintain_order=True), STEPS, "over_months")
    return checked(reckoned, SCORES, "over_months"), ordered


def _mean(column: str) -> pl.Expr:
    """Half up; null where a month's is not known."""
    summed = half_up(pl.col(column).cast(pl.Int64).sum(), pl.len().cast(pl.Int64)).cast(pl.Int32)
    return pl.when(pl.col(column).null_count() == 0).then(summed).alias(column)


def _beside_days(leave: LeaveOfMonth, law: PeriodLaw) -> pl.DataFrame:
    """MONTH: what the month takes of the base for absences, beside its days."""
    return _on_last_day(leave.taken.filter(pl.col("of") == "base"), law)


def _on_last_day(taken: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """MONTH: percentages of employees that are no day's, after those of the days."""
    return taken.select("employee", pl.lit(law.last).alias("day"), pl.col("percent").alias("deduction"))


def _less_leave(totalled: pl.DataFrame, leave: LeaveOfMonth | None) -> pl.DataFrame:
    """Adds `of_whole`, what absences take of the whole allowance beside the components, and takes it from the parts.

    Adds also `kept` of `of_month`, the part of the month that is paid at all: all of it is one of one.
    """
    totalled = totalled.with_columns(before=pl.col("parts"))
    if leave is None:
        all_paid = (pl.lit(1, pl.Int64).alias(name) for name in PART)
        return totalled.with_columns(pl.lit(0, pl.Int32).alias("of_whole"), *all_paid)
    whole = leave.taken.filter(pl.col("of") == "whole").select("employee", of_whole="percent", some=pl.lit(value=True))
    part = leave.part_paid.with_columns(part=pl.lit(value=True))
    return (
        totalled.join(whole, on="employee", how="left", maintain_order="left")
        .join(part, on="employee", how="left", maintain_order="left")
        .with_columns(of_whole=pl.when(pl.col("some").is_null()).then(0).otherwise("of_whole").cast(pl.Int32))
        .with_columns(pl.when(pl.col("part").is_null()).then(1).otherwise(name).alias(name) for name in PART)
        .with_columns(parts=(pl.col("parts") - pl.col("of_whole").cast(pl.Int64) * FULL).clip(lower_bound=0))
    )


def _summed(month: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """Adds `sum` (null where a day's deduction is not known) and `addends`, the sum in figures."""
    deducted = checked(month, MONTH, "score").filter(pl.col("deduction").ne_missing(0))
    deducted = deducted.sort("employee", "day", maintain_order=True)
    sums = deducted.group_by("employee", maintain_order=True).agg(
        sum=pl.when(pl.col("deduction").null_count() == 0).then(pl.col("deduction").sum()),
        addends=pl.when(pl.col("deduction").is_null())
        .then(UNKNOWN)
        .otherwise(printed(pl.col("deduction")))
        .str.join(" + "),
    )
    return results.join(sums, on="employee", how="left", maintain_order="left").with_columns(
        sum=pl.when(pl.col("addends").is_null()).then(0).otherwise("sum").cast(pl.Int32)
    )


def _in_a_row(summed: pl.DataFrame, law: PeriodLaw, absent: pl.DataFrame | None) -> pl.DataFrame:
    """Adds `counted`: the sum, or what the law takes instead for too many days of absence in a row; and that run.

    Raises:
        FrameError: the law counts runs of absence, and the days of absence were not handed in.
    """
    rule = law.rulebook.on(ABSENCE_RUN, law.last)
    if rule is None:
        never = {"days": pl.Int32, "first": pl.Date, "last": pl.Date}
        return summed.with_columns(pl.lit(None, kind).alias(name) for name, kind in never.items()).with_columns(
            counted="sum"
        )
    if absent is None:
        raise FrameError(f"score: {law.rulebook.name} counts days of absence in a row, but none were handed in.")
    return summed.join(
        absence_run(absent, rule.content), on="employee", how="left", maintain_order="left"
    ).with_columns(counted=pl.when(pl.col("days").is_null()).then("sum").otherwise("percent"))


def _attendance(summed: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """Adds `deduction`, after the cap if the law has one, and `attendance`: an allowance cannot fall below nothing."""
    deduction = pl.col("counted")
    version = law.rulebook.on(MONTHLY_CAP, law.last)
    if version is not None:
        cap = pl.lit(single(version.content), pl.Int32)
        deduction = (
            pl.when(deduction == 0)
            .then(0)
            .when(cap.is_not_null() & deduction.is_not_null())
            .then(pl.min_horizontal(deduction, cap))
        )
    return summed.with_columns(deduction=deduction.cast(pl.Int32)).with_columns(
        attendance=(FULL - pl.col("deduction")).clip(lower_bound=0).cast(pl.Int32)
    )


def _steps(reckoned: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """The steps of the period, by employee and kind. A sum of nothing and a cap that does not bite are no steps."""
    attendance = pl.col("attendance")
    most_deducted = law.rulebook.on(MONTHLY_CAP, law.last)
    some = reckoned.filter(pl.col("addends").is_not_null())
    steps = [
        step(some, "deduction", pl.col("sum"), pl.col("addends")),
        step(reckoned, "attendance", attendance, pl.format("{} - {}", pl.lit(printed_one(FULL)), figure("deduction"))),
        *performance_steps(reckoned, law),
    ]
    too_long = law.rulebook.on(ABSENCE_RUN, law.last)
    if too_long is not None:
        run = pl.format(
            "{} working days in a row, {} to {}, from {} on",
            "days",
            pl.col("first").dt.to_string("%Y-%m-%d"),
            pl.col("last").dt.to_string("%Y-%m-%d"),
            pl.lit(too_long.content.days),
        )
        reached = reckoned.filter(pl.col("days").is_not_null())
        steps.append(step(reached, "absence_run", pl.col("counted"), run, table=ABSENCE_RUN.name, law=too_long.law))
    if most_deducted is not None:
        most = single(most_deducted.content)
        formula = pl.format("min({}; {})", figure("counted"), pl.lit("?" if most is None else printed_one(most)))
        bites = some.filter(pl.col("counted").ne_missing(pl.col("deduction")))
        steps.append(step(bites, "cap", pl.col("deduction"), formula, table=MONTHLY_CAP.name, law=most_deducted.law))
    every = pl.concat(steps).with_columns(basis=pl.col("basis").fill_null(law.basis))
    return checked(every.sort("employee", "kind", maintain_order=True), STEPS, "score")
