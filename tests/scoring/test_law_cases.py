"""The law cases: data a lawyer can read, run through the stages that everything runs through."""

import functools
import tomllib
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scoring.engine import work_days
from scoring.frames import WANTED
from scoring.laws import PeriodLaw
from scoring.rounding import amount
from tests.scoring.office import (
    TERMINALS_OF_ONE_ZONE,
    ZONE,
    clean_times,
    law_of,
    punches,
    results,
    score,
    with_seconds,
)

CASES = Path(__file__).parent.parent / "law_cases"
SEN = 100


def data(name: str) -> dict[str, Any]:
    return tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"), parse_float=Decimal)


def hundredths(percent: Decimal | int) -> int:
    return int(percent * 100)


DAY_CASES = [(case, seconds) for case in data("days")["case"] for seconds in case["seconds"]]
Judged = dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]


@functools.cache
def judged(rulebook: str, seconds: str, month: str) -> tuple[PeriodLaw, Judged]:
    """The work day and the steps of every case of one law, by the name of the case: one employee each, in one frame."""
    law = law_of(with_seconds(rulebook, seconds), month)
    cases = [
        case
        for case, rule in DAY_CASES
        if (case["rulebook"], rule, f"{case['day']:%Y-%m}") == (rulebook, seconds, month)
    ]
    wanted = pl.DataFrame([(n, case["day"]) for n, case in enumerate(cases)], schema=WANTED, orient="row")
    seen = [
        punches([datetime.combine(case["day"], time.fromisoformat(punch)) for punch in case["punches"]], employee=n)
        for n, case in enumerate(cases)
    ]
    days, steps = work_days(wanted, pl.concat(seen), TERMINALS_OF_ONE_ZONE, law, ZONE)
    by_case: Judged = {case["name"]: (day, []) for case, day in zip(cases, days.to_dicts(), strict=True)}
    for step in steps.to_dicts():
        by_case[cases[step["employee"]]["name"]][1].append(step)
    return law, by_case


@pytest.mark.parametrize(
    ("case", "seconds"), DAY_CASES, ids=lambda value: value if isinstance(value, str) else value["name"]
)
def test_day(case: dict[str, Any], seconds: str) -> None:
    day: date = case["day"]
    law, cases = judged(case["rulebook"], seconds, f"{day:%Y-%m}")
    got, steps = dict(cases[case["name"]][0]), cases[case["name"]][1]
    expected = dict(case["expected"])
    assert got["deduction"] == hundredths(expected.pop("percent"))
    bases = {step["basis"] for step in steps} or set(law.hours.filter(pl.col("day") == day)["hours_basis"])
    assert bases == {expected.pop("basis")}
    for name in ("first_in", "last_out"):
        if name in expected:
            got[name] = got[name].time().isoformat()
        elif case["punches"] and "TA" in expected["codes"]:
            assert got[name] is None
    assert {name: got[name] for name in expected} == expected
    assert sum(step["percent"] for step in steps) == got["deduction"]
    assert " ".join(step["code"] for step in steps) == got["codes"]


MONTH = data("e1_one_month_three_profiles")


@pytest.mark.parametrize("case", MONTH["case"], ids=lambda case: case["name"])
def test_month(case: dict[str, Any]) -> None:
    law = law_of(case["rulebook"], MONTH["period"])
    special = [row["day"] for row in MONTH["days"]]
    times = clean_times(law, special) + [
        datetime.combine(row["day"], time.fromisoformat(punch)) for row in MONTH["days"] for punch in row["punches"]
    ]
    done = score(law, punches(times))
    by_day = {row["day"]: row for row in done.work_days.to_dicts()}
    assert [by_day[day]["deduction"] for day in special] == [hundredths(percent) for percent in case["percent"]]
    assert [by_day[day]["codes"] for day in special] == case["codes"]
    assert all(row["deduction"] == 0 for day, row in by_day.items() if day not in special)
    (scored,) = done.scores.to_dicts()
    assert scored["deduction"] == hundredths(case["deduction"])
    assert scored["payable"] == scored["attendance"] == 10000 - hundredths(case["deduction"])
    assert scored["output"] is None
    base = MONTH["base_rupiah"] * SEN
    assert amount(scored["deduction"], base) == case["deducted_rupiah"] * SEN
    assert amount(scored["payable"], base) == case["paid_rupiah"] * SEN


def test_results_are_needed_only_where_output_counts() -> None:
    law = law_of("kemenag-2014", "2026-01")
    with_output = score(law, punches(clean_times(law)), results(points=1, target=1))
    assert with_output.scores.equals(score(law, punches(clean_times(law))).scores)
