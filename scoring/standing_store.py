"""SQL of how units and people stand: what a unit's data give evidence of, figures, facts of attendance, predicates."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from psycopg import Connection

from config.kinds.standing import Evidence
from config.periods import bounds, months, quarter_of
from scoring.frames import Schema
from scoring.merit import STANDING
from scoring.pending import NOT_COUNTED_SQL
from scoring.punctuality import FACTS, KEPT

MARKS: Schema = {"employee": pl.Int32(), "quality": pl.Int64()}

PEOPLE = """
WITH RECURSIVE below AS (
    SELECT id FROM unit WHERE id = %(unit)s
    UNION
    SELECT unit.id FROM unit JOIN below ON unit.parent_id = below.id
), stays AS (
    SELECT employee_id, greatest(valid_from, %(first)s) AS since, least(valid_until - 1, %(last)s::date) AS until
    FROM membership JOIN below ON below.id = unit_id
    WHERE valid_from <= %(last)s AND (valid_until IS NULL OR valid_until > %(first)s)
), people AS (
    SELECT employee.id, nip, name FROM employee JOIN below ON below.id = employee.unit_id
    WHERE employee.id IN (SELECT employee_id FROM stays)
)"""
"""Opens a query with who belongs to a unit or one below it today, and belonged to one on some day of the period."""

EVIDENCE = f"""{PEOPLE}, worked AS (
    SELECT DISTINCT work_day.employee_id, day FROM work_day
    JOIN stays ON stays.employee_id = work_day.employee_id AND day BETWEEN since AND until
    WHERE kind = 'work' AND NOT absent AND (first_in IS NOT NULL OR last_out IS NOT NULL)
), done AS (
    SELECT plan_item_id FROM activity
    JOIN stays ON stays.employee_id = activity.employee_id AND day BETWEEN since AND until
    WHERE kind = 'main'
), item AS (
    SELECT plan_item.id, serves FROM plan_item JOIN people ON people.id = employee_id
    WHERE main AND year = extract(year FROM %(first)s::date)
), chain AS (
    SELECT id AS item, id AS above FROM item
    UNION
    SELECT chain.item, plan_item.serves FROM chain JOIN plan_item ON plan_item.id = chain.above
    WHERE plan_item.serves IS NOT NULL
), mandated AS (
    SELECT DISTINCT chain.item FROM chain JOIN plan_item ON plan_item.id = above WHERE mandate IS NOT NULL
), newest AS (
    SELECT DISTINCT ON (employee_id, period) employee_id, payable, steps
    FROM score JOIN people ON people.id = employee_id
    WHERE period = ANY (%(periods)s) ORDER BY employee_id, period, version DESC
), scored AS (SELECT DISTINCT employee_id FROM newest WHERE NOT {NOT_COUNTED_SQL.format("newest")})
SELECT 'log' AS evidence, count(*) FILTER (WHERE EXISTS (SELECT FROM activity WHERE
           activity.employee_id = worked.employee_id AND activity.day = worked.day)) AS counted, count(*) AS all
FROM worked
UNION ALL SELECT 'linked', count(plan_item_id), count(*) FROM done
UNION ALL SELECT 'monthly', count(*) FILTER (WHERE EXISTS (SELECT FROM plan_month WHERE plan_item_id = item.id
           AND period = ANY (%(months)s))), count(*) FROM item
UNION ALL SELECT 'cascade', count(serves), count(*) FROM item
UNION ALL SELECT 'mandate', count(mandated.item), count(*) FROM item LEFT JOIN mandated ON mandated.item = item.id
UNION ALL SELECT 'used', count(*) FILTER (WHERE EXISTS (SELECT FROM decision WHERE
           decision.employee_id = scored.employee_id AND NOT withdrawn AND period = ANY (%(periods)s))), count(*)
FROM scored
"""  # noqa: S608  # our own text

STANDINGS = f"""{PEOPLE}
SELECT people.id AS employee, nip, name, latest.period IS NOT NULL AS scored, latest.output, latest.behaviour,
       evaluation.result AS result_said, evaluation.behaviour AS behaviour_said, latest.predicate,
       jsonb_path_query_first(latest.steps::jsonb, '$[*] ? (@.kind == "behaviour")') ->> 'table' AS weighed
