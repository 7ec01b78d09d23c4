"""SQL of scoring: facts out as frames, work days and scores in, marks of days to score."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from ingest.database import Reader
from scoring.frames import PUNCHES, RESULTS, TERMINALS, WANTED, checked
from scoring.pending import PAYABLE_SQL, PENDING_SQL

STORED = WANTED | {"facts_digest": pl.String(), "deduction": pl.Int32()}
EMPLOYEES = {"employee": pl.Int32(), "nip": pl.String(), "time_zone": pl.String(), "rulebook": pl.String()}
ONE_SCORER = 7_283_728
"""Advisory lock: two scorers at once could overwrite newer facts with older ones."""

EMPLOYEES_SQL = """
WITH RECURSIVE below AS (
    SELECT id, time_zone, rulebook FROM unit WHERE $1::text = '' OR code = $1::text
    UNION
    SELECT unit.id, unit.time_zone, unit.rulebook FROM unit JOIN below ON unit.parent_id = below.id
)
SELECT employee.id AS employee, nip, time_zone, rulebook
FROM employee JOIN below ON below.id = employee.unit_id ORDER BY nip
"""
TERMINALS_SQL = "SELECT id AS terminal, name, time_zone FROM terminal"
STORED_SQL = """
SELECT employee_id AS employee, day, facts_digest, deduction FROM work_day
WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[]) AND day BETWEEN $2::text::date AND $3::text::date
"""
PUNCHES_SQL = """
SELECT enrolment.employee_id AS employee, punch.terminal_id AS terminal, punch.pin, punch.local_time, punch.state
FROM enrolment JOIN punch ON punch.terminal_id = enrolment.terminal_id AND punch.pin = enrolment.pin
WHERE enrolment.employee_id = ANY (string_to_array($1::text, ',')::integer[])
  AND punch.local_time >= $2::text::timestamp AND punch.local_time < $3::text::timestamp
  AND punch.local_time >= enrolment.valid_from
  AND (enrolment.valid_until IS NULL OR punch.local_time < enrolment.valid_until)
"""
RESULTS_SQL = """
SELECT one.employee, target.points AS target,
    coalesce(least(sum(activity.volume::numeric * activity.weight), 9223372036854775807), 0)::bigint AS points
FROM unnest(string_to_array($1::text, ',')::integer[]) AS one (employee)
LEFT JOIN activity ON activity.employee_id = one.employee AND status = 'verified'
    AND day BETWEEN $2::text::date AND $3::text::date
LEFT JOIN target ON target.employee_id = one.employee AND target.period = $4::text
GROUP BY one.employee, target.points
"""
LATEST_SQL = """
SELECT DISTINCT ON (employee_id) employee_id AS employee, version, digest, rulebook_digest, last_day FROM score
WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[]) AND period = $2::text
ORDER BY employee_id, version DESC
"""

MARKS_SQL = """
SELECT id, terminal_id, employee_id, day FROM day_to_score
WHERE day BETWEEN %(first)s::date - 1 AND %(last)s::date + 1
"""
MARKED_SQL = """
WITH mark AS (SELECT terminal_id, employee_id, day FROM day_to_score
              WHERE id = ANY (string_to_array($2::text, ',')::bigint[]))
SELECT employee_id AS employee, day FROM mark WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[])
UNION
SELECT enrolment.employee_id, mark.day + shift
FROM mark JOIN enrolment USING (terminal_id)
JOIN terminal ON terminal.id = enrolment.terminal_id
JOIN employee ON employee.id = enrolment.employee_id JOIN unit ON unit.id = employee.unit_id
CROSS JOIN generate_series(-1, 1) AS shift
WHERE enrolment.employee_id = ANY (string_to_array($1::text, ',')::integer[])
  AND mark.day >= enrolment.valid_from AND (enrolment.valid_until IS NULL OR mark.day < enrolment.valid_until)
  AND (shift = 0 OR terminal.time_zone <> unit.time_zone)
