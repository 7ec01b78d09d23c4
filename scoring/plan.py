"""Achievement of the yearly plan (SKP) by the arithmetic of PermenPANRB 8/2021: indicators, additional work, sum."""

import polars as pl

from scoring.frames import Schema, checked
from scoring.rounding import FULL, half_up, printed

ITEMS: Schema = {
    "employee": pl.Int32(),
    "reference": pl.String(),
    "half": pl.Int64(),  # 1 or 2: its months lie in that half of the year; null: in both, or not said
    "main": pl.Boolean(),  # false: additional work (kinerja tambahan)
    "low": pl.Int64(),  # the target, hundredths; a range has another high
    "high": pl.Int64(),
    "maximal": pl.Boolean(),  # the target cannot be exceeded
    "weight": pl.Int64(),  # among the main items, hundredths of a percent
    "realised": pl.Int64(),  # hundredths
    "category": pl.Int64(),  # of additional work: 100, 80, 60, 40 or 20 %; the next two with it
    "scope": pl.Int64(),  # whole percent
    "value": pl.Int64(),  # hundredths of a point
}
PLANNED: Schema = {
    "employee": pl.Int32(),
    "main_value": pl.Int64(),  # hundredths, as the next two
    "additional": pl.Int64(),
    "plan": pl.Int64(),
    "told": pl.String(),  # "(A 109,00 x 1,00 + B 88,00 x 1,00) / 2,00 + 4,80": items, weights, additional work
}
HIGHEST, GOOD = 120_00, 109_00
MOST_ADDITIONAL = 10_00


def indicator(realised: pl.Expr, low: pl.Expr, high: pl.Expr, *, maximal: pl.Expr) -> pl.Expr:
    """Value of an indicator (IKI), hundredths; PermenPANRB 8/2021: of a range the bound that was passed counts.

    Which line applies is decided before rounding. The text prints 80-99, 60-79 and below 60: what lies between two of
    them belongs to the lower line. For more than 100 up to 110 % no figure is printed but that of 100 %: it is kept.
    """
    short = realised.clip(upper_bound=low)
    return (
        pl.when(maximal & (realised >= low))
        .then(HIGHEST)
        .when(realised * 100 > high * 110)
        .then(HIGHEST)
        .when(realised >= low)
        .then(GOOD)
        .when(realised * 100 >= low * 80)
        .then(_line(short, low, (80, 70), (99, 89)))
        .when(realised * 100 >= low * 60)
        .then(_line(short, low, (60, 50), (79, 69)))
        .otherwise(half_up(short * FULL * 49, low * 59))
    )


def _line(realised: pl.Expr, target: pl.Expr, start: tuple[int, int], end: tuple[int, int]) -> pl.Expr:
    """On the straight line between two points (achievement, value), both in whole percent."""
    run, rise = end[0] - start[0], end[1] - start[1]
    above = (realised * 100 - target * start[0]) * rise + target * run * start[1]
    return half_up(above * 100, target * run)


def plan(items: pl.DataFrame, halves: tuple[int, int] | None = None) -> pl.DataFrame:
    """Value of each employee's plan: the weighted mean of its main items, and additional work, at most 10.

    items: ITEMS. halves: shares of January to June and July to December where a year has a plan for each (2021), in
    hundredths of a percent; then whoever has items of both and no other has two plans. → PLANNED. plan is null where
    there is no main item with a weight.
    """
    own = checked(items, ITEMS, "plan")
    part = pl.col("half") if halves else pl.lit(None, pl.Int64)
    two = (part.is_not_null().all() & (part.filter("main").n_unique() > 1)).over("employee")
    valued = _valued(own.with_columns(half=pl.when(two).then(part)))
    merged = valued.drop("half") if halves is None else _merged(valued, halves)
    return checked(merged, PLANNED, "plan")


def _valued(items: pl.DataFrame) -> pl.DataFrame:
    """One plan, or half of one, in a row: PLANNED and half."""
    value = indicator(pl.col("realised"), pl.col("low"), pl.col("high"), maximal=pl.col("maximal"))
    own = items.with_columns(realised=pl.min_horizontal("realised", pl.col("high") * 2)).with_columns(indicator=value)
    main, weights = pl.col("main"), pl.col("weight").filter("main").sum()
    added = half_up((pl.col("category") * pl.col("scope") * pl.col("value")).filter(~main).sum(), 100 * 100)
    each = pl.format("{} {} x {}", "reference", printed(pl.col("indicator")), printed(pl.col("weight"))).filter(main)
    valued = own.group_by("employee", "half", maintain_order=True).agg(
        main_value=pl.when(weights > 0).then(
            half_up((pl.col("indicator") * pl.col("weight")).filter(main).sum(), weights)
        ),
        additional=added.clip(upper_bound=MOST_ADDITIONAL),
        told=pl.format("({}) / {}", each.str.join(" + "), printed(weights)),
    )
    more = (
        pl.when(pl.col("additional") > 0).then(pl.format(" + {}", printed(pl.col("additional")))).otherwise(pl.lit(""))
    )
    whole = valued.with_columns(pl.col("main_value", "additional").cast(pl.Int64))
    return whole.with_columns(plan=pl.col("main_value") + pl.col("additional"), told=pl.col("told") + more).select(
        *PLANNED, "half"
    )


def _merged(valued: pl.DataFrame, halves: tuple[int, int]) -> pl.DataFrame:
    """The two plans of a year as one: the mean of each figure by the shares of the halves."""
    first, whole = pl.col("half") == 1, pl.col("half").is_null()
    share = pl.when(whole).then(FULL).when(first).then(halves[0]).otherwise(halves[1]).cast(pl.Int64)
    named = pl.when(whole).then("told").otherwise(pl.format("{} % x ({})", printed(share), "told"))
    known = valued.with_columns(share=share, told=named).sort("half", maintain_order=True)
    means = {
        name: half_up((pl.col(name) * pl.col("share")).sum(), FULL).cast(pl.Int64)
        for name in ("main_value", "additional", "plan")
    }
    both = pl.col("plan").is_not_null().all()
    return known.group_by("employee", maintain_order=True).agg(
        **{name: pl.when(both).then(mean) for name, mean in means.items()}, told=pl.col("told").str.join(" + ")
    )
