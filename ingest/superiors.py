"""Who is whose superior on a day: by the heads of units, and by whose plan an employee's plan serves."""

from datetime import date
from typing import Any

import psycopg

SUPERIORS = """
WITH headed AS (
    SELECT DISTINCT ON (unit_id) unit_id, employee_id FROM unit_head WHERE valid_from <= %(day)s
    ORDER BY unit_id, valid_from DESC
), nearest AS (
    SELECT headed.employee_id FROM membership
    JOIN unit_above USING (unit_id) JOIN headed ON headed.unit_id = holder_id
    WHERE membership.employee_id = %(employee)s AND %(day)s >= valid_from
      AND (valid_until IS NULL OR %(day)s < valid_until) AND headed.employee_id <> %(employee)s
    ORDER BY distance LIMIT 1
)
SELECT employee_id FROM nearest
UNION
SELECT coalesce(above.employee_id, headed.employee_id)
FROM plan_item AS item JOIN plan_item AS above ON above.id = item.serves
LEFT JOIN headed ON headed.unit_id = above.unit_id
WHERE item.employee_id = %(employee)s AND item.year = extract(year FROM %(day)s::date)
  AND coalesce(above.employee_id, headed.employee_id) <> %(employee)s
"""


def superiors(connection: psycopg.Connection[Any], employee: int, day: date) -> set[int]:
    """Employees, by id: the head of the nearest unit that another one heads, and the owners of the items served.

    An item of a unit's plan is its head's. Nobody is his own superior.
    """
    found = connection.execute(SUPERIORS, {"employee": employee, "day": day})
    return {superior for (superior,) in found}
