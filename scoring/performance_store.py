"""SQL of performance: plans, ratings, evaluations and classes out as frames."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import polars as pl

from config.periods import bounds, months, quarter_before
from config.rulebook_tables import RATING_WEIGHTS
from ingest.database import Reader
from scoring.behaviour import RATINGS, behaviour
from scoring.frames import Schema, checked
from scoring.laws import PeriodLaw
from scoring.performance import PERFORMANCE
from scoring.performance_law import plan_halves
from scoring.plan import ITEMS, plan

FOUND_ELSEWHERE = {"plan", "plan_told", "behaviour", "behaviour_told", "consulted"}
NOBODY: Mapping[int, str | None] = MappingProxyType({})
EVALUATED: Schema = {name: kind for name, kind in PERFORMANCE.items() if name not in FOUND_ELSEWHERE}

ITEMS_SQL = """
WITH months AS (
    SELECT unnest(string_to_array($5::text, ',')) AS period
), done AS (
    SELECT plan_item_id, sum(volume) AS realised FROM counted_activity
    WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[])
      AND day BETWEEN $2::text::date AND $3::text::date AND plan_item_id IS NOT NULL
    GROUP BY 1
), promised AS (
    SELECT plan_item_id, sum(amount) AS amount, CASE WHEN right(max(period), 2) <= '06' THEN 1
           WHEN right(min(period), 2) > '06' THEN 2 END AS half
    FROM plan_month JOIN months USING (period) GROUP BY 1
)
SELECT item.employee_id AS employee, reference, CASE WHEN $4::text = 'year' THEN half END::bigint AS half, main,
       CASE WHEN $4::text = 'year' OR amount IS NULL THEN low ELSE least(amount, 1000000000000)::bigint END AS low,
       CASE WHEN $4::text = 'year' OR amount IS NULL THEN high ELSE least(amount, 1000000000000)::bigint END AS high,
       maximal, weight, least(coalesce(realised, 0), 4000000000000)::bigint AS realised,
       category::bigint AS category, scope::bigint AS scope, value
FROM plan_item AS item LEFT JOIN done ON done.plan_item_id = item.id
LEFT JOIN promised ON promised.plan_item_id = item.id
WHERE item.employee_id = ANY (string_to_array($1::text, ',')::integer[]) AND year = $6::text::integer
  AND ($4::text = 'year' OR amount IS NOT NULL OR (NOT main AND realised > 0))
ORDER BY item.employee_id, reference
"""
"""Of a year the item's own target, with its range; of a part of it what is promised for its months. Additional work
counts in the parts of a year in which something of it was done. half: in which its months lie, all of them."""
RATINGS_SQL = """
SELECT employee_id AS employee, role, value, own FROM rating
WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[]) AND period = $2::text
"""
EVALUATED_SQL = """
SELECT one.employee, evaluation.result, evaluation.behaviour AS conduct, new_idea, $3::text AS previous,
       (SELECT predicate FROM score WHERE employee_id = one.employee AND period = $3::text
        ORDER BY version DESC LIMIT 1) AS previous_predicate,
       coalesce(dated.allowance_class, employee.allowance_class)::bigint AS class,
       coalesce(dated.candidate, false) AS candidate
FROM unnest(string_to_array($1::text, ',')::integer[]) AS one (employee)
JOIN employee ON employee.id = one.employee
LEFT JOIN evaluation ON evaluation.employee_id = one.employee AND evaluation.period = $2::text
LEFT JOIN LATERAL (
    SELECT allowance_class, candidate FROM employee_class
    WHERE employee_id = one.employee AND valid_from <= $4::text::date ORDER BY valid_from DESC LIMIT 1
) AS dated ON true
"""
"""The class of the first day of the period: a post that changes within a month pays from the next one."""


def performance(
    read: Reader,
    who: Sequence[int],
    period: str,
    law: PeriodLaw,
    span: tuple[date, date],
    *,
    paid_by: Mapping[int, str | None] = NOBODY,
) -> pl.DataFrame:
    """PERFORMANCE of these employees in a period; span: the days over which its work is counted.

    paid_by: predicates of the quarter before, by employee, that are not stored yet.
    """
    first = bounds(period)[0]
    those = ",".join(map(str, who))
    known = checked(read(EVALUATED_SQL, (those, period, quarter_before(first), str(first))), EVALUATED, "performance")
    return checked(
        known.with_columns(_newest(paid_by))
        .join(_planned(read, those, period, law, span), on="employee", how="left", maintain_order="left")
        .join(_rated(read, those, period, law), on="employee", how="left", maintain_order="left")
        .with_columns(pl.col("consulted").fill_null(value=False)),
        PERFORMANCE,
        "performance",
    )


def _newest(paid_by: Mapping[int, str | None]) -> pl.Expr:
    stored = pl.col("previous_predicate")
    if not paid_by:
        return stored
    replaced = pl.col("employee").replace_strict(dict(paid_by), default=stored, return_dtype=pl.String)
    return replaced.alias("previous_predicate")


def _planned(read: Reader, those: str, period: str, law: PeriodLaw, span: tuple[date, date]) -> pl.DataFrame:
    length = "part" if "-" in period else "year"
    first, last = map(str, span)
    items = read(ITEMS_SQL, (those, first, last, length, ",".join(months(period)), period[:4]))
    told = plan(checked(items, ITEMS, "performance"), plan_halves(law.last))
    return told.select("employee", "plan", plan_told="told")


def _rated(read: Reader, those: str, period: str, law: PeriodLaw) -> pl.DataFrame:
    version = law.rulebook.on(RATING_WEIGHTS, law.last)
    ratings = checked(read(RATINGS_SQL, (those, period)), RATINGS, "performance")
    if version is None:
        ratings, weights, fewest = ratings.clear(), {}, 1
    else:
        shares = version.content
        given = {"superior": shares.superior, "peer": shares.peer, "subordinate": shares.subordinate}
        weights, fewest = {role: share for role, share in given.items() if share is not None}, shares.fewest
    return behaviour(ratings, weights, fewest).rename({"told": "behaviour_told"})
