"""Imports corrections: what HR decided about a scan of a day, with its letter; no punch is changed."""

from datetime import date
from typing import Any

import psycopg

from config.calendars import calendar
from config.corrections import correction_reasons
from config.dated import NotInForceError
from ingest import changes, employees, upsert
from ingest.changes import Changes
from ingest.duty_hours import hours_of, moment
from ingest.sheet import Row, Sheet
from ingest.table import Table

REQUIRED = ("nip", "date", "scan", "time", "document", "reason")
OPTIONAL = ("shift", "withdrawn")
MOST_SHIFTS = 9
MINUTES = 60
KEY = ("employee_id", "day", "shift", "side", "document")
KNOWN = """
SELECT employee_id, day, shift, side, document, minute FROM correction
WHERE employee_id = ANY(%s) AND NOT withdrawn
"""
TODAY = """
SELECT employee.id, (%s::timestamptz AT TIME ZONE time_zone)::date FROM employee JOIN unit ON unit.id = unit_id
WHERE employee.id = ANY(%s)
"""
ENTERED = """
UPDATE correction AS c SET entered_by = %s, entered_at = now()
FROM unnest(%s::integer[], %s::date[], %s::smallint[], %s::text[], %s::text[])
    AS s (employee_id, day, shift, side, document)
WHERE (c.employee_id, c.day, c.shift, c.side, c.document) = (s.employee_id, s.day, s.shift, s.side, s.document)
"""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change corrections in the caller's transaction; employee, duty, scan and document together name one.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    said, by = _read(sheet, ids)
    holding = _holding(connection, said)
    asked = {key: row for (_, key), row in by.items() if key in holding}
    _check_days(connection, sheet, asked)
    _check_one(sheet, holding, asked)
    _check_order(connection, sheet, holding, asked)
    sheet.end()
    done = upsert.bring(connection, "correction", KEY, ("minute", "reason", "withdrawn"), said)
    connection.execute(ENTERED, [sheet.actor, *([one[part] for one in done.altered] for part in range(len(KEY)))])
    changes.mark_exactly(connection, {(employee, day) for employee, day, *_ in done.altered})
    return done.changes


def _read(
    sheet: Sheet, ids: dict[str, int]
) -> tuple[dict[upsert.Key, upsert.Values], dict[tuple[str, upsert.Key], Row]]:
    """What the rows say, and the row that says it, by NIP and key."""
    said: dict[upsert.Key, upsert.Values] = {}
    by: dict[tuple[str, upsert.Key], Row] = {}
    for row in sheet.rows:
        day = sheet.day(row, "date")
        shift = sheet.whole(row, "shift", 1, MOST_SHIFTS) if row.cells.get("shift") else 1
        side, time = sheet.choice(row, "scan", "in", "out"), sheet.moment(row, "time", day)
        reason = sheet.choice(row, "reason", *correction_reasons())
        withdrawn = bool(row.cells.get("withdrawn")) and sheet.flag(row, "withdrawn")
        key = (ids.get(row.cells["nip"], 0), day, shift, side, sheet.text(row, "document"))
        first = by.setdefault((row.cells["nip"], key), row)
        if first is not row:
            sheet.fault(row, "nip", f"is in row {first.number} already: keep one of the two")
        said[key] = (time.hour * MINUTES + time.minute, reason, withdrawn)
    return said, by


def _holding(connection: psycopg.Connection[Any], said: dict[upsert.Key, upsert.Values]) -> dict[upsert.Key, int]:
    """The minute of each letter that holds once this is imported, of the employees named."""
    stored = connection.execute(KNOWN, [sorted({employee for employee, *_ in said})]).fetchall()
    before = {tuple(key): minute for *key, minute in stored if tuple(key) not in said}
    return before | {key: minute for key, (minute, _, withdrawn) in said.items() if not withdrawn}


def _check_days(connection: psycopg.Connection[Any], sheet: Sheet, asked: dict[upsert.Key, Row]) -> None:
    """A letter tells of a day that has been, by the clock of the employee's unit, and that a calendar knows."""
    today = dict(connection.execute(TODAY, [sheet.at, sorted({employee for employee, *_ in asked})]).fetchall())
    for (employee, day, *_), row in asked.items():
        if day > (today.get(employee) or date.max):
            sheet.fault(row, "date", "lies in the future: write the day on which the scan was")
        elif day > date.min and not _in_a_calendar(day):
            sheet.fault(
                row, "date", f"no calendar of {day.year} is known, and no day of it is scored: correct the date"
            )


def _in_a_calendar(day: date) -> bool:
    try:
        calendar().day(day)
    except NotInForceError:
        return False
    return True


def _check_one(sheet: Sheet, holding: dict[upsert.Key, int], asked: dict[upsert.Key, Row]) -> None:
    """One letter at a time says when a scan was: of two, nobody could say which holds."""
    letters: dict[upsert.Key, list[str]] = {}
    for *scan, document in sorted(holding):
        letters.setdefault(tuple(scan), []).append(document)
    for key, row in asked.items():
        others = [document for document in letters[key[:-1]] if document != key[-1]]
        if others and key[0]:
            sheet.fault(row, "document", f"letter {others[0]} says when this scan was: withdraw one of the two")


def _check_order(
    connection: psycopg.Connection[Any], sheet: Sheet, holding: dict[upsert.Key, int], asked: dict[upsert.Key, Row]
) -> None:
    """Nobody leaves before coming; a shift over midnight, by roster or week, ends on the day after."""
    faulty = {fault.row for fault in sheet.faults}
    unclear = {key for key, row in asked.items() if row.number in faulty}
    told = {key[:-1]: (minute, key[-1]) for key, minute in holding.items() if key not in unclear}
    rostered = hours_of(connection, {key[:3] for key in asked})
    for key, row in asked.items():
        *duty, side, _ = key
        other = "in" if side == "out" else "out"
        minute, document = told.get((*duty, other), (None, ""))
        if minute is None or key in unclear:
            continue
        hours = rostered.get(key[:3])
        at = {side: moment(side, holding[key], hours), other: moment(other, minute, hours)}
        if at["out"] <= at["in"]:
            clock = f"{minute // MINUTES:02}:{minute % MINUTES:02}"
            cure = (
                "correct one of the two"
                if hours
                else (
                    "correct one of the two, or first import the roster or week by which this shift runs over midnight "
                    "(tepat import rosters, weeks)"
                )
            )
            said = f"letter {document} says {other} {clock}, and nobody leaves before coming"
            sheet.fault(row, "time", f"{said}: {cure}")


TABLE = Table(
    "corrections of a scan by a letter: nip, date, scan (in, out), time (HH:MM), document, reason; shift, withdrawn",
    REQUIRED,
    OPTIONAL,
    load,
)
