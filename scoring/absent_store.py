"""Days of absence and of lateness as they are stored, for the rules that count them over a month."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from psycopg import Connection

from config.rulebook_tables import ABSENCE_RUN, MAKE_UP
from scoring.frames import ABSENT, LATE
from scoring.laws import PeriodLaw

ABSENT_SQL = """
SELECT employee_id, day, bool_and(absent) FROM work_day
WHERE kind = 'work' AND employee_id = ANY (%s) AND day BETWEEN %s AND %s GROUP BY employee_id, day
"""


LATE_SQL = """
SELECT employee_id, day, minutes_late, steps @> '[{"kind": "made_up"}]' FROM work_day
WHERE kind = 'work' AND minutes_late > 0 AND employee_id = ANY (%s) AND day BETWEEN %s AND %s
ORDER BY employee_id, day, shift
"""


def absent_days(
    connection: Connection[Any], law: PeriodLaw, who: Sequence[int], first: date, last: date
) -> pl.DataFrame | None:
    """ABSENT of these employees from first to last, as this transaction sees them; None where no rule counts them."""
    if law.rulebook.on(ABSENCE_RUN, law.last) is None:
        return None
    rows = connection.execute(ABSENT_SQL, (list(who), first, last)).fetchall()
    return pl.DataFrame(rows, schema=ABSENT, orient="row")


def late_days(connection: Connection[Any], law: PeriodLaw, who: Sequence[int], first: date, last: date) -> pl.DataFrame:
    """LATE of these employees from first to last, as this transaction sees them; none where no rule counts them."""
    if law.rulebook.on(MAKE_UP, law.last) is None:
        return pl.DataFrame(schema=LATE)
    rows = connection.execute(LATE_SQL, (list(who), first, last)).fetchall()
    return pl.DataFrame(rows, schema=LATE, orient="row")
