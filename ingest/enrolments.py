"""Which pin on which terminal is whose, from which day. On one terminal a pin belongs to one employee at a time."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

import psycopg

from devices.records import pin_fault
from ingest import changes
from ingest.changes import Changes
from ingest.sheet import Sheet

COLUMNS = ("terminal", "pin", "from")

Enrolment: TypeAlias = tuple[str, int, str, date]
"""nip, terminal id, pin, first day."""

TERMINALS = "SELECT name, id FROM terminal"
KNOWN = """
SELECT e.terminal_id, e.pin, e.valid_from, e.valid_until, e.employee_id
FROM enrolment e JOIN unnest(%s::integer[], %s::text[]) AS s (terminal_id, pin) USING (terminal_id, pin)
ORDER BY e.terminal_id, e.pin, e.valid_from
"""
STORE = """
INSERT INTO enrolment (terminal_id, pin, valid_from, valid_until, employee_id)
SELECT * FROM unnest(%s::integer[], %s::text[], %s::date[], %s::date[], %s::integer[])
ON CONFLICT (terminal_id, pin, valid_from)
DO UPDATE SET valid_until = excluded.valid_until, employee_id = excluded.employee_id
"""
ON_TERMINAL = """
SELECT pin, name FROM enrolment JOIN employee ON employee.id = employee_id
WHERE terminal_id = %(terminal)s AND valid_from <= %(day)s AND (valid_until IS NULL OR valid_until > %(day)s)
ORDER BY pin
"""


@dataclass(slots=True)
class _Span:
    """From `first` (included) until `until` (excluded; None = still) the pin is this employee's."""

    first: date
    until: date | None
    employee: int


_Pin: TypeAlias = tuple[int, str]
"""terminal id, pin."""


def checked(connection: psycopg.Connection[Any], sheet: Sheet) -> list[Enrolment]:
    """The enrolments that a file of employees has; faults are noted in the sheet."""
    terminals = dict(connection.execute(TERMINALS).fetchall())
    found: dict[tuple[int, str, date], str] = {}
    for row in sheet.rows:
        cells = [row.cells.get(column, "") for column in COLUMNS]
        if not any(cells):
            continue
        if not all(cells):
            sheet.fault(row, COLUMNS[cells.index("")], "fill in terminal, pin and from, or none of them")
        elif cells[0] not in terminals:
            sheet.fault(row, "terminal", "no such terminal; tepat terminal add registers it")
        elif pin_said := pin_fault(cells[1]):
            sheet.fault(row, "pin", f"{pin_said}; copy it from the terminal")
        else:
            key = (terminals[cells[0]], cells[1], sheet.day(row, "from"))
            if found.setdefault(key, row.cells["nip"]) != row.cells["nip"]:
                sheet.fault(row, "pin", f"is given to {found[key]} on that day too: keep one of the two")
    return [(nip, *key) for key, nip in found.items()]


def store(connection: psycopg.Connection[Any], enrolled: list[Enrolment], ids: dict[str, int]) -> Changes:
    """Add and change enrolments; one that begins ends the one before it. Marks the days of all whom it concerns."""
    register = _Register(_known(connection, enrolled))
    for nip, terminal, pin, first in enrolled:
        register.give((terminal, pin), first, ids[nip])
    rows = [(*pin, first, span.until, span.employee) for pin, first, span in register.altered()]
    if rows:  # else everybody would be read by the scorer
        connection.execute(STORE, [[row[part] for row in rows] for part in range(5)])
    changes.mark_computed(connection, register.marks)
    return Changes(register.added, register.changed, len(enrolled) - register.added - register.changed)


def on_terminal(connection: psycopg.Connection[Any], terminal_id: int, day: date) -> list[tuple[str, str]]:
    """Who is enrolled on a terminal on a day: pin and name of the employee."""
    return connection.execute(ON_TERMINAL, {"terminal": terminal_id, "day": day}).fetchall()


def _known(connection: psycopg.Connection[Any], enrolled: list[Enrolment]) -> dict[_Pin, dict[date, _Span]]:
    spans: dict[_Pin, dict[date, _Span]] = defaultdict(dict)
    keys = sorted({(terminal, pin) for _, terminal, pin, _ in enrolled})
    for terminal, pin, first, until, employee in connection.execute(
        KNOWN, [[terminal for terminal, _ in keys], [pin for _, pin in keys]]
    ):
        spans[terminal, pin][first] = _Span(first, until, employee)
    return spans


@dataclass(slots=True)
class _Register:
    """The enrolments of some pins by their first day, while they change."""

    spans: dict[_Pin, dict[date, _Span]]
    added: int = 0
    changed: int = 0
    touched: set[tuple[_Pin, date]] = field(default_factory=set)
    marks: list[tuple[int, date, date | None]] = field(default_factory=list)

    def altered(self) -> list[tuple[_Pin, date, _Span]]:
        """The spans that have to be stored."""
        return [(pin, first, self.spans[pin][first]) for pin, first in sorted(self.touched)]

    def give(self, pin: _Pin, first: date, employee: int) -> None:
        """From this day on, until the next span begins, the pin is this employee's."""
        span = self.spans[pin].get(first)
        if span and span.employee == employee:
            return
        if span:
            self.changed += 1
            self._mark(span)
            span.employee = employee
        else:
            self.added += 1
            self._end_before(pin, first)
            later = [day for day in self.spans[pin] if day > first]
            span = self.spans[pin][first] = _Span(first, min(later, default=None), employee)
        self.touched.add((pin, first))
        self._mark(span)

    def _end_before(self, pin: _Pin, first: date) -> None:
        earlier = [day for day in self.spans[pin] if day < first]
        before = self.spans[pin][max(earlier)] if earlier else None
        if before and (before.until is None or before.until > first):
            self.marks.append((before.employee, first, before.until))
            before.until = first
            self.touched.add((pin, before.first))

    def _mark(self, span: _Span) -> None:
        self.marks.append((span.employee, span.first, span.until))
