"""Small offices for the tests: facts written as text, frames out, the real stages in between."""

import dataclasses
import functools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from config.calendars import calendar
from config.dated import Table
from config.rulebook_tables import SCANS
from config.rulebooks import Rulebook, rulebook
from scoring.engine import Scored, every_day, scored
from scoring.frames import PUNCHES, RESULTS, TERMINALS
from scoring.laws import PeriodLaw, period_law
from scoring.schedule import NO_ROSTERS

ZONE = "Asia/Jakarta"
TERMINALS_OF_ONE_ZONE = pl.DataFrame([(1, "lobby", ZONE), (2, "gate", ZONE)], schema=TERMINALS, orient="row")
NO_PUNCHES = pl.DataFrame(schema=PUNCHES)


def punches(times: Sequence[str | datetime], employee: int = 1, terminal: int = 1, state: int = 255) -> pl.DataFrame:
    """PUNCHES of one employee at these wall-clock times ("2026-01-05 07:42")."""
    rows = [
        (employee, terminal, f"{employee:04d}", datetime.fromisoformat(time) if isinstance(time, str) else time, state)
        for time in times
    ]
    return pl.DataFrame(rows, schema=PUNCHES, orient="row")


def results(points: int = 0, target: int | None = None, employees: Sequence[int] = (1,)) -> pl.DataFrame:
    return pl.DataFrame([(employee, points, target) for employee in employees], schema=RESULTS, orient="row")


def law_of(name: str | Rulebook, period: str, until: date | None = None) -> PeriodLaw:
    return _law_of(name, period, until)


@functools.lru_cache(maxsize=128)
def _law_of(name: str | Rulebook, period: str, until: date | None) -> PeriodLaw:
    first = date.fromisoformat(f"{period}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return period_law(rulebook(name) if isinstance(name, str) else name, calendar(), first, last, until)


def of_day(law: PeriodLaw, day: date) -> PeriodLaw:
    """The same law, asked about one day only."""
    return dataclasses.replace(law, days=law.days.filter(pl.col("day") == day))


def score(
    law: PeriodLaw,
    seen: pl.DataFrame = NO_PUNCHES,
    result: pl.DataFrame | None = None,
    zone: str = ZONE,
    rostered: pl.DataFrame = NO_ROSTERS,
) -> Scored:
    """Everything of the employees in result (default: employee 1) on the days of the law."""
    result = results() if result is None else result
    wanted = every_day(result["employee"], law)
    return scored(wanted, seen, TERMINALS_OF_ONE_ZONE, result, law=law, time_zone=zone, rostered=rostered)


def one_day(law: PeriodLaw, day: date, times: Sequence[str | datetime]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The work day and the day steps of one employee."""
    done = score(of_day(law, day), punches(times))
    return done.work_days.to_dicts()[0], done.day_steps.to_dicts()


def clean_times(law: PeriodLaw, except_on: Sequence[date] = ()) -> list[datetime]:
    """Five minutes before the hours and five after, on every working day."""
    hours = law.days.filter((pl.col("kind") == "work") & ~pl.col("day").is_in(list(except_on)))
    margin = timedelta(minutes=5)
    return [time for row in hours.to_dicts() for time in (row["expected_in"] - margin, row["expected_out"] + margin)]


def changed(table: Table[Any], **content: object) -> Table[Any]:
    """The table with other content in its newest version."""
    *older, newest = table.versions
    new = dataclasses.replace(newest, content=dataclasses.replace(newest.content, **content))
    return dataclasses.replace(table, versions=(*older, new))


@functools.cache
def with_seconds(name: str, seconds: str) -> Rulebook:
    """A shipped rulebook under the given seconds rule."""
    book = rulebook(name)
    return book.replaced(SCANS, changed(book.need(SCANS), seconds=seconds))
