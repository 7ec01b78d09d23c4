"""Rules that look at more than one thing of a day or more than one day: the law cases of together.toml."""

import tomllib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from config.calendars import calendar
from config.dated import Table
from config.kinds.period import AttendancePeriod
from config.kinds.rates import Rate
from config.rulebook_tables import COMBINED, DAILY_CAP, TABLES
from config.rulebooks import Rulebook, rulebook
from scoring.attendance_period import CALENDAR_MONTH, counted_days
from scoring.laws import period_law
from tests.scoring.office import clean_times, law_of, one_day, punches, score

CASES = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "together.toml").read_text(encoding="utf-8"), parse_float=Decimal
)
DAY = date(2026, 1, 5)
START, END = datetime.combine(DAY, time(7, 30)), datetime.combine(DAY, time(16))


def hundredths(percent: Decimal | int | str) -> int | None:
    return None if isinstance(percent, str) else int(percent * 100)


def with_rates(name: str, kind: Any, rates: tuple[Rate, ...]) -> Rulebook:
    """A shipped rulebook with one more table, of the law of its bands."""
    book = rulebook(name)
    late = book.tables[1]
    version = type(late.versions[0])(late.versions[0].law, rates)
    return book.replaced(kind, Table(kind.name, late.path, "", late.unit, late.checked, (version,)))


def scans(case: dict[str, Any]) -> list[str | datetime]:
    if case.get("absent"):
        return []
    came = [] if case.get("no_in") else [START + timedelta(minutes=case.get("late", 0))]
    left = [] if case.get("no_out") else [END - timedelta(minutes=case.get("early", 0))]
    return [*came, *left]


@pytest.mark.parametrize("case", CASES["daily_cap"], ids=lambda case: case["name"])
def test_daily_cap(case: dict[str, Any]) -> None:
    book = with_rates("kemenkeu-2011", DAILY_CAP, (Rate("present", hundredths(case["cap"]), ""),))
    got, steps = one_day(law_of(book, "2026-01"), DAY, scans(case))
    assert got["deduction"] == hundredths(case["percent"])
    assert [step["percent"] for step in steps if step["kind"] == "daily_cap"] == (
        [hundredths(case["given_back"])] if "given_back" in case else [None] if got["deduction"] is None else []
    )
    if got["deduction"] is not None:
        assert sum(step["percent"] for step in steps) == got["deduction"]


@pytest.mark.parametrize("case", CASES["combined"], ids=lambda case: case["name"])
def test_combined(case: dict[str, Any]) -> None:
    pairs = ("late_early", "late_missing_out", "missing_in_early")
    book = with_rates("kemenkeu-2011", COMBINED, tuple(Rate(pair, 125, "") for pair in pairs))
    got, steps = one_day(law_of(book, "2026-01"), DAY, scans(case))
    assert got["deduction"] == hundredths(case["percent"])
    assert [step["kind"] for step in steps] == case["kinds"]
    assert all(step["punches"] for step in steps)


@pytest.mark.parametrize("case", CASES["run"], ids=lambda case: case["name"])
def test_absence_in_a_row(case: dict[str, Any]) -> None:
    law = law_of("kemendikdasmen-2025", "2026-03")
    working = law.days.filter(pl.col("kind") == "work")["day"].to_list()
    away = [day for day in working if case["first"] <= day <= case["last"] and day != case.get("came")]
    done = score(law, punches(clean_times(law, except_on=away)))
    (got,) = done.scores.to_dicts()
    assert got["deduction"] == hundredths(case["percent"])
    run = [step for step in done.period_steps.to_dicts() if step["kind"] == "absence_run"]
    assert bool(run) == (case["percent"] == 100)
    for step in run:
        assert step["formula"].startswith("10 working days in a row, 2026-03-09 to 2026-03-27")
        assert step["article"] == "Ps. 19"


def test_attendance_from_the_16th_to_the_15th() -> None:
    """Permendes 7/2025 Ps. 27."""
    assert counted_days(date(2026, 3, 31), lambda _: AttendancePeriod(16)) == (date(2026, 2, 16), date(2026, 3, 15))
    assert counted_days(date(2026, 1, 1), lambda _: AttendancePeriod(16)) == (date(2025, 12, 16), date(2026, 1, 15))
    assert counted_days(date(2026, 2, 3), lambda _: CALENDAR_MONTH) == (date(2026, 2, 1), date(2026, 2, 28))
    counted = period_law(rulebook("kemendes-2025"), calendar(), date(2026, 2, 16), date(2026, 3, 15))
    (summed,) = score(counted, punches(clean_times(counted))).scores.to_dicts()
    assert summed["deduction"] == 0


def test_every_table_has_a_name_of_its_own() -> None:
    assert len({kind.name for kind in TABLES}) == len(TABLES)
