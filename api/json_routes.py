"""What machines read: JSON under /api/v1. HR sees everything of its unit, the allowance system scores only."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from api import punches, views
from api.access import Caller, Connected, Identified, hr_only, looked, scores_only
from api.cursors import LONGEST_CURSOR
from api.models import VISIBLE, Employee, Page, Period, Punch, ScoredPeriod, Stretch, Terminal, Unit, WorkDay
from api.parameters import only_known
from api.problems import Problem, not_found, responses
from api.scores import ExplainedMonth, Score

MOST_DAYS = 31
"""Longest range of days one request may ask for."""

PREFIX = "/api/v1"
HR = APIRouter(
    prefix=PREFIX,
    dependencies=[Depends(hr_only, scope="function"), Depends(only_known)],
    responses=responses(401, 403, 404, 422, 503),
)
SCORES = APIRouter(
    prefix=PREFIX,
    dependencies=[Depends(scores_only, scope="function"), Depends(only_known)],
    responses=responses(401, 403, 404, 422, 503),
)

PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description="counted from 1")]
Size = Annotated[int, Query(ge=1, le=200, description="most items on one page")]
UnitCode = Annotated[
    str | None, Query(max_length=100, pattern=VISIBLE, description="code of a unit: only it and all below it")
]
EmployeeId = Annotated[
    int,
    Path(ge=1, le=2**31 - 1, description="the `id` or `employee_id` of the lists; a NIP never stands in an address"),
]
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
First = Annotated[date, Query(alias="from", ge=EARLIEST, le=LATEST, description="first day, included")]
Last = Annotated[
    date,
    Query(alias="until", ge=EARLIEST, le=LATEST, description=f"last day, included; at most {MOST_DAYS} days in all"),
]


def top_unit(connected: Connected, caller: Caller, unit: str | None) -> int | None:
    """The unit asked for when the caller may see it, else the caller's own."""
    if unit is None:
        return caller.unit_id
    for seen in views.units(connected, caller.unit_id):
        if seen.code == unit:
            return seen.id
    raise not_found(f"unit:{unit}")


def _check_range(first: date, last: date) -> None:
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        detail = f"`until` must not be before `from`, and the range at most {MOST_DAYS} days."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)


@HR.get("/units", summary="The units you may see")
def units(connected: Connected, caller: Identified) -> list[Unit]:
    """Parents before children, by name."""
    return views.units(connected, caller.unit_id)


@HR.get("/employees", summary="Employees of a unit")
def employees(
    connected: Connected, caller: Identified, unit: UnitCode = None, page: PageNumber = 1, size: Size = 50
) -> Page[Employee]:
    """By name. Their `id` opens the explained month."""
    found = views.employees(connected, top_unit(connected, caller, unit), page=page, size=size)
    looked(connected, caller, "employees", unit=unit, employees=[employee.id for employee in found.items])
    return found


@HR.get("/terminals", summary="Terminals and their health")
def terminals(
    request: Request, connected: Connected, caller: Identified, page: PageNumber = 1, size: Size = 50
) -> Page[Terminal]:
    """By name. A caller bound to a unit sees those on which one of its people is enrolled."""
    poll_seconds = request.app.state.poll_seconds
    return views.terminals(connected, caller.unit_id, poll_seconds=poll_seconds, page=page, size=size)


@HR.get("/punches", summary="Punches as the terminals said them")
def list_punches(
    *,
    connected: Connected,
    caller: Identified,
    first: First,
    last: Last,
    terminal: Annotated[str | None, Query(max_length=200, pattern=VISIBLE, description="name of a terminal")] = None,
    cursor: Annotated[
        str | None, Query(max_length=LONGEST_CURSOR, pattern=VISIBLE, description="`next` of the stretch before")
    ] = None,
    size: Annotated[int, Query(ge=1, le=1000, description="most punches in one stretch")] = 200,
) -> Stretch[Punch]:
    """By local time, terminal, pin and state. A caller bound to a unit sees the punches of its people."""
    _check_range(first, last)
    found = punches.stretch(connected, caller.unit_id, first, last, terminal=terminal, cursor=cursor, size=size)
    seen = sorted({punch.employee_id for punch in found.items if punch.employee_id is not None})
    looked(connected, caller, "punches", first=str(first), last=str(last), employees=seen)
    return found


@HR.get("/work-days", summary="Work days with their steps")
def work_days(
    *,
    connected: Connected,
    caller: Identified,
    first: First,
    last: Last,
    unit: UnitCode = None,
    employee: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="`id` of one employee")] = None,
    page: PageNumber = 1,
    size: Size = 50,
) -> Page[WorkDay]:
    """By day and employee. Each day carries the steps that lead from its punches to its deduction."""
    _check_range(first, last)
    root = top_unit(connected, caller, unit)
    if employee is not None and views.employee(connected, root, employee) is None:
        raise not_found(f"employee:{employee}")
    found = views.work_days(connected, root, first, last, employee_id=employee, page=page, size=size)
    seen = sorted({day.employee_id for day in found.items})
    looked(connected, caller, "work days", first=str(first), last=str(last), employees=seen)
    return found


@HR.get("/employees/{employee_id}/months/{period}", summary="One employee's explained month")
def explained_month(
    connected: Connected, caller: Identified, employee_id: EmployeeId, period: Annotated[Period, Path()]
) -> ExplainedMonth:
    """Score, work days, steps and punches: everything that leads from a punch to a percent."""
    month = views.explained_month(connected, caller.unit_id, employee_id, period)
    if month is None:
        raise not_found(f"employee:{employee_id}")
    looked(connected, caller, f"employee:{employee_id}", period=period)
    return month


@SCORES.get("/scores", summary="Scores of a period")
def scores(
    *,
    connected: Connected,
    caller: Identified,
    period: Annotated[ScoredPeriod, Query()],
    unit: UnitCode = None,
    page: PageNumber = 1,
    size: Size = 50,
) -> Page[Score]:
    """By name; each employee's newest score. For HR and for the allowance system, which pays by `payable`."""
    found = views.scores(connected, top_unit(connected, caller, unit), period, page=page, size=size)
    looked(connected, caller, "scores", period=period, unit=unit, employees=[one.employee_id for one in found.items])
    return found
