"""SQL of scoring: who is judged, and the facts of their days, out as frames."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.types.json import Jsonb

from ingest.database import Reader
from scoring.courses import MEMBERSHIPS
from scoring.frames import PUNCHES, TERMINALS, checked
from scoring.schedule import ROSTERED

ONE_SCORER = 7_283_728
"""Advisory lock: two scorers at once could overwrite newer facts with older ones."""

MEMBERS_SQL = """
WITH RECURSIVE below AS (
    SELECT id FROM unit WHERE code = $1::text
    UNION
    SELECT unit.id FROM unit JOIN below ON unit.parent_id = below.id
), judged AS (
    SELECT membership.employee_id, unit_id, gate, greatest(valid_from, enrolled, $2::text::date) AS since,
           least(valid_until, $3::text::date + 1) AS until
    FROM membership
    JOIN (
        SELECT employee_id, min(valid_from) AS enrolled, min(terminal_id) AS gate FROM enrolment WHERE true GROUP BY 1
    ) AS first USING (employee_id)
)
SELECT employee.id AS employee, nip, rulebook, time_zone, since, until,
       $1::text = '' OR judged.unit_id IN (SELECT id FROM below) AS inside
FROM judged JOIN employee ON employee.id = judged.employee_id JOIN unit ON unit.id = judged.unit_id
WHERE since < until AND ($1::text = '' OR judged.employee_id IN (
    SELECT employee_id FROM judged AS there JOIN below ON below.id = there.unit_id WHERE there.since < there.until))
ORDER BY gate, nip, since
"""
"""Who is a member of the unit on any of the days, with all memberships on them. The time before the first enrolment is
not judged: nobody can scan anywhere then. Who scans at the same terminal stands together, for `punches`."""
SOME_MEMBERS_SQL = MEMBERS_SQL.replace(
    "FROM enrolment WHERE true", "FROM enrolment WHERE employee_id = ANY (string_to_array($4::text, ',')::integer[])"
)
UNITS_SQL = """
SELECT DISTINCT code FROM membership JOIN unit ON unit.id = unit_id
WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[])
  AND valid_from <= $3::text::date AND (valid_until IS NULL OR valid_until > $2::text::date) ORDER BY code
"""
TERMINALS_SQL = "SELECT id AS terminal, name, time_zone FROM terminal"
PUNCHES_SQL = """
WITH asked AS (
    SELECT count(*) < 5 * count(DISTINCT terminal_id) AS scattered FROM enrolment
    WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[])
)
SELECT enrolment.employee_id AS employee, punch.terminal_id AS terminal, punch.pin, punch.local_time, punch.state
FROM enrolment CROSS JOIN LATERAL (
    SELECT terminal_id, pin, local_time, state FROM punch
    WHERE punch.terminal_id = enrolment.terminal_id AND punch.pin = enrolment.pin
      AND punch.local_time >= $2::text::timestamp AND punch.local_time < $3::text::timestamp
      AND punch.local_time >= enrolment.valid_from
      AND (enrolment.valid_until IS NULL OR punch.local_time < enrolment.valid_until)
    OFFSET 0
) AS punch
WHERE (SELECT scattered FROM asked)
  AND enrolment.employee_id = ANY (string_to_array($1::text, ',')::integer[])
UNION ALL
SELECT enrolment.employee_id, punch.terminal_id, punch.pin, punch.local_time, punch.state
FROM enrolment JOIN punch ON punch.terminal_id = enrolment.terminal_id AND punch.pin = enrolment.pin
WHERE NOT (SELECT scattered FROM asked)
  AND enrolment.employee_id = ANY (string_to_array($1::text, ',')::integer[])
  AND punch.terminal_id = ANY (ARRAY(
      SELECT DISTINCT terminal_id FROM enrolment
      WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[])))
  AND punch.local_time >= $2::text::timestamp AND punch.local_time < $3::text::timestamp
  AND punch.local_time >= enrolment.valid_from
  AND (enrolment.valid_until IS NULL OR punch.local_time < enrolment.valid_until)
