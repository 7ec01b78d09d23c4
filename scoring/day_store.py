"""SQL of work days: those that are stored, and new ones in their place."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.rows import dict_row

from ingest.database import Reader
from scoring.copied import copy_in
from scoring.days_digest import JUDGED_DAYS
from scoring.frames import DAY_KIND, WANTED, Schema, checked

STORED: Schema = WANTED | {"law": pl.Int32(), "deduction": pl.Int32()}
"""law: day_law.id; a row a shift."""
DAY_LAWS: Schema = {"facts_digest": pl.String(), "law": pl.Int32()}
AS_JUDGED = [name for name in JUDGED_DAYS if name not in {"employee", "rulebook", "facts_digest"}]
COLUMNS = ["employee_id", *AS_JUDGED, "law_id"]

STORED_SQL = """
SELECT employee_id AS employee, day, law_id AS law, deduction FROM work_day
WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[]) AND day BETWEEN $2::text::date AND $3::text::date
"""
JUDGED_SQL = f"""
SELECT employee_id AS employee, {", ".join(name for name in JUDGED_DAYS if name not in {"employee", "steps"})},
       steps::text AS steps
FROM judged_day
WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[]) AND day BETWEEN $2::text::date AND $3::text::date
"""  # noqa: S608 - the names are constants
DAY_LAWS_SQL = """
SELECT facts_digest, id AS law FROM day_law WHERE facts_digest = ANY (string_to_array($1::text, ','))
"""
SAVE_DAY_LAW_SQL = """
INSERT INTO day_law (facts_digest, rulebook, hours) VALUES (%s, %s, %s) ON CONFLICT (facts_digest) DO NOTHING
"""
LAW_IDS_SQL = "SELECT facts_digest, id FROM day_law WHERE facts_digest = ANY (%s)"
CHANGING = [name for name in COLUMNS if name not in {"employee_id", "day", "shift"}]
SAVE_DAYS_SQL = f"""
INSERT INTO work_day ({", ".join(COLUMNS)}) SELECT {", ".join(COLUMNS)} FROM new_work_day
ON CONFLICT (employee_id, day, shift) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in CHANGING)}
WHERE ({", ".join(f"work_day.{name}" for name in CHANGING if name != "steps")}, work_day.steps::text)
    IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in CHANGING if name != "steps")}, excluded.steps::text)
"""  # noqa: S608 - the names are constants
COPY_DAYS = f"COPY {{}} ({', '.join(COLUMNS)}) FROM STDIN (FORMAT csv, NULL '\\N')"
DROP_SHIFTS_SQL = """
DELETE FROM work_day USING (SELECT employee_id, day, max(shift) AS most FROM new_work_day GROUP BY 1, 2) AS new
WHERE work_day.employee_id = new.employee_id AND work_day.day = new.day AND work_day.shift > new.most
"""
"""A day that had more shifts than it has now."""
EXPLAIN_DAY_SQL = """
SELECT nip, employee.name AS employee_name, day, kind, judged_day.name, expected_in, expected_out, first_in, last_out,
       minutes_late, minutes_early, absent, codes, deduction, steps, hours, judged_day.rulebook, time_zone
FROM judged_day JOIN employee ON employee.id = judged_day.employee_id
JOIN membership ON membership.employee_id = employee.id AND day >= valid_from
                AND (valid_until IS NULL OR day < valid_until)
JOIN unit ON unit.id = membership.unit_id
WHERE nip = %s AND day = %s ORDER BY shift
"""


def stored_days(read: Reader, who: Sequence[int], first: date, last: date) -> pl.DataFrame:
    """STORED: what is known of the work days already computed, both days included."""
    return checked(read(STORED_SQL, (_list(who), str(first), str(last))), STORED, "stored_days")


def judged_days(read: Reader, who: Sequence[int], first: date, last: date) -> pl.DataFrame:
    """JUDGED_DAYS that are stored, both days included."""
    found = read(JUDGED_SQL, (_list(who), str(first), str(last)))
    return checked(found.with_columns(pl.col("kind").cast(DAY_KIND)), JUDGED_DAYS, "judged_days")


def day_laws(read: Reader, digests: Sequence[str]) -> pl.DataFrame:
    """DAY_LAWS: which of these some work day may have been computed by."""
    return checked(read(DAY_LAWS_SQL, (",".join(digests),)), DAY_LAWS, "day_laws")


def save_days(
    connection: Connection[Any], days: pl.DataFrame, laws: pl.DataFrame, stored: pl.DataFrame, unchanged: pl.DataFrame
) -> int:
    """Write work days where they differ from what is stored; returns how many did.

    days: JUDGED_DAYS; laws: facts_digest, rulebook and hours (JSON text) of them; stored: WANTED, the employee-days of
    which anything is stored; unchanged: the employees whose stored days are these very ones.
    """
    key = list(WANTED)
    new = days.join(stored, on=key, how="anti", maintain_order="left")
    rest = days.join(unchanged, on="employee", how="anti").join(stored, on=key, how="semi", maintain_order="left")
    if new.is_empty() and rest.is_empty():
        return 0
    ids = _law_ids(connection, laws)
    copy_in(connection, COPY_DAYS.format("work_day"), _numbered(new, ids))
    if rest.is_empty():
        return new.height
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS new_work_day (LIKE work_day) ON COMMIT DROP")
    connection.execute("TRUNCATE new_work_day")
    copy_in(connection, COPY_DAYS.format("new_work_day"), _numbered(rest, ids))
    several = stored.is_duplicated().any()
    dropped = connection.execute(DROP_SHIFTS_SQL).rowcount if several else 0
    return new.height + dropped + connection.execute(SAVE_DAYS_SQL).rowcount


def _numbered(days: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    numbered = days.join(ids, on="facts_digest").sort("employee", "day", "shift")
    return numbered.select(pl.col("employee").alias("employee_id"), *AS_JUDGED, "law_id")


def _law_ids(connection: Connection[Any], laws: pl.DataFrame) -> pl.DataFrame:
    with connection.cursor() as cursor:
        cursor.executemany(SAVE_DAY_LAW_SQL, laws.select("facts_digest", "rulebook", "hours").rows())
        found = cursor.execute(LAW_IDS_SQL, (laws["facts_digest"].to_list(),)).fetchall()
    return pl.DataFrame(found, schema={"facts_digest": pl.String, "law_id": pl.Int32}, orient="row")


def _list(who: Sequence[int]) -> str:
    return ",".join(map(str, who))


def explained_day(connection: Connection[Any], nip: str, day: date) -> dict[str, Any] | None:
    """A work day with its steps, that of its first shift, the others as later_shifts; None when never computed."""
    with connection.cursor(row_factory=dict_row) as cursor:
        shifts = cursor.execute(EXPLAIN_DAY_SQL, (nip, day)).fetchall()
    return {**shifts[0], "later_shifts": shifts[1:]} if shifts else None
