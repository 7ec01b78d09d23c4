"""Imports when employees were away from their post: nip, date, left, returned; document, withdrawn."""

from datetime import datetime, timedelta
from typing import Any

import psycopg

from ingest import changes, employees, upsert
from ingest.changes import Changes
from ingest.sheet import Row, Sheet
from ingest.table import Table

REQUIRED = ("nip", "date", "left", "returned")
OPTIONAL = ("document", "withdrawn")
A_DAY = timedelta(days=1)
KNOWN = """
SELECT employee_id, left_at, returned_at FROM temporary_exit WHERE employee_id = ANY(%s) AND NOT withdrawn
"""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change exits in the caller's transaction; employee and the moment of leaving together name one.

    Times are by the clock of the employee's unit; a return not after leaving is on the next day.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    exits: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("nip", "date", "left"):
        day = sheet.day(row, "date")
        left, returned = sheet.moment(row, "left", day), sheet.moment(row, "returned", day)
        document = sheet.text(row, "document") if row.cells.get("document") else ""
        withdrawn = bool(row.cells.get("withdrawn")) and sheet.flag(row, "withdrawn")
        back = returned if returned > left else returned + A_DAY
        exits[ids.get(row.cells["nip"], 0), left] = (back, document, withdrawn)
    _check_apart(connection, sheet, ids, exits)
    sheet.end()
    key, values = ("employee_id", "left_at"), ("returned_at", "document", "withdrawn")
    done = upsert.bring(connection, "temporary_exit", key, values, exits)
    spans = [(employee, left.date(), exits[employee, left][0].date() + A_DAY) for employee, left in done.altered]
    changes.mark_computed(connection, spans)
    return done.changes


def _check_apart(
    connection: psycopg.Connection[Any],
    sheet: Sheet,
    ids: dict[str, int],
    exits: dict[upsert.Key, upsert.Values],
) -> None:
    """Nobody is away twice at once: minutes would be counted twice."""
    stored = connection.execute(KNOWN, [sorted(ids.values())]).fetchall()
    spans = [(employee, left, back) for employee, left, back in stored if (employee, left) not in exits]
    spans += [(*key, values[0]) for key, values in exits.items() if not values[2]]
    for row in sheet.rows:
        employee, day = ids.get(row.cells["nip"]), _day(row)
        own = next((one for one in exits if one[0] == employee and one[1] == day), None)
        if own is None or exits[own][2]:
            continue
        for other, left, back in spans:
            if other == employee and left != own[1] and left < exits[own][0] and own[1] < back:
                sheet.fault(row, "left", f"lies within another exit, from {left:%Y-%m-%d %H:%M} to {back:%H:%M}")


def _day(row: Row) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{row.cells['date']}T{row.cells['left']}")
    except ValueError:
        return None


TABLE = Table(
    "when employees were away from their post: nip, date, left, returned (HH:MM); document, withdrawn (yes)",
    REQUIRED,
    OPTIONAL,
    load,
)
