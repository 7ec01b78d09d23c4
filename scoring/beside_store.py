"""SQL of exits, assemblies and corrections: those that count, out as frames."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from ingest.database import Reader
from scoring.beside import ASSEMBLED, AWAY, Beside
from scoring.corrected import CORRECTIONS
from scoring.frames import checked

AWAY_SQL = """
SELECT employee_id AS employee, left_at AS left, returned_at AS returned, document <> '' AS allowed FROM temporary_exit
WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[]) AND NOT withdrawn
  AND left_at < $3::text::date + 2 AND returned_at > $2::text::date
ORDER BY 1, 2
"""
ASSEMBLED_SQL = """
SELECT membership.employee_id AS employee, assembly.day, assembly.name AS assembly,
       assembly.day + starts * interval '1 minute' AS begins, assembly.day + ends * interval '1 minute' AS ends,
       CASE WHEN presence = 'list' THEN coalesce(present, false) END AS listed
FROM assembly
JOIN unit_above ON holder_id = assembly.unit_id
JOIN membership ON membership.unit_id = unit_above.unit_id
    AND assembly.day >= valid_from AND (valid_until IS NULL OR assembly.day < valid_until)
LEFT JOIN assembly_list AS list ON (list.unit_id, list.day, list.name) = (assembly.unit_id, assembly.day, assembly.name)
    AND list.employee_id = membership.employee_id
WHERE membership.employee_id = ANY (string_to_array($1::text, ',')::integer[])
  AND assembly.day BETWEEN $2::text::date AND $3::text::date AND NOT assembly.withdrawn
  AND (presence = 'punch' OR EXISTS (
      SELECT FROM assembly_list AS any_row
      WHERE (any_row.unit_id, any_row.day, any_row.name) = (assembly.unit_id, assembly.day, assembly.name)))
ORDER BY 1, 2, 3
"""
"""An assembly whose list is not in yet is nobody's fault."""


CORRECTIONS_SQL = """
SELECT DISTINCT ON (employee_id, day, shift, side) employee_id AS employee, day, shift, side, minute, document, reason
FROM correction WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[])
  AND day BETWEEN $2::text::date AND $3::text::date AND NOT withdrawn
ORDER BY employee_id, day, shift, side, document
"""


def beside(read: Reader, who: Sequence[int], first: date, last: date) -> Beside:
    """What is known of these employees and days beside scans and letters, both days included."""
    asked = (",".join(map(str, who)), str(first), str(last))
    away = read(AWAY_SQL, asked).with_columns(pl.col("left", "returned").cast(AWAY["left"]))
    assembled = read(ASSEMBLED_SQL, asked).with_columns(pl.col("begins", "ends").cast(AWAY["left"]))
    corrections = checked(read(CORRECTIONS_SQL, asked), CORRECTIONS, "beside")
    return Beside(checked(away, AWAY, "beside"), checked(assembled, ASSEMBLED, "beside"), corrections)
