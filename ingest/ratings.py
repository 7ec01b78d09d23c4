"""Imports ratings of conduct: nip, rater, period, role, value."""

from typing import Any

import psycopg

from ingest import changes, employees, upsert
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table

COLUMNS = ("nip", "rater", "period", "role", "value")
ROLES = ("superior", "peer", "subordinate")
HIGHEST = 120_00


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change ratings in the caller's transaction; employee, period and rater together name one.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    raters = changes.employee_ids(connection, (row.cells["rater"] for row in sheet.rows))
    ratings: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("nip", "period", "rater"):
        rater = row.cells["rater"]
        if rater not in raters:
            sheet.fault(row, "rater", "no such employee: write the NIP of who rates")
        if rater == row.cells["nip"]:
            sheet.fault(row, "rater", "nobody rates himself: leave the row out")
        value = sheet.hundredths(row, "value")
        if value > HIGHEST:
            sheet.fault(row, "value", "write a rating from 0 to 120")
        key = (ids.get(row.cells["nip"], 0), sheet.period(row), raters.get(rater, 0))
        ratings[key] = (sheet.choice(row, "role", *ROLES), value)
    sheet.end()
    done = upsert.bring(connection, "rating", ("employee_id", "period", "rater_id"), ("role", "value"), ratings)
    changes.mark_periods(connection, {(employee, period) for employee, period, _ in done.altered})
    return done.changes


TABLE = Table("ratings of conduct: nip, rater, period, role (superior, peer, subordinate), value", COLUMNS, (), load)
