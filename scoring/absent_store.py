"""Days of absence as they are stored, for the rules that count them in a row."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from psycopg import Connection

from config.rulebook_tables import ABSENCE_RUN
from scoring.frames import ABSENT
from scoring.laws import PeriodLaw

ABSENT_SQL = """
SELECT employee_id, day, bool_and(absent) FROM work_day
WHERE kind = 'work' AND employee_id = ANY (%s) AND day BETWEEN %s AND %s GROUP BY employee_id, day
"""


def absent_days(
    connection: Connection[Any], law: PeriodLaw, who: Sequence[int], first: date, last: date
) -> pl.DataFrame | None:
    """ABSENT of these employees from first to last, as this transaction sees them; None where no rule counts them."""
    if law.rulebook.on(ABSENCE_RUN, law.last) is None:
        return None
    rows = connection.execute(ABSENT_SQL, (list(who), first, last)).fetchall()
    return pl.DataFrame(rows, schema=ABSENT, orient="row")
