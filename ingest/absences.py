"""Imports letters that allow an absence: nip, document, kind, from, until; document_date, child, withdrawn."""

from datetime import date, timedelta
from typing import Any

import psycopg

from config.absences import absence_kinds
from ingest import changes, employees, upsert
from ingest.changes import Changes
from ingest.sheet import Row, Sheet
from ingest.table import Table

COLUMNS = ("nip", "document", "kind", "from", "until")
OPTIONAL = ("document_date", "child", "withdrawn")
MOST_CHILDREN = 20
LONGEST = timedelta(days=6 * 366)
"""Of one letter; the longest that any law known allows is a study of some years."""
WITHIN_A_RUN = timedelta(days=31)
"""A letter that begins so long after another may still be counted on from it: free days may lie between."""

ENTERED = """
UPDATE absence AS a SET entered_by = %s, entered_at = now()
FROM unnest(%s::integer[], %s::text[], %s::text[], %s::date[]) AS s (employee_id, document, kind, first_day)
WHERE (a.employee_id, a.document, a.kind, a.first_day) = (s.employee_id, s.document, s.kind, s.first_day)
"""
LATER = """
SELECT employee_id, kind, first_day, last_day FROM absence WHERE employee_id = ANY(%s) ORDER BY 1, 2, 3
"""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change letters in the caller's transaction; employee, document, kind and first day together name one.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    letters: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("nip", "document", "kind", "from"):
        kind, first = sheet.choice(row, "kind", *absence_kinds()), sheet.day(row, "from")
        key = (ids.get(row.cells["nip"], 0), sheet.text(row, "document"), kind, first)
        said = row.cells.get("document_date")
        letters[key] = (
            _last(sheet, row, first),
            _child(sheet, row, kind),
            sheet.day(row, "document_date") if said else None,
            sheet.flag(row, "withdrawn") if row.cells.get("withdrawn") else False,
        )
    sheet.end()
    return _store(connection, letters, sheet.actor)


def _last(sheet: Sheet, row: Row, first: date) -> date:
    last = sheet.day(row, "until")
    if last != date.min and last < first:
        sheet.fault(row, "until", f"lies before from {first}: write the last day of the absence, included")
    elif first != date.min and last - first > LONGEST:
        sheet.fault(row, "until", f"is more than {LONGEST.days} days after from {first}: correct the year")
    return last


def _child(sheet: Sheet, row: Row, kind: str) -> int | None:
    known = absence_kinds().get(kind)
    needed = known is not None and known.child
    if not row.cells.get("child"):
        if needed:
            sheet.fault(row, "child", f"{kind} needs it: write which child it is for, as in 2")
        return None
    if not needed and known is not None:
        sheet.fault(row, "child", f"{kind} is for no child: leave it empty")
    return sheet.whole(row, "child", 1, MOST_CHILDREN)


def _store(connection: psycopg.Connection[Any], letters: dict[upsert.Key, upsert.Values], actor: str) -> Changes:
    key = ("employee_id", "document", "kind", "first_day")
    done = upsert.bring(connection, "absence", key, ("last_day", "child", "document_date", "withdrawn"), letters)
    connection.execute(ENTERED, [actor, *([one[part] for one in done.altered] for part in range(4))])
    changed = [
        (one[0], one[2], one[3], max(letters[one][0], done.former.get(one, letters[one])[0])) for one in done.altered
    ]
    mark(connection, changed)
    return done.changes


def mark(connection: psycopg.Connection[Any], changed: list[tuple[int, str, date, date]]) -> None:
    """Have the days of these letters (employee, kind, first, last) scored again, and those counted on from them."""
    letters = connection.execute(LATER, [sorted({employee for employee, *_ in changed})]).fetchall()
    spans = []
    for employee, kind, first, last in changed:
        end = last
        for other, same, begins, ends in letters:
            if (other, same) == (employee, kind) and first <= begins <= end + WITHIN_A_RUN:
                end = max(end, ends)
        spans.append((employee, first, end + timedelta(days=1)))
    changes.mark_computed(connection, spans)


TABLE = Table(
    "absences with their letter: nip, document, kind, from, until; document_date, child, withdrawn (yes)",
    COLUMNS,
    OPTIONAL,
    load,
)
