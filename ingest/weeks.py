"""Imports weeks: which shifts a unit and all below it works on each weekday, from a day on."""

from typing import Any

import psycopg

from ingest import changes, shifts, units
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table
from ingest.upsert import bring

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change weeks of units in the caller's transaction; a week counts until the unit's next one begins.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    known, places = shifts.stored(connection), units.ids_of(connection, sheet)
    by_id = {shift.id: shift for shift in known.values()}
    rows = {}
    for row in sheet.once("unit", "from"):
        day = sheet.day(row, "from")
        week = [shifts.worked(sheet, row, weekday, known) for weekday in WEEKDAYS]
        for number, weekday in enumerate(WEEKDAYS):
            rows[places.get(row.cells["unit"], 0), day, number + 1] = (week[number],)
            shifts.check_night(sheet, row, weekday, (week[number - 1], week[number]), by_id)
    sheet.end()
    done = bring(connection, "unit_week", ("unit_id", "valid_from", "weekday"), ("shift_ids",), rows)
    weeks = sorted({(unit, day) for unit, day, _ in done.altered})
    changes.mark_computed(connection, units.members_since(connection, weeks))
    return done.changes


TABLE = Table(
    "the week of a unit: unit, from, monday … sunday (codes of shifts, or - for a free day)",
    ("unit", "from", *WEEKDAYS),
    (),
    load,
)
