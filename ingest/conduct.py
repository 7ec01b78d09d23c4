"""Conduct as an employee rates it: the role is checked against who is whose superior; nobody sees who rated."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from config.periods import bounds
from ingest import changes, tables
from ingest.changes import Changes
from ingest.sheet import NIP, PERIOD, Sheet
from ingest.superiors import superiors

OWN = ("nip", "period", "role", "value")
"""Columns of ratings that an employee fills in."""
COLLEAGUES = """
SELECT FROM membership AS one JOIN membership AS other USING (unit_id), (SELECT %s::integer, %s::integer, %s::date)
    AS asked (rated, rater, day)
WHERE one.employee_id = rated AND other.employee_id = rater
  AND day >= one.valid_from AND (one.valid_until IS NULL OR day < one.valid_until)
  AND day >= other.valid_from AND (other.valid_until IS NULL OR day < other.valid_until)
"""
STRANGER = "does not work with you: rate people of your unit that day, your superior and those below you"
RATER = "SELECT nip FROM employee WHERE id = %s"


def rate(
    connection: psycopg.Connection[Any],
    rater: int,
    rows: Sequence[Mapping[str, object]],
    *,
    at: datetime,
    actor: str,
    dry_run: bool = False,
) -> Changes:
    """Rate conduct as an employee (by id); rows: columns OWN. A rating that was sent before is changed.

    Raises:
        FaultyRowsError: with every fault of the rows; a role that the rater has not towards the rated one is one.
    """
    found = connection.execute(RATER, [rater]).fetchone()
    assert found is not None
    foreign = sorted({name for row in rows for name in row if name not in OWN})

    def check(checked: psycopg.Connection[Any], sheet: Sheet) -> None:
        ids = changes.employee_ids(checked, (row.cells["nip"] for row in sheet.rows))
        for row in sheet.rows:
            for name in foreign:
                sheet.fault(row, name, f"is not yours to say: write {', '.join(OWN)} only")
            rated, period = ids.get(sheet.nip(row)), sheet.period(row)
            if rated == rater or not (NIP.fullmatch(row.cells["nip"]) and PERIOD.fullmatch(row.cells["period"])):
                continue
            if rated is None:
                sheet.fault(row, "nip", STRANGER)
                continue
            role = _role(checked, rater, rated, min(bounds(period)[1], at.date() + timedelta(days=1)))
            if role is None:
                sheet.fault(row, "nip", STRANGER)
            elif row.cells["role"] != role:
                sheet.fault(row, "role", f"you are {role} to this employee: write that")
        if any(fault.column in {"nip", "period"} for fault in sheet.faults):
            sheet.end()  # before the load says in other words of whom it knows

    named = [{**row, "rater": found[0]} for row in rows]
    return tables.import_rows(connection, "ratings", named, at=at, actor=actor, dry_run=dry_run, check=check, own=True)


def _role(connection: psycopg.Connection[Any], rater: int, rated: int, day: date) -> str | None:
    """Of the rater towards the rated on this day; None: they do not work together."""
    if rater in superiors(connection, rated, day):
        return "superior"
    if rated in superiors(connection, rater, day):
        return "subordinate"
    return "peer" if connection.execute(COLLEAGUES, [rated, rater, day]).fetchone() is not None else None
