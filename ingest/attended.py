"""Imports the lists of assemblies: unit, date, name, nip; present."""

from typing import Any

import psycopg

from ingest import changes, employees, units, upsert
from ingest.assemblies import mark_members
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table

REQUIRED = ("unit", "date", "name", "nip")
OPTIONAL = ("present",)
KNOWN = "SELECT unit_id, day, name, presence FROM assembly WHERE unit_id = ANY(%s)"
BEGUN = "SELECT DISTINCT unit_id, day, name FROM assembly_list WHERE unit_id = ANY(%s)"


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change rows of lists in the caller's transaction; with its first row a list counts for all of the unit.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids, places = employees.ids_of(connection, sheet), units.ids_of(connection, sheet)
    here = [sorted(places.values())]
    known = {(unit, day, name): presence for unit, day, name, presence in connection.execute(KNOWN, here)}
    attended: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("unit", "date", "name", "nip"):
        one = (places.get(row.cells["unit"], 0), sheet.day(row, "date"), sheet.text(row, "name"))
        if row.cells["unit"] in places and known.get(one) != "list":
            cure = "goes by punches: no list is needed" if one in known else "no such assembly of the unit that day"
            sheet.fault(row, "name", f"{cure}; tepat import assemblies brings one with a list")
        present = sheet.flag(row, "present") if row.cells.get("present") else True
        attended[*one, ids.get(row.cells["nip"], 0)] = (present,)
    sheet.end()
    begun = set(connection.execute(BEGUN, here).fetchall())
    key = ("unit_id", "day", "name", "employee_id")
    done = upsert.bring(connection, "assembly_list", key, ("present",), attended)
    mark_members(connection, {(one[0], one[1]) for one in done.altered if one[:3] not in begun})
    changes.mark_days(connection, {(one[3], one[1]) for one in done.altered if one[:3] in begun})
    return done.changes


TABLE = Table(
    "who attended an assembly that goes by a list: unit, date, name, nip; present (no: a row that was wrong)",
    REQUIRED,
    OPTIONAL,
    load,
)
