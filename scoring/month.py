"""The month: the sum of its deductions, the score, and the steps of both."""

import polars as pl

from config.dated import Law
from config.kinds.rates import single
from config.kinds.weights import Weights
from config.rulebook_tables import ABSENCE_RUN, MONTHLY_CAP, OUTPUT_CAP, WEIGHTS
from scoring.absence_run import absence_run
from scoring.attendance_period import covers
from scoring.frames import MONTH, PUNCH_KEY, RESULTS, SCORES, STEP_KIND, STEPS, FrameError, checked
from scoring.laws import CITED, PeriodLaw, citation
from scoring.output import output
from scoring.rounding import FULL, half_up, printed, printed_one

MOST_POINTS = 10**14
"""Ten-thousandths of a point, as RESULTS has them."""
UNKNOWN = pl.lit("?")
"""The formula of a step whose rate is missing."""


def score(
    month: pl.DataFrame, results: pl.DataFrame, law: PeriodLaw, absent: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores of a period and the steps of the whole period.

    month: MONTH, every work day of these employees in the period; results: RESULTS, one row an employee;
    absent: ABSENT, the same days, where the law counts runs of absence.
    → (SCORES, STEPS with day null), ordered as results. What rests on an unknown rate, or on a target that was not
    set, is null: nothing is paid on a guess.
    """
    # More points than anybody can deliver: what is multiplied below stays within 64 bits.
    results = checked(results, RESULTS, "score").with_columns(pl.col("points", "target").clip(upper_bound=MOST_POINTS))
    reckoned = _total(_attendance(_in_a_row(_summed(month, results), law, absent), law), law)
    return checked(reckoned, SCORES, "score"), _steps(reckoned, law)


def _summed(month: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """Adds `sum` (null where a day's deduction is not known) and `addends`, the sum in figures."""
    deducted = checked(month, MONTH, "score").filter(pl.col("deduction").ne_missing(0)).sort("employee", "day")
    sums = deducted.group_by("employee").agg(
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
    deduction = pl.col("counted") if covers(law) else pl.lit(None, pl.Int32)
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


def _total(attended: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """Adds reached, output, total and payable. Without an output section the attendance is all there is."""
    weights, cap = law.rulebook.on(WEIGHTS, law.last), law.rulebook.on(OUTPUT_CAP, law.last)
    if weights is None or cap is None:
        nothing = pl.lit(None, pl.Int32)
        return attended.with_columns(
            reached=nothing, output=nothing, total=pl.col("attendance"), payable=pl.col("attendance")
        )
    share = weights.content
    attendance, delivered_share = (pl.lit(part, pl.Int32) for part in (share.attendance, share.output))
    total = half_up(pl.col("attendance") * attendance + pl.col("output") * delivered_share, FULL)
    delivered = output(attended, single(cap.content)).select("employee", "reached", "output")
    return (
        attended.join(delivered, on="employee", how="left", maintain_order="left")
        .with_columns(total=total.cast(pl.Int32), output=pl.col("output").cast(pl.Int32))
        .with_columns(payable=pl.col("total"))
    )


def _steps(reckoned: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """The steps of the period, by employee and kind. A sum of nothing and a cap that does not bite are no steps."""
    attendance = pl.col("attendance")
    most_deducted = law.rulebook.on(MONTHLY_CAP, law.last)
    weights, cap = law.rulebook.on(WEIGHTS, law.last), law.rulebook.on(OUTPUT_CAP, law.last)
    some = reckoned.filter(pl.col("addends").is_not_null())
    steps = [
        _step(some, "deduction", pl.col("sum"), pl.col("addends")),
        _step(
            reckoned, "attendance", attendance, pl.format("{} - {}", pl.lit(printed_one(FULL)), _figure("deduction"))
        ),
        _step(reckoned, "payable", pl.col("payable"), _figure("total")),
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
        steps.append(_step(reached, "absence_run", pl.col("counted"), run, table=ABSENCE_RUN.name, law=too_long.law))
    if most_deducted is not None:
        most = single(most_deducted.content)
        formula = pl.format("min({}; {})", _figure("counted"), pl.lit("?" if most is None else printed_one(most)))
        bites = some.filter(pl.col("counted").ne_missing(pl.col("deduction")))
        steps.append(_step(bites, "cap", pl.col("deduction"), formula, table=MONTHLY_CAP.name, law=most_deducted.law))
    if weights is not None and cap is not None:
        most = single(cap.content)
        steps += [
            _step(reckoned, "output", pl.col("output"), _output_formula(most), table=OUTPUT_CAP.name, law=cap.law),
            _step(
                reckoned,
                "total",
                pl.col("total"),
                _total_formula(weights.content),
                table=WEIGHTS.name,
                law=weights.law,
            ),
        ]
    every = pl.concat(steps).with_columns(basis=pl.col("basis").fill_null(law.basis))
    return checked(every.sort("employee", "kind", maintain_order=True), STEPS, "score")


def _step(
    rows: pl.DataFrame, kind: str, percent: pl.Expr, formula: pl.Expr, *, table: str = "", law: Law | None = None
) -> pl.DataFrame:
    cited = dict(zip(CITED, citation(law), strict=True)) if law else {}
    constant = {name: pl.lit(cited.get(name, "")) for name in ("law", "article", "in_force", "in_force_known")}
    return rows.select(
        "employee",
        day=pl.lit(None, pl.Date),
        kind=pl.lit(kind, STEP_KIND),
        code=pl.lit(""),
        minutes=pl.lit(None, pl.Int32),
        percent=percent.cast(pl.Int32),
        formula=formula,
        table=pl.lit(table),
        **constant,
        basis=pl.lit(cited.get("basis"), pl.String),
        hours=pl.lit(""),
        punches=pl.lit([], pl.List(PUNCH_KEY)),
    )


def _figure(column: str) -> pl.Expr:
    """A percentage in figures, "?" where it is not known."""
    return printed(pl.col(column)).fill_null("?")


def _output_formula(most: int | None) -> pl.Expr:
    """In figures: "47,50 / 50,00 = 95,00"; with the cap where it bites: "60,00 / 50,00 = 120,00; max 100,00"."""
    points, cap = printed(half_up(pl.col("points"), 100)), "?" if most is None else printed_one(most)
    reached = pl.format("{} / {} = {}", points, printed(pl.col("target")), _figure("reached"))
    bites = pl.lit(value=True) if most is None else pl.col("reached") > most
    return (
        pl.when(pl.col("target").is_null())
        .then(pl.format("{} / ?", points))
        .when(bites)
        .then(pl.format("{}; max {}", reached, pl.lit(cap)))
        .otherwise(reached)
    )


def _total_formula(weights: Weights) -> pl.Expr:
    """In figures: "40,00 % x 91,25 + 60,00 % x 95,00"."""
    attendance, output_share = (
        pl.lit("?" if share is None else printed_one(share)) for share in (weights.attendance, weights.output)
    )
    return pl.format("{} % x {} + {} % x {}", attendance, _figure("attendance"), output_share, _figure("output"))
