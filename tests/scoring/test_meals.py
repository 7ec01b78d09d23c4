"""Meal money: which days earn it, by the law of the state and by Kemenag's practice. The cases are data."""

import tomllib
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.kinds.meals import MealDays
from config.national import meals as national
from config.rulebook_tables import MEAL_DAYS
from config.rulebooks import rulebook
from scoring.meals import ATTENDED, meals
from tests.scoring.office import law_of

CASES = Path(__file__).parent.parent / "law_cases" / "e8_meals.toml"
LAST = date(2026, 1, 31)


def rule_of(name: str) -> MealDays:
    own = rulebook(name).on(MEAL_DAYS, LAST)
    return national().days.on(LAST).content if own is None else own.content


def attended(said: dict[str, Any], grade: int | None, employee: int = 1) -> pl.DataFrame:
    law, margin = law_of("kemenag-2014", "2026-01"), timedelta(minutes=5)
    rate = None if grade is None else national().rates.on(LAST).content[grade - 1]
    tax = None if grade is None else national().tax.on(LAST).content[grade - 1]
    rows = []
    for row in law.days.filter(pl.col("kind") == "work").to_dicts():
        at, until = row["expected_in"], row["expected_out"]
        otherwise = said.get(str(row["day"].day), [at - margin, until + margin])
        absence = otherwise if isinstance(otherwise, str) else None
        times = [] if absence else otherwise
        scans = [datetime.fromisoformat(f"{row['day']} {one}") if isinstance(one, str) else one for one in times]
        first, last = (scans or [None])[0], scans[1] if len(scans) > 1 else None
        rows.append((employee, row["day"], at, until, first, last, absence, grade, rate, tax))
    return pl.DataFrame(rows, schema=ATTENDED, orient="row")


def sen(rupiah: str) -> int | None:
    return None if rupiah == "unknown" else int(Decimal(rupiah) * 100)


@pytest.mark.parametrize(
    "case", tomllib.loads(CASES.read_text(encoding="utf-8"))["case"], ids=lambda case: case["name"]
)
def test_meals(case: dict[str, Any]) -> None:
    (row,) = meals([(rule_of(case["rulebook"]), attended(case["days"], case["grade"]))]).to_dicts()
    assert row == {"employee": 1, "days": case["count"], "gross": sen(case["gross"]), "net": sen(case["net"])}


def test_without_a_grade_there_is_no_amount() -> None:
    (row,) = meals([(rule_of("kemenkeu-2011"), attended({}, None))]).to_dicts()
    assert (row["days"], row["gross"], row["net"]) == (20, None, None)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(1, 31)), st.sets(st.integers(1, 31)))
def test_more_days_away_never_earn_more_and_partitions_do_not_matter(away: set[int], more: set[int]) -> None:
    rule = rule_of("kemenkeu-2011")
    one = attended({str(day): [] for day in away}, 3)
    other = attended({str(day): [] for day in away | more}, 3, employee=2)
    first, second = meals([(rule, pl.concat([one, other]))]).to_dicts()
    assert first["gross"] >= second["gross"]
    assert first["gross"] == first["days"] * 3_700_000
    assert [first, second] == meals([(rule, other), (rule, one)]).to_dicts()
