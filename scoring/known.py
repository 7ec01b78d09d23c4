"""All that is read of a partition: which days are to be judged again, and the facts that decide about them."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from config.calendars import calendar
from scoring import absence_store, beside_store, day_store, score_store, store, undecided_store
from scoring.beside import Beside
from scoring.days_digest import JUDGED_DAYS
from scoring.engine import every_day
from scoring.excuse import counted, held
from scoring.frames import WANTED
from scoring.leave import NO_ABSENCES, priced, rules
from scoring.performance_store import performance
from scoring.run import Judged, Partition, Run
from scoring.workday import duty

ONE_DAY = timedelta(days=1)
BEFORE, AFTER = timedelta(days=2), timedelta(days=3)
"""Of a day: terminals' clocks that can show a punch of it, whatever the two time zones and the shift."""
KEY = duty("employee", pl.col("day")).alias("duty")


@dataclass(frozen=True, slots=True)
class KnownDays:
    """Of the wanted days (WANTED) of one stretch. waited: what waits since the last run; synced: SYNCED."""

    judged: Judged
    wanted: pl.DataFrame
    waited: pl.DataFrame
    synced: pl.DataFrame
    rostered: pl.DataFrame
    punches: pl.DataFrame
    beside: Beside


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a partition.

    stored: WANTED, the employee-days that are stored, a row a shift; gone: those of them that are judged no more; idle:
    those that wait no more; absences: PRICED. affected: employees of whom a day is judged again, marked or gone, or
    whose newest score is of another law or another last day; kept: JUDGED_DAYS of theirs that stay as they are;
    results, performance: of theirs. latest: the newest scores; noted: DIGESTS of the stored days.
    """

    part: Partition
    days: tuple[KnownDays, ...]
    stored: pl.DataFrame
    gone: pl.DataFrame
    idle: pl.DataFrame
    kept: pl.DataFrame
    absences: pl.DataFrame
    affected: list[int]
    latest: pl.DataFrame
    noted: pl.DataFrame
    results: pl.DataFrame
    performance: pl.DataFrame


def known(run: Run, part: Partition) -> Known:
    """Read what a partition is judged from. Nothing that the run writes itself is seen."""
    who = pl.DataFrame({"employee": pl.Series(part.who, dtype=pl.Int32)})
    counted_here = pl.col("day").is_between(*part.span)
    stored = day_store.stored_days(run.read, part.who, *part.span).with_columns(KEY)
    waited = run.waited.filter(counted_here).join(who, on="employee", how="semi", maintain_order="left")
    marked = run.marks.of(who).filter(counted_here)
    every = pl.concat([every_day(who["employee"], judged.law) for judged in part.stretches]).with_columns(KEY)
    again = pl.concat([marked, waited.select(WANTED.keys())]).select(KEY)
    wanted = every.join(_standing(part, stored, again), on="duty", how="anti", maintain_order="left")
    gone = stored.join(every, on="duty", how="anti").select(WANTED.keys()).unique()
    latest = score_store.latest_scores(run.read, part.who, run.month)
    current = (pl.col("rulebook_digest") == part.law.digest) & (pl.col("last_day") == part.last)
    stale = who.join(latest.filter(current), on="employee", how="anti")
    affected = pl.concat([frame.select("employee") for frame in (wanted, gone, marked, stale)]).unique()
    known_at_all = pl.concat([frame.select("employee") for frame in (wanted, stored, latest)])
    ours = sorted(affected.join(known_at_all, on="employee", how="semi")["employee"])
    return Known(
        part=part,
        days=_days(run, part, wanted.select(WANTED.keys()), waited),
        stored=stored.select(WANTED.keys()),
        gone=gone,
        idle=waited.join(every, on=list(WANTED), how="anti").select(WANTED.keys()),
        kept=_kept(run, part, ours, stored.join(every, on="duty", how="semi").join(wanted, on="duty", how="anti")),
        absences=absences_of(run, part),
        affected=ours,
        latest=latest,
        noted=score_store.noted_days(run.read, part.who, run.month),
        results=score_store.results(run.read, ours, *part.span, run.month),
        performance=performance(run.read, ours, run.month, part.law, part.span, paid_by=run.paid_by),
    )


def _standing(part: Partition, stored: pl.DataFrame, again: pl.DataFrame) -> pl.DataFrame:
    """duty: the stored employee-days computed from the law and clock of today, and not to be computed again."""
    expected = pl.concat([judged.facts.select("day", expected="law") for judged in part.stretches])
    dated = stored.join(expected, on="day", how="left")
    other = dated.filter(pl.col("law").ne_missing(pl.col("expected")))
    return dated.join(pl.concat([other.select("duty"), again]), on="duty", how="anti").select("duty")


def _days(run: Run, part: Partition, wanted: pl.DataFrame, waited: pl.DataFrame) -> tuple[KnownDays, ...]:
    found = []
    for judged in part.stretches:
        within = pl.col("day").is_between(judged.stretch.first, judged.stretch.last)
        ours = wanted.filter(within)
        if not ours.is_empty():
            found.append(_days_of(run, judged, ours, waited.filter(within)))
    return tuple(found)


def _days_of(run: Run, judged: Judged, wanted: pl.DataFrame, waited: pl.DataFrame) -> KnownDays:
    stretch, who = judged.stretch, wanted["employee"].unique().to_list()
    start, end = wanted["day"].min(), wanted["day"].max()
    assert isinstance(start, date)
    assert isinstance(end, date)
    return KnownDays(
        judged=judged,
        wanted=wanted,
        waited=waited,
        synced=undecided_store.synced(run.read, who, stretch.first, stretch.last),  # before the punches
        rostered=store.rostered(run.read, who, start - ONE_DAY, end + ONE_DAY),
        punches=store.punches(run.read, who, start - BEFORE, end + AFTER),
        beside=beside_store.beside(run.read, who, start, end),
    )


def _kept(run: Run, part: Partition, affected: list[int], staying: pl.DataFrame) -> pl.DataFrame:
    """JUDGED_DAYS of these employees; staying: WANTED, the stored days that are not computed."""
    theirs = staying.join(pl.DataFrame({"employee": pl.Series(affected, dtype=pl.Int32)}), on="employee", how="semi")
    if theirs.is_empty():
        return pl.DataFrame(schema=JUDGED_DAYS)
    found = day_store.judged_days(run.read, theirs["employee"].unique().to_list(), *part.span)
    return found.join(theirs.unique(), on=list(WANTED), how="semi")


def absences_of(run: Run, part: Partition) -> pl.DataFrame:
    """PRICED: the absences on the days that are judged, each by the law of its stretch."""
    letters = absence_store.letters(run.read, part.who, *part.span)
    if letters.is_empty():
        return NO_ABSENCES
    first, last = part.span[0], part.last  # of the days after, the calendar may say nothing
    days = counted(is_work, min(first, *letters["first"]), last)
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


def is_work(day: date) -> bool:
    """Whether the calendar has it as a working day."""
    return calendar().day(day).kind == "work"