"""
"""A punch of another time zone may fall on the day before or after in the employee's own zone."""
USED_MARKS_SQL = """
SELECT id FROM day_to_score AS mark
WHERE id = ANY (%(marks)s) AND (employee_id = ANY (%(who)s) OR EXISTS (
    SELECT FROM enrolment WHERE enrolment.terminal_id = mark.terminal_id AND enrolment.employee_id = ANY (%(who)s)
        AND mark.day >= valid_from AND (valid_until IS NULL OR mark.day < valid_until)))
"""
HAND_ON_MARKS_SQL = """
INSERT INTO day_to_score (employee_id, day)
SELECT DISTINCT enrolment.employee_id, mark.day + shift
FROM day_to_score AS mark JOIN enrolment ON enrolment.terminal_id = mark.terminal_id
JOIN terminal ON terminal.id = enrolment.terminal_id
JOIN employee ON employee.id = enrolment.employee_id JOIN unit ON unit.id = employee.unit_id
CROSS JOIN generate_series(-1, 1) AS shift
WHERE mark.id = ANY (%(marks)s)
  AND mark.day >= enrolment.valid_from AND (enrolment.valid_until IS NULL OR mark.day < enrolment.valid_until)
  AND NOT ((%(who)s::integer[] IS NULL OR enrolment.employee_id = ANY (%(who)s::integer[]))
           AND mark.day + shift BETWEEN %(first)s AND %(last)s)
  AND (shift = 0 OR terminal.time_zone <> unit.time_zone AND EXISTS (
      SELECT FROM work_day WHERE work_day.employee_id = enrolment.employee_id AND work_day.day = mark.day + shift))
"""
"""What a terminal's mark means beyond the employees (null = all) and days just computed gets marks of its own: its day
for everybody else, and the days beside it where another zone may have moved a punch to a day computed already."""
DUE_SQL = """
SELECT DISTINCT to_char(day, 'YYYY-MM') AS period FROM day_to_score AS mark
WHERE day < %(until)s AND (employee_id IS NOT NULL OR EXISTS (
    SELECT FROM enrolment WHERE enrolment.terminal_id = mark.terminal_id AND mark.day >= valid_from
        AND (valid_until IS NULL OR mark.day < valid_until)))
ORDER BY 1
"""
SAVE_DAYS_SQL = """
INSERT INTO work_day SELECT * FROM new_work_day
ON CONFLICT (employee_id, day) DO UPDATE SET
    kind = EXCLUDED.kind, name = EXCLUDED.name, expected_in = EXCLUDED.expected_in,
    expected_out = EXCLUDED.expected_out, first_in = EXCLUDED.first_in, last_out = EXCLUDED.last_out,
    minutes_late = EXCLUDED.minutes_late, minutes_early = EXCLUDED.minutes_early, absent = EXCLUDED.absent,
    codes = EXCLUDED.codes, deduction = EXCLUDED.deduction, steps = EXCLUDED.steps, hours = EXCLUDED.hours,
    rulebook = EXCLUDED.rulebook, facts_digest = EXCLUDED.facts_digest
WHERE work_day.* IS DISTINCT FROM EXCLUDED.*
"""
DAYS_DIGEST_SQL = """
SELECT employee_id, encode(sha256(convert_to(string_agg(concat_ws('|',
    day, kind, coalesce(name, '-'), coalesce(expected_in::text, '-'), coalesce(expected_out::text, '-'),
    coalesce(first_in::text, '-'), coalesce(last_out::text, '-'), minutes_late, minutes_early, absent, codes,
    coalesce(deduction::text, '-'), rulebook, facts_digest, steps::text), E'\\n' ORDER BY day), 'UTF8')), 'hex')
FROM work_day WHERE employee_id = ANY (%s) AND day BETWEEN %s AND %s GROUP BY employee_id
"""
EXPLAIN_DAY_SQL = """
SELECT nip, employee.name AS employee_name, day, kind, work_day.name, expected_in, expected_out, first_in, last_out,
       minutes_late, minutes_early, absent, codes, deduction, steps, hours, work_day.rulebook, time_zone
FROM work_day JOIN employee ON employee.id = work_day.employee_id JOIN unit ON unit.id = employee.unit_id
WHERE nip = %s AND day = %s
"""
EXPLAIN_PERIOD_SQL = f"""
SELECT nip, employee.name AS employee_name, period, version, latest.rulebook, basis, deduction, attendance, output,
       total, {PAYABLE_SQL}, days_waiting, waiting_for, days_overruled, overruled_for,
       digest, last_day, time_zone, latest.steps,
       (SELECT jsonb_agg(step ORDER BY day, at) FROM work_day, jsonb_array_elements(work_day.steps)
            WITH ORDINALITY AS listed (step, at)
        WHERE work_day.employee_id = employee.id AND to_char(day, 'YYYY-MM') = period) AS day_steps
FROM score AS latest JOIN employee ON employee.id = latest.employee_id JOIN unit ON unit.id = employee.unit_id
{PENDING_SQL} WHERE nip = %s AND period = %s ORDER BY version DESC LIMIT 1
"""  # noqa: S608 - the parts are constants
SCORED_SQL = f"""
SELECT DISTINCT ON (nip) nip, employee.name AS name, version, rulebook, basis, deduction, attendance, output, total,
       {PAYABLE_SQL}, days_waiting, waiting_for, days_overruled, overruled_for
FROM score AS latest JOIN employee ON employee.id = latest.employee_id {PENDING_SQL}
WHERE period = %s AND employee_id = ANY (%s) ORDER BY nip, version DESC
"""  # noqa: S608 - the parts are constants


