"""Imports the predicates of units as organisations: unit, period, predicate."""

from typing import Any

import psycopg

from config.evaluation import evaluation
from ingest import units, upsert
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table

COLUMNS = ("unit", "period", "predicate")


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change predicates in the caller's transaction; unit and period together name one.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    places = units.ids_of(connection, sheet)
    known = {limit.organisation: None for limit in evaluation().guide.versions[-1].content}
    predicates: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("unit", "period"):
        key = (places.get(row.cells["unit"], 0), sheet.period(row))
        predicates[key] = (sheet.choice(row, "predicate", *known),)
    sheet.end()
    return upsert.bring(connection, "unit_predicate", ("unit_id", "period"), ("predicate",), predicates).changes


TABLE = Table("the predicates of units as organisations: unit, period, predicate", COLUMNS, (), load)
