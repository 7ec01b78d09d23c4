"""Steps of a whole period, and the figures in their formulas."""

import polars as pl

from config.dated import Law
from scoring.frames import PUNCH_KEY, STEP_KIND
from scoring.laws import CITED, citation
from scoring.rounding import printed

UNKNOWN = pl.lit("?")
"""The formula of a step whose rate is missing."""


def step(
    rows: pl.DataFrame,
    kind: str,
    percent: pl.Expr,
    formula: pl.Expr,
    *,
    table: str = "",
    law: Law | None = None,
    code: pl.Expr | None = None,
) -> pl.DataFrame:
    """STEPS of one kind, one for each row. basis is null where no table but arithmetic decides."""
    cited = dict(zip(CITED, citation(law), strict=True)) if law else {}
    constant = {name: pl.lit(cited.get(name, "")) for name in ("law", "article", "in_force", "in_force_known")}
    return rows.select(
        "employee",
        day=pl.lit(None, pl.Date),
        kind=pl.lit(kind, STEP_KIND),
        code=pl.lit("") if code is None else code,
        minutes=pl.lit(None, pl.Int32),
        percent=percent.cast(pl.Int32),
        formula=formula,
        table=pl.lit(table),
        **constant,
        basis=pl.lit(cited.get("basis"), pl.String),
        hours=pl.lit(""),
        punches=pl.lit([], pl.List(PUNCH_KEY)),
    )


def figure(column: str) -> pl.Expr:
    """A percentage in figures, "?" where it is not known."""
    return printed(pl.col(column)).fill_null("?")


def rupiah(column: str) -> pl.Expr:
    """Sen as rupiah: "4592025,60"; "?" where it is not known."""
    return printed(pl.col(column)).fill_null("?")


def exact(parts: str) -> pl.Expr:
    """PARTS of scoring.pay as a percentage with at least two decimals: "81,2175"; "?" where it is not known."""
    whole, rest = pl.col(parts) // 10**6, pl.col(parts) % 10**6
    return pl.format("{},{}", whole, rest.cast(pl.String).str.zfill(6).str.replace(r"0{1,4}$", "")).fill_null("?")
