"""Imports rosters: which shifts an employee, or a unit and all below it, works on a date; or that the day is free."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, LiteralString

import psycopg

from ingest import changes, shifts
from ingest.changes import Changes
from ingest.sheet import Row, Sheet
from ingest.table import Table
from ingest.upsert import bring

REQUIRED = ("date", "shifts")
OPTIONAL = ("nip", "unit", "name")
UNITS = "SELECT code, id FROM unit"
MEMBERS = """
SELECT DISTINCT employee_id, said.day, said.day + 1
FROM unnest(%s::integer[], %s::date[]) AS said (unit_id, day)
JOIN unit_above ON holder_id = said.unit_id JOIN membership ON membership.unit_id = unit_above.unit_id
WHERE said.day >= valid_from AND (valid_until IS NULL OR said.day < valid_until)
"""

BESIDE = "SELECT employee_id, day, shift_ids FROM roster WHERE employee_id = ANY(%s) AND day = ANY(%s)"
BESIDE_OF_UNITS = "SELECT unit_id, day, shift_ids FROM unit_roster WHERE unit_id = ANY(%s) AND day = ANY(%s)"
A_DAY = timedelta(days=1)

Rows = dict[tuple[Any, ...], tuple[Any, ...]]
"""Holder and day → shifts and name."""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change days of rosters in the caller's transaction.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    known, units = shifts.stored(connection), dict(connection.execute(UNITS).fetchall())
    employees = changes.employee_ids(connection, (row.cells.get("nip", "") for row in sheet.rows))
    of_employees: Rows = {}
    of_units: Rows = {}
    by: list[tuple[Rows, tuple[int, date], Row]] = []
    for row in sheet.rows:
        nip, unit = row.cells.get("nip", ""), row.cells.get("unit", "")
        said = (shifts.worked(sheet, row, "shifts", known), row.cells.get("name", ""))
        if bool(nip) == bool(unit):
            sheet.fault(row, "nip", "fill in nip or unit, one of the two")
        elif nip and nip not in employees:
            sheet.fault(row, "nip", "no such employee; tepat import employees brings them")
        elif unit and unit not in units:
            sheet.fault(row, "unit", "no such unit; tepat import units brings it")
        else:
            rows, holder = (of_employees, employees[nip]) if nip else (of_units, units[unit])
            key = (holder, sheet.day(row, "date"))
            _take(sheet, row, rows, key, said)
            by.append((rows, key, row))
    for rows, query in ((of_employees, BESIDE), (of_units, BESIDE_OF_UNITS)):
        theirs = {key: row for kind, key, row in by if kind is rows and key[1] > date.min}
        _check_nights(connection, sheet, query, (rows, theirs), {shift.id: shift for shift in known.values()})
    sheet.end()
    return _store(connection, of_employees, of_units)


def _take(sheet: Sheet, row: Row, rows: Rows, key: tuple[int, date], said: tuple[list[int], str]) -> None:
    if rows.setdefault(key, said) != said:
        sheet.fault(row, "date", "an earlier row says otherwise of that day: keep one of the two, with all shifts")


def _check_nights(
    connection: psycopg.Connection[Any],
    sheet: Sheet,
    query: LiteralString,
    asked: tuple[Rows, dict[tuple[int, date], Row]],
    by_id: Mapping[int, shifts.Shift],
) -> None:
    """Of the same holder the shift of one day is over before that of the next begins; of both sheet and database."""
    rows, by = asked
    beside = {day + step for _, day in by for step in (-A_DAY, A_DAY)}
    found = connection.execute(query, [sorted({holder for holder, _ in by}), sorted(beside)]).fetchall()
    every = {(holder, day): ids for holder, day, ids in found} | {key: said[0] for key, said in rows.items()}
    for (holder, day), row in by.items():
        nights = [(day - A_DAY, day)] + ([(day, day + A_DAY)] if (holder, day + A_DAY) not in rows else [])
        for first, second in nights:
            shifts.check_night(
                sheet, row, "shifts", (every.get((holder, first), ()), every.get((holder, second), ())), by_id
            )


def _store(connection: psycopg.Connection[Any], of_employees: Rows, of_units: Rows) -> Changes:
    own = bring(connection, "roster", ("employee_id", "day"), ("shift_ids", "name"), of_employees)
    units = bring(connection, "unit_roster", ("unit_id", "day"), ("shift_ids", "name"), of_units)
    spans = [(employee, day, day + timedelta(days=1)) for employee, day in own.altered]
    members = connection.execute(MEMBERS, [[key[part] for key in units.altered] for part in range(2)])
    changes.mark_computed(connection, [*spans, *members.fetchall()])
    return Changes(
        own.changes.added + units.changes.added,
        own.changes.changed + units.changes.changed,
        own.changes.unchanged + units.changes.unchanged,
    )


TABLE = Table(
    "who works which shifts on a date: nip or unit, date, shifts (codes, or - for a free day), name",
    REQUIRED,
    OPTIONAL,
    load,
)
