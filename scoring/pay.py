"""From percentages to what is paid, and to sen: order of operations and rounding are the rulebook's settings."""

from typing import Literal, TypeAlias

import polars as pl

from scoring.rounding import FULL, half_up

Order: TypeAlias = Literal["received", "class"]
"""What a deduction is taken from once a predicate has cut the allowance: what is then received, or the whole class."""
Rounding: TypeAlias = Literal["sen", "rupiah", "rupiah down"]
PARTS = FULL * FULL
"""100 % as `payable_parts` has it: two percentages multiplied and not yet rounded."""
RUPIAH = 100
"""Sen."""
ONE = pl.lit(1, pl.Int64)
"""All of a month, as one of one."""


def weighted(shares: dict[str, int]) -> pl.Expr:
    """Sum of components (columns, hundredths of a percent) by their shares, in PARTS; null where one of them is."""
    return pl.sum_horizontal((pl.col(name) * share for name, share in shares.items() if share), ignore_nulls=False)


def payable_parts(parts: pl.Expr, predicate_percent: pl.Expr, order: Order) -> pl.Expr:
    """`parts` of the allowance after the predicate's percent, in PARTS, never below nothing.

    predicate_percent: hundredths of a percent. "class": what is lacking to 100 % is taken off after the predicate.
    """
    if order == "received":
        return half_up(parts * predicate_percent, FULL)
    return (predicate_percent * FULL - (PARTS - parts)).clip(lower_bound=0)


def not_above(parts: pl.Expr, attendance: pl.Expr) -> pl.Expr:
    """No more than the attendance (hundredths of a percent), in PARTS (Maros, 2019)."""
    at_most = attendance * FULL
    return pl.when(parts > at_most).then(at_most).otherwise(parts)


def base(of_class: pl.Expr, candidate: pl.Expr, candidate_percent: int | None) -> pl.Expr:
    """Sen to reckon with: a candidate (CPNS) gets a share of the class; None = not known, then null."""
    share = half_up(of_class * candidate_percent, FULL) if candidate_percent is not None else pl.lit(None, pl.Int64)
    return pl.when(candidate).then(share).otherwise(of_class)


def for_part(value: pl.Expr, kept: pl.Expr, of_month: pl.Expr) -> pl.Expr:
    """`value` for the paid part of a month, rounded down: what is rounded to an even unit after it is rounded once.

    Divides before it multiplies and adds what that left over, so that nothing leaves 64 bits.
    """
    return value // of_month * kept + value % of_month * kept // of_month


def amount(
    of_class: pl.Expr, parts: pl.Expr, rounding: Rounding, kept: pl.Expr = ONE, of_month: pl.Expr = ONE
) -> pl.Expr:
    """Sen paid: base times PARTS, for the paid part of the month, rounded once, here."""
    exact = for_part(of_class * parts, kept, of_month)
    if rounding == "sen":
        return half_up(exact, PARTS)
    if rounding == "rupiah":
        return half_up(exact, PARTS * RUPIAH) * RUPIAH
    return exact // (PARTS * RUPIAH) * RUPIAH
