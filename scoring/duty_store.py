"""SQL of what becomes of the work days of a year or month: discipline and meal money."""

from datetime import date

import polars as pl

from ingest.database import Reader
from scoring.discipline import DUTIES, STATE
from scoring.frames import WALL, Schema, checked

PEOPLE_SQL = """
WITH RECURSIVE below AS (
    SELECT id FROM unit WHERE $1::text = '' OR code = $1::text
    UNION
    SELECT unit.id FROM unit JOIN below ON unit.parent_id = below.id
)
SELECT employee.id AS employee, nip, employee.name AS name FROM employee
WHERE unit_id IN (SELECT id FROM below) ORDER BY nip
"""
DUTIES_SQL = """
SELECT employee_id AS employee, day, CASE WHEN bool_and(absent) THEN 'absent' ELSE 'there' END AS state,
       sum(minutes_late + minutes_early)::integer AS minutes
FROM work_day WHERE kind = 'work' AND day BETWEEN $1::text::date AND $2::text::date GROUP BY 1, 2
UNION ALL
SELECT DISTINCT employee_id, day, 'undecided', 0 FROM waiting_day
WHERE NOT overruled AND day BETWEEN $1::text::date AND $2::text::date
"""
ATTENDED_SQL = """
SELECT judged_day.employee_id AS employee, day, rulebook, min(expected_in) AS expected_in,
       max(expected_out) AS expected_out, min(first_in) AS first_in, max(last_out) AS last_out,
       max((SELECT step ->> 'code' FROM json_array_elements(steps) AS step WHERE step ->> 'kind' = 'leave' LIMIT 1))
           AS code,
       (SELECT grade::integer FROM employee_grade AS g
        WHERE g.employee_id = judged_day.employee_id AND valid_from <= day ORDER BY valid_from DESC LIMIT 1) AS grade
FROM judged_day WHERE kind = 'work' AND day BETWEEN $1::text::date AND $2::text::date
GROUP BY judged_day.employee_id, day, rulebook
"""
RULEBOOKS_SQL = """
SELECT DISTINCT employee_id AS employee, day, rulebook
FROM judged_day JOIN unnest(string_to_array($1::text, ','), string_to_array($2::text, ',')) AS asked (who, at)
    ON employee_id = who::integer AND day = at::date
WHERE kind = 'work'
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


def duties(read: Reader, first: date, last: date) -> pl.DataFrame:
    """DUTIES of everybody between these days, both included."""
    found = read(DUTIES_SQL, (str(first), str(last)))
    return checked(found.with_columns(pl.col("state").cast(STATE)), DUTIES, "duties")


def attended(read: Reader, first: date, last: date) -> pl.DataFrame:
    """DAYS: working days between these days, both included, with the grade of each."""
    return checked(read(ATTENDED_SQL, (str(first), str(last))), DAYS, "attended")


def rulebooks(read: Reader, asked: pl.DataFrame) -> pl.DataFrame:
    """RULEBOOKS: by which each of these working days (employee, day) was judged."""
    lists = (",".join(str(value) for value in asked[name]) for name in ("employee", "day"))
    return checked(read(RULEBOOKS_SQL, tuple(lists)), RULEBOOKS, "rulebooks")
