"""Example E3: hours that move with the scan in."""

import dataclasses
import tomllib
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scoring.rounding import amount
from tests.scoring.office import clean_times, law_of, one_day, punches, score

E3 = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "e3_proportional_flexible_hours.toml").read_text(encoding="utf-8"),
    parse_float=Decimal,
)
DAY = date(2026, 1, 5)
LONGER = pl.duration(hours=1)
"""Kemenkeu works until 17:00, 17:30 on Fridays."""
LAW = law_of(E3["rulebook"], "2026-01")
LAW = dataclasses.replace(LAW, days=LAW.days.with_columns(pl.col("expected_out") + LONGER))


@pytest.mark.parametrize("case", E3["case"], ids=lambda case: case["name"])
def test_e3(case: dict[str, Any]) -> None:
    got, steps = one_day(LAW, DAY, [datetime.combine(DAY, at) for at in case["punches"]])
    assert got["deduction"] == int(case["percent"] * 100)
    assert got["codes"] == case.get("codes", got["codes"])
    assert sum(step["percent"] for step in steps) == got["deduction"]


def test_the_month_of_e3() -> None:
    """Five days: 0.5 + 1 + 1.25 + 2.5 + 0 = 5.25 %, of 10,000,000."""
    working = LAW.days.filter(pl.col("kind") == "work")["day"].to_list()[:5]
    names = ("20 short", "in 09:01", "in 09:31", "no scan in", "made up")
    cases = [next(case for case in E3["case"] if name in case["name"]) for name in names]
    hours = clean_times(LAW, except_on=working)
    friday = {day for day in working if day.weekday() == 4}
    more = [
        datetime.combine(day, at) + timedelta(minutes=30 if day in friday and at.hour > 12 else 0)
        for day, case in zip(working, cases, strict=True)
        for at in case["punches"]
    ]
    (got,) = score(LAW, punches([*hours, *more])).scores.to_dicts()
    assert (got["deduction"], got["payable"]) == (525, 9475)
    assert amount(got["payable"], 1_000_000_000) == 947_500_000
