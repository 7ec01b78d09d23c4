"""Who is paid by a predicate of the quarter before that may be another one once that quarter is scored again."""

from datetime import date, timedelta
from typing import Any

import polars as pl
from psycopg import Connection

from config.dated import RulebookError
from config.periods import bounds, quarter_before
from config.rulebook_tables import PREDICATE_PAY
from ingest.database import Reader
from scoring import mark_store, score_store
from scoring.attendance_period import Span
from scoring.courses import Course, Until
from scoring.run import Book
from scoring.scope import Scope

ONE_DAY = timedelta(days=1)


def behind(
    connection: Connection[Any], read: Reader, found: Scope, period: str, *, until: Until, book: Book
) -> dict[int, str]:
    """The quarter that has to be scored before the month, by employee.

    Its months were scored after it, or a day of them is marked to be scored.
    """
    paid = [(span, course) for span, course in found.courses(until) if _by_quarter_before(course, book)]
    if not paid:
        return {}
    quarter = quarter_before(bounds(period)[0])
    first, last = bounds(quarter)
    late = score_store.doubted(connection, quarter)
    marks = mark_store.meant(read, mark_store.read_marks(connection, first - 31 * ONE_DAY, last), last + 2 * ONE_DAY)
    for span, course in paid:
        days = marks.of(course.who.to_frame("employee"))
        late.update(days.filter(pl.col("day").is_between(*_counted(span, period, quarter)))["employee"])
    return {employee: quarter for _, course in paid for employee in course.who if employee in late}


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
