"""Who is paid by a predicate of the quarter before that may be another one once that quarter is scored again."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from psycopg import Connection

from config.dated import RulebookError
from config.periods import bounds, months, quarter_before
from config.rulebook_tables import PREDICATE_PAY
from ingest.database import Reader
from scoring import mark_store, score_store
from scoring.attendance_period import Span
from scoring.changed_quarter import BEFORE
from scoring.courses import Course, Until, courses
from scoring.long_scores import reckon, save
from scoring.partitions import settled_by
from scoring.run import Book
from scoring.scope import Scope, groups_of

ONE_DAY = timedelta(days=1)


def behind(
    connection: Connection[Any], read: Reader, found: Scope, period: str, *, until: Until, book: Book, size: int
) -> dict[int, str]:
    """The quarter that has to be scored before the month, by employee.

    Its months were scored after it or by other law than today's, a day of them is marked to be scored, or it would have
    another predicate. size: employees reckoned at once.
    """
    paid = _paid(found, until, book)
    if not paid:
        return {}
    quarter = quarter_before(bounds(period)[0])
    late = score_store.doubted(connection, quarter) | _marked(connection, read, paid, period)
    for _, course in paid:
        for part in course.who.to_frame("employee").iter_slices(size):
            who = part["employee"].to_list()
            late.update(reckon(read, quarter, who).predicates)
            for month in months(quarter):
                late.update(_unsettled(connection, read, month, who, until=until, book=book))
    return {employee: quarter for _, course in paid for employee in course.who if employee in late}


def _marked(connection: Connection[Any], read: Reader, paid: list[tuple[Span, Course]], period: str) -> set[int]:
    quarter, late = quarter_before(bounds(period)[0]), set[int]()
    first, last = bounds(quarter)
    marks = mark_store.meant(read, mark_store.read_marks(connection, first - BEFORE, last), last + 2 * ONE_DAY)
    for span, course in paid:
        days = marks.of(course.who.to_frame("employee"))
        late.update(days.filter(pl.col("day").is_between(*_counted(span, period, quarter)))["employee"])
    return late


def _unsettled(
    connection: Connection[Any], read: Reader, month: str, who: Sequence[int], *, until: Until, book: Book
) -> set[int]:
    """Whose days of a month are not up to date with the law and the memberships of today, where these can be read."""
    noted, late = score_store.scored_months(read, month, who), set[int]()
    for span, members in groups_of(connection, read, month, who, book):
        for course in courses(members, until):
            try:
                told = settled_by(book, span, course)
            except RulebookError:
                continue
            settled = noted.filter(pl.col("digest") == told)
            late.update(course.who.to_frame("employee").join(settled, on="employee", how="anti")["employee"])
    return late


def bring_up_to_date(
    connection: Connection[Any],
    read: Reader,
    found: Scope,
    period: str,
    *,
    until: Until,
    at: datetime,
    book: Book,
    size: int,
) -> dict[int, str | None]:
    """Reckon the quarter anew that pays the month, of everybody that is looked at; its months stay as they are.

    → the predicates that are other ones now, by employee. The other months that they pay are marked.
    """
    quarter, others = quarter_before(bounds(period)[0]), dict[int, str | None]()
    for _, course in _paid(found, until, book):
        for part in course.who.to_frame("employee").iter_slices(size):
            reckoned = reckon(read, quarter, part["employee"].to_list())
            save(connection, reckoned, at, but=period)
            others |= reckoned.predicates
    return others


def _paid(found: Scope, until: Until, book: Book) -> list[tuple[Span, Course]]:
    """Whose month is paid by the predicate of the quarter before it."""
    if found.changed is None:
        return []
    return [(span, course) for span, course in found.courses(until) if _by_quarter_before(course, book)]


def _by_quarter_before(course: Course, book: Book) -> bool:
    last = course.stretches[-1]
    try:
        version = book(last.rulebook).on(PREDICATE_PAY, last.last)
    except RulebookError:
        return False
    return version is not None and version.content.of == "previous quarter"


def _counted(span: Span, period: str, quarter: str) -> tuple[date, date]:
    """The days of the quarter where its months begin and end as this one does."""
    of_month, of_quarter = bounds(period), bounds(quarter)
    return of_quarter[0] - (of_month[0] - span[0]), of_quarter[1] - (of_month[1] - span[1])
