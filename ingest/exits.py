"""Imports when employees were away from their post: nip, date, left, returned; document, withdrawn."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import psycopg

from ingest import changes, employees, upsert
from ingest.changes import Changes
from ingest.duty_hours import Duty, Hours, hours_of
from ingest.sheet import Row, Sheet
from ingest.table import Table

REQUIRED = ("nip", "date", "left", "returned")
OPTIONAL = ("document", "withdrawn")
A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)
KNOWN = """
SELECT employee_id, left_at, returned_at FROM temporary_exit WHERE employee_id = ANY(%s) AND NOT withdrawn
"""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change exits in the caller's transaction; employee and the moment of leaving together name one.

    Times are by the clock of the employee's unit; a return not after leaving is on the next day, where a shift is too.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    exits: dict[upsert.Key, upsert.Values] = {}
    by: dict[upsert.Key, Row] = {}
    for row in sheet.once("nip", "date", "left"):
        day = sheet.day(row, "date")
        left, returned = sheet.moment(row, "left", day), sheet.moment(row, "returned", day)
        document = sheet.text(row, "document") if row.cells.get("document") else ""
        withdrawn = bool(row.cells.get("withdrawn")) and sheet.flag(row, "withdrawn")
        back = returned if returned > left else returned + A_DAY
        key = (ids.get(row.cells["nip"], 0), left)
        exits[key], by[key] = (back, document, withdrawn), row
    faulty = {fault.row for fault in sheet.faults}
    asked = {key: row for key, row in by.items() if row.number not in faulty and not exits[key][2]}
    overnight = _check_nights(connection, sheet, exits, asked)
    _check_apart(connection, sheet, exits, {key: row for key, row in asked.items() if key not in overnight})
    sheet.end()
    return _store(connection, exits)


def _store(connection: psycopg.Connection[Any], exits: dict[upsert.Key, upsert.Values]) -> Changes:
    key, values = ("employee_id", "left_at"), ("returned_at", "document", "withdrawn")
    done = upsert.bring(connection, "temporary_exit", key, values, exits)
    spans = [(employee, left.date(), exits[employee, left][0].date() + A_DAY) for employee, left in done.altered]
    changes.mark_computed(connection, spans)
    return done.changes


def _check_nights(
    connection: psycopg.Connection[Any],
    sheet: Sheet,
    exits: dict[upsert.Key, upsert.Values],
    asked: dict[upsert.Key, Row],
) -> set[upsert.Key]:
    """Those over a midnight that no shift of theirs runs over: the times are exchanged, or one of them is wrong."""
    nights = {key: row for key, row in asked.items() if exits[key][0].date() > key[1].date()}
    rostered = hours_of(connection, {(employee, left.date(), 1) for employee, left in nights})
    wrong = set()
    for (employee, left), row in nights.items():
        if not _within_a_shift(rostered, employee, left, exits[employee, left][0]):
            wrong.add((employee, left))
            said = f"is not after left {left:%H:%M}, and no shift of that day runs over midnight until then"
            cure = (
                "correct one of the two, or first import the roster or week that says so (tepat import rosters, weeks)"
            )
            sheet.fault(row, "returned", f"{said}: {cure}")
    return wrong


def _within_a_shift(rostered: Mapping[Duty, Hours], employee: int, left: datetime, back: datetime) -> bool:
    midnight = datetime.combine(left.date(), time())
    begins, ends = ((moment - midnight) // A_MINUTE for moment in (left, back))
    own = [hours for (who, day, _), hours in rostered.items() if (who, day) == (employee, left.date())]
    return any(hours.starts <= begins and ends <= hours.ends for hours in own)


def _check_apart(
    connection: psycopg.Connection[Any],
    sheet: Sheet,
    exits: dict[upsert.Key, upsert.Values],
    asked: dict[upsert.Key, Row],
) -> None:
    """Nobody is away twice at once: minutes would be counted twice."""
    stored = connection.execute(KNOWN, [sorted({employee for employee, _ in asked})]).fetchall()
    spans = [(employee, left, back) for employee, left, back in stored if (employee, left) not in exits]
    spans += [(*key, exits[key][0]) for key in asked]
    for (employee, begins), row in asked.items():
        for other, left, back in spans:
            if other == employee and left != begins and left < exits[employee, begins][0] and begins < back:
                said = f"overlaps the exit from {left:%Y-%m-%d %H:%M} to {back:%H:%M}"
                sheet.fault(row, "left", f"{said}: correct the times, or take one of the two back (withdrawn yes)")


TABLE = Table(
    "when employees were away from their post: nip, date, left, returned (HH:MM); document, withdrawn (yes)",
    REQUIRED,
    OPTIONAL,
    load,
)
