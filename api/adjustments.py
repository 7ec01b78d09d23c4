"""What is owed of locked months, as the API answers with it and pages show it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL
from pydantic import BaseModel, Field

from api.models import Basis, Page, Percent, Period, Rupiah, Step
from scoring import adjustment_store
from scoring.adjusted import Lacks

EMPLOYEES = SQL("""
WITH RECURSIVE seen AS (
    SELECT id FROM unit WHERE id = %s
    UNION
    SELECT unit.id FROM unit JOIN seen ON unit.parent_id = seen.id
)
SELECT id FROM employee WHERE unit_id IN (SELECT id FROM seen)
""")


TO_SCORE = "earlier locked months of which facts came that are not scored yet: once they are, more may be owed"


class Adjustment(BaseModel):
    """The difference between what was settled of a locked month and what the newest facts say. Below zero: overpaid."""

    employee_id: int
    nip: str
    name: str
    unit_code: str
    period: Period = Field(description="the month it is of")
    paid_in: Period | None = Field(description="the month that pays it; null: pending, until a later month is locked")
    from_version: int = Field(description="of the score: what had been settled before")
    to_version: int
    percent: Percent | None = Field(description="of the monthly allowance, to be paid more; null: see `lacks`")
    amount: Rupiah | None = Field(description="the same in rupiah; null: as above, or the month was locked without one")
    lacks: Lacks | None = Field(description="what the newest version needs before it can be settled; null: nothing")
    basis: Basis
    digest: str | None = Field(description="of a settled one: equal digest, equal adjustment; null: pending")


class Adjustments(Page[Adjustment]):
    months_to_score: list[Period] = Field(description=TO_SCORE)


class StepsBeside(BaseModel):
    """Steps of a day that differ between the two versions."""

    day: str | None = Field(description="null: steps of the whole month")
    before: list[Step]
    after: list[Step]


class ExplainedAdjustment(Adjustment):
    steps: list[StepsBeside] = Field(description="those of both versions that are not in both")


def listed(connection: Connection[Any], root: int | None, paid_in: str | None, *, page: int, size: int) -> Adjustments:
    """Paid in a month, or pending (None), of those who belong to the unit below `root`."""
    who = None if root is None else [one for (one,) in connection.execute(EMPLOYEES, (root,)).fetchall()]
    found = (
        adjustment_store.pending(connection, who)
        if paid_in is None
        else adjustment_store.settled(connection, who, paid_in=paid_in)
    )
    shown = found[(page - 1) * size : page * size]
    items = [Adjustment(**_fields(one)) for one in shown]
    late = adjustment_store.unscored(connection, who) if paid_in is None else []
    return Adjustments(items=items, total=len(found), page=page, size=size, months_to_score=late)


def of_month(connection: Connection[Any], employee_ids: Sequence[int], period: str) -> list[Adjustment]:
    """What came of a month of these employees after it was locked: settled ones first."""
    return [Adjustment(**_fields(one)) for one in _since_locked(connection, employee_ids, period)]


def explained(connection: Connection[Any], employee_id: int, period: str) -> list[ExplainedAdjustment]:
    """What came of an employee's month after it was locked: settled ones first."""
    return [
        ExplainedAdjustment.model_validate({**_fields(one), "steps": adjustment_store.steps_beside(connection, one)})
        for one in _since_locked(connection, [employee_id], period)
    ]


def _since_locked(
    connection: Connection[Any], employee_ids: Sequence[int], period: str
) -> list[adjustment_store.Adjustment]:
    late = [one for one in adjustment_store.pending(connection, employee_ids) if one.period == period]
    return [*adjustment_store.settled(connection, employee_ids, of=period), *late]


def paid_with(connection: Connection[Any], employee_ids: Sequence[int], period: str) -> list[Adjustment]:
    """What a month of these employees pays of earlier ones."""
    return [Adjustment(**_fields(one)) for one in adjustment_store.settled(connection, employee_ids, paid_in=period)]


def _fields(one: adjustment_store.Adjustment) -> dict[str, Any]:
    return {**asdict(one), "digest": one.digest if one.paid_in else None}
