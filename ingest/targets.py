"""Imports what the SKP promises for a month: nip, period, points."""

import re
from datetime import date
from typing import Any

import psycopg

from ingest import changes, employees
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table

COLUMNS = ("nip", "period", "points")
PERIOD = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)

KNOWN = "SELECT employee_id, period, points FROM target WHERE employee_id = ANY(%s)"

STORE = """
INSERT INTO target (employee_id, period, points) SELECT * FROM unnest(%s::integer[], %s::text[], %s::bigint[])
ON CONFLICT (employee_id, period) DO UPDATE SET points = excluded.points
"""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change targets in the caller's transaction.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    targets: dict[tuple[int, str], int] = {}
    for row in sheet.once("nip", "period"):
        if not PERIOD.fullmatch(row.cells["period"]) or row.cells["period"].startswith("0000"):
            sheet.fault(row, "period", "write a month as YYYY-MM")
        points = sheet.hundredths(row, "points", positive=True)
        targets[ids.get(row.cells["nip"], 0), row.cells["period"]] = points
    sheet.end()
    known = {
        (employee, period): points
        for employee, period, points in connection.execute(KNOWN, [sorted({employee for employee, _ in targets})])
    }
    altered = {key: points for key, points in targets.items() if known.get(key) != points}
    rows = [(*key, points) for key, points in altered.items()]
    connection.execute(STORE, [[row[part] for row in rows] for part in range(3)])
    changes.mark_days(connection, {(employee, date.fromisoformat(f"{period}-01")) for employee, period in altered})
    added = sum(key not in known for key in altered)
    return Changes(added, len(altered) - added, len(targets) - len(altered))


TABLE = Table("the targets of months: nip, period (YYYY-MM), points", COLUMNS, (), load)
