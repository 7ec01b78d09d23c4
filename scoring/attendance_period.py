"""Which days a month's attendance is counted over: the calendar month, or the 16th of the month before to the 15th."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, TypeAlias

import polars as pl

from config.dated import RulebookError
from config.errors import TepatError
from config.kinds.period import AttendancePeriod
from config.rulebook_tables import ATTENDANCE_PERIOD
from config.rulebooks import Rulebook
from scoring.courses import MEMBERS, MEMBERSHIPS
from scoring.frames import checked

CALENDAR_MONTH = AttendancePeriod(1)
ONE_DAY = timedelta(days=1)

Span: TypeAlias = tuple[date, date]
"""First and last day, both included."""
RuleOn: TypeAlias = Callable[[date], AttendancePeriod]
"""The rule of whoever somebody works for on a day."""


def counted_days(month: date, rule_on: RuleOn) -> Span:
    """The days counted for the month that a day lies in (Permendes 7/2025 Ps. 27: the 16th to the 15th).

    They follow those of the month before, so that a change of law or a transfer counts no day twice and loses none.
    """
    first = month.replace(day=1)
    return _last_counted(first - ONE_DAY, rule_on) + ONE_DAY, _last_counted(first, rule_on)


def _last_counted(month: date, rule_on: RuleOn) -> date:
    """The first day that is the last one by the rule of that very day; where there is none, the month's last."""
    first = month.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - ONE_DAY
    days = (first + n * ONE_DAY for n in range(last.day))
    return next((day for day in days if (day + ONE_DAY).day == rule_on(day).first_day), last)


def rule_of(rulebook: Rulebook, day: date) -> AttendancePeriod:
    """What a rulebook says on a day; the calendar month where it says nothing."""
    version = rulebook.on(ATTENDANCE_PERIOD, day)
    return CALENDAR_MONTH if version is None else version.content


def earliest_begin(names: Iterable[str], book: Callable[[str], Rulebook]) -> int | None:
    """The earliest day of the month that may count to the next one by any of the rulebooks; None = none does.

    A rulebook that cannot be read is nothing to do with it: whoever judges by it says so.
    """
    found = [version.content.first_day for name in names for version in _versions(name, book)]
    return min((day for day in found if day != CALENDAR_MONTH.first_day), default=None)


def _versions(name: str, book: Callable[[str], Rulebook]) -> Iterable[Any]:
    try:
        table = book(name).get(ATTENDANCE_PERIOD)
    except TepatError:
        return ()
    return () if table is None else table.versions


def by_span(memberships: pl.DataFrame, month: date, book: Callable[[str], Rulebook]) -> list[tuple[Span, pl.DataFrame]]:
    """The members of a month (MEMBERS), those together for whom the same days count.

    memberships: MEMBERSHIPS, of the month that a day lies in and of the one before. Of a day without a unit, the one
    before counts, or the first. Who has no day to be counted in the unit that was asked for is left out.
    """
    signed = (
        checked(memberships, MEMBERSHIPS, "by_span")
        .group_by("employee", maintain_order=True)
        .agg(spans=pl.struct("rulebook", "since", "until"))
        .group_by("spans", maintain_order=True)
        .agg("employee")
    )
    shared: dict[Span, list[pl.Series]] = {}
    for homes, employees in signed.iter_rows():
        span = counted_days(month, _rule_on(homes, book))
        shared.setdefault(span, []).append(pl.Series(employees, dtype=pl.Int32))
    return [(span, _within(memberships, pl.concat(who), *span)) for span, who in shared.items()]


def _rule_on(homes: list[dict[str, Any]], book: Callable[[str], Rulebook]) -> RuleOn:
    def rule_on(day: date) -> AttendancePeriod:
        so_far = [home for home in homes if home["since"] <= day]
        return _rule_of(str((so_far[-1] if so_far else homes[0])["rulebook"]), book, day)

    return rule_on


def _rule_of(name: str, book: Callable[[str], Rulebook], day: date) -> AttendancePeriod:
    """As `rule_of`; the calendar month where the rulebook cannot be read: who judges by it says so."""
    try:
        return rule_of(book(name), day)
    except RulebookError:
        return CALENDAR_MONTH


def _within(memberships: pl.DataFrame, who: pl.Series, first: date, last: date) -> pl.DataFrame:
    clipped = (
        memberships.join(who.to_frame("employee"), on="employee", how="semi", maintain_order="left")
        .with_columns(
            since=pl.max_horizontal("since", pl.lit(first)), until=pl.min_horizontal("until", pl.lit(last + ONE_DAY))
        )
        .filter(pl.col("since") < pl.col("until"))
    )
    asked_for = pl.col("inside").any().over("employee")
    return checked(clipped.filter(asked_for), MEMBERS, "by_span")
