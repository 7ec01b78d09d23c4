"""Imports the work that employees delivered: nip, reference, date, title, volume, weight, status."""

from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import psycopg

from ingest import changes, csv_file, employees
from ingest.changes import Changes

COLUMNS = ("nip", "reference", "date", "title", "volume", "weight", "status")
MOST_POINTS = 100_000_000
"""Of one activity; more is a slip of the pen, and the sum of a month has to stay a number that can be reckoned with."""
STATUSES = ("submitted", "verified", "returned")

Activity: TypeAlias = tuple[date, str, int, int, str]
"""day, title, volume, weight (both hundredths), status."""

KNOWN = """
SELECT employee_id, reference, day, title, volume, weight, status FROM activity WHERE employee_id = ANY(%s)
"""

STORE = """
INSERT INTO activity (employee_id, reference, day, title, volume, weight, status)
SELECT * FROM unnest(%s::integer[], %s::text[], %s::date[], %s::text[], %s::bigint[], %s::bigint[], %s::text[])
ON CONFLICT (employee_id, reference) DO UPDATE
SET day = excluded.day, title = excluded.title, volume = excluded.volume, weight = excluded.weight,
    status = excluded.status
"""


def load(connection: psycopg.Connection[Any], path: Path) -> Changes:
    """Add and change activities in the caller's transaction; employee and reference together name one.

    Raises:
        CsvFileError: with every fault of the file.
    """
    sheet = csv_file.read(path, COLUMNS)
    ids = employees.ids_of(connection, sheet)
    activities: dict[tuple[int, str], Activity] = {}
    for row in sheet.once("nip", "reference"):
        if row.cells["status"] not in STATUSES:
            sheet.fault(row, "status", f"choose one of {', '.join(STATUSES)}")
        sheet.product(row, "volume", "weight", MOST_POINTS)
        activities[ids.get(row.cells["nip"], 0), sheet.text(row, "reference")] = (
            sheet.day(row, "date"),
            sheet.text(row, "title"),
            sheet.hundredths(row, "volume"),
            sheet.hundredths(row, "weight"),
            row.cells["status"],
        )
    sheet.end()
    return _store(connection, activities)


def _store(connection: psycopg.Connection[Any], activities: dict[tuple[int, str], Activity]) -> Changes:
    known: dict[tuple[int, str], Activity] = {
        (employee, reference): (day, title, volume, weight, status)
        for employee, reference, day, title, volume, weight, status in connection.execute(
            KNOWN, [sorted({employee for employee, _ in activities})]
        )
    }
    altered = {key: activity for key, activity in activities.items() if known.get(key) != activity}
    rows = [(*key, *activity) for key, activity in altered.items()]
    connection.execute(STORE, [[row[part] for row in rows] for part in range(7)])
    days = {(employee, activity[0]) for (employee, _), activity in altered.items()}
    former = {(key[0], known[key][0]) for key in altered if key in known}
    changes.mark_days(connection, days | former)
    added = sum(key not in known for key in altered)
    return Changes(added, len(altered) - added, len(activities) - len(altered))
