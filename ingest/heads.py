"""Imports who heads a unit from a day on: unit, from, nip."""

from typing import Any

import psycopg

from ingest import changes, units, upsert
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table

COLUMNS = ("unit", "from", "nip")


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change heads in the caller's transaction; unit and first day together name one. No nip: nobody heads it.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    places = units.ids_of(connection, sheet)
    ids = changes.employee_ids(connection, (row.cells["nip"] for row in sheet.rows))
    heads: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("unit", "from"):
        nip = row.cells["nip"]
        if nip and nip not in ids:
            sheet.fault(row, "nip", "no such employee; tepat import employees brings them")
        heads[places.get(row.cells["unit"], 0), sheet.day(row, "from")] = (ids.get(nip),)
    sheet.end()
    return upsert.bring(connection, "unit_head", ("unit_id", "valid_from"), ("employee_id",), heads).changes


TABLE = Table("who heads a unit from a day on: unit, from, nip (empty: nobody)", COLUMNS, (), load)
