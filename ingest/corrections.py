"""Imports corrections: what HR decided about a scan of a day, with its letter; no punch is changed."""

from typing import Any

import psycopg

from config.corrections import correction_reasons
from ingest import changes, employees, upsert
from ingest.changes import Changes
from ingest.sheet import Row, Sheet
from ingest.table import Table

REQUIRED = ("nip", "date", "scan", "time", "document", "reason")
OPTIONAL = ("shift", "withdrawn")
MOST_SHIFTS = 9
MINUTES = 60
KEY = ("employee_id", "day", "shift", "side", "document")
KNOWN = """
SELECT employee_id, day, shift, side, document FROM correction WHERE employee_id = ANY(%s) AND NOT withdrawn
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
    _check_one(connection, sheet, said, by)
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


def _check_one(
    connection: psycopg.Connection[Any],
    sheet: Sheet,
    said: dict[upsert.Key, upsert.Values],
    by: dict[tuple[str, upsert.Key], Row],
) -> None:
    """One letter at a time says when a scan was: of two, nobody could say which holds."""
    stored = connection.execute(KNOWN, [sorted({employee for employee, *_ in said})]).fetchall()
    holding = {key for key in stored if key not in said} | {key for key, values in said.items() if not values[-1]}
    letters: dict[upsert.Key, list[str]] = {}
    for *scan, document in sorted(holding):
        letters.setdefault(tuple(scan), []).append(document)
    for (_, key), row in by.items():
        others = [document for document in letters.get(key[:-1], []) if document != key[-1]]
        if others and key in holding and key[0]:
            sheet.fault(row, "document", f"letter {others[0]} says when this scan was: withdraw one of the two")


TABLE = Table(
    "corrections of a scan by a letter: nip, date, scan (in, out), time (HH:MM), document, reason; shift, withdrawn",
    REQUIRED,
    OPTIONAL,
    load,
)
