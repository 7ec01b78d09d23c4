"""Quarters and years: the mean of their months' attendance, and performance over all of their days."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from psycopg import Connection

from config.calendars import calendar
from config.dated import RulebookError
from config.digests import digest
from config.periods import bounds, months, quarter_of
from config.rulebooks import rulebook
from ingest.database import ConnectionPool, Reader, reader
from scoring import mark_store, score_store, store
from scoring.attendance_period import Span
from scoring.frames import RESULTS, SCORES, checked
from scoring.job import score_period
from scoring.laws import PeriodLaw, period_law
from scoring.month import over_months
from scoring.not_scored import NotScored
from scoring.pending import NOT_COUNTED_SQL
from scoring.performance_store import performance
from scoring.run import Summary
from scoring.score_rows import as_stored
from scoring.steps import as_json
from scoring.withdrawn import pay_nothing

LONG = re.compile(r"[12][0-9]{3}(-Q[1-4])?", re.ASCII)
COUNTED_SQL = f"""
SELECT * FROM (
    SELECT DISTINCT ON (employee_id, period) * FROM score
    WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[])
      AND period = ANY (string_to_array({{}}::text, ','))
    ORDER BY employee_id, period, version DESC
) AS newest WHERE NOT {NOT_COUNTED_SQL.format("newest")}
"""  # noqa: S608 - the part is a constant
"""The newest scores of the months in which anything is counted."""
MONTHS_SQL = f"""
SELECT employee_id AS employee, period, rulebook, deduction, attendance, digest, last_day, counted_from, counted_to
FROM ({COUNTED_SQL.format("$2")}) AS counted ORDER BY employee_id, period
"""  # noqa: S608 - the part is a constant
RESULTS_SQL = f"""
WITH scored AS ({COUNTED_SQL.format("$4")})
SELECT one.employee, promised.points AS target,
    least(coalesce((SELECT sum(volume::numeric * weight) FROM counted_activity WHERE employee_id = one.employee
        AND day BETWEEN $2::text::date AND $3::text::date), 0), 9223372036854775807)::bigint
        AS points
FROM unnest(string_to_array($1::text, ',')::integer[]) AS one (employee)
LEFT JOIN LATERAL (
    SELECT CASE WHEN count(*) = count(points) THEN sum(points)::bigint END AS points
    FROM scored LEFT JOIN target USING (employee_id, period) WHERE scored.employee_id = one.employee
) AS promised ON true
"""  # noqa: S608 - the part is a constant
"""Without a target for each of the months that are scored there is none for all of them."""
STORED_SQL = "SELECT DISTINCT period, employee_id FROM score WHERE period = ANY (%s) AND employee_id = ANY (%s)"


@dataclass(frozen=True, slots=True)
class Run:
    """What is scored, noted as of when."""

    connection: Connection[Any]
    read: Reader
    period: str
    at: datetime


def is_long(period: str) -> bool:
    """Whether it reads as a quarter (2026-Q1) or a year (2026)."""
    return LONG.fullmatch(period) is not None


def score_long_period(
    pool: ConnectionPool,
    period: str,
    *,
    until: Callable[[str], date],
    at: datetime,
    unit: str | None = None,
    wait: bool = True,
    again: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Bring the months of a quarter or year up to date, then its scores; arguments as `scoring.job.score_period`.

    Raises:
        TepatError: as there.
    """
    summary = Summary(period)
    for month in months(period):
        done = score_period(pool, month, until=until, at=at, unit=unit, wait=wait, again=again, progress=progress)
        summary.add(done)
    with pool.connection() as connection, connection.transaction(), reader(pool) as read:
        store.lock(connection)
        theirs = sorted({*summary.who, *summary.touched} - summary.left_out())
        changed, left_out = _score(Run(connection, read, period, at), theirs)
    summary.scores_changed += changed
    summary.not_scored += left_out
    return summary


def refresh_around(pool: ConnectionPool, month: str, who: Collection[int], *, at: datetime) -> list[Summary]:
    """Bring the quarter and the year of a month up to date, for those of these employees who have scores of them."""
    around = [quarter_of(bounds(month)[0]), month[:4]]
    with pool.connection() as connection, connection.transaction(), reader(pool) as read:
        store.lock(connection)
        stored = connection.execute(STORED_SQL, [around, list(who)]).fetchall()
        theirs = {period: sorted(one for named, one in stored if named == period) for period in around}
        return [_refreshed(Run(connection, read, period, at), some) for period, some in theirs.items() if some]


def refresh_doubted(pool: ConnectionPool, *, at: datetime) -> list[Summary]:
    """Bring the quarters and years up to date that a run left behind, because it was ended before or failed."""
    with pool.connection() as connection, connection.transaction(), reader(pool) as read:
        store.lock(connection)
        doubted = sorted(score_store.all_doubted(connection).items())
        return [_refreshed(Run(connection, read, period, at), sorted(who)) for period, who in doubted]


