"""Law as frames: what a rulebook and the calendar say about each day of a period, ready to be joined."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from config.calendars import LEBARAN, Calendar, Day
from config.dated import Basis, Law, Version
from config.digests import digest, digest_of_versions
from config.kinds.bands import Band
from config.rulebook_tables import (
    ABSENCE_AFTER_HOLIDAY,
    ASSEMBLY_AFTER_LEBARAN,
    FLEXIBLE_HOURS,
    MAKE_UP,
    WORKING_HOURS,
)
from config.rulebooks import Rulebook
from scoring.frames import BANDS, CITATIONS, DAYS, FLEXIBLE, HOURS_LAW, MAKE_UPS, RATES, SCANS_LAW, Schema
from scoring.performance_law import digest_of_performance, rests_on_assumption

ENGINE = 6
"""Raise it when the same law and facts give another result than before: every day is then computed again."""
MINUTES_A_DAY = 24 * 60
TABLE_OF_KIND = {
    "late": "lateness_deduction",
    "early": "early_leave_deduction",
    "missing_in": "missing_scan_deduction",
    "missing_out": "missing_scan_deduction",
    "absent": "absence_deduction",
    "absent_after_holiday": "absence_after_holiday_deduction",
    "exit": "temporary_exit_deduction",
    "late_early": "combined_deduction",
    "late_missing_out": "combined_deduction",
    "missing_in_early": "combined_deduction",
    "assembly": "assembly_deduction",
    "assembly_after_lebaran": "assembly_after_lebaran_deduction",
    "daily_cap": "daily_cap",
    "made_up": "lateness_make_up",
    "leave": "leave_deduction",
}
CASE_OF_KIND = {
    "missing_in": "in",
    "missing_out": "out",
    "absent": "day",
    "absent_after_holiday": "day",
    "late_early": "late_early",
    "late_missing_out": "late_missing_out",
    "missing_in_early": "missing_in_early",
    "assembly": "missed",
    "assembly_after_lebaran": "missed",
    "daily_cap": "present",
}
"""Kinds whose percentage is a rate: the case of their table. The others go by minutes."""


@dataclass(frozen=True)
class PeriodLaw:
    """Everything the law says about the days of a period that are over, and about the period.

    days, hours, flexible, make_ups, late, early, exits, rates, scans, citations: frames of scoring.frames.
    day_digests: of what was said of each day. decided_by: the text that sets the hours of each day, or frees it, by the
    names of CITED. gaps: sets of versions (`laws`) by which keys tell that somebody left the post. unknown_make_ups:
    those by which lateness can be made up, and how is not known.
    after_holiday: working days that follow a holiday or collective leave, where that matters; after_lebaran: those that
    follow Idul Fitri, likewise. basis: "assumption" when a figure or date in use is.
    """

    rulebook: Rulebook
    last: date
    days: pl.DataFrame
    hours: pl.DataFrame
    flexible: pl.DataFrame
    make_ups: pl.DataFrame
    late: pl.DataFrame
    early: pl.DataFrame
    exits: pl.DataFrame
    rates: pl.DataFrame
    scans: pl.DataFrame
    citations: pl.DataFrame
    day_digests: dict[date, str]
    decided_by: dict[date, dict[str, str]]
    after_holiday: tuple[date, ...]
    after_lebaran: tuple[date, ...]
    gaps: tuple[int, ...]
    unknown_make_ups: tuple[int, ...]
    basis: Basis
    digest: str


def period_law(rulebook: Rulebook, calendar: Calendar, first: date, last: date, until: date | None = None) -> PeriodLaw:
    """The law of the days first ≤ day < until (default: all) and of the period first … last.

    What is said of a period (digests, basis) is said of all its days, whatever part of it is over.

    Raises:
        NotInForceError: a table says nothing about one of these days.
    """
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    every = [calendar.day(day, rulebook.on(WORKING_HOURS, day)) for day in dates]
    days = [day for day in every if until is None or day.day < until]
    per_day = {day.day: list(rulebook.versions_on(day.day)) for day in every}
    sets: list[list[tuple[str, Version[Any]]]] = [key for key, _ in itertools.groupby(per_day.values())]
    tables = [dict(versions) for versions in sets]
    numbers = {day.day: sets.index(per_day[day.day]) for day in every}
    said = [digest_of_versions(versions) for versions in sets]  # as costly as all the rest, and few
    digests = {day.day: digest(ENGINE, rulebook.name, day, said[numbers[day.day]]) for day in every}
    of_period = list(rulebook.versions_on(last, "period"))
    return PeriodLaw(
        rulebook=rulebook,
        last=last,
        days=_days_frame(days, [numbers[day.day] for day in days], [table["scans"] for table in tables]),
        hours=pl.DataFrame([(day.day, day.law, day.basis) for day in days], schema=HOURS_LAW, orient="row"),
        flexible=_minutes_frame(tables, FLEXIBLE_HOURS.name, lambda rule: (rule.earlier, rule.later), FLEXIBLE),
        make_ups=_minutes_frame(tables, MAKE_UP.name, lambda rule: (rule.within, rule.by), MAKE_UPS),
        late=_bands_frame(tables, "late"),
        early=_bands_frame(tables, "early"),
        exits=_bands_frame(tables, "exit"),
        rates=_rates_frame(tables),
        scans=_scans_frame([table["scans"] for table in tables]),
        citations=_citations_frame(tables),
        day_digests=digests,
        decided_by={day.day: dict(zip(CITED, citation(day.decided_by), strict=True)) for day in every},
        after_holiday=_after_holiday(calendar, days) if rulebook.get(ABSENCE_AFTER_HOLIDAY) else (),
        after_lebaran=_after_lebaran(calendar, days) if rulebook.get(ASSEMBLY_AFTER_LEBARAN) else (),
        gaps=tuple(laws for laws, table in enumerate(tables) if table["scans"].content.gaps == "by_state"),
        unknown_make_ups=tuple(
            laws for laws, table in enumerate(tables) if (rule := table.get(MAKE_UP.name)) and rule.content.by is None
        ),
        basis=_basis(rulebook, every, last),
        digest=digest(
            list(digests.values()),
            rulebook.base,
            digest_of_versions(of_period),
            digest_of_performance(rulebook, last),
        ),
    )


def _basis(rulebook: Rulebook, days: list[Day], last: date) -> Basis:
    """Of all that a period rests on: one assumption makes it one."""
    bases = {rulebook.basis_on(last), *(day.basis for day in days)}
    return "assumption" if rests_on_assumption(rulebook, last) or "assumption" in bases else "regulation"


def _days_frame(days: list[Day], numbered: list[int], scans: list[Version[Any]]) -> pl.DataFrame:
    rows: list[tuple[object, ...]] = []
    for day, laws in zip(days, numbered, strict=True):
        rule = scans[laws].content
        hours = tuple(datetime.combine(day.day, time) for time in day.hours) if day.hours else (None, None)
        middle = hours[0] + (hours[1] - hours[0]) // 2 if hours[0] is not None and hours[1] is not None else None
        tap = timedelta(seconds=rule.double_tap_seconds)
        windows = [time and datetime.combine(day.day, time) for time in rule.windows]
        said = (*windows, rule.mode, rule.seconds == "counted", tap, laws)
        rows.append((day.day, day.kind, day.name or None, *hours, middle, *said))
    return pl.DataFrame(rows, schema=DAYS, orient="row")


def _minutes_frame(
    tables: list[dict[str, Version[Any]]],
    name: str,
    said: Callable[[Any], tuple[int | None, int | None]],
    schema: Schema,
) -> pl.DataFrame:
    """One row for each set of versions with this table: the two numbers of minutes that it says, if it knows them."""
    rows = [
        (laws, *(timedelta(minutes=each) for each in said(table[name].content) if each is not None))
        for laws, table in enumerate(tables)
        if name in table and None not in said(table[name].content)
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _after_holiday(calendar: Calendar, days: list[Day]) -> tuple[date, ...]:
    """Working days with a holiday or collective leave, and weekends at most, between them and the last working day."""

    def before(day: date) -> Day:
        return calendar.day(day - timedelta(days=1))

    found = []
    for day in days:
        last = before(day.day) if day.kind == "work" else day
        while last.kind == "weekend":
            last = before(last.day)
        if day.kind == "work" and last.kind != "work":
            found.append(day.day)
    return tuple(found)


def _after_lebaran(calendar: Calendar, days: list[Day]) -> tuple[date, ...]:
    """Working days between which and the last working day Idul Fitri lies."""

    def follows(day: date) -> bool:
        before = calendar.day(day - timedelta(days=1))
        return before.kind != "work" and ((before.kind == "holiday" and LEBARAN in before.name) or follows(before.day))

    return tuple(day.day for day in days if day.kind == "work" and follows(day.day))


def _bands_frame(tables: list[dict[str, Version[Any]]], kind: str) -> pl.DataFrame:
    """One row a minute: a look-up by equality is the fastest there is, and each border can be read in it."""
    name = TABLE_OF_KIND[kind]
    rows = [
        (laws, minute, band.percent, band.code, printed_band(band))
        for laws, table in enumerate(tables)
        if name in table
        for band in table[name].content
        for minute in range(band.start, MINUTES_A_DAY + 1 if band.below is None else band.below)
    ]
    return pl.DataFrame(rows, schema=BANDS, orient="row")


def printed_band(band: Band) -> str:
    """From included, below excluded: "[1, 31)"."""
    return f"[{band.start}, {'∞' if band.below is None else band.below})"


def _rates_frame(tables: list[dict[str, Version[Any]]]) -> pl.DataFrame:
    rows = [
        (laws, kind, rate.percent, rate.code)
        for laws, table in enumerate(tables)
        for kind, case in CASE_OF_KIND.items()
        if (name := TABLE_OF_KIND[kind]) in table
        for rate in table[name].content
        if rate.case == case
    ]
    return pl.DataFrame(rows, schema=RATES, orient="row")


def _scans_frame(scans: list[Version[Any]]) -> pl.DataFrame:
    rows = [(laws, f"[scans: {version.law.law}; {version.law.basis}]") for laws, version in enumerate(scans)]
    return pl.DataFrame(rows, schema=SCANS_LAW, orient="row")


def _citations_frame(tables: list[dict[str, Version[Any]]]) -> pl.DataFrame:
    rows = [
        (laws, kind, name, *citation(table[name].law))
        for laws, table in enumerate(tables)
        for kind, name in TABLE_OF_KIND.items()
        if name in table
    ]
    return pl.DataFrame(rows, schema=CITATIONS, orient="row")


CITED = ("law", "article", "in_force", "in_force_known", "basis")


def citation(law: Law) -> tuple[str, str, str, str, str]:
    """What CITED names, as a step prints it."""
    return law.law, law.article, law.in_force.isoformat(), law.in_force_known, law.basis
