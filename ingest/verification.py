"""Work as its employee submits it and the superior verifies or returns it: who did it, when, and the marks to score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

import psycopg

from config.errors import TepatError
from ingest import audit, changes, tables
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.superiors import superiors

Decision: TypeAlias = Literal["verified", "returned"]
OWN = ("reference", "date", "title", "volume", "weight", "kind", "catalogue", "plan", "evidence")
"""Columns of activities that an employee fills in."""
EMPTY = {name: None for name in OWN if name != "kind"}
CLEARED = {"status": "submitted", **dict.fromkeys(("decided_on", "decided_by", "reason", "quality"))}
"""What a superior said of it before is in the audit."""

ZONE = """
SELECT nip, time_zone FROM employee JOIN unit ON unit.id = employee.unit_id WHERE employee.id = %s
"""
STORED = """
SELECT reference, status, submitted_on, activity::text FROM activity WHERE employee_id = %s AND reference = ANY(%s)
"""
SUBMITTED_NOW = "UPDATE activity SET submitted_on = %s WHERE employee_id = %s AND reference = ANY(%s)"
ACTIVITY = """
SELECT employee_id, day, status, reference FROM activity WHERE id = %s FOR UPDATE
"""
DECIDE = """
UPDATE activity SET status = %s, decided_on = %s, decided_by = %s, reason = %s, quality = coalesce(%s, quality)
WHERE id = %s
"""


class NotYoursError(TepatError):
    """The activity does not exist, or is not this superior's to decide."""


class NotSubmittedError(TepatError):
    """The activity is decided already."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """reason: why it is returned; quality: 0 to 100, of verified work."""

    decision: Decision
    reason: str | None = None
    quality: int | None = None


def submit(
    connection: psycopg.Connection[Any],
    employee: int,
    rows: Sequence[Mapping[str, object]],
    *,
    at: datetime,
    actor: str,
    dry_run: bool = False,
) -> Changes:
    """Submit work of an employee (by id): new work, and work that was submitted or returned before, as it is now.

    rows: columns OWN. at: aware, the time of submitting; work that waits for its decision and is sent again as it was
    stays submitted since then.

    Raises:
        FaultyRowsError: with every fault of the rows; verified work is one, and so is a column that is not OWN.
    """
    nip, today = _today(connection, employee, at)
    references = sorted({f"{row.get('reference')}".strip() for row in rows})
    before = {one: rest for one, *rest in connection.execute(STORED, [employee, references])}
    since = {one: submitted_on for one, (status, submitted_on, _) in before.items() if status == "submitted"}
    foreign = sorted({name for row in rows for name in row if name not in OWN})

    def check(_: psycopg.Connection[Any], sheet: Sheet) -> None:
        for row in sheet.rows:
            if before.get(row.cells["reference"], [""])[0] == "verified":
                sheet.fault(row, "reference", "is verified already: choose another reference for other work")
            for name in foreign:
                sheet.fault(row, name, f"is not yours to say: write {', '.join(OWN)} only")

    filled = [
        {**EMPTY, **row, **CLEARED, "nip": nip, "submitted_on": since.get(f"{row.get('reference')}".strip(), today)}
        for row in rows
    ]
    done = tables.import_rows(connection, "activities", filled, at=at, actor=actor, dry_run=dry_run, check=check)
    after = {one: rest for one, *rest in connection.execute(STORED, [employee, references])}
    altered = [one for one in since if after[one] != before[one]]
    connection.execute(SUBMITTED_NOW, [today, employee, altered])
    return done


def decide(
    connection: psycopg.Connection[Any], activity: int, superior: int, verdict: Verdict, *, at: datetime, actor: str
) -> None:
    """Verify or return work (by id) as the superior (by id) of its employee, on the day of the work or today.

    Raises:
        NotYoursError: it does not exist, or somebody else decides of it.
        NotSubmittedError: it was decided already.
    """
    found = connection.execute(ACTIVITY, [activity]).fetchone()
    if found is None:
        raise NotYoursError("There is no such work for you to decide.")
    employee, day, status, reference = found
    _, today = _today(connection, employee, at)
    if superior not in superiors(connection, employee, day, today):
        raise NotYoursError("There is no such work for you to decide.")
    if status != "submitted":
        raise NotSubmittedError(
            f"The work {reference} is {status} already; the employee can submit returned work again."
        )
    said = (verdict.decision, today, superior, verdict.reason, verdict.quality, activity)
    connection.execute(DECIDE, said)
    changes.mark_days(connection, [(employee, day)])
    detail = {"employee": employee, "by": superior, "reason": verdict.reason, "quality": verdict.quality}
    action = "verify" if verdict.decision == "verified" else "return"
    audit.record(connection, at=at, actor=actor, action=action, object_=f"activity:{activity}", detail=detail)


def _today(connection: psycopg.Connection[Any], employee: int, at: datetime) -> tuple[str, date]:
    """NIP, and the date at the employee's unit."""
    found = connection.execute(ZONE, [employee]).fetchone()
    assert found is not None
    return found[0], at.astimezone(ZoneInfo(found[1])).date()
