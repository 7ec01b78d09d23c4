"""Imports shifts: code, name, start, end, and the windows in which their scans are taken."""

import re
from typing import Any

import psycopg

from ingest import changes
from ingest.changes import Changes
from ingest.sheet import Row, Sheet
from ingest.table import Table
from ingest.upsert import bring

REQUIRED = ("code", "name", "start", "end")
WINDOWS = ("in_from", "in_until", "out_from", "out_until")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
A_DAY = 24 * 60
FREE = "-"
"""How a roster names a day without a shift."""

USERS = """
WITH used AS (SELECT id FROM shift WHERE code = ANY(%(codes)s)),
holder AS (
    SELECT unit_id, day AS first, day + 1 AS until, shift_ids FROM unit_roster
    UNION ALL
    SELECT unit_id, valid_from, NULL, shift_ids FROM unit_week
)
SELECT employee_id, day, day + 1 FROM roster WHERE EXISTS (SELECT FROM used WHERE id = ANY(shift_ids))
UNION
SELECT employee_id, first, until
FROM holder JOIN unit_above ON holder_id = holder.unit_id JOIN membership ON membership.unit_id = unit_above.unit_id
WHERE EXISTS (SELECT FROM used WHERE id = ANY(shift_ids))
"""
IDS = "SELECT code, id FROM shift"


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change shifts in the caller's transaction. An end not after the start is on the next day.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    shifts = {}
    for row in sheet.once("code"):
        code = sheet.text(row, "code")
        if code == FREE or " " in code:
            sheet.fault(row, "code", f"choose a code without blanks, other than {FREE}")
        shifts[(code,)] = (sheet.text(row, "name"), *_times(sheet, row))
    sheet.end()
    done = bring(connection, "shift", ("code",), ("name", "starts", "ends", *WINDOWS), shifts)
    mark_users(connection, [code for (code,) in done.former])
    return done.changes


def mark_users(connection: psycopg.Connection[Any], codes: list[str]) -> None:
    """Have the days scored again that these shifts are worked on."""
    changes.mark_computed(connection, connection.execute(USERS, {"codes": codes}).fetchall())


def ids(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """All shifts by their code."""
    return dict(connection.execute(IDS).fetchall())


def worked(sheet: Sheet, row: Row, column: str, known: dict[str, int]) -> list[int]:
    """The shifts that a cell names, blank-separated, in their order; none for "-"."""
    codes = row.cells[column].split()
    unknown = [code for code in codes if code not in known and code != FREE]
    if not codes or unknown or (FREE in codes and len(codes) > 1):
        sheet.fault(row, column, f"write codes of shifts with a blank between them, or {FREE} for a free day")
        return []
    return [known[code] for code in codes if code != FREE]


def _times(sheet: Sheet, row: Row) -> tuple[int | None, ...]:
    """starts, ends and the windows, minutes after the midnight before the start."""
    start, end = (_minutes(sheet, row, column) or 0 for column in ("start", "end"))
    ends = end if end > start else end + A_DAY
    said = [_minutes(sheet, row, column) if row.cells.get(column) else None for column in WINDOWS]
    in_from = None if said[0] is None else said[0] if said[0] <= start else said[0] - A_DAY
    in_until = _after(said[1], start)
    out_from = None if said[2] is None else said[2] if said[2] > start else said[2] + A_DAY
    return start, ends, in_from, in_until, out_from, _after(said[3], ends if out_from is None else out_from)


def _after(minute: int | None, begin: int) -> int | None:
    """The first time that a clock shows this minute of the day from a moment on."""
    return None if minute is None else begin + (minute - begin) % A_DAY


def _minutes(sheet: Sheet, row: Row, column: str) -> int | None:
    match = CLOCK.fullmatch(row.cells[column])
    if match is None:
        sheet.fault(row, column, "write a time of the day as HH:MM")
        return None
    return int(match[1]) * 60 + int(match[2])


TABLE = Table(
    "shifts: code, name, start, end (HH:MM); windows of scans: in_from, in_until, out_from, out_until",
    REQUIRED,
    WINDOWS,
    load,
)
