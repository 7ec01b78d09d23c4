"""Imports the tree of units: code, name, parent, time_zone, rulebook."""

from collections.abc import Collection
from datetime import date
from difflib import get_close_matches
from typing import Any, TypeAlias

import psycopg

from config import rulebooks
from config.time_zones import no_time_zone, time_zone
from ingest import changes
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table

COLUMNS = ("code", "name", "parent", "time_zone", "rulebook")

Unit: TypeAlias = tuple[str, str, str, str]
"""name, code of the parent or "", time zone, rulebook."""

KNOWN = """
SELECT u.code, u.name, coalesce(p.code, ''), u.time_zone, u.rulebook FROM unit u LEFT JOIN unit p ON p.id = u.parent_id
"""

STORE = """
INSERT INTO unit (code, name, time_zone, rulebook)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
ON CONFLICT (code) DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone, rulebook = excluded.rulebook
"""

STORE_PARENTS = """
UPDATE unit u SET parent_id = p.id
FROM unnest(%s::text[], %s::text[]) AS s (code, parent) LEFT JOIN unit p ON p.code = s.parent WHERE u.code = s.code
"""

IDS = "SELECT code, id FROM unit WHERE code = ANY(%s)"
MEMBERS = """
SELECT m.employee_id, m.valid_from, m.valid_until FROM membership m JOIN unit u ON u.id = m.unit_id
WHERE u.code = ANY(%s)
"""
MEMBERS_BELOW = """
SELECT DISTINCT m.employee_id, m.valid_from, m.valid_until
FROM unit u JOIN unit_above a ON a.holder_id = u.id JOIN membership m ON m.unit_id = a.unit_id WHERE u.code = ANY(%s)
"""
INHERITING = """
SELECT DISTINCT u.code FROM unit u JOIN unit_above a ON a.unit_id = u.id AND distance > 0
WHERE u.code = ANY(%s) AND holder_id IN (
    SELECT unit_id FROM unit_week UNION SELECT unit_id FROM unit_roster
    UNION SELECT unit_id FROM assembly UNION SELECT unit_id FROM activity_deadline)
"""
"""Those of units for whom one above says hours, assemblies or deadlines."""
MEMBERS_SINCE = """
SELECT DISTINCT employee_id, greatest(valid_from, said.day), valid_until
FROM unnest(%s::integer[], %s::date[]) AS said (unit_id, day)
JOIN unit_above ON holder_id = said.unit_id JOIN membership ON membership.unit_id = unit_above.unit_id
WHERE valid_until IS NULL OR said.day < valid_until
"""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change units in the caller's transaction; a parent may stand below its children.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    known = {code: (name, parent, zone, rulebook) for code, name, parent, zone, rulebook in connection.execute(KNOWN)}
    units = _checked(sheet, known)
    sheet.end()
    altered = {code: unit for code, unit in units.items() if known.get(code) != unit}
    names, parents, zones, books = ([unit[part] for unit in altered.values()] for part in range(4))
    elsewhere = [code for code in altered if code in known and known[code][1] != altered[code][1]]
    inheriting = _inheriting(connection, elsewhere)
    if altered:  # each statement has everybody's units read again by the scorer
        connection.execute(STORE, [list(altered), names, zones, books])
        connection.execute(STORE_PARENTS, [list(altered), parents])
    moved = [code for code in altered if code in known and known[code][2:] != altered[code][2:]]
    members = connection.execute(MEMBERS, [moved]).fetchall()
    below = sorted(inheriting | _inheriting(connection, elsewhere))
    changes.mark_computed(connection, {*members, *connection.execute(MEMBERS_BELOW, [below])})
    added = sum(code not in known for code in altered)
    return Changes(added, len(altered) - added, len(units) - len(altered))


def _inheriting(connection: psycopg.Connection[Any], codes: list[str]) -> set[str]:
    return {code for (code,) in connection.execute(INHERITING, [codes])} if codes else set()


def ids_of(connection: psycopg.Connection[Any], sheet: Sheet) -> dict[str, int]:
    """The units that the column unit names; one that is not known is a fault of the sheet."""
    ids = dict(connection.execute(IDS, [[row.cells["unit"] for row in sheet.rows]]).fetchall())
    for row in sheet.rows:
        if row.cells["unit"] not in ids:
            sheet.fault(row, "unit", "no such unit; tepat import units brings it")
    return ids


def members_since(
    connection: psycopg.Connection[Any], units: Collection[tuple[int, date]]
) -> list[tuple[int, date, date | None]]:
    """Who belongs to these units (by id) or one below them on their day or later: employee, first day, day after."""
    return connection.execute(MEMBERS_SINCE, [[unit for unit, _ in units], [day for _, day in units]]).fetchall()


def _checked(sheet: Sheet, known: dict[str, Unit]) -> dict[str, Unit]:
    codes = known.keys() | {row.cells["code"] for row in sheet.rows}
    books = rulebooks.names()
    units: dict[str, Unit] = {}
    for row in sheet.once("code"):
        code, name = sheet.text(row, "code"), sheet.text(row, "name")
        parent, said, rulebook = (row.cells[column] for column in ("parent", "time_zone", "rulebook"))
        zone = time_zone(said)
        if parent and parent not in codes:
            sheet.fault(row, "parent", _unknown_parent(parent, sorted(codes)))
        if zone is None:
            sheet.fault(row, "time_zone", f"is no time zone: {no_time_zone(said)}")
        if rulebook not in books:
            sheet.fault(row, "rulebook", f"choose one of {', '.join(books)}")
        units.setdefault(code, (name, parent, zone or said, rulebook))
    _check_tree(sheet, {code: unit[1] for code, unit in {**known, **units}.items()})
    return units


def _check_tree(sheet: Sheet, parents: dict[str, str]) -> None:
    for row in sheet.rows:
        above, seen = parents.get(row.cells["code"], ""), set()
        while above and above not in seen and above != row.cells["code"]:
            seen.add(above)
            above = parents.get(above, "")
        if above and above == row.cells["code"]:
            sheet.fault(row, "parent", "the unit would be above itself: break the circle")


def _unknown_parent(parent: str, known: list[str]) -> str:
    close = get_close_matches(parent, known, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    return f"no such unit here or in the database{hint}: correct it, or add a row for that unit"


TABLE = Table("the tree of units: code, name, parent (or empty), time_zone, rulebook", COLUMNS, (), load)
