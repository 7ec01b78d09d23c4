"""The one rounding, and figures as the law prints them. No float enters: percentages are whole hundredths."""

from typing import overload

import polars as pl

FULL = 100_00
"""100 % in hundredths of a percent."""


@overload
def half_up(numerator: int, denominator: int) -> int: ...
@overload
def half_up(numerator: pl.Expr, denominator: int | pl.Expr) -> pl.Expr: ...
def half_up(numerator: int | pl.Expr, denominator: int | pl.Expr) -> int | pl.Expr:
    """Numerator ÷ denominator to the nearest whole number, halves up. Multiply first, divide here, once."""
    return (2 * numerator + denominator) // (2 * denominator)


def amount(percent: int, base: int) -> int:
    """Sen of `percent` (hundredths of a percent) of `base` (sen)."""
    return half_up(percent * base, FULL)


def printed(hundredths: pl.Expr) -> pl.Expr:
    """875 → "8,75", as Indonesian law prints it."""
    sign, figure = pl.when(hundredths < 0).then(pl.lit("-")).otherwise(pl.lit("")), hundredths.abs()
    return pl.format("{}{},{}", sign, figure // 100, (figure % 100).cast(pl.String).str.zfill(2))


def printed_one(hundredths: int) -> str:
    """As `printed`, for a single figure."""
    return f"{'-' * (hundredths < 0)}{abs(hundredths) // 100},{abs(hundredths) % 100:02d}"
