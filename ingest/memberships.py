"""Who belongs to which unit from which day: to one at a time, and a transfer ends the membership before."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

import psycopg

from ingest import changes
from ingest.sheet import Row, Sheet

COLUMNS = ("unit_from", "left")

Claim: TypeAlias = tuple[str, date | None]
"""Code of a unit, and the day from which it is the employee's; None = the file does not say."""

KNOWN = """
SELECT e.nip, m.valid_from, m.valid_until, u.code
FROM membership m JOIN employee e ON e.id = m.employee_id JOIN unit u ON u.id = m.unit_id WHERE e.nip = ANY(%s)
ORDER BY 1, 2
"""
STORE = """
INSERT INTO membership (employee_id, valid_from, valid_until, unit_id)
SELECT s.employee, s.first, s.until, u.id
FROM unnest(%s::integer[], %s::date[], %s::date[], %s::text[]) AS s (employee, first, until, code)
JOIN unit u ON u.code = s.code
ON CONFLICT (employee_id, valid_from) DO UPDATE SET valid_until = excluded.valid_until, unit_id = excluded.unit_id
"""
# What lists and rights go by: the unit of the newest membership.
NEWEST = """
UPDATE employee e SET unit_id = m.unit_id
FROM (SELECT DISTINCT ON (employee_id) employee_id, unit_id FROM membership WHERE employee_id = ANY(%s)
      ORDER BY employee_id, valid_from DESC) AS m
WHERE e.id = m.employee_id AND e.unit_id <> m.unit_id
"""


@dataclass(slots=True)
class _Span:
    """Until `until` (excluded; None = still) the employee belongs to the unit of this code."""

    until: date | None
    unit: str


@dataclass(slots=True)
class Memberships:
    """The memberships of some employees, by NIP and first day, while they change."""

    spans: dict[str, dict[date, _Span]]
    touched: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))
    marks: list[tuple[str, date, date | None]] = field(default_factory=list)

    def newest(self, nip: str) -> str | None:
        """The unit of the newest membership; None where there is none."""
        spans = self.spans.get(nip)
        return spans[max(spans)].unit if spans else None

    def give(self, nip: str, unit: str, first: date) -> None:
        """From this day on, until the next membership begins, the employee belongs to the unit."""
        spans = self.spans.setdefault(nip, {})
        covering = self._covering(nip, first)
        if covering is not None and spans[covering].unit == unit:
            return
        if covering is not None and covering < first:
            self._change(nip, covering, _Span(first, spans[covering].unit))
        until = spans[first].until if first in spans else min((day for day in spans if day > first), default=None)
        self._change(nip, first, _Span(until, unit))
        self.marks.append((nip, first, until))

    def end(self, nip: str, day: date) -> None:
        """From this day on the employee belongs to no unit. A membership that begins later is left alone."""
        covering = self._covering(nip, day)
        if covering is not None and covering < day:
            self.marks.append((nip, day, self.spans[nip][covering].until))
            self._change(nip, covering, _Span(day, self.spans[nip][covering].unit))

    def _covering(self, nip: str, day: date) -> date | None:
        """The first day of the membership that this day lies in."""
        for first, span in self.spans.get(nip, {}).items():
            if first <= day and (span.until is None or day < span.until):
                return first
        return None

    def _change(self, nip: str, first: date, span: _Span) -> None:
        self.spans[nip][first] = span
        self.touched[nip].add(first)


def known(connection: psycopg.Connection[Any], nips: Iterable[str]) -> Memberships:
    """As they are stored."""
    spans: dict[str, dict[date, _Span]] = defaultdict(dict)
    for nip, first, until, unit in connection.execute(KNOWN, [sorted(set(nips))]):
        spans[nip][first] = _Span(until, unit)
    return Memberships(spans)


def claimed(sheet: Sheet, register: Memberships) -> None:
    """Enter what the rows of a file of employees say: unit, unit_from, left. Faults are noted in the sheet.

    Without unit_from the unit is the one that is known; somebody new has it from the beginning.
    """
    silent: dict[str, str] = {}
    for row in sheet.rows:
        nip, unit = row.cells["nip"], row.cells["unit"]
        if row.cells.get("unit_from"):
            register.give(nip, unit, sheet.day(row, "unit_from"))
    for row in sheet.rows:
        nip, unit = row.cells["nip"], row.cells["unit"]
        if not row.cells.get("unit_from"):
            belongs = register.newest(nip)
            if belongs is None:
                register.give(nip, unit, changes.EVER)
            elif belongs != unit:
                former = "an earlier row says" if nip in silent else "belongs to"
                sheet.fault(
                    row, "unit", f"{nip} {former} {belongs}: say in column unit_from since which day it is {unit}"
                )
            silent.setdefault(nip, unit)
    for row in sheet.rows:
        if row.cells.get("left"):
            _end(sheet, row, register)


def _end(sheet: Sheet, row: Row, register: Memberships) -> None:
    day = sheet.day(row, "left")
    spans = register.spans.get(row.cells["nip"], {})
    if spans and day <= max(spans):
        said = f"the membership in {register.newest(row.cells['nip'])} begins on {max(spans)} only"
        sheet.fault(row, "left", f"{said}: write a later day, or leave it empty")
    else:
        register.end(row.cells["nip"], day)


def store(connection: psycopg.Connection[Any], register: Memberships, ids: dict[str, int]) -> None:
    """Store what was altered, and have the days scored again that it touches. ids: of employees by NIP."""
    rows = [
        (ids[nip], first, register.spans[nip][first].until, register.spans[nip][first].unit)
        for nip, days in register.touched.items()
        for first in sorted(days)
    ]
    if rows:  # else everybody would be read by the scorer
        connection.execute(STORE, [[row[part] for row in rows] for part in range(4)])
    connection.execute(NEWEST, [[row[0] for row in rows]])
    changes.mark_computed(connection, ((ids[nip], first, until) for nip, first, until in register.marks))