def lock(connection: Connection[Any]) -> None:
    """Be the only scorer until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (ONE_SCORER,))


def employees(read: Reader, unit: str | None) -> pl.DataFrame:
    """EMPLOYEES of a unit (its code) and all below it; None = all. By NIP."""
    return checked(read(EMPLOYEES_SQL, (unit or "",)), EMPLOYEES, "employees")


def terminals(read: Reader) -> pl.DataFrame:
    """TERMINALS, all of them."""
    return checked(read(TERMINALS_SQL, ()), TERMINALS, "terminals")


def stored_days(read: Reader, who: Sequence[int], first: date, last: date) -> pl.DataFrame:
    """STORED: what is known of the work days already computed, both days included."""
    return checked(read(STORED_SQL, (_list(who), str(first), str(last))), STORED, "stored_days")


def punches(read: Reader, who: Sequence[int], start: date, end: date) -> pl.DataFrame:
    """PUNCHES of these employees by their enrolments, start included, end not, by the terminals' clocks."""
    found = read(PUNCHES_SQL, (_list(who), str(start), str(end)))
    return checked(found, PUNCHES, "punches")


def results(read: Reader, who: Sequence[int], first: date, last: date) -> pl.DataFrame:
    """RESULTS of the month that lies between these days, both included."""
    found = read(RESULTS_SQL, (_list(who), str(first), str(last), f"{first:%Y-%m}"))
    return checked(found, RESULTS, "results")


def latest_scores(read: Reader, who: Sequence[int], period: str) -> pl.DataFrame:
    """employee, version, digest, rulebook_digest, last_day of the newest score of each."""
    return read(LATEST_SQL, (_list(who), period))


def _list(who: Sequence[int]) -> str:
    return ",".join(map(str, who))


def read_marks(connection: Connection[Any], first: date, last: date) -> list[dict[str, Any]]:
    """Marks that may touch these days: id, terminal_id, employee_id, day."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(MARKS_SQL, {"first": first, "last": last}).fetchall()


def marked_days(read: Reader, who: Sequence[int], marks: Sequence[int]) -> pl.DataFrame:
    """WANTED: the days of these employees that the marks mean, by today's enrolments."""
    return checked(read(MARKED_SQL, (_list(who), _list(marks))), WANTED, "marked_days")


