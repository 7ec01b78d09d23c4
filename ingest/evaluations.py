"""Imports what superiors found of a period: nip, period, result, behaviour, new_idea."""

from typing import Any

import psycopg

from ingest import changes, employees, upsert
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table

COLUMNS = ("nip", "period", "result", "behaviour", "new_idea")
FOUND = ("above", "as expected", "below", "")


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change evaluations in the caller's transaction; employee and period together name one.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    found: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("nip", "period"):
        result, behaviour = (sheet.choice(row, column, *FOUND) or None for column in ("result", "behaviour"))
        found[ids.get(row.cells["nip"], 0), sheet.period(row)] = (result, behaviour, sheet.flag(row, "new_idea"))
    sheet.end()
    columns = ("result", "behaviour", "new_idea")
    done = upsert.bring(connection, "evaluation", ("employee_id", "period"), columns, found)
    changes.mark_periods(connection, {(employee, period) for employee, period in done.altered})
    return done.changes


TABLE = Table(
    "what superiors found: nip, period, result, behaviour (above, as expected, below), new_idea (yes, no)",
    COLUMNS,
    (),
    load,
)
