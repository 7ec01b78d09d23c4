"""SQL of scores: what they are reckoned from beside days, their versions, and their explanation."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.rows import dict_row

from ingest.database import Reader
from scoring.copied import copy_in
from scoring.frames import RESULTS, checked
from scoring.pending import PAYABLE_SQL, PENDING_SQL, WITHOUT_SQL

SCORED_MONTHS = {"employee": pl.Int32(), "digest": pl.String()}

SCORED_MONTHS_SQL = "SELECT employee_id AS employee, digest FROM scored_month WHERE period = $1::text"
SAVE_SCORED_MONTHS_SQL = """
INSERT INTO scored_month (employee_id, period, digest) SELECT employee, %s, %s FROM unnest(%s::integer[]) AS employee
ON CONFLICT (period, employee_id) DO UPDATE SET digest = excluded.digest
"""
RESULTS_SQL = """
SELECT one.employee, target.points AS target,
    least(coalesce(sum(activity.volume::numeric * activity.weight), 0), 9223372036854775807)::bigint AS points
FROM unnest(string_to_array($1::text, ',')::integer[]) AS one (employee)
LEFT JOIN counted_activity AS activity ON activity.employee_id = one.employee
    AND day BETWEEN $2::text::date AND $3::text::date
LEFT JOIN target ON target.employee_id = one.employee AND target.period = $4::text
GROUP BY one.employee, target.points
"""
LATEST_SQL = """
SELECT DISTINCT ON (employee_id) employee_id AS employee, version, digest, rulebook_digest, last_day, predicate
FROM score WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[]) AND period = $2::text
ORDER BY employee_id, version DESC
"""
EXPLAIN_PERIOD_SQL = f"""
SELECT nip, employee.name AS employee_name, period, version, latest.rulebook, basis, deduction, attendance, output,
       total, {PAYABLE_SQL}, days_waiting, waiting_for, days_overruled, overruled_for,
       {WITHOUT_SQL}, digest, last_day, counted_from, counted_to, time_zone, latest.steps,
       (SELECT jsonb_agg(step ORDER BY day, at) FROM work_day, jsonb_array_elements(work_day.steps)
            WITH ORDINALITY AS listed (step, at)
        WHERE work_day.employee_id = employee.id AND period ~ '-[01][0-9]$' AND day BETWEEN span.first AND span.last
       ) AS day_steps,
       (SELECT jsonb_agg(jsonb_build_object('rulebook', book, 'since', day) ORDER BY day)
        FROM (SELECT day, work_day.rulebook AS book, lag(work_day.rulebook) OVER (ORDER BY day, shift) AS before
              FROM work_day WHERE work_day.employee_id = employee.id AND period ~ '-[01][0-9]$'
                  AND day BETWEEN span.first AND span.last) AS judged
        WHERE book IS DISTINCT FROM before
       ) AS rulebooks
FROM score AS latest JOIN employee ON employee.id = latest.employee_id JOIN unit ON unit.id = employee.unit_id
{PENDING_SQL} WHERE nip = %s AND period = %s ORDER BY version DESC LIMIT 1
"""  # noqa: S608 - the parts are constants
SCORED_SQL = f"""
SELECT DISTINCT ON (nip) nip, employee.name AS name, version, rulebook, basis, deduction, attendance, output, total,
       {PAYABLE_SQL}, days_waiting, waiting_for, days_overruled, overruled_for, period,
       {WITHOUT_SQL}
FROM score AS latest JOIN employee ON employee.id = latest.employee_id {PENDING_SQL}
WHERE period = %s AND employee_id = ANY (%s) ORDER BY nip, version DESC
"""  # noqa: S608 - the parts are constants


def scored_months(read: Reader, period: str) -> pl.DataFrame:
    """employee, digest: what the stored days of the period were last brought up to date with."""
    return checked(read(SCORED_MONTHS_SQL, (period,)), SCORED_MONTHS, "scored_months")


def save_scored_months(connection: Connection[Any], who: Sequence[int], period: str, digest: str) -> None:
    """Note what the stored days of these employees are up to date with now."""
    connection.execute(SAVE_SCORED_MONTHS_SQL, (period, digest, list(who)))


def results(read: Reader, who: Sequence[int], first: date, last: date, month: str) -> pl.DataFrame:
    """RESULTS of a month (2026-01) that is counted over these days, both included."""
    found = read(RESULTS_SQL, (_list(who), str(first), str(last), month))
    return checked(found, RESULTS, "results")


def latest_scores(read: Reader, who: Sequence[int], period: str) -> pl.DataFrame:
    """employee, version, digest, rulebook_digest, last_day, predicate of the newest score of each."""
    return read(LATEST_SQL, (_list(who), period))


def save_scores(connection: Connection[Any], scores: pl.DataFrame) -> None:
    """Append score rows; the columns are called like those of the table."""
    copy_in(connection, f"COPY score ({', '.join(scores.columns)}) FROM STDIN (FORMAT csv, NULL '\\N')", scores)


def explained_period(connection: Connection[Any], nip: str, period: str) -> dict[str, Any] | None:
    """The newest score of a period with its steps and those of its days; None when there is none."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(EXPLAIN_PERIOD_SQL, (nip, period)).fetchone()


def newest_scores(connection: Connection[Any], period: str, who: Sequence[int]) -> list[dict[str, Any]]:
    """The newest score of each of these employees, by NIP."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SCORED_SQL, (period, list(who))).fetchall()


def _list(who: Sequence[int]) -> str:
    return ",".join(map(str, who))
