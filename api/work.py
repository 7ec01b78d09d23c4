"""Work as lists show it: what it is, what it serves, where it stands, and whether it counts."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from psycopg import Connection
from psycopg.rows import class_row
from pydantic import BaseModel, BeforeValidator, Field

from api import views
from api.access import Connected, Identified, hr_only, looked
from api.json_routes import PREFIX
from api.models import ScoredPeriod
from api.parameters import only_known
from api.problems import not_found, responses
from config.periods import bounds

HR = APIRouter(
    prefix=PREFIX,
    dependencies=[Depends(hr_only, scope="function"), Depends(only_known)],
    responses=responses(401, 403, 404, 422, 503),
)

ACTIVITIES = """
SELECT activity.id, activity.employee_id, employee.nip, employee.name, activity.reference, activity.day, activity.title,
       activity.kind, activity.catalogue_code AS catalogue, catalogue.measure,
       catalogue.norm_minutes, plan_item.reference AS plan, plan_item.title AS plan_title,
       activity.volume, activity.weight, activity.evidence, activity.quality, activity.status,
       activity.submitted_on, activity.decided_on, activity.reason, counted.id IS NOT NULL AS counts
FROM activity JOIN employee ON employee.id = activity.employee_id
LEFT JOIN counted_activity AS counted ON counted.id = activity.id
LEFT JOIN plan_item ON plan_item.id = activity.plan_item_id
LEFT JOIN catalogue ON catalogue.code = activity.catalogue_code
"""
OF_ONE = f"""{ACTIVITIES}
WHERE activity.employee_id = %s AND activity.day BETWEEN %s AND %s ORDER BY activity.day, activity.reference
"""


def _hundredths(value: object) -> object:
    return Decimal(value).scaleb(-2) if isinstance(value, int) else value


Figure = Annotated[Decimal, BeforeValidator(_hundredths)]


class Activity(BaseModel):
    """One piece of work, and where it stands."""

    id: int
    employee_id: int
    nip: str
    name: str
    reference: str
    day: date
    title: str
    kind: Literal["main", "additional", "other"]
    catalogue: str | None = Field(description="code of the catalogue; the next two are what it says of it")
    measure: str | None
    norm_minutes: int | None = Field(description="of one")
    plan: str | None = Field(description="reference of the item of the employee's plan that it serves")
    plan_title: str | None
    volume: Figure
    weight: Figure
    evidence: str | None
    quality: int | None
    status: Literal["submitted", "verified", "returned"]
    submitted_on: date | None
    decided_on: date | None
    reason: str | None = Field(description="why it was returned")
    counts: bool = Field(description="verified, and submitted and decided in time where there is a deadline")


def listed(connected: Connection[Any], query: str, values: tuple[object, ...]) -> list[Activity]:
    """What a query that opens with ACTIVITIES finds."""
    with connected.cursor(row_factory=class_row(Activity)) as cursor:
        return cursor.execute(query.encode(), values).fetchall()


def of_month(connected: Connection[Any], employee_id: int, period: str) -> list[Activity]:
    """The work of an employee in a month, quarter or year, by day."""
    return listed(connected, OF_ONE, (employee_id, *bounds(period)))


def points(found: Sequence[Activity]) -> Decimal:
    """Those that count, as the output by points has them."""
    whole = sum((one.volume * one.weight for one in found if one.counts), Decimal())
    return whole.quantize(Decimal("0.01"), ROUND_HALF_UP)


@HR.get("/employees/{employee_id}/activities", summary="The work behind one employee's output")
def activities_of(
    connected: Connected,
    caller: Identified,
    employee_id: Annotated[int, Path(ge=1, le=2**31 - 1, description="the `id` of the lists")],
    period: Annotated[ScoredPeriod, Query()],
) -> list[Activity]:
    """All of a month, a quarter or a year, by day; `counts` says which of it the output rests on."""
    if views.employee(connected, caller.unit_id, employee_id) is None:
        raise not_found(f"employee:{employee_id}")
    looked(connected, caller, f"employee:{employee_id}", activities=period)
    return of_month(connected, employee_id, period)