FROM people LEFT JOIN LATERAL (
    SELECT * FROM score WHERE employee_id = people.id AND period = %(period)s ORDER BY version DESC LIMIT 1
) AS latest ON NOT {NOT_COUNTED_SQL.format("latest")}
LEFT JOIN evaluation ON evaluation.employee_id = people.id AND evaluation.period = %(period)s
ORDER BY nip
"""  # noqa: S608  # our own text

MARKS_SQL = f"""{PEOPLE}
SELECT people.id AS employee, quality FROM activity JOIN people ON people.id = employee_id
WHERE quality IS NOT NULL AND status = 'verified' AND day BETWEEN %(first)s AND %(last)s
  AND (%(who)s::integer[] IS NULL OR employee_id = ANY(%(who)s))
"""  # noqa: S608  # our own text

KEPT_SQL = f"""{PEOPLE}, judged AS (
    SELECT employee_id, day, bool_or(kind = 'work') AS work,
           bool_or(kind = 'work' AND NOT absent AND first_in IS NOT NULL AND last_out IS NOT NULL) AS worked
    FROM work_day JOIN people ON people.id = employee_id WHERE day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
), waiting AS (
    SELECT DISTINCT employee_id, day FROM waiting_day JOIN people ON people.id = employee_id
    WHERE NOT overruled AND day BETWEEN %(first)s AND %(last)s
), looked_at AS (
    SELECT employee_id, count(*) FILTER (WHERE work) AS working, count(*) FILTER (WHERE worked) AS worked,
           count(*) FILTER (WHERE waits) AS undecided, count(*) AS days, max(day) AS until
    FROM (SELECT employee_id, day, work, worked, waiting.day IS NOT NULL AS waits
          FROM judged FULL JOIN waiting USING (employee_id, day)) AS each_day GROUP BY 1
), reached AS (SELECT max(until) AS day FROM looked_at
), enrolled AS (SELECT employee_id, min(valid_from) AS since FROM enrolment GROUP BY 1
), due AS (
    SELECT stays.employee_id, sum(greatest(least(until, reached.day) - greatest(stays.since, enrolled.since) + 1, 0))
           AS days
    FROM stays JOIN enrolled USING (employee_id) CROSS JOIN reached GROUP BY 1
)
SELECT people.id AS employee, nip, name, reached.day AS until, coalesce(working, 0)::integer AS working,
       coalesce(worked, 0)::integer AS worked, coalesce(undecided, 0)::integer AS undecided,
       greatest(coalesce(due.days, 0) - coalesce(looked_at.days, 0), 0)::integer AS not_scored
FROM people CROSS JOIN reached LEFT JOIN due ON due.employee_id = people.id
LEFT JOIN looked_at ON looked_at.employee_id = people.id
ORDER BY nip
"""  # noqa: S608  # our own text

FACTS_SQL = f"""{PEOPLE}
SELECT work_day.employee_id AS employee, day, CASE WHEN several THEN shift END AS shift,
       minutes_late AS late, minutes_early AS early, absent,
       kinds && ARRAY['missing_in', 'missing_in_early'] AS missing_in,
       kinds && ARRAY['missing_out', 'late_missing_out'] AS missing_out,
       EXISTS (SELECT FROM waiting_day WHERE waiting_day.employee_id = work_day.employee_id
               AND waiting_day.day = work_day.day AND overruled) AS overruled,
       first_in, last_out, punches::text AS punches, letters::text AS letters
FROM work_day JOIN people ON people.id = employee_id
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(step ->> 'kind'), ARRAY[]::text[]) AS kinds,
           coalesce(json_agg(step ->> 'formula') FILTER (WHERE step ->> 'kind' = 'corrected'), '[]') AS letters
    FROM json_array_elements(steps) AS step
) AS told
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(DISTINCT punch), '[]') AS punches
    FROM json_array_elements(steps) AS step, jsonb_array_elements((step -> 'punches')::jsonb) AS punch
) AS shown
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM work_day AS other WHERE other.employee_id = work_day.employee_id
                   AND other.day = work_day.day AND other.shift <> work_day.shift) AS several
) AS beside
WHERE kind = 'work' AND day BETWEEN %(first)s AND %(last)s
  AND (%(who)s::integer[] IS NULL OR work_day.employee_id = ANY(%(who)s))
  AND (minutes_late > 0 OR minutes_early > 0 OR absent
       OR kinds && ARRAY['missing_in', 'missing_in_early', 'missing_out', 'late_missing_out'])
