"""The steps from components to what is paid: each with the table that decided, in figures."""

import polars as pl

from config.kinds.weights import Weights
from config.rulebook_tables import ALLOWANCE, OUTPUT_CAP, PREDICATE_PAY, RATING_WEIGHTS, WEIGHTS
from scoring.laws import PeriodLaw
from scoring.performance_law import class_version, method, national
from scoring.period_steps import exact, figure, rupiah, step
from scoring.periods import one_month
from scoring.rounding import FULL, half_up, printed, printed_one

NO_RATING_WEIGHTS = "the rulebook has no rating_weights"
NO_METHOD = "the rulebook says no evaluation_method"


def performance_steps(paid: pl.DataFrame, law: PeriodLaw) -> list[pl.DataFrame]:
    """STEPS from output to amount. What the rulebook does not have is no step."""
    return [*_components(paid, law), *_predicate(paid, law), *_paid(paid, law)]


def _components(paid: pl.DataFrame, law: PeriodLaw) -> list[pl.DataFrame]:
    weights, cap = law.rulebook.on(WEIGHTS, law.last), law.rulebook.on(OUTPUT_CAP, law.last)
    steps = []
    if cap is not None:
        (rate,) = cap.content
        formula = (
            _plan_formula(rate.percent)
            if method(law.rulebook, law.last).output == "plan"
            else _points_formula(rate.percent)
        )
        steps.append(step(paid, "output", pl.col("output"), formula, table=OUTPUT_CAP.name, law=cap.law))
    if (weights is not None and weights.content.behaviour) or method(law.rulebook, law.last).predicate == "score":
        ratings = law.rulebook.on(RATING_WEIGHTS, law.last)
        told = pl.col("behaviour_told").fill_null("?") if ratings else pl.lit(NO_RATING_WEIGHTS)
        name, cited = (RATING_WEIGHTS.name, ratings.law) if ratings else ("", None)
        steps.append(step(paid, "behaviour", pl.col("behaviour"), told, table=name, law=cited))
    if weights is not None:
        mixed = _total_formula(weights.content)
        steps.append(step(paid, "total", pl.col("total"), mixed, table=WEIGHTS.name, law=weights.law))
    return steps


def _predicate(paid: pl.DataFrame, law: PeriodLaw) -> list[pl.DataFrame]:
    how = method(law.rulebook, law.last)
    if not how.names_one:
        return []
    code = pl.col("predicate").fill_null("?")
    if how.predicate == "quadrant":
        table = national().quadrant
        met = pl.format("result {}, behaviour {}", pl.col("result").fill_null("?"), pl.col("conduct").fill_null("?"))
        nothing = pl.lit(None, pl.Int32)
        return [step(paid, "predicate", nothing, met, code=code, table=table.name, law=table.on(law.last).law)]
    shares, borders = national().plan_shares.on(law.last), national().borders.on(law.last)
    rest = printed(pl.lit(FULL) - pl.col("plan_share"))
    score = pl.format("{} % x {} + {} % x {}", figure("plan_share"), figure("reached"), rest, figure("behaviour"))
    idea = pl.when(pl.col("new_idea").fill_null(value=False)).then(pl.lit("new idea")).otherwise(pl.lit("no new idea"))
    reached = pl.format("{}, {}", figure("evaluation"), idea)
    assumed = [border.predicate for border in borders.content if border.basis == "assumption"]
    basis = pl.when(pl.col("code").is_in(assumed)).then(pl.lit("assumption")).otherwise("basis").alias("basis")
    named = step(
        paid, "predicate", pl.col("evaluation"), reached, code=code, table=national().borders.name, law=borders.law
    )
    scored = step(paid, "evaluation", pl.col("evaluation"), score, table=national().plan_shares.name, law=shares.law)
    return [scored, named.with_columns(basis)]


def _paid(paid: pl.DataFrame, law: PeriodLaw) -> list[pl.DataFrame]:
    weights = law.rulebook.on(WEIGHTS, law.last)
    by_predicate = law.rulebook.on(PREDICATE_PAY, law.last) if one_month(law) else None
    allowance = law.rulebook.on(ALLOWANCE, law.last) if one_month(law) else None
    steps = []
    if weights is not None and weights.content.never_above_attendance:
        limited = paid.filter(pl.col("before") < pl.col("total").cast(pl.Int64) * FULL)
        least = pl.format("min({}; {})", figure("total"), figure("attendance"))
        steps.append(step(limited, "limit", pl.col("attendance"), least, table=WEIGHTS.name, law=weights.law))
    if by_predicate is None:
        steps.append(step(paid, "payable", pl.col("payable"), _less()))
    else:
        of = pl.col("previous") if by_predicate.content.of == "previous quarter" else pl.lit("")
        named = pl.format("{} {}", of, pl.col("paid_predicate").fill_null("?")).str.strip_chars()
        if not method(law.rulebook, law.last).names_one:
            named = pl.when(pl.col("paid_predicate").is_null()).then(pl.lit(NO_METHOD)).otherwise(named)
        percent = pl.col("predicate_percent")
        steps += [
            step(paid, "predicate_pay", percent, named, table=PREDICATE_PAY.name, law=by_predicate.law),
            step(
                paid,
                "payable",
                pl.col("payable"),
                _order(whole=allowance is not None and allowance.content.deducted_from == "class"),
                table=ALLOWANCE.name if allowance else "",
                law=allowance.law if allowance else None,
            ),
        ]
    if allowance is not None:
        classes = class_version(law.rulebook, law.last)
        cited = allowance.law if classes is None else classes.law
        told = step(paid, "amount", pl.col("payable"), _amount_formula(), table=_class_table(law), law=cited)
        assumed = law.basis == "assumption"  # what is paid is as certain as the percentage, whatever the class
        steps.append(told.with_columns(basis=pl.lit("assumption")) if assumed else told)
    return steps


