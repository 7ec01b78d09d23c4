"""Score a period: read what changed, compute it in partitions, save what differs. One transaction, one scorer."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

import polars as pl
from psycopg import Connection, Rollback

from config.calendars import calendar
from config.dated import Basis
from config.digests import digest
from config.errors import TepatError
from config.rulebooks import Rulebook, rulebook
from ingest.database import ConnectionPool, Reader, reader
from scoring import absence_store, store, undecided_store
from scoring.absent_store import absent_days
from scoring.courses import Course, Stretch, Until, courses
from scoring.engine import every_day, work_days
from scoring.excuse import counted, held
from scoring.frames import MONTH, SCORES, WANTED, WORK_DAYS
from scoring.laws import PeriodLaw, period_law
from scoring.leave import NO_ABSENCES, monthly, priced, rules
from scoring.month import score
from scoring.performance_store import performance
from scoring.steps import as_json
from scoring.undecided import HELD, not_waited, waiting
from scoring.undecided_store import STORED

PARTITION = 10_000
"""Employees computed at once: bounds the memory, changes no result."""
ONE_DAY = timedelta(days=1)
BEFORE, AFTER = timedelta(days=2), timedelta(days=3)
"""Of a day: terminals' clocks that can show a punch of it, whatever the two time zones and the shift."""
Book: TypeAlias = Callable[[str], Rulebook]
"""The name that a unit says → the rulebook to judge by."""


