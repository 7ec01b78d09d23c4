"""Law of the whole state, figure by figure: the law cases of state.toml."""

import tomllib
from calendar import isleap
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from config import allowances
from config.calendars import calendar
from config.dated import NotInForceError, Table, read
from config.evaluation import evaluation
from config.kinds.hours import Hours
from config.national import discipline, meals
from scoring.discipline import DUTIES, flags

CASES = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "state.toml").read_text(encoding="utf-8"), parse_float=Decimal
)
OF_STANDING = {"lateness_list", "maturity_levels", "merit_borders"}
"""No law of pay: how a standing is told. Their cases stand with it."""
TABLES: tuple[Table[Any], ...] = (
    *calendar().tables,
    discipline().unexcused_days,
    discipline().minutes_as_days,
    meals().days,
    meals().rates,
    meals().tax,
    *(table for table in evaluation().tables if table.name not in OF_STANDING),
    *(allowances.classes(name) for name in allowances.names()),
)
ONE_DAY = timedelta(days=1)
SEN = 100


def hundredths(value: Decimal | int | str) -> int | None:
    return None if isinstance(value, str) else int(value * 100)


def test_the_first_day_of_every_version_and_the_day_before() -> None:
    assert {table.name: [version.law.in_force for version in table.versions] for table in TABLES} == CASES["first_days"]
    for table in TABLES:
        for n, version in enumerate(table.versions):
            first = version.law.in_force
            assert table.on(first) is version
            if n:
                assert table.on(first - ONE_DAY) is table.versions[n - 1]
        with pytest.raises(NotInForceError, match=f"{table.name}.*says nothing about"):
            table.on(table.versions[0].law.in_force - ONE_DAY)


@pytest.mark.parametrize("table", [calendar().working_hours, calendar().ramadan_hours], ids=lambda table: table.name)
def test_office_hours(table: Table[Hours]) -> None:
    """Every text about them says the same."""
    name = table.name
    rests = CASES["hours"]["rest_minutes"][name]
    for version, block in zip(table.versions, read(table.path).children("version", "version"), strict=True):
        week = [[] if hours is None else [f"{time:%H:%M}" for time in hours] for hours in version.content.week]
        assert week == CASES["hours"][name]
        assert [row.whole("rest_minutes") for row in block.children("rows", "row")] == rests
        minutes = [_minutes(end) - _minutes(start) for start, end in week[:5]]
        assert sum(minutes) - 4 * rests[0] - rests[1] == CASES["hours"]["a_week"][name]


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


@pytest.mark.parametrize(("kind", "section"), [("holiday", "holidays"), ("joint_leave", "joint_leave")])
def test_free_days(kind: str, section: str) -> None:
    for year, months in CASES[section].items():
        free = {date(int(year), month, day) for month, days in months for day in days}
        every = [date(int(year), 1, 1) + timedelta(days=n) for n in range(365 + isleap(int(year)))]
        assert {day for day in every if calendar().day(day).kind == kind} == free


def test_days_that_a_later_decree_struck_out_or_moved() -> None:
    assert {day: calendar().day(date.fromisoformat(day)).kind for day in CASES["moved"]} == CASES["moved"]


@pytest.mark.parametrize("case", CASES["ramadan"])
def test_ramadan(case: Mapping[str, Any]) -> None:
    days = [calendar().day(day) for day in case["days"]]
    assert [f"{day.hours[0]:%H:%M}" if day.hours else day.kind for day in days] == case["expected"]


def test_what_days_of_absence_lead_to() -> None:
    """Somebody a number of days, scattered so that no two are in a row; the last flag is what is reached."""
    law, cases = discipline().unexcused_days.on(date(2026, 12, 31)).content, CASES["discipline"]
    working = [day for n in range(365) if calendar().day(day := date(2026, 1, 1) + n * ONE_DAY).kind == "work"]
    rows = [
        (count, day, "absent" if at % 2 == 0 and at // 2 < count else "there", 0)
        for count, *_ in cases["days"]
        for at, day in enumerate(working)
    ]
    found = flags(pl.DataFrame(rows, schema=DUTIES, orient="row"), law, 2026).sort("employee", "reached")
    last = {row["employee"]: row for row in found.to_dicts()}
    for count, sanction, months, cut in cases["days"]:
        got = last.get(count, {"sanction": "", "months": None, "cut": None})
        assert (got["sanction"], got["months"] or 0, got["cut"] or 0) == (sanction, months, cut * 100), count
    assert [law.in_a_row.days, law.in_a_row.sanction] == cases["in_a_row"]
    borders = {at for threshold in law.in_a_year for at in (threshold.days - 1, threshold.days)}
    assert borders <= {count for count, *_ in cases["days"]}


def test_whether_minutes_count_as_days() -> None:
    got = [
        [version.law.in_force, version.content.minutes, version.content.counts, version.law.basis]
        for version in discipline().minutes_as_days.versions
    ]
    assert got == CASES["minutes"]["versions"]


def test_meal_money() -> None:
    (rates,), (tax,), (days,) = meals().rates.versions, meals().tax.versions, meals().days.versions
    assert list(rates.content) == [rupiah * SEN for rupiah in CASES["meals"]["rates"]]
    assert list(tax.content) == [hundredths(percent) for percent in CASES["meals"]["tax"]]
    said, rule = CASES["meals"]["days"], days.content
    assert [rule.scans, rule.full_hours, list(rule.keeps)] == [said["scans"], said["full_hours"], said["keeps"]]
    assert (rule.latest_in, rule.most_early) == (None, None)


def test_shares_of_the_plan() -> None:
    for day, shares in CASES["plan_shares"].items():
        content = evaluation().plan_shares.on(date.fromisoformat(day)).content
        assert [content.consulted, content.not_consulted] == [hundredths(share) for share in shares]


def test_the_halves_of_a_year() -> None:
    for day, shares in CASES["plan_halves"].items():
        content = evaluation().plan_halves.on(date.fromisoformat(day)).content
        assert [content.first, content.second] == ([hundredths(share) for share in shares] or [None, None])


def test_quality_has_a_name_at_every_border() -> None:
    (version,) = evaluation().quality.versions
    for mark, name in CASES["quality"]["marks"]:
        assert next(row.name for row in version.content if row.start <= mark) == name
    borders = {at for row in version.content for at in (row.start, row.start - 1) if at >= 0}
    assert borders <= {mark for mark, _ in CASES["quality"]["marks"]}


@pytest.mark.parametrize("name", allowances.names())
def test_classes(name: str) -> None:
    table = allowances.classes(name)
    for day, said in CASES["classes"][name].items():
        got = dict(table.on(date.fromisoformat(day)).content.sen)
        if isinstance(said, list):
            known = dict(zip(range(len(said), 0, -1), said, strict=True))
        else:
            known = {} if said == "unknown" else {int(number): rupiah for number, rupiah in said.items()}
        assert got == {number: known[number] * SEN if number in known else None for number in range(17, 0, -1)}
