"""SQL of absences: the letters that count, out as frames."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from ingest.database import Reader
from scoring.excuse import ABSENCES
from scoring.frames import checked

LETTERS_SQL = """
SELECT absence.employee_id AS employee, kind AS absence, first_day AS first, last_day AS last, child, document
FROM absence
WHERE NOT withdrawn AND first_day <= $3::text::date AND employee_id IN (
    SELECT touching.employee_id FROM absence AS touching
    WHERE touching.employee_id = ANY (string_to_array($1::text, ',')::integer[])
      AND first_day <= $3::text::date AND last_day >= $2::text::date)
ORDER BY 1, 3, 6, 2
"""
"""Also those that ended before: the days of a run are counted from its first letter on."""


def letters(read: Reader, who: Sequence[int], first: date, last: date) -> pl.DataFrame:
    """ABSENCES begun by the last day, of those employees who have one between these days."""
    found = read(LETTERS_SQL, (",".join(map(str, who)), str(first), str(last)))
    return checked(found, ABSENCES, "letters")
