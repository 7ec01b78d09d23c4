"""The first apel after Lebaran: tests/law_cases/apel_after_lebaran.toml."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scoring.beside import ASSEMBLED, NOTHING_BESIDE, Beside
from scoring.engine import every_day, work_days
from tests.scoring.office import NO_PUNCHES, TERMINALS_OF_ONE_ZONE, ZONE, clean_times, law_of, of_day, punches

FILE = Path(__file__).parent.parent / "law_cases" / "apel_after_lebaran.toml"
CASES = tomllib.loads(FILE.read_text(encoding="utf-8"))["case"]


def judged(case: dict[str, Any], seen: pl.DataFrame) -> tuple[int | None, list[dict[str, Any]]]:
    day = case["day"]
    law = of_day(law_of(case["rulebook"], f"{day:%Y-%m}"), day)
    assembled = [(1, day, name, None, None, listed) for name, listed in case["apel"]]
    beside = Beside(NOTHING_BESIDE.away, pl.DataFrame(assembled, schema=ASSEMBLED, orient="row"))
    days, steps = work_days(every_day(pl.Series([1]), law), seen, TERMINALS_OF_ONE_ZONE, law, ZONE, beside=beside)
    return days["deduction"].item(), steps.to_dicts()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_law_cases(case: dict[str, Any]) -> None:
    day = case["day"]
    law = of_day(law_of(case["rulebook"], f"{day:%Y-%m}"), day)
    deduction, steps = judged(case, punches(clean_times(law)))
    assert deduction == case["deduction"] * 100
    assert [[step["kind"], step["formula"]] for step in steps] == case["steps"]
    assert all(step["basis"] == "assumption" and step["hours"] == "" for step in steps)


def test_who_was_absent_is_deducted_for_that_alone() -> None:
    deduction, steps = judged(CASES[0], NO_PUNCHES)
    assert (deduction, [step["kind"] for step in steps]) == (None, ["absent"])


def test_the_days_of_a_month_that_follow_idul_fitri() -> None:
    assert law_of("bolmong", "2026-03").after_lebaran == (date(2026, 3, 25),)
    assert law_of("bolmong", "2026-04").after_lebaran == law_of("mimika", "2026-03").after_lebaran == ()
