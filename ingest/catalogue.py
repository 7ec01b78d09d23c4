"""Imports the catalogue of work: code, title, measure, norm_minutes, weight."""

from typing import Any

import psycopg

from ingest import upsert
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table

COLUMNS = ("code", "title", "measure", "norm_minutes", "weight")
LONGEST = 600_000
"""Minutes for one piece of work: more than anybody works in a year is a slip of the pen."""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change kinds of work in the caller's transaction. Work imported before keeps the weight it came with.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    kinds: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("code"):
        kinds[sheet.text(row, "code"),] = (
            sheet.text(row, "title"),
            sheet.text(row, "measure"),
            sheet.whole(row, "norm_minutes", 1, LONGEST),
            sheet.hundredths(row, "weight"),
        )
    sheet.end()
    return upsert.bring(connection, "catalogue", COLUMNS[:1], COLUMNS[1:], kinds).changes


TABLE = Table("the catalogue of work: code, title, measure, norm_minutes, weight", COLUMNS, (), load)
