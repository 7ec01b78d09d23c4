"""SQL of scores: what they are reckoned from beside days, their versions, and their explanation."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.rows import dict_row

from ingest.database import Reader
from scoring.attendance_period import Span
from scoring.copied import copy_in
from scoring.days_digest import DIGESTS
from scoring.frames import RESULTS, checked
from scoring.pending import DAYS_SQL, PAYABLE_SQL, PENDING_SQL, SPAN_SQL, WITHOUT_SQL

SCORED_MONTHS = {"employee": pl.Int32(), "digest": pl.String()}

SCORED_MONTHS_SQL = "SELECT employee_id AS employee, digest FROM scored_month WHERE period = $1::text"
SOME_SCORED_MONTHS_SQL = f"{SCORED_MONTHS_SQL} AND employee_id = ANY (string_to_array($2::text, ',')::integer[])"
NOTED_DAYS_SQL = """
SELECT employee_id AS employee, days_digest FROM scored_month
WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[]) AND period = $2::text
"""
SAVE_SCORED_MONTHS_SQL = """
INSERT INTO scored_month (period, digest, employee_id, days_digest)
SELECT %s, %s, employee, days FROM unnest(%s::integer[], %s::text[]) AS noted (employee, days)
ON CONFLICT (period, employee_id) DO UPDATE
SET digest = excluded.digest, days_digest = coalesce(excluded.days_digest, scored_month.days_digest)
WHERE (scored_month.digest, scored_month.days_digest)
    IS DISTINCT FROM (excluded.digest, coalesce(excluded.days_digest, scored_month.days_digest))
"""
FORGET_DAYS_SQL = f"""
WITH forgotten AS (
    UPDATE scored_month AS noted SET digest = '', days_digest = NULL
    WHERE (digest <> '' OR days_digest IS NOT NULL)
        AND noted.employee_id = ANY (%(who)s) AND noted.period = ANY (%(periods)s)
        AND NOT EXISTS (
            SELECT FROM (
                SELECT * FROM score WHERE score.employee_id = noted.employee_id AND score.period = noted.period
                ORDER BY version DESC LIMIT 1
            ) AS latest {SPAN_SQL}
            WHERE span.last < %(first)s OR span.first > %(last)s)
    RETURNING period
)
DELETE FROM whole_run WHERE period IN (SELECT period FROM forgotten)
"""  # noqa: S608 - the part is a constant
"""Their newest scores rest on other days than are stored now: they are looked at again, whatever was found before."""
DOUBT_LONG_SQL = """
INSERT INTO scored_month (period, digest, employee_id)
SELECT DISTINCT period, '', employee_id FROM score WHERE period = ANY (%s) AND employee_id = ANY (%s)
ON CONFLICT (period, employee_id) DO UPDATE SET digest = '' WHERE scored_month.digest <> ''
"""
TRUST_LONG_SQL = "UPDATE scored_month SET digest = 'scored' WHERE period = %s AND employee_id = ANY (%s)"
DOUBTED_SQL = "SELECT employee_id FROM scored_month WHERE period = %s AND digest = ''"
ALL_DOUBTED_SQL = """
SELECT period, array_agg(employee_id) FROM scored_month WHERE digest = '' AND period !~ '-[01][0-9]$' GROUP BY 1
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
SELECT DISTINCT ON (employee_id) employee_id AS employee, version, digest, rulebook_digest, last_day, predicate,
       counted_from, counted_to
FROM score WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[]) AND period = $2::text
ORDER BY employee_id, version DESC
"""
EXPLAIN_PERIOD_SQL = f"""
SELECT nip, employee.name AS employee_name, latest.period, latest.version, latest.rulebook, basis, deduction,
       attendance, output,
       total, {PAYABLE_SQL}, days_waiting, waiting_for, pending.days_overruled, pending.overruled_for,
       {WITHOUT_SQL}, digest, last_day, counted_from, counted_to, time_zone, latest.steps,
       locked_at, locked_by,
       (SELECT jsonb_agg(step ORDER BY day, shift, at) FROM ({DAYS_SQL}) AS judged, json_array_elements(judged.steps)
            WITH ORDINALITY AS listed (step, at)
       ) AS day_steps,
       (SELECT jsonb_agg(jsonb_build_object('rulebook', book, 'since', day) ORDER BY day)
        FROM (SELECT day, judged.rulebook AS book, lag(judged.rulebook) OVER (ORDER BY day, shift) AS before
              FROM ({DAYS_SQL}) AS judged) AS judged
        WHERE book IS DISTINCT FROM before
       ) AS rulebooks