ORDER BY nip, day, shift
"""  # noqa: S608  # our own text

ORGANISATION = """
SELECT code, predicate FROM unit_above JOIN unit_predicate ON unit_predicate.unit_id = holder_id
JOIN unit ON unit.id = holder_id
WHERE unit_above.unit_id = %s AND period = %s ORDER BY distance LIMIT 1
"""


def unit_of(connection: Connection[Any], code: str) -> tuple[int, str] | None:
    """Number and name of the unit with this code."""
    return connection.execute("SELECT id, name FROM unit WHERE code = %s", (code,)).fetchone()


def evidence(connection: Connection[Any], unit: int, period: str) -> dict[Evidence, tuple[int, int]]:
    """How many of how many there are of each evidence, in a unit and all below it.

    Scored is who has a newest score in which anything is counted, also where another one is locked.
    """
    rows = connection.execute(EVIDENCE.encode(), _asked(unit, period)).fetchall()
    return {kind: (counted, of) for kind, counted, of in rows}


def standings(connection: Connection[Any], unit: int, period: str) -> pl.DataFrame:
    """STANDING of scoring.merit, by NIP.

    Of the newest score, also where another one is locked: that decides about pay alone, and people are compared by what
    is known of them today. One in which nothing is counted any more is none.
    """
    return _frame(connection, STANDINGS, STANDING, _asked(unit, period))


def marks(connection: Connection[Any], unit: int, period: str, who: Sequence[int] | None = None) -> pl.DataFrame:
    """MARKS: the quality of each verified piece of work that was given a mark. who: None = everybody."""
    return _frame(connection, MARKS_SQL, MARKS, _asked(unit, period, who))


def kept(connection: Connection[Any], unit: int, period: str) -> pl.DataFrame:
    """KEPT of scoring.punctuality, by NIP. Days as they are judged today, whatever was locked of them; no score."""
    return _frame(connection, KEPT_SQL, KEPT, _asked(unit, period))


def facts(connection: Connection[Any], unit: int, period: str, who: Sequence[int] | None = None) -> pl.DataFrame:
    """FACTS of scoring.punctuality, by NIP and day. who: None = everybody."""
    return _frame(connection, FACTS_SQL, FACTS, _asked(unit, period, who))


def organisation(connection: Connection[Any], unit: int, period: str) -> tuple[str, str] | None:
    """Code and predicate of the nearest unit, from this one upwards, that has one for the period."""
    return connection.execute(ORGANISATION, (unit, period)).fetchone()


def _frame(connection: Connection[Any], query: str, schema: Schema, asked: Mapping[str, object]) -> pl.DataFrame:
    with connection.cursor() as cursor:
        rows = cursor.execute(query.encode(), asked).fetchall()
        names = [column.name for column in cursor.description or ()]
    return pl.DataFrame(rows, schema={name: schema[name] for name in names}, orient="row").select(schema.keys())


def _asked(unit: int, period: str, who: Sequence[int] | None = None) -> dict[str, object]:
    first, last = bounds(period)
    those = None if who is None else list(who)
    return {
        "unit": unit,
        "period": period,
        "who": those,
        "first": first,
        "last": last,
        **_within(period, first, last),
    }


def _within(period: str, first: date, last: date) -> dict[str, Sequence[str]]:
    """Its months, and all periods that lie in it."""
    parts = months(period)
    quarters = [quarter_of(bounds(month)[0]) for month in parts]
    whole = [
        quarter for quarter in dict.fromkeys(quarters) if first <= bounds(quarter)[0] <= bounds(quarter)[1] <= last
    ]
    return {"months": parts, "periods": list(dict.fromkeys([*parts, *whole, period]))}
