"""How a unit and its people stand, as JSON for HR: maturity, merit map, punctuality, spread of predicates."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from api.access import Connected, Identified, hr_only, looked
from api.json_routes import PREFIX, PageNumber, Size, top_unit
from api.models import VISIBLE, ScoredPeriod
from api.parameters import only_known
from api.problems import Problem, not_found, responses
from api.standing import Distribution, Maturity, Merit, Punctuality
from config.dated import NotInForceError
from scoring.standing import Shown, distribution_of, maturity_of, merit_of, punctuality_of

HR = APIRouter(
    prefix=PREFIX,
    dependencies=[Depends(hr_only, scope="function"), Depends(only_known)],
    responses=responses(401, 403, 404, 422, 503),
)
Unit = Annotated[str, Query(max_length=100, pattern=VISIBLE, description="code of a unit: it and all below it")]
Asked = Annotated[ScoredPeriod, Query()]


def told(
    report: Callable[..., dict[str, Any]], connected: Connected, caller: Identified, unit: str, *asked: object
) -> dict[str, Any]:
    """The report about a unit.

    Raises:
        Problem: the caller may not see the unit (404), or the law says nothing about the period (422).
    """
    found = top_unit(connected, caller, unit)
    if found is None:
        raise not_found(f"unit:{unit}")
    try:
        return report(connected, found, *asked)
    except NotInForceError as error:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "No law that is known says anything about so early a period."
        ) from error


@HR.get("/maturity", summary="How far a unit uses e-performance")
def maturity(*, connected: Connected, caller: Identified, unit: Unit, period: Asked) -> Maturity:
    """The six levels of E-Kinerja, each with what was counted, of how many, and what is missing."""
    found = told(maturity_of, connected, caller, unit, period)
    looked(connected, caller, "maturity", unit=unit, period=period)
    return Maturity.model_validate(found)


@HR.get("/merit", summary="The merit map of a unit")
def merit(
    *,
    connected: Connected,
    caller: Identified,
    unit: Unit,
    period: Asked,
    page: PageNumber = 1,
    size: Size = 50,
) -> Merit:
    """People by result and behaviour. Who lacks one of the two has no place, and the reason beside the name."""
    found = told(merit_of, connected, caller, unit, period, Shown((page - 1) * size, size))
    shown = _page(found, page, size)
    looked(connected, caller, "merit", unit=unit, period=period, employees=_ids(shown))
    return Merit.model_validate({**found, "people": shown})


@HR.get("/punctuality", summary="Who was on time, late again and again, or lacks scans")
def punctuality(
    *,
    connected: Connected,
    caller: Identified,
    unit: Unit,
    period: Asked,
    which: Annotated[
        Literal["on_time", "repeated", "missing", "unproven"] | None,
        Query(alias="list", description="only the people of one list; without it everybody"),
    ] = None,
    times: Annotated[
        int | None, Query(ge=1, le=31, description="late days within a month that are repeated; else as configured")
    ] = None,
    page: PageNumber = 1,
    size: Size = 50,
) -> Punctuality:
    """By NIP, with the days, minutes and punches behind each. A day that is not decided speaks for nobody."""
    found = told(punctuality_of, connected, caller, unit, period, times, Shown((page - 1) * size, size, which))
    shown = _page(found, page, size)
    looked(connected, caller, "punctuality", unit=unit, period=period, employees=_ids(shown))
    return Punctuality.model_validate({**found, "people": shown})


@HR.get("/distribution", summary="The spread of a unit's predicates against the guide")
def distribution(*, connected: Connected, caller: Identified, unit: Unit, period: Asked) -> Distribution:
    """A check by the predicate of the unit, or of the nearest one above that has one. It changes no score."""
    found = told(distribution_of, connected, caller, unit, period)
    looked(connected, caller, "distribution", unit=unit, period=period)
    return Distribution.model_validate(found)


def _page(found: Mapping[str, Any], page: int, size: int) -> dict[str, Any]:
    shown = [{"employee_id": row["employee"], **row} for row in found["people"]]
    return {"items": shown, "total": found["total"], "page": page, "size": size}


def _ids(shown: Mapping[str, Any]) -> list[int]:
    return [row["employee_id"] for row in shown["items"]]
