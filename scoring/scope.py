"""Whom a run looks at: everybody of its units, or, where nothing else can have changed, who is marked or waits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import polars as pl
from psycopg import Connection

from config.errors import TepatError
from config.periods import bounds
from ingest.database import Reader
from scoring import mark_store, store, undecided_store, whole_run
from scoring.attendance_period import Span, by_span, earliest_begin
from scoring.changed_quarter import changed_quarter
from scoring.courses import Course, Until, courses
from scoring.frames import WANTED
from scoring.marks import Marks
from scoring.run import Book
from scoring.whole_run import Found, WholeRun

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scope:
    """ends: the first day not over of each time zone; days: all that may count; groups: MEMBERS by the days counted.

    read: the marks as they were read, marked: what they mean; waited: what waits since the last run; changed: whose
    predicate of the quarter before may be another now, None = nobody is paid by one. now: what decides
    who is judged by what; before: the last run over all units, where it stands.
    """

    ends: list[date]
    days: Span
    read: list[dict[str, Any]]
    marked: Marks
    waited: pl.DataFrame
    changed: list[int] | None
    now: Found
    before: WholeRun | None
    groups: list[tuple[Span, pl.DataFrame]]

    def who(self) -> list[int]:
        """Everybody in the scope, also of whom nothing can have changed."""
        if self.before:
            return self.before.who
        return [one for _, members in self.groups for one in members["employee"].unique()]

    def some(self) -> list[int] | None:
        """Who is looked at; None = everybody."""
        return _looked_at(self.marked, self.waited, self.changed) if self.before else None

    def also(self, who: Collection[int]) -> "Scope":
        """The same, with a day of each of these marked, so that their month is reckoned again."""
        every = pl.concat([members.select("employee", "since") for _, members in self.groups])
        theirs = every.filter(pl.col("employee").is_in(list(who)))
        days = theirs.group_by("employee", maintain_order=True).agg(day=pl.col("since").min())
        named = pl.concat([self.marked.named, days.select(WANTED.keys())])
        return replace(self, marked=replace(self.marked, named=named))

    def spans(self, of_calendar: Span) -> dict[int, Span]:
        """The days counted for those for whom they are not the calendar's."""
        if self.before:
            return self.before.spans
        others = [(span, members) for span, members in self.groups if span != of_calendar]
        return {employee: span for span, members in others for employee in members["employee"]}

    def courses(self, until: Until) -> list[tuple[Span, Course]]:
        """The courses that are looked at, each with its days."""
        return [(span, course) for span, members in self.groups for course in courses(members, until)]

    def done(self, of_calendar: Span, spans: Mapping[int, Span]) -> list[dict[str, Any]]:
        """The marks of days that are over and were computed; a terminal's by the calendar."""
        over = min(self.ends, default=of_calendar[0])
        counted = [(mark, spans.get(mark["employee_id"], of_calendar)) for mark in self.read]
        return [mark for mark, (first, last) in counted if first <= mark["day"] <= last and mark["day"] < over]


def scope(
    connection: Connection[Any],
    read: Reader,
    period: str,
    unit: str | None,
    *,
    until: Until,
    book: Book,
    few: int | None,
) -> Scope:
    """Find out whom a run over a unit (its code; None = all) looks at.

    few: up to how many marked or waiting employees the others may be left unread; None = never.

    Raises:
        TepatError: there is no such unit.
    """
    if unit is not None and not store.is_unit(connection, unit):
        raise TepatError(f"There is no unit {unit!r}. Import it with `tepat import units`, or correct its code.")
    first, last = bounds(period)
    names = store.rulebooks(connection)
    begin = earliest_begin(names, book)
    since = _since(first, begin)
    marks = mark_store.read_marks(connection, since, last)
    ends = [until(zone) for zone in store.time_zones(connection)]
    marked = mark_store.meant(read, marks, max(ends, default=first))
    waited = undecided_store.stored(read, since, last)
    changed = changed_quarter(connection, period, names, book)
    some = _looked_at(marked, waited, changed)
    now = whole_run.found_now(connection, book, until, (since, last))
    alone = unit is None and few is not None and len(some) <= few
    before = whole_run.still_stands(connection, period, now) if alone else None
    members = store.some_members(read, some, since, last) if before else store.members(read, unit, since, last)
    groups = _groups(members, (first, last), begin, book)
    return Scope(ends, (since, last), marks, marked, waited, changed, now, before, groups)


def groups_of(
    connection: Connection[Any], read: Reader, period: str, who: Sequence[int], book: Book
) -> list[tuple[Span, pl.DataFrame]]:
    """The members of a month (MEMBERS) among these employees, by the days counted."""
    first, last = bounds(period)
    begin = earliest_begin(store.rulebooks(connection), book)
    since = _since(first, begin)
    return _groups(store.some_members(read, who, since, last), (first, last), begin, book)


def _since(first: date, begin: int | None) -> date:
    return first if begin is None else (first - ONE_DAY).replace(day=1)


def _groups(members: pl.DataFrame, of_calendar: Span, begin: int | None, book: Book) -> list[tuple[Span, pl.DataFrame]]:
    return [(of_calendar, members)] if begin is None else by_span(members, of_calendar[0], book)


def _looked_at(marked: Marks, waited: pl.DataFrame, changed: Collection[int] | None) -> list[int]:
    others = pl.DataFrame({"employee": pl.Series(changed or [], dtype=pl.Int32)})
    return pl.concat([marked.who(), waited.select("employee"), others])["employee"].unique().to_list()
