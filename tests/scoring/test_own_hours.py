"""A body's own hours: tests/law_cases/own_hours.toml."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.scoring.office import law_of, of_day, one_day

CASES = tomllib.loads((Path(__file__).parent.parent / "law_cases" / "own_hours.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["name"])
def test_the_hours_of_a_day(case: dict[str, Any]) -> None:
    day = case["day"]
    law = of_day(law_of(case["rulebook"], f"{day:%Y-%m}"), day)
    (got,) = law.days.to_dicts()
    hours = f"{got['expected_in']:%H:%M}-{got['expected_out']:%H:%M}" if got["expected_in"] else ""
    assert (hours, got["kind"] == "work") == (case["hours"], bool(case["hours"]))
    (said,) = law.hours.filter(pl.col("day") == day).to_dicts()
    assert said["hours_basis"] == law.decided_by[day]["basis"] == case["basis"]
    assert case["law"] in said["hours"]
    assert case["law"] in law.decided_by[day]["law"]


def test_who_leaves_at_the_end_of_the_calendar_leaves_early() -> None:
    """Half an hour before the moved end of 16:30, by the law of the body's own hours."""
    law = law_of("kemenkeu-2021", "2026-01")
    monday = date(2026, 1, 5)
    for out, percent, code in (("16:30", 0, ""), ("16:29", 50, "PSW1"), ("16:00", 50, "PSW1"), ("15:59", 100, "PSW2")):
        got, steps = one_day(law, monday, ["2026-01-05 07:00", f"2026-01-05 {out}"])
        assert (got["deduction"], got["codes"]) == (percent, code)
        assert {(step["hours"], step["basis"]) for step in steps} <= {("PMK 221/PMK.01/2021", "regulation")}
