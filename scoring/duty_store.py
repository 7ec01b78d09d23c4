"""SQL of what becomes of the work days of a year or month: discipline and meal money."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from ingest.database import Reader
from scoring.discipline import DUTIES, STATE
from scoring.frames import WALL, Schema, checked
from scoring.sanctioned import POSTS

BELOW = """
WITH RECURSIVE below AS (
    SELECT id FROM unit WHERE {0}::text = '' OR code = {0}::text
    UNION
    SELECT unit.id FROM unit JOIN below ON unit.parent_id = below.id
), people AS (SELECT id, nip, name FROM employee WHERE unit_id IN (SELECT id FROM below))"""
"""Opens a query with who belongs to a unit, the parameter named, or one below it today."""
PEOPLE_SQL = f"{BELOW.format('$1')} SELECT id AS employee, nip, name FROM people ORDER BY nip"  # noqa: S608 - a constant
DUTIES_SQL = f"""{BELOW.format("$3")}, asked AS (
    SELECT id FROM people WHERE $4::text = '0'
    UNION ALL
    SELECT employee_id FROM work_day JOIN people ON people.id = employee_id
    WHERE $4::text <> '0' AND kind = 'work' AND absent AND day BETWEEN $1::text::date AND $2::text::date
    GROUP BY 1 HAVING count(DISTINCT day) >= $4::text::integer
)
SELECT employee_id AS employee, day, CASE WHEN bool_and(absent) THEN 'absent' ELSE 'there' END AS state,
       sum(minutes_late + minutes_early)::integer AS minutes
FROM work_day JOIN asked ON asked.id = employee_id
WHERE kind = 'work' AND day BETWEEN $1::text::date AND $2::text::date GROUP BY 1, 2
UNION ALL
SELECT DISTINCT employee_id, day, 'undecided', 0 FROM waiting_day JOIN asked ON asked.id = employee_id
WHERE NOT overruled AND day BETWEEN $1::text::date AND $2::text::date
"""  # noqa: S608 - the part is a constant
ATTENDED_SQL = f"""{BELOW.format("$3")}
SELECT judged_day.employee_id AS employee, day, rulebook, min(expected_in) AS expected_in,
       max(expected_out) AS expected_out, min(first_in) AS first_in, max(last_out) AS last_out,
       max((SELECT step ->> 'code' FROM json_array_elements(steps) AS step WHERE step ->> 'kind' = 'leave' LIMIT 1))
           AS code,
       (SELECT grade::integer FROM employee_grade AS g
        WHERE g.employee_id = judged_day.employee_id AND valid_from <= day ORDER BY valid_from DESC LIMIT 1) AS grade
FROM judged_day JOIN people ON people.id = judged_day.employee_id
WHERE kind = 'work' AND day BETWEEN $1::text::date AND $2::text::date
    AND ($4::text IS NULL OR judged_day.employee_id = ANY (string_to_array($4::text, ',')::integer[]))
GROUP BY judged_day.employee_id, day, rulebook
"""  # noqa: S608 - the part is a constant
RULEBOOKS_SQL = """
SELECT DISTINCT employee_id AS employee, day, rulebook
FROM judged_day JOIN unnest(string_to_array($1::text, ','), string_to_array($2::text, ',')) AS asked (who, at)
    ON employee_id = who::integer AND day = at::date
WHERE kind = 'work'
"""
POSTS_SQL = """
SELECT DISTINCT employee.id AS employee, at::date AS day,
       coalesce(dated.allowance_class, employee.allowance_class)::bigint AS class,
       coalesce(dated.candidate, false) AS candidate
FROM unnest(string_to_array($1::text, ','), string_to_array($2::text, ',')) AS asked (who, at)
JOIN employee ON employee.id = who::integer
LEFT JOIN LATERAL (
    SELECT allowance_class, candidate FROM employee_class
    WHERE employee_id = who::integer AND valid_from <= at::date ORDER BY valid_from DESC LIMIT 1
) AS dated ON true
"""
PEOPLE: Schema = {"employee": pl.Int32(), "nip": pl.String(), "name": pl.String()}
RULEBOOKS: Schema = {"employee": pl.Int32(), "day": pl.Date(), "rulebook": pl.String()}
DAYS: Schema = {
    "employee": pl.Int32(),
    "day": pl.Date(),
    "rulebook": pl.String(),
    "expected_in": WALL,
    "expected_out": WALL,
    "first_in": WALL,
    "last_out": WALL,
    "code": pl.String(),  # of the absence that holds; null = none
    "grade": pl.Int32(),
}


def people(read: Reader, unit: str | None) -> pl.DataFrame:
    """PEOPLE of a unit (its code) and all below it; None = all. By NIP."""
    return checked(read(PEOPLE_SQL, (unit or "",)), PEOPLE, "people")


def duties(read: Reader, unit: str | None, first: date, last: date, least: int = 0) -> pl.DataFrame:
    """DUTIES of these people between these days, both included; least: only of who was absent on so many days."""
    found = read(DUTIES_SQL, (str(first), str(last), unit or "", str(least)))
    return checked(found.with_columns(pl.col("state").cast(STATE)), DUTIES, "duties")


def attended(read: Reader, unit: str | None, first: date, last: date, who: Sequence[int] | None = None) -> pl.DataFrame:
    """DAYS: working days of these people between these days, both included, with the grade of each. who: None = all."""
    those = None if who is None else ",".join(map(str, who))
    return checked(read(ATTENDED_SQL, (str(first), str(last), unit or "", those)), DAYS, "attended")


def rulebooks(read: Reader, asked: pl.DataFrame) -> pl.DataFrame:
    """RULEBOOKS: by which each of these working days (employee, day) was judged."""
    return checked(read(RULEBOOKS_SQL, _lists(asked)), RULEBOOKS, "rulebooks")


def posts(read: Reader, asked: pl.DataFrame) -> pl.DataFrame:
    """POSTS of employees on days (employee, day)."""
    return checked(read(POSTS_SQL, _lists(asked)), POSTS, "posts")


def _lists(asked: pl.DataFrame) -> tuple[str, ...]:
    return tuple(",".join(str(value) for value in asked[name]) for name in ("employee", "day"))
