"""What work days lead to beside the score, as JSON for HR: discipline flags and meal money."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from psycopg import Connection
from pydantic import BaseModel, Field

from api.access import Connected, Identified, hr_only, looked
from api.json_routes import PREFIX, PageNumber, Size
from api.models import Page, Percent, Period, Rupiah, ScoredPeriod
from api.parameters import only_known
from api.problems import responses
from api.standing import Cited
from api.standing_routes import Asked, Unit, told
from config.kinds.discipline import Sanction
from ingest.database import reader_within
from scoring.duties import Meals, discipline_of, meals_of
from scoring.standing import Shown

HR = APIRouter(
    prefix=PREFIX,
    dependencies=[Depends(hr_only, scope="function"), Depends(only_known)],
    responses=responses(401, 403, 404, 422, 503),
)


class Flag(BaseModel):
    """One step of what the law provides, reached by one employee. Nothing was imposed or deducted."""

    employee_id: int
    nip: str
    name: str
    day: date = Field(description="on which it was reached")
    sanction: Sanction
    reached: int = Field(description="days of absence, minutes that count as days among them")
    minutes: int = Field(description="late and left early in the year, where they count; else 0")
    cut: Percent | None = Field(description="of the allowance, as the law provides; null: no cut")
    months: int | None = Field(description="for so long; null: not said")
    allowance: Rupiah | None = Field(
        description="of the class on that day, a month; null: no cut, or class or its allowance not known"
    )
    monthly: Rupiah | None = Field(description="what the cut is of it a month, rounded as the rulebook says")
    in_all: Rupiah | None = Field(description="in all its months")
    days: list[date] = Field(description="of absence that it rests on")
    rulebook: str | None = Field(description="by which the day was judged; it may cut beside the law")


class Discipline(Cited):
    """Who reached what the law provides for absence without reason. Only the authorised official imposes it."""

    period: ScoredPeriod
    minutes_a_day: int | None = Field(description="so many minutes late or left early count as a day; null: none do")
    minutes_law: str | None = Field(description="text by which they do, or why there is none; null: none do")
    people: int = Field(description="how many were looked at")
    flags: Page[Flag]


class Fed(BaseModel):
    """One employee's meal money of a month."""

    employee_id: int
    nip: str
    name: str
    days: int | None = Field(description="that earn it; null: none is judged, or the rulebook cannot be read")
    gross: Rupiah | None = Field(description="null: not known")
    net: Rupiah | None = Field(description="after tax; null: not known")
    lacking: Literal["rulebook", "days", "grade", "tax"] | None = Field(description="why something is not known")
    unreadable: str | None = Field(
        description="rulebook that cannot be read; `tepat rulebook check` says what is wrong"
    )


class MealMoney(Cited):
    """Meal money of a unit's people, by NIP; the text is that of the rates."""

    period: Period
    people: Page[Fed]


@HR.get("/discipline", summary="Who reached what the law provides for absence")
def discipline(
    *,
    connected: Connected,
    caller: Identified,
    unit: Unit,
    period: Asked,
    minutes: Annotated[
        bool, Query(description="count minutes late and left early as days, as PP 53/2010 did, whatever the law says")
    ] = False,
    page: PageNumber = 1,
    size: Size = 50,
) -> Discipline:
    """The flags reached in the period, by day and NIP, each with its days. Days are summed from 1 January."""

    def report(connection: Connection[Any], _: int, shown: Shown) -> dict[str, Any]:
        return discipline_of(reader_within(connection), unit, period, minutes=minutes, shown=shown)

    found = told(report, connected, caller, unit, Shown((page - 1) * size, size))
    flags = [{"employee_id": row["employee"], **row} for row in found["flags"].to_dicts()]
    looked(connected, caller, "discipline", unit=unit, period=period, employees=_ids(flags))
    return Discipline.model_validate({**found, "flags": _page(flags, found["total"], page, size)})


@HR.get("/meals", summary="Meal money of a month")
def meals(
    *,
    connected: Connected,
    caller: Identified,
    unit: Unit,
    period: Annotated[Period, Query()],
    page: PageNumber = 1,
    size: Size = 50,
) -> MealMoney:
    """By NIP: the days that earn it, and what they are worth before and after tax, or what lacks to know it."""

    def report(connection: Connection[Any], _: int, shown: Shown) -> dict[str, Any]:
        found = meals_of(reader_within(connection), unit, period, shown)
        return {**found.law, "total": found.total, "people": _fed(found)}

    found = told(report, connected, caller, unit, Shown((page - 1) * size, size))
    people = found["people"]
    looked(connected, caller, "meals", unit=unit, period=period, employees=_ids(people))
    return MealMoney.model_validate({**found, "period": period, "people": _page(people, found["total"], page, size)})


def _fed(found: Meals) -> list[dict[str, Any]]:
    unreadable = {employee: each.rulebooks[0] for each in found.left_out for employee in each.employees}
    return [
        {"employee_id": row["employee"], "unreadable": unreadable.get(row["employee"]), **row}
        for row in found.people.to_dicts()
    ]


def _page(items: list[dict[str, Any]], total: int, page: int, size: int) -> dict[str, Any]:
    return {"items": items, "total": total, "page": page, "size": size}


def _ids(rows: list[dict[str, Any]]) -> list[int]:
    return sorted({row["employee_id"] for row in rows})
