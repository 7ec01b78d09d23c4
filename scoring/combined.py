"""Two things on one day that the law counts together: one step takes the place of both (BKN 10/2022, Lampiran IV).

It does so once a day, whatever shifts of it they happened in.
"""

import polars as pl

from scoring.frames import STEP_KIND
from scoring.rounding import printed

PAIRS = {
    "late_early": ("late", "early"),
    "late_missing_out": ("late", "missing_out"),
    "missing_in_early": ("missing_in", "early"),
}


def combined(drafts: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """The drafts of a day (columns DRAFT of scoring.deduction), pairs replaced where the law has a rate for both.

    rates: RATES. The step rests on the scan of the first of the two; its formula says what each would be alone.
    """
    for kind, (first, second) in PAIRS.items():
        own = rates.filter(pl.col("kind") == kind).select("laws", rate="percent", rate_code="code")
        if own.is_empty():
            continue
        one, other = (_of_day(drafts.filter(pl.col("kind") == part)) for part in (first, second))
        both = one.join(other.select("duty", "code", "percent", "formula"), on="duty", suffix="_other").join(
            own, on="laws"
        )
        together = both.with_columns(
            kind=pl.lit(kind, STEP_KIND),
            code=pl.col("rate_code"),
            minutes=pl.lit(None, pl.Int32),
            percent=pl.col("rate"),
            formula=pl.format(
                "together instead of {} {} ({}) and {} {} ({})",
                "code",
                _figure("percent"),
                "formula",
                "code_other",
                _figure("percent_other"),
                "formula_other",
            ),
        ).select(drafts.columns)
        replaced = pl.col("kind").is_in([first, second]) & pl.col("duty").is_in(together["duty"].to_list())
        drafts = pl.concat([drafts.filter(~replaced), together])
    return drafts


def _of_day(drafts: pl.DataFrame) -> pl.DataFrame:
    """One draft a day of one kind: where several shifts have it, all of them together, on the first of these."""
    if drafts["duty"].is_unique().all():
        return drafts
    together = {"code", "percent", "formula"}
    return (
        drafts.sort("duty", "shift", maintain_order=True)
        .group_by("duty", maintain_order=True)
        .agg(
            pl.exclude("duty", *together).first(),
            code=pl.col("code").filter(pl.col("code") != "").str.join(" + "),
            percent=pl.when(pl.col("percent").null_count() == 0).then(pl.col("percent").sum()),
            formula=pl.col("formula").str.join(" + "),
        )
        .select(drafts.columns)
    )


def _figure(column: str) -> pl.Expr:
    return printed(pl.col(column)).fill_null("?")
