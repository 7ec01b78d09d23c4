"""Score a period: read what changed, compute it in partitions, save what differs. One transaction, one scorer."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from psycopg import Connection

from config.calendars import calendar
from config.digests import digest
from config.errors import TepatError
from config.rulebooks import rulebook
from ingest.database import ConnectionPool, Reader, reader
from scoring import store, undecided_store
from scoring.engine import every_day, work_days
from scoring.frames import MONTH, SCORES, WANTED, WORK_DAYS
from scoring.laws import PeriodLaw, period_law
from scoring.month import score
from scoring.steps import as_json
from scoring.undecided import HELD, not_waited, waiting
from scoring.undecided_store import STORED

PARTITION = 10_000
"""Employees computed at once: bounds the memory, changes no result."""
ONE_DAY = timedelta(days=1)

Until = Callable[[str], date]
"""Time zone → the first day that is not over there."""


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


@dataclass(frozen=True, slots=True)
class Run:
    """What all partitions of a run share. marks: the numbers of those read at its start; wait: for terminals.

    again: also where it was overruled before.
    """

    connection: Connection[Any]
    read: Reader
    terminals: pl.DataFrame
    marks: list[int]
    at: datetime
    wait: bool
    again: bool


@dataclass(frozen=True, slots=True)
class Partition:
    """Employees under one law and one clock; first and last are the days to judge, both included.

    facts: day; expected: what `work_day.facts_digest` is when a day was computed from today's law; hours: JSON text.
    """

    law: PeriodLaw
    time_zone: str
    first: date
    last: date
    facts: pl.DataFrame
    who: list[int]

    @property
    def period(self) -> str:
        return f"{self.first:%Y-%m}"


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
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Bring the scores of a period up to date.

    until: days from there on are not judged yet. at: aware, noted on new scores. unit: code; None = all. wait: a day
    with a scan missing is left out until its employee's terminals are synced; without, those that wait now are judged.
    again: let days wait again that were judged without waiting before.
    progress: called with employees done, of how many.

    Raises:
        TepatError: the period is none, the unit unknown, a rulebook or calendar broken or silent about these days.
    """
    first, last = bounds(period)
    summary = Summary(period)
    with pool.connection() as connection, connection.transaction(), reader(pool) as read:
        store.lock(connection)
        if unit is not None and not store.is_unit(connection, unit):
            raise TepatError(f"There is no unit {unit!r}. Import it with `tepat import units`, or correct its code.")
        marks = store.read_marks(connection, first, last)
        employees, terminals = store.employees(read, unit), store.terminals(read)
        summary.who = employees["employee"].to_list()
        for part in _partitions(employees, first, last, until, partition):
            _score(Run(connection, read, terminals, [mark["id"] for mark in marks], at, wait, again), part, summary)
            summary.employees += len(part.who)
            if progress:
                progress(summary.employees, employees.height)
        over = min((until(zone) for zone in store.time_zones(connection)), default=first)
        done = [mark["id"] for mark in marks if first <= mark["day"] <= last and mark["day"] < over]
        store.drop_marks(connection, done, first, last, None if unit is None else summary.who)
    return summary


def _partitions(employees: pl.DataFrame, first: date, last: date, until: Until, size: int) -> Iterator[Partition]:
    for (name, zone), members in employees.group_by("rulebook", "time_zone", maintain_order=True):
        end = until(str(zone))
        if end <= first:
            continue
        law = period_law(rulebook(str(name)), calendar(), first, last, end)
        facts = _facts(law, str(zone), end)
        for part in members.iter_slices(size):
            yield Partition(law, str(zone), first, min(last, end - ONE_DAY), facts, part["employee"].to_list())


def _facts(law: PeriodLaw, zone: str, end: date) -> pl.DataFrame:
    """What is the same for all employees on each day that is over; see Partition."""
    rows = [
        (day, digest(said, zone), json.dumps(law.decided_by[day], ensure_ascii=False))
        for day, said in law.day_digests.items()
        if day < end
    ]
    return pl.DataFrame(rows, schema={"day": pl.Date, "expected": pl.String, "hours": pl.String}, orient="row")


