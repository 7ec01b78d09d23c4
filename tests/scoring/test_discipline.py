"""Discipline flags: on the exact day, summed from 1 January, in a row over holidays. The cases are data."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.calendars import calendar
from config.national import discipline
from scoring.discipline import DUTIES, flags
from scoring.sanctioned import worth

CASES = Path(__file__).parent.parent / "law_cases" / "e9_discipline.toml"
SANCTIONS = discipline().unexcused_days.versions[0].content
MINUTES = discipline().minutes_as_days.versions[0].content.minutes
WORKING = [day for n in range(365) if calendar().day(day := date(2026, 1, 1) + timedelta(days=n)).kind == "work"]


def duties(
    absent: Sequence[date], minutes: Mapping[date, int] | None = None, undecided: Sequence[date] = (), employee: int = 1
) -> pl.DataFrame:
    assert set(absent) <= set(WORKING)
    late = minutes or {}
    rows = [
        (
            employee,
            day,
            "absent" if day in absent else "undecided" if day in undecided else "there",
            late.get(day, 0),
        )
        for day in WORKING
    ]
    return pl.DataFrame(rows, schema=DUTIES, orient="row")


@pytest.mark.parametrize(
    "case", tomllib.loads(CASES.read_text(encoding="utf-8"))["case"], ids=lambda case: case["name"]
)
def test_flags(case: dict[str, Any]) -> None:
    minutes = {date.fromisoformat(day): count for day, count in case.get("minutes", {}).items()}
    found = flags(duties(case["absent"], minutes), SANCTIONS, 2026, MINUTES if minutes else None)
    assert found.select("day", "sanction", "reached").to_dicts() == case["flags"]
    for row in found.to_dicts():
        assert row["days"] == [day for day in sorted(case["absent"]) if day <= row["day"]][-row["reached"] :]
    if "class" in case:
        ours = found.with_columns(rulebook=pl.lit("kemensos-eperformance"))
        post = found.select("employee", "day").with_columns(
            pl.lit(case["class"], pl.Int64).alias("class"), candidate=False
        )
        *before, last = worth(ours, post).to_dicts()
        assert {row["monthly"] for row in before} == {None}, "without a cut nothing"
        for key in ("allowance", "monthly", "in_all"):
            assert Decimal(last[key]) / 100 == Decimal(case[key])


@pytest.mark.parametrize("threshold", SANCTIONS.in_a_year, ids=lambda one: one.sanction)
def test_each_border(threshold: Any) -> None:
    scattered = WORKING[::2]  # never two in a row
    for count in (threshold.days - 1, threshold.days, threshold.days + 1):
        found = flags(duties(scattered[:count]), SANCTIONS, 2026)
        on = found.filter(pl.col("sanction") == threshold.sanction)["day"].to_list()
        assert on == ([scattered[threshold.days - 1]] if count >= threshold.days else [])


def test_the_sum_begins_again_on_1_january_but_a_run_goes_on() -> None:
    days = [date(2025, 12, 22) + timedelta(days=n) for n in range(14)]
    rows = [(1, day, "absent", 0) for day in days if day.weekday() < 5]
    found = flags(pl.DataFrame(rows, schema=DUTIES, orient="row"), SANCTIONS, 2026)
    assert found.select("day", "sanction").rows() == [(date(2026, 1, 2), "dismissal_consecutive")]


def test_a_day_that_is_not_decided_accuses_nobody() -> None:
    absent = WORKING[:5] + WORKING[6:11]
    found = flags(duties(absent, undecided=[WORKING[5]]), SANCTIONS, 2026)
    assert "dismissal_consecutive" not in found["sanction"].to_list()


def test_minutes_count_only_when_the_switch_says_so() -> None:
    assert not discipline().minutes_as_days.on(date(2026, 1, 1)).content.counts
    assert discipline().minutes_as_days.on(date(2021, 8, 30)).content.counts
    late = dict.fromkeys(WORKING[:20], 400)
    assert flags(duties([], late), SANCTIONS, 2026).is_empty()
    assert not flags(duties([], late), SANCTIONS, 2026, MINUTES).is_empty()


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(WORKING), max_size=40), st.randoms(use_true_random=False))
def test_order_and_partition_do_not_matter(absent: set[date], random: Any) -> None:
    one, two = duties(sorted(absent)), duties(WORKING[3:9], employee=2)
    rows = pl.concat([one, two]).rows()
    random.shuffle(rows)
    mixed = flags(pl.DataFrame(rows, schema=DUTIES, orient="row"), SANCTIONS, 2026)
    apart = pl.concat([flags(one, SANCTIONS, 2026), flags(two, SANCTIONS, 2026)])
    assert mixed.equals(apart)
    reached = mixed.filter(pl.col("employee") == 1)["reached"].to_list()
    assert all(count <= len(absent) for count in reached)
