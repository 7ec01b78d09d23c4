"""SQL of work days: those that are stored, and new ones in their place."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.rows import dict_row

from ingest.database import Reader
from scoring.copied import copy_in
from scoring.frames import WANTED, checked

STORED = WANTED | {"facts_digest": pl.String(), "deduction": pl.Int32()}

STORED_SQL = """
SELECT employee_id AS employee, day, facts_digest, deduction FROM work_day
WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[]) AND day BETWEEN $2::text::date AND $3::text::date
ORDER BY employee_id, day, shift
"""
KEPT_SQL = """
SELECT employee_id AS employee, day, shift, kind, name, expected_in, expected_out, first_in, last_out,
       minutes_late, minutes_early, absent, codes, deduction, rulebook, facts_digest, hours ->> 'law' AS hours_law
FROM work_day
WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[]) AND day BETWEEN $2::text::date AND $3::text::date
  AND steps = '[]'
"""
SAVE_DAYS_SQL = """
INSERT INTO work_day SELECT * FROM new_work_day
ON CONFLICT (employee_id, day, shift) DO UPDATE SET
    kind = EXCLUDED.kind, name = EXCLUDED.name, expected_in = EXCLUDED.expected_in,
    expected_out = EXCLUDED.expected_out, first_in = EXCLUDED.first_in, last_out = EXCLUDED.last_out,
    minutes_late = EXCLUDED.minutes_late, minutes_early = EXCLUDED.minutes_early, absent = EXCLUDED.absent,
    codes = EXCLUDED.codes, deduction = EXCLUDED.deduction, steps = EXCLUDED.steps, hours = EXCLUDED.hours,
    rulebook = EXCLUDED.rulebook, facts_digest = EXCLUDED.facts_digest
WHERE work_day.* IS DISTINCT FROM EXCLUDED.*
"""
COPY_DAYS = "COPY {} FROM STDIN (FORMAT csv, NULL '\\N')"
DROP_SHIFTS_SQL = """
DELETE FROM work_day USING (SELECT employee_id, day, max(shift) AS most FROM new_work_day GROUP BY 1, 2) AS new
WHERE work_day.employee_id = new.employee_id AND work_day.day = new.day AND work_day.shift > new.most
"""
"""A day that had more shifts than it has now."""
DAYS_DIGEST_SQL = """
SELECT employee_id, encode(sha256(convert_to(string_agg(concat_ws('|',
    day, kind, coalesce(name, '-'), coalesce(expected_in::text, '-'), coalesce(expected_out::text, '-'),
    coalesce(first_in::text, '-'), coalesce(last_out::text, '-'), minutes_late, minutes_early, absent, codes,
    coalesce(deduction::text, '-'), rulebook, facts_digest, steps::text,
    CASE WHEN shift > 1 THEN shift END), E'\\n' ORDER BY day, shift), 'UTF8')), 'hex')
FROM work_day WHERE employee_id = ANY (%s) AND day BETWEEN %s AND %s GROUP BY employee_id
"""
EXPLAIN_DAY_SQL = """
SELECT nip, employee.name AS employee_name, day, kind, work_day.name, expected_in, expected_out, first_in, last_out,
       minutes_late, minutes_early, absent, codes, deduction, steps, hours, work_day.rulebook, time_zone
FROM work_day JOIN employee ON employee.id = work_day.employee_id
JOIN membership ON membership.employee_id = employee.id AND day >= valid_from
                AND (valid_until IS NULL OR day < valid_until)
JOIN unit ON unit.id = membership.unit_id
WHERE nip = %s AND day = %s ORDER BY shift
"""


def stored_days(read: Reader, who: Sequence[int], first: date, last: date) -> pl.DataFrame:
    """STORED: what is known of the work days already computed, both days included, shifts of a day in order."""
    return checked(read(STORED_SQL, (",".join(map(str, who)), str(first), str(last))), STORED, "stored_days")


def save_days(connection: Connection[Any], read: Reader, days: pl.DataFrame, stored: pl.DataFrame) -> int:
    """Write work days where they differ from what is stored; returns how many did.

    days: WORK_DAYS with steps and hours (JSON text), rulebook and facts_digest behind them, in the order of the table;
    stored: WANTED, the employee-days of which anything is stored.
    """
    key = list(WANTED)
    new = days.join(stored.select(key), on=key, how="anti", maintain_order="left")
    copy_in(connection, COPY_DAYS.format("work_day"), new)
    rest = _not_kept(read, days.join(stored.select(key), on=key, how="semi", maintain_order="left"), stored)
    if rest.is_empty():
        return new.height
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS new_work_day (LIKE work_day) ON COMMIT DROP")
    connection.execute("TRUNCATE new_work_day")
    copy_in(connection, COPY_DAYS.format("new_work_day"), rest)
    several = stored.select(key).is_duplicated().any()
    dropped = connection.execute(DROP_SHIFTS_SQL).rowcount if several else 0
    return new.height + dropped + connection.execute(SAVE_DAYS_SQL).rowcount


def _not_kept(read: Reader, days: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """The days but those that are stored already, word for word: an upsert would lock, so write, each of them.

    Days with steps are left to the upsert, and so are those of several shifts. What else sets the hours of a day than
    a roster is in its facts_digest.
    """
    if days.is_empty():
        return days
    first, last = days["day"].min(), days["day"].max()
    kept = read(KEPT_SQL, (",".join(map(str, days["employee"].unique())), str(first), str(last)))
    key = list(WANTED)
    several = pl.concat([of.group_by(key).len().filter(pl.col("len") > 1) for of in (days, stored)])
    plain = days.filter(pl.col("steps") == "[]").with_columns(
        pl.col("kind").cast(pl.String), hours_law=pl.col("hours").str.json_path_match("$.law")
    )
    same = plain.join(several, on=key, how="anti").join(kept, on=kept.columns, how="semi", nulls_equal=True)
    return days.join(same, on=key, how="anti", maintain_order="left")


def days_digests(connection: Connection[Any], who: Sequence[int], first: date, last: date) -> dict[int, str]:
    """SHA-256 of all stored work days of each employee, in the text form that PostgreSQL gives them everywhere."""
    return dict(connection.execute(DAYS_DIGEST_SQL, (list(who), first, last)).fetchall())


def explained_day(connection: Connection[Any], nip: str, day: date) -> dict[str, Any] | None:
    """A work day with its steps, that of its first shift, the others as later_shifts; None when never computed."""
    with connection.cursor(row_factory=dict_row) as cursor:
        shifts = cursor.execute(EXPLAIN_DAY_SQL, (nip, day)).fetchall()
    return {**shifts[0], "later_shifts": shifts[1:]} if shifts else None
