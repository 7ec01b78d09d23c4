"""Score a period: read what changed, compute it in partitions, save what differs. One transaction, one scorer."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from psycopg import Connection, Rollback

from config.dated import RulebookError
from config.errors import TepatError
from config.rulebooks import rulebook
from ingest.database import ConnectionPool, reader
from scoring import day_store, mark_store, score_store, store, undecided_store
from scoring.attendance_period import Span, by_span, earliest_begin
from scoring.courses import Course, Until, courses
from scoring.engine import every_day
from scoring.frames import MONTH, WANTED
from scoring.judging import absences_of, judge, wanted_days
from scoring.not_scored import nobody, not_scored
from scoring.partitions import partitions
from scoring.run import Book, Partition, Run, Summary
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
    summary = Summary(period)
    with pool.connection() as connection, connection.transaction() as whole, reader(pool) as read:
        store.lock(connection)
        if unit is not None and not store.is_unit(connection, unit):
            raise TepatError(f"There is no unit {unit!r}. Import it with `tepat import units`, or correct its code.")
        begin = earliest_begin(store.rulebooks(connection), book)
        since = first if begin is None else (first - ONE_DAY).replace(day=1)
        marks = mark_store.read_marks(connection, since, last)
        members = store.members(read, unit, since, last)
        groups = [((first, last), members)] if begin is None else by_span(members, first, book)
        summary.who = [employee for _, members in groups for employee in members["employee"].unique()]
        summary.spans = _other_spans(groups, (first, last))
        run = Run(
            connection,
            read,
            period,
            store.terminals(read),
            mark_store.marked_days(read, [mark["id"] for mark in marks]),
            undecided_store.stored(read, since, last),
            score_store.scored_months(read, period),
            at,
            wait,
            again,
            book,
        )
        for span, members in groups:
            for course in courses(members, until):
                _score_course(run, span, course, partition, summary)
                if progress:
                    progress(summary.employees, len(summary.who))
        if summary.not_scored and (rehearse is not None or not summary.employees):
            raise nobody(summary.not_scored)
        over = min((until(zone) for zone in store.time_zones(connection)), default=first)
        done = _done(marks, over, (first, last), summary.spans)
        scope = None if unit is None and not summary.not_scored else summary.scored
        mark_store.drop_marks(connection, done, first, last, who=scope, spans=summary.spans)
        if rehearse is not None:
            rehearse(connection, summary)
            raise Rollback(whole)
    return summary


def _other_spans(groups: list[tuple[Span, pl.DataFrame]], of_calendar: Span) -> dict[int, Span]:
    others = [(span, members) for span, members in groups if span != of_calendar]
    return {employee: span for span, members in others for employee in members["employee"]}


def _done(marks: list[dict[str, Any]], over: date, of_calendar: Span, spans: dict[int, Span]) -> list[int]:
    """The marks of days that are over and were computed; a terminal's by the calendar."""
    counted = [(mark, spans.get(mark["employee_id"], of_calendar)) for mark in marks]
    return [mark["id"] for mark, (first, last) in counted if first <= mark["day"] <= last and mark["day"] < over]


def _score_course(run: Run, span: Span, course: Course, size: int, summary: Summary) -> None:
    """All who share a course, or, where its law cannot be read, none of them."""
    try:
        parts = partitions(run, span, course, size)
    except RulebookError as error:
        days = course.stretches[0].first, course.last
        units = store.units_of(run.connection, course.who.to_list(), *days)
        summary.not_scored.append(not_scored(course, units, error))
        return
    for part in parts:
        _score(run, part, summary)
    summary.employees += course.who.len()


def _score(run: Run, part: Partition, summary: Summary) -> None:
    """One partition: days first, then the scores that rest on them."""
    who = pl.DataFrame({"employee": pl.Series(part.who, dtype=pl.Int32)})
    stored = day_store.stored_days(run.read, part.who, *part.span)
    counted = pl.col("day").is_between(*part.span)
    waited = run.waited.filter(counted).join(who, on="employee", how="semi", maintain_order="left")
    marked = run.marked.filter(counted).join(who, on="employee", how="semi")
    every = pl.concat([every_day(who["employee"], judged.law) for judged in part.stretches])
    gone = stored.join(every, on=["employee", "day"], how="anti").select(WANTED.keys()).unique()
    if not gone.is_empty():
        undecided_store.drop_days(run.connection, gone)
    undecided_store.drop_waiting(
        run.connection, waited.join(every, on=["employee", "day"], how="anti").select(WANTED.keys())
    )
    wanted = wanted_days(run, part, every, stored, waited)
    absences = absences_of(run, part)
    computed = [stored.select(MONTH.keys()).clear()]
    for judged in part.stretches:
        within = pl.col("day").is_between(judged.stretch.first, judged.stretch.last)
        ours = wanted.filter(within)
        if not ours.is_empty():
            beside = {"absences": absences.filter(within), "stored": stored}
            computed.append(judge(run, judged, ours, waited.filter(within), summary, **beside))
    of_today = stored.join(every, on=["employee", "day"], how="semi", maintain_order="left")
    kept = of_today.join(wanted, on=["employee", "day"], how="anti", maintain_order="left")
    month = pl.concat([kept.select(MONTH.keys()), *computed])
    latest = score_store.latest_scores(run.read, part.who, run.month)
    same = (pl.col("rulebook_digest") == part.law.digest) & (pl.col("last_day") == part.last)
    current = latest.filter(same)["employee"]
    known, changed = (
        {employee for frame in frames for employee in frame["employee"].unique()}
        for frames in ((month, latest), (wanted, gone, marked))
    )
    touched = known & (changed | (set(part.who) - set(current)))
    summary.touched |= touched
    if touched:
        rows = score_rows(run, part, month, latest, sorted(touched), absences=absences)
        score_store.save_scores(run.connection, rows)
        summary.scores_changed += rows.height
    score_store.save_scored_months(run.connection, part.who, run.month, part.digest)
