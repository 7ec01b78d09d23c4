"""Imports weeks: which shifts a unit and all below it works on each weekday, from a day on."""

from pathlib import Path
from typing import Any

import psycopg

from ingest import changes, csv_file, shifts
from ingest.changes import Changes
from ingest.upsert import bring

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNITS = "SELECT code, id FROM unit"
MEMBERS = """
SELECT DISTINCT employee_id, greatest(valid_from, said.day), valid_until
FROM unnest(%s::integer[], %s::date[]) AS said (unit_id, day)
JOIN unit_above ON holder_id = said.unit_id JOIN membership ON membership.unit_id = unit_above.unit_id
WHERE valid_until IS NULL OR said.day < valid_until
"""


def load(connection: psycopg.Connection[Any], path: Path) -> Changes:
    """Add and change weeks of units in the caller's transaction; a week counts until the unit's next one begins.

    Raises:
        CsvFileError: with every fault of the file.
    """
    sheet = csv_file.read(path, ("unit", "from", *WEEKDAYS))
    known, units = shifts.ids(connection), dict(connection.execute(UNITS).fetchall())
    rows = {}
    for row in sheet.once("unit", "from"):
        if row.cells["unit"] not in units:
            sheet.fault(row, "unit", "no such unit; tepat import units brings it")
        day = sheet.day(row, "from")
        for number, weekday in enumerate(WEEKDAYS, 1):
            key = (units.get(row.cells["unit"], 0), day, number)
            rows[key] = (shifts.worked(sheet, row, weekday, known),)
    sheet.end()
    done = bring(connection, "unit_week", ("unit_id", "valid_from", "weekday"), ("shift_ids",), rows)
    weeks = sorted({(unit, day) for unit, day, _ in done.altered})
    members = connection.execute(MEMBERS, [[unit for unit, _ in weeks], [day for _, day in weeks]]).fetchall()
    changes.mark_computed(connection, members)
    return done.changes
