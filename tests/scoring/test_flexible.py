"""Example E3: hours that move with the scan in."""

import tomllib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from api import words
from scoring.beside import AWAY, exits
from scoring.flexible import flexible
from scoring.frames import WANTED
from scoring.rounding import amount
from scoring.schedule import expected
from scoring.workday import place, resolve
from tests.scoring.office import TERMINALS_OF_ONE_ZONE, ZONE, clean_times, law_of, one_day, punches, score

E3 = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "e3_proportional_flexible_hours.toml").read_text(encoding="utf-8"),
    parse_float=Decimal,
)
DAY = date(2026, 1, 5)
LAW = law_of(E3["rulebook"], "2026-01")


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
    more = [datetime.combine(day, at) for day, case in zip(working, cases, strict=True) for at in case["punches"]]
    (got,) = score(LAW, punches([*hours, *more])).scores.to_dicts()
    assert (got["deduction"], got["payable"]) == (525, 9475)
    assert amount(got["payable"], 1_000_000_000) == 947_500_000


USUAL = "flexible hours of 07:30-17:00"


@pytest.mark.parametrize(
    ("times", "told", "hours"),
    [
        (["08:10", "17:20"], [f"20 min in [1, 31); {USUAL}: in 08:10:00, so out from 17:40"], "08:10 17:40"),
        (["09:01", "18:30"], [f"1 min in [1, 31); {USUAL}: in until 09:00"], "09:00 18:30"),
        (["05:50", "15:29"], [f"1 min in [1, 31); {USUAL}: in 05:50:00, so out from 15:30"], "06:00 15:30"),
        (["12:16"], ["one scan 12:16:00, after the middle 12:15 of 07:30-17:00, counts as out; no scan in",
                     f"284 min in [91, ∞); {USUAL}: no scan in, so out from 17:00"], "07:30 17:00"),
        (["12:15"], [f"195 min in [61, ∞); {USUAL}: in until 09:00",
                     "one scan 12:15:00, not after the middle 12:15 of 07:30-17:00, counts as in; no scan out"],
         "09:00 18:30"),
    ],
)  # fmt: skip
def test_a_step_tells_the_usual_hours_and_how_they_moved(times: list[str], told: list[str], hours: str) -> None:
    got, steps = one_day(LAW, DAY, [f"2026-01-05 {at}" for at in times])
    assert sorted(step["formula"].partition(" [scans")[0] for step in steps) == sorted(told)
    assert f"{got['expected_in']:%H:%M} {got['expected_out']:%H:%M}" == hours
    for step in steps:
        assert "flexible" not in words.formula(step["formula"], "id")
        assert "so out" not in words.formula(step["formula"], "id")


def test_who_comes_early_is_away_when_he_leaves_the_post_before_the_usual_begin() -> None:
    """His day began when he came: an exit within it counts as on any other."""
    away = pl.DataFrame([(1, *(datetime.fromisoformat(f"2026-01-05 {at}") for at in ("07:00", "07:20")), False)],
                        schema=AWAY, orient="row")  # fmt: skip
    duties = expected(pl.DataFrame([(1, DAY)], schema=WANTED, orient="row"), LAW.days, LAW.hours)
    seen = place(punches(["2026-01-05 06:30", "2026-01-05 16:05"]), TERMINALS_OF_ONE_ZONE, ZONE, duties)
    (found,) = exits(away, flexible(resolve(duties, seen), LAW.flexible)).to_dicts()
    assert found["minutes"] == 20
