"""Imports the predicates of units as organisations: unit, period, predicate."""

from pathlib import Path
from typing import Any

import psycopg

from config.evaluation import evaluation
from ingest import csv_file, upsert
from ingest.changes import Changes

COLUMNS = ("unit", "period", "predicate")
UNITS = "SELECT code, id FROM unit WHERE code = ANY(%s)"


def load(connection: psycopg.Connection[Any], path: Path) -> Changes:
    """Add and change predicates in the caller's transaction; unit and period together name one.

    Raises:
        CsvFileError: with every fault of the file.
    """
    sheet = csv_file.read(path, COLUMNS)
    units = dict(connection.execute(UNITS, [[row.cells["unit"] for row in sheet.rows]]).fetchall())
    known = {limit.organisation: None for limit in evaluation().guide.versions[-1].content}
    predicates: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("unit", "period"):
        if row.cells["unit"] not in units:
            sheet.fault(row, "unit", "no such unit; tepat import units brings it")
        key = (units.get(row.cells["unit"], 0), sheet.period(row))
        predicates[key] = (sheet.choice(row, "predicate", *known),)
    sheet.end()
    return upsert.bring(connection, "unit_predicate", ("unit_id", "period"), ("predicate",), predicates).changes
