"""Imports until when work is submitted and decided: unit, from, submit_days, decide_days."""

from typing import Any

import psycopg

from ingest import changes, units, upsert
from ingest.changes import Changes
from ingest.sheet import Row, Sheet
from ingest.table import Table

COLUMNS = ("unit", "from", "submit_days", "decide_days")
LONGEST = 366
"""Days; more is no deadline."""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change deadlines in the caller's transaction; they count for work from a day on, till the next ones.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    places = units.ids_of(connection, sheet)
    deadlines: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("unit", "from"):
        days = tuple(_days(sheet, row, column) for column in ("submit_days", "decide_days"))
        deadlines[places.get(row.cells["unit"], 0), sheet.day(row, "from")] = days
    sheet.end()
    columns = ("submit_days", "decide_days")
    done = upsert.bring(connection, "activity_deadline", ("unit_id", "valid_from"), columns, deadlines)
    changes.mark_months(connection, units.members_since(connection, done.altered))
    return done.changes


def _days(sheet: Sheet, row: Row, column: str) -> int | None:
    return sheet.whole(row, column, 0, LONGEST) if row.cells[column] else None


TABLE = Table(
    "until when work is submitted and decided: unit, from, submit_days, decide_days (empty: no deadline)",
    COLUMNS,
    (),
    load,
)