@dataclass
class Summary:
    """What a run did. employees: in scope; days_changed and scores_changed: rows written.

    days_waiting: employee-days that are not judged until a terminal is synced; days_overruled: judged all the same.
    """

    period: str
    employees: int = 0
    days_computed: int = 0
    days_changed: int = 0
    scores_changed: int = 0
    days_waiting: int = 0
    days_overruled: int = 0
    who: list[int] = field(default_factory=list)

    def add(self, other: "Summary") -> None:
        """Count the work of a run over a part of the same period in; who: everybody of either."""
        for name in ("days_computed", "days_changed", "scores_changed", "days_waiting", "days_overruled"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.employees = max(self.employees, other.employees)
        self.who = sorted({*self.who, *other.who})


@dataclass(frozen=True, slots=True)
class Run:
    """What all partitions of a run share. period: first and last day; wait: for terminals.

    marked: WANTED, of the marks read at its start; waited: what waits since the last run; settled: see scored_month.
    again: also where it was overruled before.
    """

    connection: Connection[Any]
    read: Reader
    period: tuple[date, date]
    terminals: pl.DataFrame
    marked: pl.DataFrame
    waited: pl.DataFrame
    settled: pl.DataFrame
    at: datetime
    wait: bool
    again: bool
    book: Book

    @property
    def name(self) -> str:
        return f"{self.period[0]:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Judged:
    """A stretch with its law.

    facts: day; expected: what `work_day.facts_digest` is when a day was computed from today's law; hours: JSON text.
    """

    stretch: Stretch
    law: PeriodLaw
    facts: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Partition:
    """Employees of one course. digest: of the law and the clock of all its days; law: that decides about the month."""

    stretches: tuple[Judged, ...]
    law: PeriodLaw
    last: date
    digest: str
    who: list[int]


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
        TepatError: the period is none, the unit unknown, a rulebook or calendar broken or silent about these days.
    """
    first, last = bounds(period)
    summary = Summary(period)
    with pool.connection() as connection, connection.transaction() as whole, reader(pool) as read:
        store.lock(connection)
        if unit is not None and not store.is_unit(connection, unit):
            raise TepatError(f"There is no unit {unit!r}. Import it with `tepat import units`, or correct its code.")
        marks = store.read_marks(connection, first, last)
        members = store.members(read, unit, first, last)
        summary.who = members["employee"].unique(maintain_order=True).to_list()
        run = Run(
            connection,
            read,
            (first, last),
            store.terminals(read),
            store.marked_days(read, [mark["id"] for mark in marks]),
            undecided_store.stored(read, first, last),
            store.scored_months(read, period),
            at,
            wait,
            again,
            book,
        )
        for course in courses(members, until):
            for part in _partitions(run, course, partition):
                _score(run, part, summary)
            summary.employees += course.who.len()
            if progress:
                progress(summary.employees, len(summary.who))
        over = min((until(zone) for zone in store.time_zones(connection)), default=first)
        done = [mark["id"] for mark in marks if first <= mark["day"] <= last and mark["day"] < over]
        store.drop_marks(connection, done, first, last, None if unit is None else summary.who)
        if rehearse is not None:
            rehearse(connection, summary)
            raise Rollback(whole)
    return summary


def _partitions(run: Run, course: Course, size: int) -> Iterator[Partition]:
    """Those who share a course and of whom something may have changed: nobody else is looked at."""
    stretches = tuple(_judged(stretch, run.book) for stretch in course.stretches)
    law = _law_of_month([judged.law for judged in stretches])
    told = digest(law.digest, course.stretches)
    everybody = course.who.to_frame("employee")
    settled = run.settled.filter(pl.col("digest") == told)
    touched = pl.concat([run.marked.select("employee"), run.waited.select("employee")])
    stale = everybody.join(settled, on="employee", how="anti", maintain_order="left")
    changed = everybody.join(touched, on="employee", how="semi")
    if stale.is_empty() and changed.is_empty():
        return
    looked_at = everybody.join(pl.concat([stale, changed]), on="employee", how="semi", maintain_order="left")
    for part in looked_at.iter_slices(size):
        yield Partition(stretches, law, course.last, told, part["employee"].to_list())


def _judged(stretch: Stretch, book: Book) -> Judged:
    law = period_law(book(stretch.rulebook), calendar(), stretch.first, stretch.last, stretch.over + ONE_DAY)
    return Judged(stretch, law, _facts(law, stretch))


def _law_of_month(laws: list[PeriodLaw]) -> PeriodLaw:
    """The rulebook of the last day decides about the month; an assumption on any of its days is one of the month."""
    if len(laws) == 1:
        return laws[0]
    basis: Basis = "assumption" if any(law.basis == "assumption" for law in laws) else "regulation"
    return replace(laws[-1], basis=basis, digest=digest([law.digest for law in laws]))


def _facts(law: PeriodLaw, stretch: Stretch) -> pl.DataFrame:
    """What is the same for all employees on each day that is over; see Judged."""
    rows = [
        (day, digest(said, stretch.time_zone), json.dumps(law.decided_by[day], ensure_ascii=False))
        for day, said in law.day_digests.items()
        if day <= stretch.over
    ]
    return pl.DataFrame(rows, schema={"day": pl.Date, "expected": pl.String, "hours": pl.String}, orient="row")


def _score(run: Run, part: Partition, summary: Summary) -> None:
    """One partition: days first, then the scores that rest on them."""
    who = pl.DataFrame({"employee": pl.Series(part.who, dtype=pl.Int32)})
    stored = store.stored_days(run.read, part.who, *run.period)
    waited = run.waited.join(who, on="employee", how="semi", maintain_order="left")
    every = pl.concat([every_day(who["employee"], judged.law) for judged in part.stretches])
    gone = stored.join(every, on=["employee", "day"], how="anti").select(WANTED.keys()).unique()
    if not gone.is_empty():
        undecided_store.drop_days(run.connection, gone)
    undecided_store.drop_waiting(
        run.connection, waited.join(every, on=["employee", "day"], how="anti").select(WANTED.keys())
    )
    wanted = _wanted(run, part, every, stored, waited)
    absences = _absences(run, part)
    computed = [stored.select(MONTH.keys()).clear()]
    for judged in part.stretches:
        within = pl.col("day").is_between(judged.stretch.first, judged.stretch.last)
        ours = wanted.filter(within)
        if not ours.is_empty():
            computed.append(_days(run, judged, ours, waited.filter(within), summary, absences=absences.filter(within)))
    kept = stored.join(wanted, on=["employee", "day"], how="anti").join(every, on=["employee", "day"], how="semi")
    month = pl.concat([kept.select(MONTH.keys()), *computed])
    latest = store.latest_scores(run.read, part.who, run.name)
    same = (pl.col("rulebook_digest") == part.law.digest) & (pl.col("last_day") == part.last)
    current = latest.filter(same)["employee"]
    known = set(month["employee"]) | set(latest["employee"])
    touched = known & (set(wanted["employee"]) | set(gone["employee"]) | (set(part.who) - set(current)))
    if touched:
        rows = _score_rows(run, part, month, latest, sorted(touched), absences=absences)
        store.save_scores(run.connection, rows)
        summary.scores_changed += rows.height
    store.save_scored_months(run.connection, part.who, run.name, part.digest)


def _absences(run: Run, part: Partition) -> pl.DataFrame:
    """PRICED: the absences on the days that are judged, each by the law of its stretch."""
    letters = absence_store.letters(run.read, part.who, *run.period)
    if letters.is_empty():
        return NO_ABSENCES
    first, last = run.period
    days = counted(_is_work, min(first, *letters["first"]), last)
    each = held(letters, days, first, last)
    return pl.concat(
        [
            priced(
                each.filter(pl.col("day").is_between(judged.stretch.first, judged.stretch.over)),
                rules(judged.law.rulebook, judged.law.days["day"].to_list()),
            )
            for judged in part.stretches
        ]
    )


def _working_days(run: Run) -> int:
    first, last = run.period
    return sum(_is_work(first + n * ONE_DAY) for n in range((last - first).days + 1))


def _is_work(day: date) -> bool:
    return calendar().day(day).kind == "work"


def _days(
    run: Run, judged: Judged, wanted: pl.DataFrame, waited: pl.DataFrame, summary: Summary, *, absences: pl.DataFrame
) -> pl.DataFrame:
    """Compute and save the wanted days, but those that must wait; waited: as the last run left it. → MONTH."""
    stretch, who = judged.stretch, wanted["employee"].unique().to_list()
    synced = undecided_store.synced(run.read, who, stretch.first, stretch.last)  # before the punches
    start, end = wanted["day"].min(), wanted["day"].max()
    assert isinstance(start, date)
    assert isinstance(end, date)
    rostered = store.rostered(run.read, who, start - ONE_DAY, end + ONE_DAY)
    seen = store.punches(run.read, who, start - BEFORE, end + AFTER)
    days, steps = work_days(
        wanted, seen, run.terminals, judged.law, stretch.time_zone, absences=absences, rostered=rostered
    )
    scanned = days.join(absences.filter(pl.col("scans") == "none"), on=["employee", "day"], how="anti")
    decided = waited.clear() if run.again else waited
    rows = _overruled(waiting(scanned, synced, stretch.time_zone), decided, all_of_them=not run.wait)
    if not rows.drop("retired_at").equals(waited):
        undecided_store.save(run.connection, rows.drop("retired_at"), wanted.select(WANTED.keys()))
    undecided = rows.filter(~pl.col("overruled")).select(WANTED.keys()).unique()
    overruled = rows.filter("overruled").select(HELD.keys()).join(undecided, on=["employee", "day"], how="anti")
    days = days.join(undecided, on=["employee", "day"], how="anti", maintain_order="left")
    steps = steps.join(undecided, on=["employee", "day"], how="anti", maintain_order="left")
    told = not_waited(overruled, run.terminals, judged.law.basis).with_columns(shift=pl.lit(1, pl.Int16))
    summary.days_computed += days.height
    summary.days_waiting += undecided.height
    summary.days_overruled += told.height
    summary.days_changed += undecided_store.drop_days(run.connection, undecided)
    summary.days_changed += store.save_days(run.connection, _day_rows(days, pl.concat([steps, told]), judged))
    return days.select(MONTH.keys())


def _overruled(rows: pl.DataFrame, waited: pl.DataFrame, *, all_of_them: bool) -> pl.DataFrame:
    """HELD with `overruled`: for a terminal out of use, and on a day that once was judged without waiting."""
    retired = rows.filter(pl.col("retired_at").is_not_null()).select("terminal").unique()
    days = rows if all_of_them else waited.filter("overruled").join(retired, on="terminal", how="anti")
    decided = days.select(WANTED.keys()).unique().with_columns(overruled=pl.lit(value=True))
    return (
        rows.join(decided, on=["employee", "day"], how="left", maintain_order="left")
        .with_columns(pl.col("overruled").fill_null(value=False) | pl.col("retired_at").is_not_null())
        .select(*STORED.keys(), "retired_at")
    )


def _wanted(run: Run, part: Partition, every: pl.DataFrame, stored: pl.DataFrame, waited: pl.DataFrame) -> pl.DataFrame:
    """The employee-days to compute: new, marked, computed from another law or clock, or waiting till now."""
    expected = pl.concat([judged.facts for judged in part.stretches])
    known = every.join(expected, on="day", how="left").join(stored, on=["employee", "day"], how="left")
    stale = known.filter(pl.col("facts_digest").ne_missing(pl.col("expected"))).select(WANTED.keys())
    parts = [stale, run.marked, waited.select(WANTED.keys())]
    return every.join(pl.concat(parts).unique(), on=["employee", "day"], how="semi", maintain_order="left")


def _day_rows(days: pl.DataFrame, steps: pl.DataFrame, judged: Judged) -> pl.DataFrame:
    """Work days as the table has them."""
    return (
        days.join(as_json(steps, ["employee", "day", "shift"]), on=["employee", "day", "shift"], how="left")
        .join(judged.facts, on="day", how="left")
        .select(
            *[name for name in WORK_DAYS if name not in {"shift", "roster"}],
            pl.col("steps").fill_null("[]"),
            hours=pl.when(pl.col("roster").is_null()).then("hours").otherwise(_decided_by_roster()),
            rulebook=pl.lit(judged.law.rulebook.name),
            facts_digest="expected",
            shift="shift",
        )
    )


def _decided_by_roster() -> pl.Expr:
    """What a roster says, as the text of a law: in force on its day."""
    said = pl.struct(
        law="roster",
        article=pl.lit(""),
        in_force=pl.col("day").dt.to_string("%Y-%m-%d"),
        in_force_known=pl.lit("day"),
        basis=pl.lit("regulation"),
    )
    return said.struct.json_encode()


def _score_rows(
    run: Run, part: Partition, month: pl.DataFrame, latest: pl.DataFrame, touched: list[int], *, absences: pl.DataFrame
) -> pl.DataFrame:
    """New versions of the scores that differ from the newest stored one, as the table has them."""
    results = store.results(run.read, touched, *run.period)
    absent = absent_days(run.connection, part.law, touched, *run.period)
    known = performance(run.read, touched, run.name, part.law)
    of_them = month.join(results, on="employee", how="semi")
    leave = None if absences.is_empty() else monthly(absences, _working_days(run), part.law)
    scores, steps = score(of_them, results, part.law, absent, leave, performance=known)
    of_days = store.days_digests(run.connection, touched, *run.period)
    rows = scores.join(as_json(steps, ["employee"]), on="employee").join(
        latest.select("employee", "version", before="digest"), on="employee", how="left"
    )
    said = (part.law.rulebook.name, part.law.digest, part.law.basis)
    figures = rows.select(*list(SCORES)[1:], "steps").rows()
    digests = [
        digest(said, of_days.get(employee, ""), figure)
        for employee, figure in zip(rows["employee"], figures, strict=True)
    ]
    return (
        rows.with_columns(digest=pl.Series(digests, dtype=pl.String))
        .filter(pl.col("digest").ne_missing(pl.col("before")))
        .sort("employee")
        .select(
            employee_id="employee",
            period=pl.lit(run.name),
            version=pl.col("version").fill_null(0) + 1,
            rulebook=pl.lit(said[0]),
            rulebook_digest=pl.lit(said[1]),
            basis=pl.lit(said[2]),
            deduction="deduction",
            attendance="attendance",
            output="output",
            total="total",
            payable="payable",
            steps="steps",
            last_day=pl.lit(part.last),
            digest="digest",
            scored_at=pl.lit(run.at.isoformat()),
            behaviour="behaviour",
            evaluation="evaluation",
            predicate="predicate",
            amount="amount",
        )
    )
