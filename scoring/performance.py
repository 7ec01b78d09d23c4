"""From components to what is paid: output, behaviour, total, predicate, payable percent, amount."""

from collections.abc import Mapping

import polars as pl

from config.kinds.weights import Weights
from config.rulebook_tables import ALLOWANCE, OUTPUT_CAP, PREDICATE_PAY, WEIGHTS
from scoring import pay
from scoring.frames import Schema, checked
from scoring.laws import PeriodLaw
from scoring.output import output
from scoring.performance_law import class_version, method, national
from scoring.periods import one_month
from scoring.predicate import SAME, by_borders, by_quadrant, evaluation
from scoring.rounding import FULL, half_up

PERFORMANCE: Schema = {
    "employee": pl.Int32(),
    "plan": pl.Int64(),  # value of the plan (SKP), hundredths; null where there is none
    "plan_told": pl.String(),  # how it came about
    "behaviour": pl.Int64(),  # hundredths; null where the superior has not rated
    "behaviour_told": pl.String(),  # how it came about
    "consulted": pl.Boolean(),  # peers or subordinates count in it
    "result": pl.String(),  # above, as expected, below; null = not evaluated, as the next
    "conduct": pl.String(),
    "new_idea": pl.Boolean(),
    "previous": pl.String(),  # the quarter before, as 2026-Q1
    "previous_predicate": pl.String(),  # null = not scored
    "class": pl.Int64(),  # of the post; null = not known
    "candidate": pl.Boolean(),
}
"""What is known of an employee's performance in a period, beside points and target."""


def components(attended: pl.DataFrame, law: PeriodLaw, performance: pl.DataFrame) -> pl.DataFrame:
    """Adds what is known (PERFORMANCE), reached and output: of points or of the plan, after the cap."""
    known = attended.join(checked(performance, PERFORMANCE, "components"), on="employee", how="left")
    cap = law.rulebook.on(OUTPUT_CAP, law.last)
    if cap is None:
        nothing = pl.lit(None, pl.Int64)
        return known.with_columns(reached=nothing, output=nothing)
    (rate,) = cap.content
    if method(law.rulebook, law.last).output == "plan":
        most = pl.lit(rate.percent, pl.Int64)
        capped = pl.when(most.is_not_null() & pl.col("plan").is_not_null()).then(pl.min_horizontal("plan", most))
        return known.with_columns(reached=pl.col("plan"), output=capped)
    delivered = output(attended, rate.percent).select("employee", "reached", "output")
    return known.join(delivered, on="employee", how="left", maintain_order="left")


def total(known: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """Adds parts (PARTS of scoring.pay, after "never above attendance") and total (before it), null where unknown."""
    version = law.rulebook.on(WEIGHTS, law.last)
    if version is None:
        return known.with_columns(parts=pl.col("attendance").cast(pl.Int64) * FULL, total=pl.col("attendance"))
    weights = version.content
    mixed = known.with_columns(parts=_weighted(weights)).with_columns(total=half_up(pl.col("parts"), FULL))
    if not weights.never_above_attendance:
        return mixed
    return mixed.with_columns(parts=pay.not_above(pl.col("parts"), pl.col("attendance").cast(pl.Int64)))


def _weighted(weights: Weights) -> pl.Expr:
    if weights.attendance is None or weights.output is None or weights.behaviour is None:
        return pl.lit(None, pl.Int64)
    shares = {"attendance": weights.attendance, "output": weights.output, "behaviour": weights.behaviour}
    return pay.weighted(shares).cast(pl.Int64)


def predicated(totalled: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """Adds evaluation (PP 30/2019, else null), plan_share and predicate."""
    how = method(law.rulebook, law.last)
    nothing = totalled.with_columns(
        evaluation=pl.lit(None, pl.Int64), plan_share=pl.lit(None, pl.Int64), predicate=pl.lit(None, pl.String)
    )
    if not how.names_one:
        return nothing
    if how.predicate == "quadrant":
        quadrant = dict(national().quadrant.on(law.last).content.predicates)
        return nothing.with_columns(predicate=by_quadrant(pl.col("result"), pl.col("conduct"), quadrant))
    shares = national().plan_shares.on(law.last).content
    share = pl.when("consulted").then(shares.consulted).otherwise(shares.not_consulted).cast(pl.Int64)
    judged = nothing.with_columns(plan_share=share).with_columns(
        evaluation=evaluation(pl.col("reached"), pl.col("behaviour"), pl.col("plan_share"))
    )
    borders = national().borders.on(law.last).content
    new_idea = pl.col("new_idea").fill_null(value=False)
    return judged.with_columns(predicate=by_borders(pl.col("evaluation"), new_idea, borders))


def performed(totalled: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """Adds predicate, payable percent and amount to what `total` made; SCORES and more."""
    return amounts(payable(predicated(totalled, law), law), law).with_columns(
        pl.col("output", "behaviour", "total", "evaluation").cast(pl.Int32)
    )


def payable(judged: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """Adds paid_predicate, predicate_percent, left (PARTS) and payable. A month alone is paid by a predicate.

    left: of the allowance, after all deductions; payable: of that the part of the month that is paid at all.
    """
    version = law.rulebook.on(PREDICATE_PAY, law.last) if one_month(law) else None
    if version is None:
        named = judged.with_columns(
            paid_predicate=pl.lit(None, pl.String), predicate_percent=pl.lit(None, pl.Int64), left=pl.col("parts")
        )
    else:
        percents = {name: percent for name, percent in version.content.percents if percent is not None}
        of = "previous_predicate" if version.content.of == "previous quarter" else "predicate"
        percents |= {name: percents[same] for name, same in SAME.items() if same in percents and name not in percents}
        known = judged.with_columns(paid_predicate=pl.col(of), predicate_percent=_looked_up(of, percents))
        allowance = law.rulebook.on(ALLOWANCE, law.last)
        order: pay.Order = "received" if allowance is None else allowance.content.deducted_from
        named = known.with_columns(left=pay.payable_parts(pl.col("parts"), pl.col("predicate_percent"), order))
    paid = pay.for_part(pl.col("left"), pl.col("kept"), pl.col("of_month"))
    return named.with_columns(payable=half_up(paid, FULL).cast(pl.Int32))


def amounts(paid: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """Adds of_class (sen), base (a candidate's share of it) and amount (sen); null where unknown or not of a month."""
    version, classes = law.rulebook.on(ALLOWANCE, law.last), class_version(law.rulebook, law.last)
    if version is None or classes is None or not one_month(law):
        return paid.with_columns(pl.lit(None, pl.Int64).alias(name) for name in ("of_class", "base", "amount"))
    known = {number: sen for number, sen in classes.content.sen if sen is not None}
    of_class = paid.with_columns(of_class=_looked_up("class", known))
    candidate = pl.col("candidate").fill_null(value=False)
    base = pay.base(pl.col("of_class"), candidate, version.content.candidate)
    return of_class.with_columns(base=base.cast(pl.Int64)).with_columns(
        amount=pay.amount(
            pl.col("base"), pl.col("left"), version.content.rounding, pl.col("kept"), pl.col("of_month")
        ).cast(pl.Int64)
    )


def _looked_up(column: str, known: Mapping[str, int] | Mapping[int, int]) -> pl.Expr:
    """What is known of each; null where nothing is."""
    if not known:
        return pl.lit(None, pl.Int64)
    return pl.col(column).replace_strict(known, default=None, return_dtype=pl.Int64)
