"""Which hours a roster or a week gives to a duty, and on which day a clock time of it lies."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import psycopg

A_DAY = 24 * 60
Duty: TypeAlias = tuple[int, date, int]
"""Employee, the day on which it begins, shift."""

HOURS = """
WITH one AS (SELECT DISTINCT * FROM unnest(%s::integer[], %s::date[]) AS one (employee_id, day)),
here AS (
    SELECT employee_id, day, holder_id, distance FROM one JOIN membership USING (employee_id)
    JOIN unit_above USING (unit_id) WHERE day >= valid_from AND (valid_until IS NULL OR day < valid_until)
), said AS (
    SELECT employee_id, day, 0 AS rank, shift_ids FROM one JOIN roster USING (employee_id, day)
    UNION ALL
    SELECT employee_id, day, 1 + distance, shift_ids FROM here JOIN unit_roster USING (day) WHERE unit_id = holder_id
    UNION ALL
    SELECT employee_id, day, 1000 + distance, week.shift_ids FROM here CROSS JOIN LATERAL (
        SELECT shift_ids FROM unit_week
        WHERE unit_id = holder_id AND weekday = extract(isodow FROM day) AND valid_from <= day
        ORDER BY valid_from DESC LIMIT 1
    ) AS week
), chosen AS (SELECT DISTINCT ON (employee_id, day) * FROM said ORDER BY employee_id, day, rank)
SELECT employee_id, day, place::integer, starts, ends, in_from, out_until
FROM chosen CROSS JOIN LATERAL unnest(shift_ids) WITH ORDINALITY AS listed (shift_id, place)
JOIN shift ON shift.id = shift_id
"""
"""The nearest word counts, as in scoring: the employee's roster, the unit's, that of the one above; then the weeks."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes after the midnight before the duty, as in `shift`; in_from, out_until: windows, None = not limited."""

    starts: int
    ends: int
    in_from: int | None
    out_until: int | None


def hours_of(connection: psycopg.Connection[Any], duties: Collection[Duty]) -> dict[Duty, Hours]:
    """Of those of these duties that a roster or a week names; the others have the hours of the office, or none."""
    asked = sorted({(employee, day) for employee, day, _ in duties})
    found = connection.execute(HOURS, [[employee for employee, _ in asked], [day for _, day in asked]]).fetchall()
    return {(employee, day, shift): Hours(*hours) for employee, day, shift, *hours in found}


def moment(side: str, minute: int, hours: Hours | None) -> int:
    """When that was, in minutes after the midnight before the duty: on the day that is nearer, where it has two.

    A duty that ends at midnight or later has two days; one whose window reaches over a midnight has them for the scan
    that the window takes. As scoring.corrected reads it.
    """
    if hours is None:
        return minute
    expected = hours.starts if side == "in" else hours.ends
    after = hours.ends >= A_DAY or (side == "out" and (hours.out_until or 0) >= A_DAY)
    before = side == "in" and (hours.in_from or 0) < 0
    days = [minute, *([minute + A_DAY] if after else []), *([minute - A_DAY] if before else [])]
    return min(days, key=lambda at: abs(at - expected))
