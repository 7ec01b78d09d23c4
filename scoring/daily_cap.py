"""At most so much for one day that the person came: what exceeds it is given back in a step of its own."""

import polars as pl

from scoring.frames import STEP_KIND
from scoring.rounding import printed


def daily_cap(drafts: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """The drafts of each day (columns DRAFT of scoring.deduction) and, where the law's cap bites, one below nothing.

    rates: RATES. The steps of a day still add up to its deduction. A cap that is not known makes the day unknown. Of
    several shifts the first uses the cap up first; the next ones have what is left of it.
    """
    own = rates.filter(pl.col("kind") == "daily_cap").select("laws", cap="percent", cap_code="code")
    came = ~pl.col("kind").is_in(["absent", "absent_after_holiday", "made_up", "corrected"])
    shifts = (
        drafts.filter(came)
        .sort("duty", "shift", maintain_order=True)
        .group_by("duty", "shift", "employee", "day", "laws", maintain_order=True)
        .agg(sum=pl.when(pl.col("percent").null_count() == 0).then(pl.col("percent").sum()))
        .join(own, on="laws", maintain_order="left")
        .filter((pl.col("sum").null_count() == 0).over("duty"))
    )
    before = pl.col("sum").cum_sum().over("duty") - pl.col("sum")
    left = shifts.with_columns(cap=pl.max_horizontal(pl.col("cap") - before, pl.when(pl.col("cap") >= 0).then(0)))
    exceeded = left.filter(pl.col("cap").is_null() | (pl.col("sum") > pl.col("cap")))
    given_back = exceeded.with_columns(
        kind=pl.lit("daily_cap", STEP_KIND),
        code=pl.col("cap_code"),
        minutes=pl.lit(None, pl.Int32),
        percent=pl.col("cap") - pl.col("sum"),
        formula=pl.format("min({}; {})", printed(pl.col("sum")), printed(pl.col("cap")).fill_null("?")),
        at=pl.lit(None, pl.Datetime("us")),
    )
    return pl.concat([drafts, given_back.select(drafts.columns)])
