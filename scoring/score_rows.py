"""Scores of a partition as the table has them: new versions of those that differ."""

import polars as pl

from config.dated import NotInForceError
from config.digests import digest
from config.periods import bounds
from scoring import day_store, score_store
from scoring.absent_store import absent_days, late_days
from scoring.attendance_period import Span
from scoring.frames import SCORES
from scoring.judging import ONE_DAY, is_work
from scoring.leave import monthly
from scoring.month import score
from scoring.performance_store import performance
from scoring.run import Partition, Run
from scoring.steps import as_json


def score_rows(
    run: Run, part: Partition, month: pl.DataFrame, latest: pl.DataFrame, touched: list[int], *, absences: pl.DataFrame
) -> pl.DataFrame:
    """New versions of the scores that differ from the newest stored one, as the table has them."""
    results = score_store.results(run.read, touched, *part.span, run.month)
    absent = absent_days(run.connection, part.law, touched, *part.span)
    known = performance(run.read, touched, run.month, part.law, part.span)
    of_them = month.join(results, on="employee", how="semi")
    leave = None if absences.is_empty() else monthly(absences, _working_days(part.span), part.law)
    late = late_days(run.connection, part.law, touched, *part.span)
    scores, steps = score(of_them, results, part.law, absent, leave, late=late, performance=known)
    of_days = day_store.days_digests(run.connection, touched, *part.span)
    rows = scores.join(as_json(steps, ["employee"]), on="employee").join(
        latest.select("employee", "version", before="digest"), on="employee", how="left"
    )
    said = (part.law.rulebook.name, part.law.digest, part.law.basis, part.span)
    counted = (None, None) if part.span == bounds(run.month) else part.span
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
            period=pl.lit(run.month),
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
            counted_from=pl.lit(counted[0]),
            counted_to=pl.lit(counted[1]),
        )
    )


def _working_days(span: Span) -> int | None:
    """None where the calendar does not know all of them: some judged for part of the month may have no more days."""
    first, last = span
    try:
        return sum(is_work(first + n * ONE_DAY) for n in range((last - first).days + 1))
    except NotInForceError:
        return None