def _refreshed(run: Run, who: list[int]) -> Summary:
    changed, left_out = _score(run, who)
    return Summary(run.period, len(who), scores_changed=changed, who=who, not_scored=left_out)


def _score(run: Run, who: Sequence[int]) -> tuple[int, list[NotScored]]:
    """How many scores changed, and who is left out because the law of the whole period cannot be read or is silent."""
    scored = run.read(MONTHS_SQL, (",".join(map(str, who)), ",".join(months(run.period))))
    changed, left_out = 0, list[NotScored]()
    last_rulebook = pl.col("rulebook").last()
    gone = sorted({*who}.difference(scored["employee"].to_list()))
    changed += _withdrawn(run, gone)
    shared = [last_rulebook.over("employee").alias("book"), *_span(*bounds(run.period))]
    for (name, first, last), ours in scored.group_by(shared, maintain_order=True):
        assert isinstance(first, date)
        assert isinstance(last, date)
        try:
            law = period_law(rulebook(str(name)), calendar(), *bounds(run.period))
        except RulebookError as error:
            theirs = ours["employee"].unique().sort().to_list()
            units = store.units_of(run.read, theirs, first, last)
            left_out.append(NotScored(tuple(units), (str(name),), tuple(theirs), str(error)))
            continue
        rows = _rows(run, ours.sort("employee", "period"), law, (first, last))
        score_store.save_scores(run.connection, rows)
        changed += rows.height
    lacking = {employee for each in left_out for employee in each.employees}
    score_store.trust_long(run.connection, run.period, sorted({*who} - lacking))
    return changed, left_out


def _withdrawn(run: Run, gone: Sequence[int]) -> int:
    """How many of those who have no month any more had a score of the period. Their next months are paid by none."""
    who = [score["employee_id"] for score in pay_nothing(run.connection, run.period, gone, run.at)]
    if run.period == quarter_of(bounds(run.period)[0]):
        following = quarter_of(bounds(run.period)[1] + timedelta(days=1))
        mark_store.mark_months(run.connection, who, months(following))
    return len(who)


def _mark_paid(run: Run, rows: pl.DataFrame) -> None:
    """Have the months reckoned again that another predicate of this quarter pays: those of the next."""
    following = quarter_of(bounds(run.period)[1] + timedelta(days=1))
    others = rows.filter(pl.col("predicate").ne_missing(pl.col("predicate_before")))
    if run.period == quarter_of(bounds(run.period)[0]) and not others.is_empty():
        mark_store.mark_months(run.connection, others["employee"].to_list(), months(following))


def _span(first: date, last: date) -> tuple[pl.Expr, pl.Expr]:
    """The days that the months of an employee are counted over, of a period with these bounds."""
    since = pl.col("counted_from").first().over("employee")
    until = pl.col("counted_to").last().over("employee")
    return pl.coalesce(since, pl.lit(first)).alias("first"), pl.coalesce(until, pl.lit(last)).alias("last")


def _rows(run: Run, scored: pl.DataFrame, law: PeriodLaw, span: Span) -> pl.DataFrame:
    """New versions of the scores that differ from the newest stored one, as the table has them."""
    who = scored["employee"].unique(maintain_order=True).to_list()
    first, last = span
    facts = (",".join(map(str, who)), str(first), str(last), ",".join(months(run.period)))
    results = checked(run.read(RESULTS_SQL, facts), RESULTS, "long period")
    known = performance(run.read, who, run.period, law, (first, last))
    attended = scored.select("employee", "deduction", "attendance")
    scores, steps = over_months(attended, results, law, performance=known)
    of_months = scored.group_by("employee", maintain_order=True).agg(
        of_months=pl.col("digest").str.join(" "), until=pl.col("last_day").max()
    )
    rows = (
        scores.join(as_json(steps, ["employee"]), on="employee")
        .join(of_months, on="employee")
        .join(
            score_store.latest_scores(run.read, who, run.period).select(
                "employee", "version", before="digest", predicate_before="predicate"
            ),
            on="employee",
            how="left",
        )
    )
    said = (law.rulebook.name, law.digest, law.basis)
    figures = rows.select(*list(SCORES)[1:], "steps", "of_months").rows()
    told = rows.with_columns(digest=pl.Series([digest(said, figure) for figure in figures], dtype=pl.String))
    _mark_paid(run, told)
    changed = told.filter(pl.col("digest").ne_missing(pl.col("before")))
    return as_stored(changed.rename({"until": "last_day"}), law, run.period, run.at, span)
