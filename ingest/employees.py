"""Imports employees, their units and their enrolments: nip, name, unit, class; unit_from, left; terminal, pin, from."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg

from ingest import changes, enrolments, memberships
from ingest.changes import Changes
from ingest.sheet import NIP, Row, Sheet
from ingest.table import Table

REQUIRED = ("nip", "name", "unit")
OPTIONAL = ("class", *memberships.COLUMNS, *enrolments.COLUMNS)
LARGEST_CLASS = 99

Person: TypeAlias = tuple[str, int | None]
"""name, allowance class."""

UNITS = "SELECT code FROM unit"

KNOWN = "SELECT nip, name, allowance_class FROM employee WHERE nip = ANY(%s)"

STORE = """
INSERT INTO employee (nip, name, unit_id, allowance_class)
SELECT s.nip, s.name, u.id, s.class
FROM unnest(%s::text[], %s::text[], %s::text[], %s::smallint[]) AS s (nip, name, unit, class)
JOIN unit u ON u.code = s.unit
ON CONFLICT (nip) DO UPDATE
SET name = excluded.name, allowance_class = excluded.allowance_class
"""


@dataclass(slots=True)
class _File:
    """The content of a file: people by NIP, and enrolments in the order of its rows."""

    people: dict[str, Person]
    enrolled: list[enrolments.Enrolment]


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change employees, memberships and enrolments in the caller's transaction.

    Several rows may name one employee. Another unit counts from the day that unit_from says; without it, a changed
    unit is a fault: nobody's past is rewritten unsaid.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    nips = [row.cells["nip"] for row in sheet.rows]
    known: dict[str, Person] = {nip: (name, class_) for nip, name, class_ in connection.execute(KNOWN, [nips])}
    register = memberships.known(connection, nips)
    content = _checked(connection, sheet, known)
    memberships.claimed(sheet, register)
    sheet.end()
    altered = {nip: person for nip, person in content.people.items() if known.get(nip) != person}
    names = [name for name, _ in altered.values()]
    classes = [class_ for _, class_ in altered.values()]
    connection.execute(STORE, [list(altered), names, [register.newest(nip) for nip in altered], classes])
    ids = changes.employee_ids(connection, content.people)
    memberships.store(connection, register, ids)
    regraded = [nip for nip in altered if nip in known and known[nip][1] != altered[nip][1]]
    changes.mark_computed(connection, ((ids[nip], changes.EVER, None) for nip in regraded))
    enrolled = enrolments.store(connection, content.enrolled, ids) if content.enrolled else None
    added = sum(nip not in known for nip in altered)
    touched = len(altered.keys() | register.touched.keys())
    return Changes(added, touched - added, len(content.people) - touched, enrolled)


def ids_of(connection: psycopg.Connection[Any], sheet: Sheet) -> dict[str, int]:
    """The employees that the column nip names; one that is malformed or not known is a fault of the sheet."""
    ids = changes.employee_ids(connection, (row.cells["nip"] for row in sheet.rows))
    for row in sheet.rows:
        if sheet.nip(row) not in ids and NIP.fullmatch(row.cells["nip"]):
            sheet.fault(row, "nip", "no such employee; tepat import employees brings them")
    return ids


def _checked(connection: psycopg.Connection[Any], sheet: Sheet, known: dict[str, Person]) -> _File:
    units = {code for (code,) in connection.execute(UNITS)}
    content = _File({}, [])
    for row in sheet.rows:
        nip, name, unit = sheet.nip(row), sheet.text(row, "name"), row.cells["unit"]
        if unit not in units:
            sheet.fault(row, "unit", "no such unit; tepat import units brings it")
        person = (name, _class(sheet, row, known.get(nip)))
        first = content.people.setdefault(nip, person)
        if first != person:
            said = f"an earlier row says {_told(first)}, and this one {_told(person)}"
            sheet.fault(row, "nip", f"{said}: make name and class equal")
    content.enrolled = enrolments.checked(connection, sheet)
    return content


def _told(person: Person) -> str:
    name, class_ = person
    return f"{name}, {'no class' if class_ is None else f'class {class_}'}"


def _class(sheet: Sheet, row: Row, known: Person | None) -> int | None:
    """The allowance class; a file without the column leaves it as it is."""
    value = row.cells.get("class")
    if value is None:
        return known[1] if known else None
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:4]) <= LARGEST_CLASS):
        sheet.fault(row, "class", f"write a whole number from 1 to {LARGEST_CLASS}, or nothing")
        return None
    return int(value)


TABLE = Table(
    "employees: nip, name, unit, class; unit_from, left (transfer, end); pins: terminal, pin, from",
    REQUIRED,
    OPTIONAL,
    load,
)
