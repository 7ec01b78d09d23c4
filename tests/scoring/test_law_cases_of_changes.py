"""What changes within a month is judged by the day it changes: the law cases of changes.toml."""

import dataclasses
import tomllib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from config.rulebook_tables import TABLES
from config.rulebooks import Rulebook, rulebook
from scoring.schedule import ROSTERED
from tests.scoring.office import clean_times, law_of, punches, results, score

CASES = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "changes.toml").read_text(encoding="utf-8"), parse_float=Decimal
)


def times(day: date, clocks: list[str]) -> list[str | datetime]:
    return [datetime.combine(day, time.fromisoformat(clock)) for clock in clocks]


def changed_on(case: dict[str, Any]) -> Rulebook:
    """The one rulebook, with the tables of the other as its next versions."""
    book, other = rulebook(case["before"]), rulebook(case["after"])
    for kind in TABLES:
        if kind.name in case["tables"]:
            (new,) = other.need(kind).versions
            law = dataclasses.replace(new.law, in_force=case["on"], in_force_known="day")
            table = book.need(kind)
            versions = (*table.versions, dataclasses.replace(new, law=law))
            book = book.replaced(kind, dataclasses.replace(table, versions=versions))
    return book


def test_law_that_changes_within_the_month() -> None:
    case = CASES["law"]
    law = law_of(changed_on(case), case["period"])
    special = [row["day"] for row in case["days"]]
    seen = clean_times(law, special) + [at for row in case["days"] for at in times(row["day"], row["punches"])]
    done = score(law, punches(seen))
    days = {row["day"]: row for row in done.work_days.to_dicts()}
    steps = {step["day"]: step for step in done.day_steps.to_dicts()}
    for row in case["days"]:
        got, step = days[row["day"]], steps[row["day"]]
        assert (got["codes"], got["deduction"], step["law"]) == (row["code"], row["percent"] * 100, row["law"])
    assert all(row["deduction"] == 0 for day, row in days.items() if day not in special)
    assert done.scores["deduction"].to_list() == [case["sum"] * 100]


def test_hours_that_change_within_the_month() -> None:
    case = CASES["hours"]
    for period in sorted({f"{row['day']:%Y-%m}" for row in case["days"]}):
        law = law_of(case["rulebook"], period)
        rows = [row for row in case["days"] if f"{row['day']:%Y-%m}" == period]
        seen = pl.concat([punches(times(row["day"], row["punches"]), employee=n) for n, row in enumerate(rows)])
        done = score(law, seen, results(employees=range(len(rows)))).work_days
        for n, row in enumerate(rows):
            (got,) = done.filter((pl.col("employee") == n) & (pl.col("day") == row["day"])).to_dicts()
            assert (got["minutes_late"], got["minutes_early"]) == (row["late"], row["early"]), row["day"]


def test_shifts_that_change_within_the_month() -> None:
    case = CASES["shift"]
    rows = [
        (1, one["first"] + timedelta(days=n), True, "", "shift", 1, one["starts"], one["ends"], *(None,) * 4)
        for one in case["rostered"]
        for n in range((one["last"] - one["first"]).days + 1)
        if (one["first"] + timedelta(days=n)).weekday() < 5
    ]
    rostered = pl.DataFrame(rows, schema=ROSTERED, orient="row")
    done = score(law_of(case["rulebook"], "2026-01"), punches(case["punches"]), rostered=rostered).work_days
    days = {row["day"]: row for row in done.to_dicts()}
    for row in case["days"]:
        got = days[row["day"]]
        assert (got["minutes_late"], got["minutes_early"], got["codes"]) == (row["late"], row["early"], row["code"])
