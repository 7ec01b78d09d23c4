"""Employees who share a course, in pieces of bounded size, with the law of their days."""

import json
from dataclasses import replace
from datetime import timedelta

import polars as pl

from config.calendars import calendar
from config.dated import Basis
from config.digests import digest
from scoring import day_store
from scoring.attendance_period import Span
from scoring.courses import Course, Stretch
from scoring.laws import PeriodLaw, period_law
from scoring.run import Book, Judged, Partition, Run

ONE_DAY = timedelta(days=1)
NO_LAW = -1
"""No work day was computed by it yet."""


def partitions(run: Run, span: Span, course: Course, size: int) -> list[Partition]:
    """Those who share a course and of whom something may have changed: nobody else is looked at.

    Raises:
        RulebookError: the law of some day cannot be read or says nothing of it; nothing of the course was written yet.
    """
    stretches = tuple(_judged(run, stretch) for stretch in course.stretches)
    law = _law_of_month([judged.law for judged in stretches])
    told = _told(law, span, course)
    everybody = course.who.to_frame("employee")
    settled = run.settled.filter(pl.col("digest") == told)
    counted = pl.col("day").is_between(*span)
    touched = pl.concat([run.marks.who(), run.waited.filter(counted).select("employee")])
    stale = everybody.join(settled, on="employee", how="anti", maintain_order="left")
    changed = everybody.join(touched, on="employee", how="semi")
    if stale.is_empty() and changed.is_empty():
        return []
    looked_at = everybody.join(pl.concat([stale, changed]), on="employee", how="semi", maintain_order="left")
    return [
        Partition(span, stretches, law, course.last, told, part["employee"].to_list())
        for part in looked_at.iter_slices(size)
    ]


def settled_by(book: Book, span: Span, course: Course) -> str:
    """What scored_month says of those in this course whose days are up to date with the law and clock of today.

    Raises:
        RulebookError: as there.
    """
    return _told(_law_of_month([_law(book, stretch) for stretch in course.stretches]), span, course)


def _told(law: PeriodLaw, span: Span, course: Course) -> str:
    return digest(law.digest, course.stretches, span)


def _law(book: Book, stretch: Stretch) -> PeriodLaw:
    return period_law(book(stretch.rulebook), calendar(), stretch.first, stretch.last, stretch.over + ONE_DAY)


def _judged(run: Run, stretch: Stretch) -> Judged:
    law = _law(run.book, stretch)
    facts = _facts(law, stretch)
    known = day_store.day_laws(run.read, facts["facts_digest"].to_list())
    numbered = facts.join(known, on="facts_digest", how="left", maintain_order="left")
    return Judged(stretch, law, numbered.with_columns(pl.col("law").fill_null(NO_LAW)))


def _law_of_month(laws: list[PeriodLaw]) -> PeriodLaw:
    """The rulebook of the last day decides about the month; an assumption on any of its days is one of the month."""
    if len(laws) == 1:
        return laws[0]
    basis: Basis = "assumption" if any(law.basis == "assumption" for law in laws) else "regulation"
    return replace(laws[-1], basis=basis, digest=digest([law.digest for law in laws]))


def _facts(law: PeriodLaw, stretch: Stretch) -> pl.DataFrame:
    """What is the same for all employees on each day that is over; see Judged."""
    rows = [
        (day, law.rulebook.name, digest(said, stretch.time_zone), json.dumps(law.decided_by[day], ensure_ascii=False))
        for day, said in law.day_digests.items()
        if day <= stretch.over
    ]
    schema = {"day": pl.Date, "rulebook": pl.String, "facts_digest": pl.String, "hours": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
