"""The one rounding, against exact decimal arithmetic."""

from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.rounding import amount, half_up, printed, printed_one


@given(st.integers(0, 10**14), st.integers(1, 10**6))
def test_half_up_is_what_decimal_says(numerator: int, denominator: int) -> None:
    exact = (Decimal(numerator) / denominator).quantize(Decimal(1), ROUND_HALF_UP)
    if (2 * numerator) % denominator == 0 or abs(Decimal(numerator) / denominator - exact) < Decimal("0.4999"):
        assert half_up(numerator, denominator) == exact
    in_frame = pl.DataFrame({"n": [numerator]}).select(half_up(pl.col("n"), denominator)).item()
    assert in_frame == half_up(numerator, denominator)


@pytest.mark.parametrize(("percent", "rupiah", "sen"), [(875, 5_079_200, 44_443_000), (9515, 3_510_400, 334_014_560)])
def test_amount_is_exact_in_sen(percent: int, rupiah: int, sen: int) -> None:
    assert amount(percent, rupiah * 100) == sen


def test_halves_go_up() -> None:
    assert [half_up(n, 2) for n in range(5)] == [0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("hundredths", "text"), [(0, "0,00"), (5, "0,05"), (875, "8,75"), (10000, "100,00"), (-5, "-0,05"), (-875, "-8,75")]
)
def test_printed_as_the_law_does(hundredths: int, text: str) -> None:
    assert printed_one(hundredths) == text
    assert pl.DataFrame({"n": [hundredths]}).select(printed(pl.col("n"))).item() == text
