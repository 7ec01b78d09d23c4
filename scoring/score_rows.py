"""Scores of a partition as the table has them: new versions of those that differ."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from config.dated import NotInForceError
from config.digests import digest
from config.periods import bounds
from scoring.attendance_period import Span
from scoring.days_digest import days_digests
from scoring.frames import MONTH, SCORES, WANTED
from scoring.known import ONE_DAY, Known, is_work
from scoring.laws import PeriodLaw
from scoring.leave_of_month import monthly
from scoring.month import score
from scoring.run import Run
from scoring.steps import as_json


@dataclass(frozen=True, slots=True)
class ScoreRows:
    """rows: as the table has them; digests: DIGESTS of the days of everybody affected; touched: who has a score."""

    rows: pl.DataFrame
    digests: pl.DataFrame
    touched: list[int]


def score_rows(run: Run, known: Known, days: pl.DataFrame) -> ScoreRows:
    """New versions of the scores that differ from the newest stored one.

    days: JUDGED_DAYS, all days of the affected employees in the partition's span.
    """
    part = known.part
    days = days.sort("employee", "day", "shift")
    digests = _digests(known, days)
    with_any = pl.concat([days.select("employee"), known.latest.select("employee")])
    results = known.results.join(with_any, on="employee", how="semi", maintain_order="left")
    touched = results["employee"].to_list()
    if not touched:
        return ScoreRows(pl.DataFrame(), digests, touched)
    leave = None if known.absences.is_empty() else monthly(known.absences, _working_days(part.span), part.law)
    scores, steps = score(
        days.select(MONTH.keys()),
        results,
        part.law,
        _absent(days),
        leave,
        late=_late(days),
        performance=known.performance,
    )
    rows = scores.join(as_json(steps, ["employee"]), on="employee")
    return ScoreRows(_changed(run, known, rows, dict(digests.rows())), digests, touched)


def _digests(known: Known, days: pl.DataFrame) -> pl.DataFrame:
    """DIGESTS of everybody affected; "" of whom nothing is stored."""
    affected = pl.DataFrame({"employee": pl.Series(known.affected, dtype=pl.Int32)})
    return affected.join(days_digests(days), on="employee", how="left").with_columns(
        pl.col("days_digest").fill_null("")
    )


def _absent(days: pl.DataFrame) -> pl.DataFrame:
    """ABSENT: who came on one shift of a day is not absent on that day."""
    working = days.filter(pl.col("kind") == "work").group_by("employee", "day", maintain_order=True)
    return working.agg(pl.col("absent").all())


def _late(days: pl.DataFrame) -> pl.DataFrame:
    late = days.filter((pl.col("kind") == "work") & (pl.col("minutes_late") > 0))
    made_up = pl.col("steps").str.contains('"kind":"made_up"', literal=True)
    return late.select(*WANTED, minutes="minutes_late", made_up=made_up)


def _changed(run: Run, known: Known, scored: pl.DataFrame, of_days: dict[int, str]) -> pl.DataFrame:
    """Of the scores with their steps those that differ from the newest stored one, as the table has them."""
    part = known.part
    latest = known.latest.select("employee", "version", before="digest")
    rows = scored.join(latest, on="employee", how="left")
    of_all = digest((part.law.rulebook.name, part.law.digest, part.law.basis), part.span)
    figures = rows.select(pl.struct(*list(SCORES)[1:], "steps").struct.json_encode()).to_series()
    digests = [
        hashlib.sha256(f"{of_all} {of_days[employee]} {figure}".encode()).hexdigest()
        for employee, figure in zip(rows["employee"], figures, strict=True)
    ]
    told = rows.with_columns(digest=pl.Series(digests, dtype=pl.String), last_day=pl.lit(part.last))
    return as_stored(told.filter(pl.col("digest").ne_missing(pl.col("before"))), part.law, run.month, run.at, part.span)


def as_stored(scored: pl.DataFrame, law: PeriodLaw, period: str, at: datetime, span: Span) -> pl.DataFrame:
    """New versions of scores as the table has them.

    scored: SCORES, steps, digest, last_day, and version, that of the newest stored score (null = none); span: the days
    counted.
    """
    first, last = (None, None) if span == bounds(period) else span
    return scored.sort("employee").select(
        pl.col("employee").alias("employee_id"),
        *list(SCORES)[1:],
        "steps",
        "digest",
        "last_day",
        period=pl.lit(period),
        version=pl.col("version").fill_null(0) + 1,
        rulebook=pl.lit(law.rulebook.name),
        rulebook_digest=pl.lit(law.digest),
        basis=pl.lit(law.basis),
        scored_at=pl.lit(at.isoformat()),
        counted_from=pl.lit(first),
        counted_to=pl.lit(last),
    )


def _working_days(span: Span) -> int | None:
    """None where the calendar does not know all of them: some judged for part of the month may have no more days."""
    first, last = span
    try:
        return sum(is_work(first + n * ONE_DAY) for n in range((last - first).days + 1))
    except NotInForceError:
        return None
