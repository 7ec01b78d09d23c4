"""Imports what scores were used for: nip, period, kind, document, date."""

from typing import Any

import psycopg

from ingest import employees, upsert
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table

COLUMNS = ("nip", "period", "kind", "document", "date")
KINDS = ("payment", "reward", "sanction", "promotion", "development")


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change decisions in the caller's transaction; employee, period, kind and document together name one.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    decided: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("nip", "period", "kind", "document"):
        about = (ids.get(row.cells["nip"], 0), sheet.period(row), sheet.choice(row, "kind", *KINDS))
        withdrawn = bool(row.cells.get("withdrawn")) and sheet.flag(row, "withdrawn")
        decided[*about, sheet.text(row, "document")] = (sheet.day(row, "date"), withdrawn)
    sheet.end()
    key = ("employee_id", "period", "kind", "document")
    return upsert.bring(connection, "decision", key, ("decided_on", "withdrawn"), decided).changes


TABLE = Table(
    "decisions that rest on scores: nip, period, kind (payment, reward, sanction, promotion, development), document",
    COLUMNS,
    ("withdrawn",),
    load,
)
