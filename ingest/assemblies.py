"""Imports assemblies (apel): unit, date, name, presence (punch, list), from, until; withdrawn."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import psycopg

from ingest import changes, units, upsert
from ingest.changes import Changes
from ingest.sheet import Row, Sheet
from ingest.table import Table

REQUIRED = ("unit", "date", "name", "presence")
OPTIONAL = ("from", "until", "withdrawn")
PRESENCE = ("punch", "list")
MEMBERS = """
SELECT DISTINCT employee_id, said.day
FROM unnest(%s::integer[], %s::date[]) AS said (unit_id, day)
JOIN unit_above ON holder_id = said.unit_id JOIN membership ON membership.unit_id = unit_above.unit_id
JOIN work_day USING (employee_id)
WHERE work_day.day = said.day AND said.day >= valid_from AND (valid_until IS NULL OR said.day < valid_until)
"""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change assemblies in the caller's transaction; unit, date and name together name one.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = units.ids_of(connection, sheet)
    assemblies: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("unit", "date", "name"):
        day = sheet.day(row, "date")
        presence = sheet.choice(row, "presence", *PRESENCE)
        withdrawn = bool(row.cells.get("withdrawn")) and sheet.flag(row, "withdrawn")
        window = _window(sheet, row, day, needed=presence == "punch")
        assemblies[ids.get(row.cells["unit"], 0), day, sheet.text(row, "name")] = (*window, presence, withdrawn)
    sheet.end()
    key, values = ("unit_id", "day", "name"), ("starts", "ends", "presence", "withdrawn")
    done = upsert.bring(connection, "assembly", key, values, assemblies)
    mark_members(connection, ((unit, day) for unit, day, _ in done.altered))
    return done.changes


def mark_members(connection: psycopg.Connection[Any], of: Iterable[tuple[int, date]]) -> None:
    """Have these computed days of units (by id), and of all below them, scored again."""
    said = sorted(set(of))
    members = connection.execute(MEMBERS, [[unit for unit, _ in said], [day for _, day in said]]).fetchall()
    changes.mark_days(connection, members)


def _window(sheet: Sheet, row: Row, day: date, *, needed: bool) -> tuple[int | None, int | None]:
    if not needed and not (row.cells.get("from") or row.cells.get("until")):
        return None, None
    if "from" not in row.cells or "until" not in row.cells:
        sheet.fault(row, "from", "write from and until: the window in which a punch proves presence")
        return None, None
    starts, ends = (_minute(sheet.moment(row, column, day)) for column in ("from", "until"))
    if ends <= starts:
        sheet.fault(row, "until", "must lie after from, on the same day: correct one of the two")
    return starts, ends


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


TABLE = Table(
    "assemblies (apel): unit, date, name, presence (punch in from … until, or list); from, until (HH:MM), withdrawn",
    REQUIRED,
    OPTIONAL,
    load,
)