def _score(run: Run, part: Partition, summary: Summary) -> None:
    """One partition: days first, then the scores that rest on them."""
    store.drop_days(run.connection, part.who, part.last, bounds(part.period)[1])
    stored = store.stored_days(run.read, part.who, part.first, part.last)
    undecided_store.drop_after(run.connection, part.who, part.last, bounds(part.period)[1])
    waited = undecided_store.stored(run.read, part.who, part.first, part.last)
    wanted = _wanted(run, part, stored, waited)
    computed = stored.select(MONTH.keys()).clear()
    if not wanted.is_empty():
        computed = _days(run, part, wanted, waited, summary)
    month = pl.concat([stored.join(wanted, on=["employee", "day"], how="anti").select(MONTH.keys()), computed])
    latest = store.latest_scores(run.read, part.who, part.period)
    same = (pl.col("rulebook_digest") == part.law.digest) & (pl.col("last_day") == part.last)
    current = latest.filter(same)["employee"]
    known = set(month["employee"]) | set(latest["employee"])
    touched = known & (set(wanted["employee"]) | (set(part.who) - set(current)))
    if touched:
        rows = _score_rows(run, part, month, latest, sorted(touched))
        store.save_scores(run.connection, rows)
        summary.scores_changed += rows.height


def _days(run: Run, part: Partition, wanted: pl.DataFrame, waited: pl.DataFrame, summary: Summary) -> pl.DataFrame:
    """Compute and save the wanted days, but those that must wait; waited: as the last run left it. → MONTH."""
    synced = undecided_store.synced(run.read, part.who, part.first, part.last)  # before the punches
    start, end = _span(wanted)
    seen = store.punches(run.read, wanted["employee"].unique().to_list(), start, end)
    days, steps = work_days(wanted, seen, run.terminals, part.law, part.time_zone)
    decided = waited.clear() if run.again else waited
    rows = _overruled(waiting(days, synced, part.time_zone), decided, all_of_them=not run.wait)
    if not rows.drop("retired_at").equals(waited):
        undecided_store.save(run.connection, rows.drop("retired_at"), part.who, part.first, part.last)
    undecided = rows.filter(~pl.col("overruled")).select(WANTED.keys()).unique()
    overruled = rows.filter("overruled").select(HELD.keys()).join(undecided, on=["employee", "day"], how="anti")
    days = days.join(undecided, on=["employee", "day"], how="anti", maintain_order="left")
    steps = steps.join(undecided, on=["employee", "day"], how="anti", maintain_order="left")
    told = not_waited(overruled, run.terminals, part.law.basis)
    summary.days_computed += days.height
    summary.days_waiting += undecided.height
    summary.days_overruled += told.height
    summary.days_changed += undecided_store.drop_days(run.connection, undecided)
    summary.days_changed += store.save_days(run.connection, _day_rows(days, pl.concat([steps, told]), part))
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


def _wanted(run: Run, part: Partition, stored: pl.DataFrame, waited: pl.DataFrame) -> pl.DataFrame:
    """The employee-days to compute: new, marked, computed from another law or clock, or waiting till now."""
    every = every_day(pl.Series(part.who, dtype=pl.Int32), part.law)
    known = every.join(part.facts, on="day", how="left").join(stored, on=["employee", "day"], how="left")
    stale = known.filter(pl.col("facts_digest").ne_missing(pl.col("expected"))).select(WANTED.keys())
    marked = store.marked_days(run.read, part.who, run.marks) if run.marks else stale.clear()
    parts = [stale, marked, waited.select(WANTED.keys())]
    return every.join(pl.concat(parts).unique(), on=["employee", "day"], how="semi")


def _span(wanted: pl.DataFrame) -> tuple[date, date]:
    """Of terminals' clocks that can show a punch of these days, whatever the two time zones."""
    days = wanted["day"].sort()
    return days[0] - ONE_DAY, days[-1] + 2 * ONE_DAY


def _day_rows(days: pl.DataFrame, steps: pl.DataFrame, part: Partition) -> pl.DataFrame:
    """Work days as the table has them."""
    return (
        days.join(as_json(steps, ["employee", "day"]), on=["employee", "day"], how="left")
        .join(part.facts, on="day", how="left")
        .select(
            *WORK_DAYS.keys(),
            pl.col("steps").fill_null("[]"),
            "hours",
            rulebook=pl.lit(part.law.rulebook.name),
            facts_digest="expected",
        )
    )


def _score_rows(
    run: Run, part: Partition, month: pl.DataFrame, latest: pl.DataFrame, touched: list[int]
) -> pl.DataFrame:
    """New versions of the scores that differ from the newest stored one, as the table has them."""
    first, last = bounds(part.period)
    results = store.results(run.read, touched, first, last)
    scores, steps = score(month.join(results, on="employee", how="semi"), results, part.law)
    of_days = store.days_digests(run.connection, touched, part.first, part.last)
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
            "employee",
            period=pl.lit(part.period),
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
        )
    )
