"""Imports the class of employees' posts from a day on: nip, from, class, candidate."""

from typing import Any

import psycopg

from config.kinds.pay import HIGHEST_CLASS
from ingest import changes, employees, upsert
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table

COLUMNS = ("nip", "from", "class", "candidate")


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change classes in the caller's transaction; employee and first day together name one.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    classes: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("nip", "from"):
        key = (ids.get(row.cells["nip"], 0), sheet.day(row, "from"))
        classes[key] = (sheet.whole(row, "class", 1, HIGHEST_CLASS), sheet.flag(row, "candidate"))
    sheet.end()
    columns = ("allowance_class", "candidate")
    done = upsert.bring(connection, "employee_class", ("employee_id", "valid_from"), columns, classes)
    changes.mark_months(connection, ((employee, since, None) for employee, since in done.altered))
    return done.changes


TABLE = Table("the class of posts by the day: nip, from, class, candidate (yes for CPNS, else no)", COLUMNS, (), load)