def _class_table(law: PeriodLaw) -> str:
    version = law.rulebook.on(ALLOWANCE, law.last)
    return version.content.classes if version is not None and version.content.classes else ALLOWANCE.name


def _less() -> pl.Expr:
    """Less what absences take of the whole allowance: "(96,00 - 8,00) x 10 of 20 working days paid"."""
    less = pl.format("{} - {}", exact("before"), figure("of_whole"))
    some = pl.col("of_whole").ne_missing(0)
    whole = pl.when(some).then(less).otherwise(exact("parts"))
    return _for_days_paid(whole, pl.when(some).then(pl.format("({})", less)).otherwise(exact("parts")))


def _order(*, whole: bool) -> pl.Expr:
    """What the deduction is taken from: "80,00 % x 96,00", or "80,00 - (100,00 - 96,00)"; all for the days paid."""
    if whole:
        less = pl.format("{} - ({} - {})", figure("predicate_percent"), pl.lit(printed_one(FULL)), exact("parts"))
        return _for_days_paid(less, pl.format("({})", less))
    share = pl.format("{} % x {}", figure("predicate_percent"), exact("parts"))
    return _for_days_paid(share, share)


def _for_days_paid(formula: pl.Expr, factor: pl.Expr) -> pl.Expr:
    """The formula; where not all of the month is paid, as a factor: "40,00 x 10 of 20 working days paid"."""
    all_paid = (pl.col("kept") == pl.col("of_month")).fill_null(value=False)
    part = pl.format("{} x {} of {} working days paid", factor, _days("kept"), _days("of_month"))
    return pl.when(all_paid).then(formula).otherwise(part)


def _days(column: str) -> pl.Expr:
    """Ten-thousandths of a day: "10", or "9,5" where half of a day is paid."""
    whole, rest = pl.col(column) // FULL, pl.col(column) % FULL
    decimals = pl.format(",{}", rest.cast(pl.String).str.zfill(4).str.replace("0+$", ""))
    return pl.format("{}{}", whole, pl.when(rest == 0).then(pl.lit("")).otherwise(decimals)).fill_null("?")


def _amount_formula() -> pl.Expr:
    """In figures: "76,80 % x Rp 5979200,00 (class 10) = Rp 4592025,60"; with the days paid where not all are."""
    number = pl.col("class").cast(pl.String).fill_null("?")
    candidate = pl.when(pl.col("candidate").fill_null(value=False)).then(pl.lit(", CPNS")).otherwise(pl.lit(""))
    share = pl.format("{} %", exact("left"))
    paid = _for_days_paid(share, share)
    return pl.format("{} x Rp {} (class {}{}) = Rp {}", paid, rupiah("base"), number, candidate, rupiah("amount"))


def _plan_formula(most: int | None) -> pl.Expr:
    """In figures: "(A 109,00 x 1,00) / 1,00 + 10,00 = 119,00"; with the cap where it bites: "…; max 110,00"."""
    cap = pl.lit("?" if most is None else printed_one(most))
    bites = pl.lit(value=True) if most is None else pl.col("reached") > most
    value = pl.format("{} = {}", pl.col("plan_told"), figure("reached")).fill_null(figure("reached"))
    return pl.when(bites).then(pl.format("{}; max {}", value, cap)).otherwise(value)


def _points_formula(most: int | None) -> pl.Expr:
    """In figures: "47,50 / 50,00 = 95,00"; with the cap where it bites: "60,00 / 50,00 = 120,00; max 100,00"."""
    points, cap = printed(half_up(pl.col("points"), 100)), "?" if most is None else printed_one(most)
    reached = pl.format("{} / {} = {}", points, printed(pl.col("target")), figure("reached"))
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
    shares = (("attendance", weights.attendance), ("output", weights.output), ("behaviour", weights.behaviour))
    told = [
        pl.format("{} % x {}", pl.lit("?" if share is None else printed_one(share)), figure(name))
        for name, share in shares
        if share != 0
    ]
    return pl.concat_str(told, separator=" + ")
