"""Scores of quarters and years, from the newest ones of their months: reckoned first, then saved."""

from collections.abc import Sequence
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
from ingest.database import Reader
from scoring import mark_store, score_store, store
from scoring.attendance_period import Span
from scoring.frames import RESULTS, SCORES, checked
from scoring.laws import PeriodLaw, period_law
from scoring.month import over_months
from scoring.not_scored import NotScored
from scoring.pending import NOT_COUNTED_SQL
from scoring.performance_store import performance
from scoring.score_rows import as_stored
from scoring.steps import as_json
from scoring.withdrawn import pay_nothing

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


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Scores of those who share a law and the days counted. rows: see `_rows`."""

    law: PeriodLaw
    span: Span
    rows: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What facts and months of now say of employees, beside what is stored.

    gone: who has no month any more; left_out: whose law cannot be read or is silent about the whole period; predicates:
    by employee, where it is another than the stored one; None = none.
    """

    period: str
    who: list[int]
    parts: list[Reckoned]
    gone: list[int]
    left_out: list[NotScored]
    predicates: dict[int, str | None]


def reckon(read: Reader, period: str, who: Sequence[int]) -> Reckoning:
    """Reckon the scores of these employees anew; nothing is written."""
    scored = read(MONTHS_SQL, (",".join(map(str, who)), ",".join(months(period))))
    parts, left_out = list[Reckoned](), list[NotScored]()
    last_rulebook = pl.col("rulebook").last()
    shared = [last_rulebook.over("employee").alias("book"), *_span(*bounds(period))]
    for (name, first, last), ours in scored.group_by(shared, maintain_order=True):
        assert isinstance(first, date)
        assert isinstance(last, date)
        try:
            law = period_law(rulebook(str(name)), calendar(), *bounds(period))
        except RulebookError as error:
            theirs = ours["employee"].unique().sort().to_list()
            units = store.units_of(read, theirs, first, last)
            left_out.append(NotScored(tuple(units), (str(name),), tuple(theirs), str(error)))
            continue
        parts.append(
            Reckoned(law, (first, last), _rows(read, period, ours.sort("employee", "period"), law, (first, last)))
        )
    gone = sorted({*who}.difference(scored["employee"].to_list()))
    return Reckoning(period, list(who), parts, gone, left_out, _other_predicates(read, period, parts, gone))


def _other_predicates(
    read: Reader, period: str, parts: Sequence[Reckoned], gone: Sequence[int]
) -> dict[int, str | None]:
    differing = pl.col("predicate").ne_missing(pl.col("predicate_before"))
    found = [part.rows.filter(differing).select("employee", "predicate") for part in parts]
    paid = score_store.latest_scores(read, gone, period).filter(pl.col("predicate").is_not_null())
    return dict.fromkeys(paid["employee"]) | {employee: said for frame in found for employee, said in frame.iter_rows()}


def save(connection: Connection[Any], reckoning: Reckoning, at: datetime, but: str | None = None) -> int:
    """Append the versions that differ; → how many. The months that another predicate pays are marked.

    at: noted on them; but: a month that is being scored by it already.
    """
    changed = len(pay_nothing(connection, reckoning.period, reckoning.gone, at))
    for part in reckoning.parts:
        new = part.rows.filter(pl.col("digest").ne_missing(pl.col("before"))).rename({"until": "last_day"})
        score_store.save_scores(connection, as_stored(new, part.law, reckoning.period, at, part.span))
        changed += new.height
    _mark_paid(connection, reckoning, but)
    lacking = {employee for each in reckoning.left_out for employee in each.employees}
    score_store.trust_long(connection, reckoning.period, sorted({*reckoning.who} - lacking))
    return changed


def _mark_paid(connection: Connection[Any], reckoning: Reckoning, but: str | None) -> None:
    """Have the months reckoned again that another predicate of this quarter pays: those of the next."""
    first, last = bounds(reckoning.period)
    if reckoning.predicates and reckoning.period == quarter_of(first):
        following = months(quarter_of(last + timedelta(days=1)))
        mark_store.mark_months(connection, sorted(reckoning.predicates), [one for one in following if one != but])


def _span(first: date, last: date) -> tuple[pl.Expr, pl.Expr]:
    """The days that the months of an employee are counted over, of a period with these bounds."""
    since = pl.col("counted_from").first().over("employee")
    until = pl.col("counted_to").last().over("employee")
    return pl.coalesce(since, pl.lit(first)).alias("first"), pl.coalesce(until, pl.lit(last)).alias("last")


def _rows(read: Reader, period: str, scored: pl.DataFrame, law: PeriodLaw, span: Span) -> pl.DataFrame:
    """SCORES with steps, digest, until; of the newest stored one version, before (its digest) and predicate_before."""
    who = scored["employee"].unique(maintain_order=True).to_list()
    first, last = span
    facts = (",".join(map(str, who)), str(first), str(last), ",".join(months(period)))
    results = checked(read(RESULTS_SQL, facts), RESULTS, "long period")
    known = performance(read, who, period, law, (first, last))
    attended = scored.select("employee", "deduction", "attendance")
    scores, steps = over_months(attended, results, law, performance=known)
    of_months = scored.group_by("employee", maintain_order=True).agg(
        of_months=pl.col("digest").str.join(" "), until=pl.col("last_day").max()
    )
    rows = (
        scores.join(as_json(steps, ["employee"]), on="employee")
        .join(of_months, on="employee")
        .join(
            score_store.latest_scores(read, who, period).select(
                "employee", "version", before="digest", predicate_before="predicate"
            ),
            on="employee",
            how="left",
        )
    )
    said = (law.rulebook.name, law.digest, law.basis)
    figures = rows.select(*list(SCORES)[1:], "steps", "of_months").rows()
    return rows.with_columns(digest=pl.Series([digest(said, figure) for figure in figures], dtype=pl.String))
