"""What somebody who is bound to a unit may bring in: facts of that unit, those below it, and their employees."""

from collections.abc import Mapping
from typing import Any

import psycopg

from ingest.sheet import Row, Sheet
from ingest.tables import Check, TableName

OFFICE_WIDE: frozenset[TableName] = frozenset({"catalogue", "shifts"})
"""Tables that belong to no unit: only who may see all units brings them in."""
BELOW = """
SELECT unit.id, code FROM unit JOIN unit_above ON unit_above.unit_id = unit.id WHERE holder_id = %s
"""
PEOPLE = "SELECT nip, unit_id FROM employee WHERE nip = ANY(%s)"
PERSONS = ("nip", "owner", "rater", "decided_by", "serves_owner")
"""Columns that name employees; owner and serves_owner units too."""
OUTSIDE = (
    "does not exist, or lies outside the unit you may enter facts of: correct it, or leave it to who may see that unit"
)


def within(unit: int, table: TableName) -> Check:
    """Notes as faults what lies outside a unit (by id) and those below it; nobody learns whether it exists.

    Raises:
        FaultyRowsError: when the check runs and something lies outside.
    """

    def check(connection: psycopg.Connection[Any], sheet: Sheet) -> None:
        below: dict[int, str] = dict(connection.execute(BELOW, [unit]).fetchall())
        codes = set(below.values())
        names = [row.cells.get(column, "") for row in sheet.rows for column in PERSONS]
        people: dict[str, int] = dict(connection.execute(PEOPLE, [names]).fetchall())
        for row in sheet.rows:
            if table == "units":
                _check_unit(sheet, row, codes)
            elif table == "employees":
                _check_employee(sheet, row, codes, {nip: home in below for nip, home in people.items()})
            else:
                _check_fact(sheet, row, codes | {nip for nip, home in people.items() if home in below})
        sheet.end()

    return check


def _check_unit(sheet: Sheet, row: Row, codes: set[str]) -> None:
    """The tree and the rulebooks are set from above; names below may be mended."""
    for column in ("code", "parent"):
        if row.cells[column] not in codes:
            sheet.fault(row, column, OUTSIDE)


def _check_employee(sheet: Sheet, row: Row, codes: set[str], home: Mapping[str, bool]) -> None:
    if not home.get(row.cells["nip"], False):
        sheet.fault(row, "nip", OUTSIDE)
    if row.cells["unit"] not in codes:
        sheet.fault(row, "unit", OUTSIDE)
    if row.cells.get("terminal"):
        sheet.fault(row, "terminal", "only who may see all units says whose pin it is: leave it out")


def _check_fact(sheet: Sheet, row: Row, allowed: set[str]) -> None:
    for column in ("unit", *PERSONS):
        if row.cells.get(column) and row.cells[column] not in allowed:
            sheet.fault(row, column, OUTSIDE)