def drop_marks(
    connection: Connection[Any], marks: Sequence[int], first: date, last: date, who: Sequence[int] | None
) -> None:
    """Delete exactly the marks that were read: one with a lower number may have been committed since.

    who: the employees computed; None = all. What the marks mean for others stays marked.
    """
    used = list(marks)
    if who is not None:
        found = connection.execute(USED_MARKS_SQL, {"marks": used, "who": list(who)}).fetchall()
        used = [number for (number,) in found]
    those = None if who is None else list(who)
    connection.execute(HAND_ON_MARKS_SQL, {"marks": used, "first": first, "last": last, "who": those})
    connection.execute("DELETE FROM day_to_score WHERE id = ANY (%s)", (used,))


def drop_days(connection: Connection[Any], who: Sequence[int], after: date, last: date) -> None:
    """Forget the days of these employees after one day, up to another: they are not judged any more."""
    connection.execute(
        "DELETE FROM work_day WHERE employee_id = ANY (%s) AND day > %s AND day <= %s", (list(who), after, last)
    )


def due_periods(connection: Connection[Any], until: date) -> list[str]:
    """Periods with marks, before the day, that touch an employee."""
    return [period for (period,) in connection.execute(DUE_SQL, {"until": until}).fetchall()]


def time_zones(connection: Connection[Any]) -> list[str]:
    """Of all units."""
    return [zone for (zone,) in connection.execute("SELECT DISTINCT time_zone FROM unit ORDER BY 1").fetchall()]


def save_days(connection: Connection[Any], days: pl.DataFrame) -> int:
    """Write work days where they differ from what is stored; returns how many did.

    days: WORK_DAYS with steps and hours (JSON text), rulebook and facts_digest behind them, in the order of the table.
    """
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS new_work_day (LIKE work_day) ON COMMIT DROP")
    connection.execute("TRUNCATE new_work_day")
    _copy(connection, "COPY new_work_day FROM STDIN (FORMAT csv, NULL '\\N')", days)
    return connection.execute(SAVE_DAYS_SQL).rowcount


def days_digests(connection: Connection[Any], who: Sequence[int], first: date, last: date) -> dict[int, str]:
    """SHA-256 of all stored work days of each employee, in the text form that PostgreSQL gives them everywhere."""
    return dict(connection.execute(DAYS_DIGEST_SQL, (list(who), first, last)).fetchall())


def save_scores(connection: Connection[Any], scores: pl.DataFrame) -> None:
    """Append score rows; the columns in the order of the table."""
    _copy(connection, "COPY score FROM STDIN (FORMAT csv, NULL '\\N')", scores)


def _copy(connection: Connection[Any], statement: str, rows: pl.DataFrame) -> None:
    text = BytesIO()
    rows.write_csv(text, include_header=False, null_value="\\N", datetime_format="%Y-%m-%d %H:%M:%S")
    with connection.cursor().copy(statement.encode()) as copy:
        copy.write(text.getbuffer())


def explained_day(connection: Connection[Any], nip: str, day: date) -> dict[str, Any] | None:
    """A work day with its steps; None when it was never computed."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(EXPLAIN_DAY_SQL, (nip, day)).fetchone()


def explained_period(connection: Connection[Any], nip: str, period: str) -> dict[str, Any] | None:
    """The newest score of a period with its steps and those of its days; None when there is none."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(EXPLAIN_PERIOD_SQL, (nip, period)).fetchone()


def newest_scores(connection: Connection[Any], period: str, who: Sequence[int]) -> list[dict[str, Any]]:
    """The newest score of each of these employees, by NIP."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SCORED_SQL, (period, list(who))).fetchall()


def is_unit(connection: Connection[Any], code: str) -> bool:
    return connection.execute("SELECT FROM unit WHERE code = %s", (code,)).fetchone() is not None


def is_employee(connection: Connection[Any], nip: str) -> bool:
    return connection.execute("SELECT FROM employee WHERE nip = %s", (nip,)).fetchone() is not None


def audit(connection: Connection[Any], actor: str, action: str, object_: str, detail: dict[str, Any]) -> None:
    """Leave an audit entry."""
    connection.execute(
        "INSERT INTO audit (at, actor, action, object, detail) VALUES (now(), %s, %s, %s, %s)",
        (actor, action, object_, Jsonb(detail)),
    )