"""
"""Few of many people at a terminal are looked for one by one: five times faster than to join all of its punches, and
slower by far where all are asked for. There the terminals are named first: else all punches of these days are gone
through, whoever made them."""
ROSTERED_SQL = """
WITH one AS (SELECT unnest(string_to_array($1::text, ',')::integer[]) AS employee_id),
here AS (
    SELECT employee_id, holder_id, distance, valid_from, coalesce(valid_until, 'infinity') AS valid_until
    FROM one JOIN membership USING (employee_id) JOIN unit_above USING (unit_id)
), week AS (
    SELECT *, coalesce(lead(valid_from) OVER (PARTITION BY unit_id, weekday ORDER BY valid_from), 'infinity') AS until
    FROM unit_week
), said AS (
    SELECT employee_id, day, 0 AS rank, shift_ids, name, 'roster of the employee' AS source
    FROM one JOIN roster USING (employee_id) WHERE day BETWEEN $2::text::date AND $3::text::date
    UNION ALL
    SELECT employee_id, day, 1 + distance, shift_ids, unit_roster.name, 'roster of unit ' || unit.code
    FROM here JOIN unit_roster ON unit_roster.unit_id = holder_id AND day >= valid_from AND day < valid_until
    JOIN unit ON unit.id = holder_id WHERE day BETWEEN $2::text::date AND $3::text::date
    UNION ALL
    SELECT employee_id, one_day::date, 1000 + distance, shift_ids, '',
           'week of unit ' || unit.code || ' from ' || week.valid_from
    FROM generate_series($2::text::date, $3::text::date, interval '1 day') AS one_day
    JOIN week ON weekday = extract(isodow FROM one_day) AND one_day >= week.valid_from AND one_day < week.until
    JOIN unit ON unit.id = week.unit_id
    JOIN here ON holder_id = week.unit_id AND one_day >= here.valid_from AND one_day < here.valid_until
), chosen AS (SELECT DISTINCT ON (employee_id, day) * FROM said ORDER BY employee_id, day, rank)
SELECT employee_id AS employee, day, rank < 1000 AS dated, chosen.name,
       source || coalesce(', shift ' || code, '') AS roster, coalesce(place, 1)::smallint AS shift,
       starts, ends, in_from, in_until, out_from, out_until
FROM chosen LEFT JOIN unnest(shift_ids) WITH ORDINALITY AS listed (shift_id, place) ON true
LEFT JOIN shift ON shift.id = shift_id
ORDER BY employee_id, day, place
"""
"""The nearest word counts: the employee's roster, that of the unit, of the one above it; then the weeks, likewise."""


def lock(connection: Connection[Any]) -> None:
    """Be the only scorer until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (ONE_SCORER,))


def members(read: Reader, unit: str | None, first: date, last: date) -> pl.DataFrame:
    """MEMBERSHIPS of a unit (its code) and all below it on these days, both included; None = all."""
    return checked(read(MEMBERS_SQL, (unit or "", str(first), str(last))), MEMBERSHIPS, "members")


def some_members(read: Reader, who: Sequence[int], first: date, last: date) -> pl.DataFrame:
    """Of the MEMBERSHIPS of all units those of these employees."""
    return checked(read(SOME_MEMBERS_SQL, ("", str(first), str(last), _list(who))), MEMBERSHIPS, "members")


def units_of(read: Reader, who: Sequence[int], first: date, last: date) -> list[str]:
    """Codes of the units that these employees were in on any of the days."""
    return read(UNITS_SQL, (_list(who), str(first), str(last)))["code"].to_list()


def terminals(read: Reader) -> pl.DataFrame:
    """TERMINALS, all of them."""
    return checked(read(TERMINALS_SQL, ()), TERMINALS, "terminals")


def punches(read: Reader, who: Sequence[int], start: date, end: date) -> pl.DataFrame:
    """PUNCHES of these employees by their enrolments, start included, end not, by the terminals' clocks."""
    found = read(PUNCHES_SQL, (_list(who), str(start), str(end)))
    return checked(found, PUNCHES, "punches")


def rostered(read: Reader, who: Sequence[int], first: date, last: date) -> pl.DataFrame:
    """ROSTERED of these employees and days, both included."""
    return checked(read(ROSTERED_SQL, (_list(who), str(first), str(last))), ROSTERED, "rostered")


def _list(who: Sequence[int]) -> str:
    return ",".join(map(str, who))


def time_zones(connection: Connection[Any]) -> list[str]:
    """Of all units."""
    return [zone for (zone,) in connection.execute("SELECT DISTINCT time_zone FROM unit ORDER BY 1").fetchall()]


def rulebooks(connection: Connection[Any]) -> list[str]:
    """Of all units."""
    return [name for (name,) in connection.execute("SELECT DISTINCT rulebook FROM unit ORDER BY 1").fetchall()]


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
