"""Imports employees, and their enrolments where the file has them: nip, name, unit, class; terminal, pin, from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import psycopg

from ingest import changes, csv_file, enrolments
from ingest.changes import Changes

REQUIRED = ("nip", "name", "unit")
OPTIONAL = ("class", *enrolments.COLUMNS)
LARGEST_CLASS = 99

Person: TypeAlias = tuple[str, str, int | None]
"""name, code of the unit, allowance class."""

SCORED = "SELECT DISTINCT e.nip FROM employee e JOIN score s ON s.employee_id = e.id WHERE e.nip = ANY(%s)"

UNITS = "SELECT code FROM unit"

KNOWN = """
SELECT e.nip, e.name, u.code, e.allowance_class FROM employee e JOIN unit u ON u.id = e.unit_id WHERE e.nip = ANY(%s)
"""

STORE = """
INSERT INTO employee (nip, name, unit_id, allowance_class)
SELECT s.nip, s.name, u.id, s.class
FROM unnest(%s::text[], %s::text[], %s::text[], %s::smallint[]) AS s (nip, name, unit, class)
JOIN unit u ON u.code = s.unit
ON CONFLICT (nip) DO UPDATE
SET name = excluded.name, unit_id = excluded.unit_id, allowance_class = excluded.allowance_class
"""


@dataclass(slots=True)
class _File:
    """The content of a file: people by NIP, and enrolments in the order of its rows."""

    people: dict[str, Person]
    enrolled: list[enrolments.Enrolment]


def load(connection: psycopg.Connection[Any], path: Path, *, move_units: bool = False) -> Changes:
    """Add and change employees and enrolments in the caller's transaction. Several rows may name one employee.

    An employee belongs to one unit at a time, so that another unit re-scores the past by its clock and its rulebook:
    move_units says that this is meant. Without it, a changed unit is a fault where there are scores.

    Raises:
        CsvFileError: with every fault of the file.
    """
    sheet = csv_file.read(path, REQUIRED, OPTIONAL)
    known: dict[str, Person] = {
        nip: (name, unit, class_)
        for nip, name, unit, class_ in connection.execute(KNOWN, [[row.cells["nip"] for row in sheet.rows]])
    }
    content = _checked(connection, sheet, known)
    if not move_units:
        _refuse_moves(connection, sheet, known)
    sheet.end()
    altered = {nip: person for nip, person in content.people.items() if known.get(nip) != person}
    names, units, classes = ([person[part] for person in altered.values()] for part in range(3))
    connection.execute(STORE, [list(altered), names, units, classes])
    moved = [nip for nip in altered if nip in known and known[nip][1:] != altered[nip][1:]]
    ids = changes.employee_ids(connection, content.people)
    changes.mark_computed(connection, ((ids[nip], changes.EVER, None) for nip in moved))
    enrolled = enrolments.store(connection, content.enrolled, ids) if content.enrolled else None
    added = sum(nip not in known for nip in altered)
    return Changes(added, len(altered) - added, len(content.people) - len(altered), enrolled)


def ids_of(connection: psycopg.Connection[Any], sheet: csv_file.Sheet) -> dict[str, int]:
    """The employees that the column nip names; one that is malformed or not known is a fault of the sheet."""
    ids = changes.employee_ids(connection, (row.cells["nip"] for row in sheet.rows))
    for row in sheet.rows:
        if sheet.nip(row) not in ids and csv_file.NIP.fullmatch(row.cells["nip"]):
            sheet.fault(row, "nip", "no such employee; tepat import employees brings them")
    return ids


def _checked(connection: psycopg.Connection[Any], sheet: csv_file.Sheet, known: dict[str, Person]) -> _File:
    units = {code for (code,) in connection.execute(UNITS)}
    content = _File({}, [])
    for row in sheet.rows:
        nip, name, unit = sheet.nip(row), sheet.text(row, "name"), row.cells["unit"]
        if unit not in units:
            sheet.fault(row, "unit", "no such unit; tepat import units brings it")
        person = (name, unit, _class(sheet, row, known.get(nip)))
        first = content.people.setdefault(nip, person)
        if first != person:
            sheet.fault(row, "nip", f"an earlier row says {first} and this one {person}: make name, unit, class equal")
    content.enrolled = enrolments.checked(connection, sheet)
    return content


def _refuse_moves(connection: psycopg.Connection[Any], sheet: csv_file.Sheet, known: dict[str, Person]) -> None:
    moved = [row for row in sheet.rows if known.get(row.cells["nip"], ("", row.cells["unit"]))[1] != row.cells["unit"]]
    scored = {nip for (nip,) in connection.execute(SCORED, [[row.cells["nip"] for row in moved]])}
    for row in moved:
        if row.cells["nip"] in scored:
            former = known[row.cells["nip"]][1]
            sheet.fault(
                row,
                "unit",
                f"{row.cells['nip']} has scores as a member of {former}; all of them, past months too, would be "
                "computed again by the clock and the rulebook of the new unit. If that is meant, add --move-units",
            )


def _class(sheet: csv_file.Sheet, row: csv_file.Row, known: Person | None) -> int | None:
    """The allowance class; a file without the column leaves it as it is."""
    value = row.cells.get("class")
    if value is None:
        return known[2] if known else None
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:4]) <= LARGEST_CLASS):
        sheet.fault(row, "class", f"write a whole number from 1 to {LARGEST_CLASS}, or nothing")
        return None
    return int(value)
