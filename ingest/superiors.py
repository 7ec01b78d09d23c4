"""Who is whose superior on a day: by the heads of units, and by whose plan an employee's plan serves."""

from collections.abc import Collection
from datetime import date
from typing import Any

import psycopg

SUPERIORS = """
SELECT asked.employee, asked.day, superior
FROM unnest(%s::integer[], %s::date[]) AS asked (employee, day)
CROSS JOIN LATERAL (
    (SELECT head.employee_id AS superior
     FROM membership JOIN unit_above USING (unit_id)
     CROSS JOIN LATERAL (SELECT employee_id FROM unit_head WHERE unit_head.unit_id = holder_id
         AND unit_head.valid_from <= asked.day ORDER BY unit_head.valid_from DESC LIMIT 1) AS head
     WHERE membership.employee_id = asked.employee AND asked.day >= membership.valid_from
       AND (valid_until IS NULL OR asked.day < valid_until) AND head.employee_id <> asked.employee
     ORDER BY distance LIMIT 1)
    UNION
    SELECT coalesce(above.employee_id, head.employee_id)
    FROM plan_item AS item JOIN plan_item AS above ON above.id = item.serves
    LEFT JOIN LATERAL (SELECT employee_id FROM unit_head WHERE unit_head.unit_id = above.unit_id
        AND unit_head.valid_from <= asked.day ORDER BY unit_head.valid_from DESC LIMIT 1) AS head ON true
    WHERE item.employee_id = asked.employee AND item.year = extract(year FROM asked.day)
      AND coalesce(above.employee_id, head.employee_id) <> asked.employee
) AS found
"""
SUBMITTED_BELOW = """
SELECT DISTINCT employee_id, day FROM activity WHERE status = 'submitted' AND employee_id IN (
    SELECT membership.employee_id FROM unit_head JOIN unit_above ON holder_id = unit_head.unit_id
    JOIN membership ON membership.unit_id = unit_above.unit_id WHERE unit_head.employee_id = %(superior)s
    UNION
    SELECT item.employee_id FROM plan_item AS item JOIN plan_item AS above ON above.id = item.serves
    LEFT JOIN unit_head ON unit_head.unit_id = above.unit_id
    WHERE above.employee_id = %(superior)s OR unit_head.employee_id = %(superior)s)
"""
"""Whom the superior may have ever been one of; on which days is asked of these alone."""


def superiors(connection: psycopg.Connection[Any], employee: int, *days: date) -> set[int]:
    """Employees, by id: the head of the nearest unit that another one heads, and the owners of the items served.

    An item of a unit's plan is its head's. Nobody is his own superior.
    """
    return {superior for _, _, superior in _found(connection, {(employee, day) for day in days})}


def waiting_for(connection: psycopg.Connection[Any], superior: int, today: date) -> set[tuple[int, date]]:
    """Employees and days whose submitted work this superior decides of, as one of that day or of today."""
    submitted = set(connection.execute(SUBMITTED_BELOW, {"superior": superior}).fetchall())
    asked = submitted | {(employee, today) for employee, _ in submitted}
    mine = {(employee, day) for employee, day, one in _found(connection, asked) if one == superior}
    return {(employee, day) for employee, day in submitted if mine & {(employee, day), (employee, today)}}


def _found(connection: psycopg.Connection[Any], asked: Collection[tuple[int, date]]) -> list[tuple[int, date, int]]:
    pairs = sorted(asked)
    return connection.execute(SUPERIORS, [[pair[part] for pair in pairs] for part in range(2)]).fetchall()