FROM shown_score AS latest JOIN employee ON employee.id = latest.employee_id JOIN unit ON unit.id = employee.unit_id
{PENDING_SQL} WHERE nip = %s AND latest.period = %s ORDER BY latest.version DESC LIMIT 1
"""  # noqa: S608 - the parts are constants
SCORED_SQL = f"""
SELECT DISTINCT ON (nip) nip, employee.name AS name, latest.version, rulebook, basis, deduction, attendance, output,
       total,
       {PAYABLE_SQL}, days_waiting, waiting_for, pending.days_overruled, pending.overruled_for, latest.period,
       {WITHOUT_SQL}
FROM score AS latest JOIN employee ON employee.id = latest.employee_id {PENDING_SQL}
WHERE latest.period = %s AND latest.employee_id = ANY (%s) ORDER BY nip, latest.version DESC
"""  # noqa: S608 - the parts are constants
SHOWN_SQL = SCORED_SQL.replace("FROM score", "FROM shown_score")


def scored_months(read: Reader, period: str, who: Sequence[int] | None = None) -> pl.DataFrame:
    """employee, digest: what the stored days of the period were last brought up to date with; who: None = all."""
    found = read(SCORED_MONTHS_SQL, (period,)) if who is None else read(SOME_SCORED_MONTHS_SQL, (period, _list(who)))
    return checked(found, SCORED_MONTHS, "scored_months")


def noted_days(read: Reader, who: Sequence[int], period: str) -> pl.DataFrame:
    """DIGESTS of the stored work days of these employees, as the last run noted them; null = not known."""
    return checked(read(NOTED_DAYS_SQL, (_list(who), period)), DIGESTS, "noted_days")


def save_scored_months(
    connection: Connection[Any], who: Sequence[int], period: str, digest: str, days: pl.DataFrame
) -> None:
    """Note what the stored days of these employees are up to date with now. days: DIGESTS of those that changed."""
    noted = dict(days.select(DIGESTS.keys()).rows())
    connection.execute(SAVE_SCORED_MONTHS_SQL, (period, digest, list(who), [noted.get(employee) for employee in who]))


def forget_days(connection: Connection[Any], who: Sequence[int], periods: Sequence[str], days: Span) -> None:
    """Days of these employees changed: those of these months that count one of them are not up to date any more."""
    asked = {"who": list(who), "periods": list(periods), "first": days[0], "last": days[1]}
    connection.execute(FORGET_DAYS_SQL, asked)


def doubt_long(connection: Connection[Any], periods: Sequence[str], who: Sequence[int]) -> None:
    """A month of these employees was reckoned again: their scores of these quarters and years are not up to date."""
    connection.execute(DOUBT_LONG_SQL, (list(periods), list(who)))


def trust_long(connection: Connection[Any], period: str, who: Sequence[int]) -> None:
    """These employees' scores of a quarter or year are up to date with their months."""
    connection.execute(TRUST_LONG_SQL, (period, list(who)))


def doubted(connection: Connection[Any], period: str) -> set[int]:
    """Whose score of a quarter or year is not up to date with its months."""
    return {one for (one,) in connection.execute(DOUBTED_SQL, (period,)).fetchall()}


def all_doubted(connection: Connection[Any]) -> dict[str, list[int]]:
    """The same of all quarters and years."""
    return dict(connection.execute(ALL_DOUBTED_SQL).fetchall())


def results(read: Reader, who: Sequence[int], first: date, last: date, month: str) -> pl.DataFrame:
    """RESULTS of a month (2026-01) that is counted over these days, both included."""
    found = read(RESULTS_SQL, (_list(who), str(first), str(last), month))
    return checked(found, RESULTS, "results")


def latest_scores(read: Reader, who: Sequence[int], period: str) -> pl.DataFrame:
    """employee, version, digest, rulebook_digest, last_day, predicate, counted_from, counted_to of the newest score."""
    return read(LATEST_SQL, (_list(who), period))


def save_scores(connection: Connection[Any], scores: pl.DataFrame) -> None:
    """Append score rows; the columns are called like those of the table."""
    copy_in(connection, f"COPY score ({', '.join(scores.columns)}) FROM STDIN (FORMAT csv, NULL '\\N')", scores)


def explained_period(connection: Connection[Any], nip: str, period: str) -> dict[str, Any] | None:
    """The score of a period, locked or newest, with its steps and those of its days; None when there is none."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(EXPLAIN_PERIOD_SQL, (nip, period)).fetchone()


def newest_scores(connection: Connection[Any], period: str, who: Sequence[int]) -> list[dict[str, Any]]:
    """The newest score of each of these employees, by NIP, also where another one is locked."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SCORED_SQL, (period, list(who))).fetchall()


def shown_scores(connection: Connection[Any], period: str, who: Sequence[int]) -> list[dict[str, Any]]:
    """The score of each of these employees, by NIP: the locked one, else the newest."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SHOWN_SQL, (period, list(who))).fetchall()


def _list(who: Sequence[int]) -> str:
    return ",".join(map(str, who))
