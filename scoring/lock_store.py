"""SQL of locked months: what is stored of those who are to be locked, and the locking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from psycopg import Connection
from psycopg.rows import class_row

from config.dated import Basis
from scoring.pending import LACKS_SQL, PAYABLE_SQL, PENDING_SQL
from scoring.store import ONE_SCORER

WORK_DAY_COLUMNS = """day, shift, kind, name, expected_in, expected_out, first_in, last_out, minutes_late,
    minutes_early, absent, codes, deduction, steps, law_id, roster"""

SEEN_SQL = """
WITH RECURSIVE seen AS (
    SELECT id FROM unit WHERE id = %(root)s
    UNION
    SELECT unit.id FROM unit JOIN seen ON unit.parent_id = seen.id
)
SELECT id FROM employee WHERE unit_id IN (SELECT id FROM seen) AND id = ANY (%(who)s)
"""
LOCKED_SQL = "SELECT employee_id FROM locked_month WHERE period = %s AND employee_id = ANY (%s)"
STORED_SQL = f"""
SELECT employee.id AS employee, nip, employee.name AS name, latest.version, latest.basis, latest.last_day,
       {PAYABLE_SQL},
       coalesce(days_waiting, 0) AS days_waiting, waiting_for, pending.days_overruled, span.first, span.last,
       (SELECT digest FROM scored_month WHERE employee_id = latest.employee_id AND period = latest.period) AS settled,
       CASE WHEN latest.payable IS NULL THEN {LACKS_SQL} END AS without
FROM employee JOIN LATERAL (
    SELECT * FROM score WHERE score.employee_id = employee.id AND period = %s ORDER BY version DESC LIMIT 1
) AS latest ON true
{PENDING_SQL}
WHERE employee.id = ANY (%s)
"""  # noqa: S608 - the parts are constants
NAMES_SQL = "SELECT id, nip, name FROM employee WHERE id = ANY (%s)"
KEEP_DAYS_SQL = f"""
INSERT INTO kept_day (employee_id, period, version, {WORK_DAY_COLUMNS})
SELECT one.employee_id, one.period, one.version, {WORK_DAY_COLUMNS}
FROM unnest(%s::integer[], %s::text[], %s::integer[], %s::date[], %s::date[])
    AS one (employee_id, period, version, first, last)
JOIN work_day ON work_day.employee_id = one.employee_id AND day BETWEEN one.first AND one.last
"""  # noqa: S608 - the names are constants
LOCK_SQL = f"""
INSERT INTO locked_month (employee_id, period, version, days_overruled, overruled_for, locked_at, locked_by)
SELECT latest.employee_id, latest.period, latest.version, pending.days_overruled, pending.overruled_for, %s, %s
FROM unnest(%s::integer[], %s::integer[]) AS one (employee_id, version)
JOIN score AS latest ON latest.employee_id = one.employee_id AND latest.period = %s AND latest.version = one.version
{PENDING_SQL}
"""  # noqa: S608 - the parts are constants


@dataclass(frozen=True, slots=True)
class Stored:
    """The newest score of an employee in a month. settled: what its days are up to date with; None = not known."""

    employee: int
    nip: str
    name: str
    version: int
    basis: Basis
    last_day: date
    payable: int | None
    days_waiting: int
    waiting_for: list[str]
    days_overruled: int
    first: date
    last: date
    settled: str | None
    without: Literal["rate", "target", "behaviour", "predicate", "not_counted"] | None


def try_lock(connection: Connection[Any]) -> bool:
    """As `scoring.store.lock`, without waiting for another scorer; False = there is one."""
    found = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (ONE_SCORER,)).fetchone()
    assert found is not None
    return bool(found[0])


def seen(connection: Connection[Any], who: Sequence[int], root: int) -> list[int]:
    """Those of them who belong to a unit (its number) or one below it today."""
    return [one for (one,) in connection.execute(SEEN_SQL, {"root": root, "who": list(who)}).fetchall()]


def locked(connection: Connection[Any], period: str, who: Sequence[int]) -> set[int]:
    """Whose month is locked already."""
    return {one for (one,) in connection.execute(LOCKED_SQL, (period, list(who))).fetchall()}


def stored(connection: Connection[Any], period: str, who: Sequence[int]) -> dict[int, Stored]:
    """By employee."""
    with connection.cursor(row_factory=class_row(Stored)) as cursor:
        return {one.employee: one for one in cursor.execute(STORED_SQL, (period, list(who))).fetchall()}


def names(connection: Connection[Any], who: Sequence[int]) -> dict[int, tuple[str, str]]:
    """NIP and name by employee."""
    return {one: (nip, name) for one, nip, name in connection.execute(NAMES_SQL, (list(who),)).fetchall()}


def keep_days(connection: Connection[Any], versions: Sequence[tuple[int, str, int, date, date]]) -> None:
    """Copy the work days that versions rest on: employee, period, version, first and last day of each."""
    if versions:
        connection.execute(KEEP_DAYS_SQL, [list(column) for column in zip(*versions, strict=True)])


def lock(connection: Connection[Any], period: str, scores: Sequence[Stored], at: datetime, actor: str) -> None:
    """Lock these versions, with the work days that they rest on."""
    keep_days(connection, [(one.employee, period, one.version, one.first, one.last) for one in scores])
    who, versions = [one.employee for one in scores], [one.version for one in scores]
    connection.execute(LOCK_SQL, (at, actor, who, versions, period))
