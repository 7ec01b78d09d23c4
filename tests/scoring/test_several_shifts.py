"""A day with several shifts: what the law says of a day counts once a day; lateness and scans belong to their shift."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from config.kinds.rates import Rate
from config.rulebook_tables import COMBINED, DAILY_CAP
from config.rulebooks import Rulebook, rulebook
from scoring.engine import Scored
from scoring.frames import MONTH
from scoring.month import score as month_score
from tests.scoring.office import NO_PUNCHES, law_of, punches, results, score
from tests.scoring.test_law_cases_together import with_rates
from tests.scoring.test_schedule import EVENING, MORNING, duty, rostered

DAY = date(2026, 1, 5)
ROSTER = rostered(duty(5, MORNING), duty(5, EVENING, shift=2))
"""07:00 to 11:00 and 15:00 to 19:00."""


def day_of(times: list[str], book: str | Rulebook = "kemenkeu-2011") -> tuple[list[dict[str, Any]], list[Any]]:
    """The work days of the day, and its steps: shift, kind, percent."""
    done = of(times, book)
    steps = done.day_steps.filter(pl.col("day") == DAY)
    days = done.work_days.filter(pl.col("day") == DAY).to_dicts()
    for one in days:
        told = steps.filter(pl.col("shift") == one["shift"])
        assert told["percent"].sum() == one["deduction"], "a shift's deduction is the sum of its own steps"
    return days, steps.select("shift", "kind", "percent").rows()


def of(times: list[str], book: str | Rulebook) -> Scored:
    seen = punches([f"2026-01-05 {at}" for at in times]) if times else NO_PUNCHES
    return score(law_of(book, "2026-01"), seen, rostered=ROSTER)


def test_an_absence_counts_once_a_day() -> None:
    days, steps = day_of([])
    assert steps == [(1, "absent", 500)]
    assert [day["absent"] for day in days] == [True, True]


@pytest.mark.parametrize(("times", "missed"), [(["07:00", "11:00"], 2), (["15:00", "19:00"], 1)])
def test_who_came_on_one_shift_is_not_absent_but_lacks_the_scans_of_the_other(times: list[str], missed: int) -> None:
    """By the tables' own words: an absence is a day, a missing scan one on a day with another scan."""
    days, steps = day_of(times)
    assert [day["absent"] for day in days] == [False, False]
    assert steps == [(missed, "missing_in", 250), (missed, "missing_out", 250)]
    formulas = of(times, "kemenkeu-2011").day_steps.filter(pl.col("day") == DAY)["formula"].to_list()
    assert formulas == [f"no scan {side} in this shift, but in another of the day" for side in ("in", "out")]


def test_lateness_belongs_to_its_shift() -> None:
    _, steps = day_of(["07:12", "11:00", "15:40", "19:00"])
    assert steps == [(1, "late", 50), (2, "late", 100)]


@pytest.mark.parametrize(
    "times",
    [
        ["07:12", "10:50", "15:00", "19:00"],
        ["07:12", "11:00", "15:00", "18:50"],
        ["07:12", "10:50", "15:12", "18:50"],
    ],
    ids=["in one shift", "in two shifts", "in both"],
)
def test_a_pair_counts_once_a_day(times: list[str]) -> None:
    book = with_rates("kemenkeu-2011", COMBINED, (Rate("late_early", 75, ""),))
    _, steps = day_of(times, book)
    assert steps == [(1, "late_early", 75)]


@pytest.mark.parametrize(
    ("cap", "steps"),
    [
        (149, [(1, "late", 50), (2, "late", 100), (2, "daily_cap", -1)]),
        (150, [(1, "late", 50), (2, "late", 100)]),
        (151, [(1, "late", 50), (2, "late", 100)]),
        (30, [(1, "late", 50), (1, "daily_cap", -20), (2, "late", 100), (2, "daily_cap", -100)]),
    ],
)
def test_a_cap_of_the_day_is_that_of_all_its_shifts(cap: int, steps: list[Any]) -> None:
    book = with_rates("kemenkeu-2011", DAILY_CAP, (Rate("present", cap, ""),))
    days, told = day_of(["07:12", "11:00", "15:40", "19:00"], book)
    assert told == steps
    assert sum(day["deduction"] for day in days) == min(cap, 150)


def test_days_of_absence_in_a_row_are_days_and_not_shifts() -> None:
    assert rulebook("kemlu-2025") is not None
    whole = rostered(*(duty(n, hours, shift) for n in (5, 6) for shift, hours in ((1, MORNING), (2, EVENING))))
    law = law_of("kemenkeu-2011", "2026-01")
    done = score(law, NO_PUNCHES, rostered=whole)
    absent = done.day_steps.filter(pl.col("day").is_in([date(2026, 1, 5), date(2026, 1, 6)]))
    assert absent.select("day", "kind").rows() == [(date(2026, 1, n), "absent") for n in (5, 6)]


def test_the_sum_of_a_month_names_the_shifts_of_a_day_in_their_order() -> None:
    """Of many people at once too: another order of the same figures would be another version of the score."""
    law = law_of("kemenag-2014", "2026-01")
    turns = [(day, cost) for cost in (50, 100, 150) for day in law.days["day"]]
    rows = [(who, day, cost) for day, cost in turns for who in range(1, 101)]
    days = pl.DataFrame(rows, schema=MONTH, orient="row")
    _, steps = month_score(days, results(employees=range(1, 101)), law)
    sums = steps.filter(pl.col("kind") == "deduction")["formula"]
    assert sums.unique().to_list() == [" + ".join(["0,50", "1,00", "1,50"] * 31)]
