"""Imports the work that employees delivered: what, when, how much, for which item of the plan, and who checked it."""

import re
from datetime import date
from itertools import compress
from typing import Any, TypeAlias

import psycopg

from ingest import changes, employees, upsert
from ingest.changes import Changes
from ingest.sheet import Row, Sheet
from ingest.table import Table

REQUIRED = ("nip", "reference", "date", "title", "volume", "weight", "status")
OPTIONAL = (
    "kind",
    "catalogue",
    "plan",
    "evidence",
    "quality",
    "submitted_on",
    "decided_on",
    "decided_by",
    "reason",
)
MOST_POINTS = 100_000_000
"""Of one activity; more is a slip of the pen, and the sum of a month has to stay a number that can be reckoned with."""
ODD_LINK = re.compile(r"(javascript|vbscript|data|file|blob):|(?!https?://)[a-z][a-z0-9+.-]*://", re.IGNORECASE)
STATUSES = ("submitted", "verified", "returned")
KINDS = ("main", "additional", "other")
"""Tugas jabatan, tugas tambahan, non-SKP."""
BEST_QUALITY = 100

COLUMNS = (
    "day",
    "title",
    "volume",
    "weight",
    "status",
    "kind",
    "catalogue_code",
    "plan_item_id",
    "evidence",
    "quality",
    "submitted_on",
    "decided_on",
    "decided_by",
    "reason",
)
ALWAYS = ("date", "title", "volume", "weight", "status")
"""Cells of the first of the COLUMNS; the others come of the OPTIONAL ones, in their order."""
CATALOGUE = "SELECT code, weight FROM catalogue"
ITEMS = "SELECT employee_id, year, reference, id FROM plan_item WHERE employee_id = ANY(%s)"

Items: TypeAlias = dict[tuple[int, int, str], int]
"""Employee, year and reference of an item of a plan → its number."""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change activities in the caller's transaction; employee and reference together name one.

    Columns that the file leaves out stay as they are. An empty weight is that of the catalogue.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    deciders = changes.employee_ids(connection, (row.cells.get("decided_by", "") for row in sheet.rows))
    weights = dict(connection.execute(CATALOGUE).fetchall())
    found = connection.execute(ITEMS, [sorted(ids.values())]).fetchall()
    items = {(employee, year, reference): number for employee, year, reference, number in found}
    activities: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("nip", "reference"):
        employee = ids.get(row.cells["nip"], 0)
        activities[employee, sheet.text(row, "reference")] = (
            *_work(sheet, row, weights),
            *_place(sheet, row, employee, weights, items),
            *_check(sheet, row, employee, deciders),
        )
    sheet.end()
    cells = sheet.rows[0].cells if sheet.rows else (*ALWAYS, *OPTIONAL)
    told = [name in cells for name in (*ALWAYS, *OPTIONAL)]
    activities = {key: tuple(compress(values, told)) for key, values in activities.items()}
    done = upsert.bring(
        connection, "activity", ("employee_id", "reference"), tuple(compress(COLUMNS, told)), activities
    )
    days = {(key[0], activities[key][0]) for key in done.altered}
    changes.mark_days(connection, days | {(key[0], values[0]) for key, values in done.former.items()})
    return done.changes


def _work(sheet: Sheet, row: Row, weights: dict[str, int]) -> tuple[date, str, int, int, str]:
    code = row.cells.get("catalogue", "")
    if not row.cells["weight"] and code in weights:
        weight = weights[code]
    else:
        sheet.product(row, "volume", "weight", MOST_POINTS)
        weight = sheet.hundredths(row, "weight")
    volume = sheet.hundredths(row, "volume")
    day = sheet.day(row, "date")
    if sheet.latest is not None and day > sheet.latest:
        sheet.fault(row, "date", "lies in the future: enter work when it is done")
    return (
        day,
        sheet.text(row, "title"),
        volume,
        weight,
        sheet.choice(row, "status", *STATUSES),
    )


def _place(
    sheet: Sheet, row: Row, employee: int, weights: dict[str, int], items: Items
) -> tuple[str, str | None, int | None]:
    """kind, code of the catalogue, number of the item of the plan."""
    kind = sheet.choice(row, "kind", *KINDS) if row.cells.get("kind") else "main"
    code, reference = row.cells.get("catalogue") or None, row.cells.get("plan")
    if code is not None and code not in weights:
        sheet.fault(row, "catalogue", "no such work; tepat import catalogue brings it")
    year = row.cells["date"][:4]
    item = items.get((employee, int(year), reference)) if reference and year.isascii() and year.isdigit() else None
    if reference and item is None:
        sheet.fault(row, "plan", "the employee's plan of that year has no such item; tepat import plans brings it")
    return kind, code, item


def _check(
    sheet: Sheet, row: Row, employee: int, deciders: dict[str, int]
) -> tuple[str | None, int | None, date | None, date | None, int | None, str | None]:
    """evidence, quality, submitted_on, decided_on, decided_by, reason."""
    given = row.cells.get
    quality = sheet.whole(row, "quality", 0, BEST_QUALITY) if given("quality") else None
    submitted, decided = (sheet.day(row, name) if given(name) else None for name in ("submitted_on", "decided_on"))
    decider = given("decided_by")
    if decider and decider not in deciders:
        sheet.fault(row, "decided_by", "no such employee: write the NIP of the superior who decided")
    if decider and deciders.get(decider) == employee:
        sheet.fault(row, "decided_by", "nobody verifies his own work: write the NIP of the superior")
    if submitted and decided and decided < submitted:
        sheet.fault(row, "decided_on", "lies before the day it was submitted: correct one of the two")
    return _evidence(sheet, row), quality, submitted, decided, deciders.get(decider or ""), given("reason") or None


def _evidence(sheet: Sheet, row: Row) -> str | None:
    """A link, or words that say where the proof lies: whoever checks it must be able to open it without harm."""
    said = sheet.text(row, "evidence") if row.cells.get("evidence") else None
    if said and ODD_LINK.match(said):
        sheet.fault(row, "evidence", "write a link that begins with https:// or http://, or words where it lies")
    return said


TABLE = Table(
    "delivered work: nip, reference, date, title, volume, weight, status (submitted, verified, returned)",
    REQUIRED,
    OPTIONAL,
    load,
)
