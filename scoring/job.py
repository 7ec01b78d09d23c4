"""Score a period: read what changed, compute it in partitions, save what differs. One transaction, one scorer."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any

import polars as pl
from psycopg import Connection, Rollback

from config.dated import RulebookError
from config.errors import TepatError
from config.periods import quarter_of
from config.rulebooks import rulebook
from ingest.database import ConnectionPool, reader
from scoring import mark_store, score_store, store, whole_run, withdrawn
from scoring.ahead import read_ahead, written_behind
from scoring.attendance_period import Span
from scoring.courses import Course, Until
from scoring.judging import judge
from scoring.known import Known, known
from scoring.not_scored import NotScored, nobody, not_scored
from scoring.partitions import partitions
from scoring.paying_quarter import bring_up_to_date
from scoring.run import Book, Run, Summary
from scoring.saving import Outcome, save
from scoring.scope import Scope, scope
from scoring.score_rows import score_rows

PARTITION = 10_000
"""Employees computed at once: bounds the memory, changes no result."""
ONE_DAY = timedelta(days=1)


def bounds(period: str) -> tuple[date, date]:
    """First and last day of a period (YYYY-MM).

    Raises:
        TepatError: it is none.
    """
    try:
        first = date.fromisoformat(f"{period}-01")
    except ValueError as error:
        raise TepatError(f"{period!r} is no period. Write year and month, as in 2026-01.") from error
    return first, (first + timedelta(days=31)).replace(day=1) - ONE_DAY


def score_period(
    pool: ConnectionPool,
    period: str,
    *,
    until: Until,
    at: datetime,
    unit: str | None = None,
    partition: int = PARTITION,
    wait: bool = True,
    again: bool = False,
    book: Book = rulebook,
    rehearse: Callable[[Connection[Any], Summary], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Bring the scores of a period up to date.

    until: days from there on are not judged yet. at: aware, noted on new scores. unit: code; None = all. wait: a day
    with a scan missing is left out until its employee's terminals are synced; without, those that wait now are judged.
    again: let days wait again that were judged without waiting before.
    book: what to judge by instead of the shipped rulebooks. rehearse: called when all is scored, with what came of it
    before its eyes; then all is taken back, and nothing was written. progress: called with employees done, of how many.

    Raises:
        TepatError: the period is none, the unit unknown, the law of everybody's days broken or silent about them. Where
            it is that of some, they are left out (Summary.not_scored), but from a rehearsal nobody is.
    """
    first, last = bounds(period)
    summary, until = Summary(period), cache(until)  # no day ends within a run
    with pool.connection() as connection, connection.transaction() as whole, reader(pool) as read:
        store.lock(connection)
        few = partition if rehearse is None else None
        looked_at = scope(connection, read, period, unit, until=until, book=book, few=few)
        paid_by = bring_up_to_date(connection, read, looked_at, period, until=until, at=at, book=book, size=partition)
        looked_at = looked_at.also(paid_by) if paid_by else looked_at
        summary.who, summary.spans = looked_at.who(), looked_at.spans((first, last))
        run = Run(
            read,
            period,
            store.terminals(read),
            looked_at.marked,
            looked_at.waited,
            score_store.scored_months(read, period, looked_at.some()),
            at,
            wait,
            again,
            book,
            paid_by,
        )
        _score(connection, run, _known(run, looked_at.courses(until), partition), summary, progress)
        _look_beside(connection, run, looked_at, unit, summary)
        summary.employees = looked_at.before.employees if looked_at.before else summary.employees
        if summary.not_scored and (rehearse is not None or not summary.employees):
            raise nobody(summary.not_scored)
        theirs = None if unit is None and not summary.not_scored else summary.scored
        done = looked_at.done((first, last), summary.spans)
        mark_store.drop_marks(connection, done, first, last, who=theirs, spans=summary.spans)
        if looked_at.before is None:
            whole_run.note(connection, looked_at.now, summary, everybody=unit is None)
        if rehearse is not None:
            rehearse(connection, summary)
            raise Rollback(whole)
    return summary


def _look_beside(connection: Connection[Any], run: Run, looked_at: Scope, unit: str | None, summary: Summary) -> None:
    """What the run means beside its scores: who is not counted any more, and the months, quarter and year beside."""
    if looked_at.before is None:
        gone = withdrawn.withdraw(connection, run, looked_at, unit)
        summary.scores_changed += len(gone)
        summary.touched.update(gone)
        summary.moved.update(gone)
    summary.marked = mark_store.mark_moved(connection, run.month, sorted(summary.moved))
    long = [quarter_of(bounds(run.month)[0]), run.month[:4]]
    score_store.doubt_long(connection, long, sorted(summary.touched))


def _score(
    connection: Connection[Any],
    run: Run,
    ready: Iterator[Known | NotScored | Course],
    summary: Summary,
    progress: Callable[[int, int], None] | None,
) -> None:
    """While one partition is computed, the next is read and the one before is written."""
    seen = 0
    with read_ahead(ready) as parts, written_behind() as write:
        for part in parts:
            if isinstance(part, Known):
                write(partial(save, connection, run, _outcome(run, part), summary))
                seen += len(part.part.who)
            elif isinstance(part, NotScored):
                summary.not_scored.append(part)
            else:
                summary.employees = seen = summary.employees + part.who.len()
            if progress:
                progress(seen, len(summary.who))


def _known(run: Run, scored: list[tuple[Span, Course]], size: int) -> Iterator[Known | NotScored | Course]:
    """Of each course what is known of its partitions, then the course itself; or, where its law cannot be read, why."""
    for span, course in scored:
        try:
            parts = partitions(run, span, course, size)
        except RulebookError as error:
            days = course.stretches[0].first, course.last
            yield not_scored(course, store.units_of(run.read, course.who.to_list(), *days), error)
            continue
        for part in parts:
            yield known(run, part)
        yield course


def _outcome(run: Run, part: Known) -> Outcome:
    days = tuple(judge(run, each, part.absences) for each in part.days)
    return Outcome(part, days, score_rows(run, part, pl.concat([part.kept, *(judged.days for judged in days)])))
