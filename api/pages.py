"""The pages for HR, made on the server. What they show comes from the same views as the JSON."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from api import accounts, adjustments, recap, views, work
from api.access import SESSION_COOKIE, Connected, Identified, hr_only, identified, looked, scores_only
from api.broker_drops import broker_drops
from api.drawing import FORM_COOKIE, form_is_ours, keep, page
from api.evidence import Evidence
from api.models import VISIBLE, Period, Unit
from api.problems import Problem, not_found

ROWS = 50
MOST_ROWS = 1000

OPEN = APIRouter(include_in_schema=False)
SEEN_BY_ALL = APIRouter(include_in_schema=False, dependencies=[Depends(identified, scope="function")])
SCORES = APIRouter(include_in_schema=False, dependencies=[Depends(scores_only, scope="function")])
HR = APIRouter(include_in_schema=False, dependencies=[Depends(hr_only, scope="function")])

LONGEST = 300
Text = Annotated[str, Form(max_length=LONGEST)]
Line = Annotated[str, Form(max_length=LONGEST, pattern=VISIBLE)]


@OPEN.get("/login")
def show_login(request: Request, next: str = "/recap") -> Response:  # noqa: A002 - the word in the address
    return page(request, "login.html", wanted=_local(next), problem=None, name="")


@OPEN.post("/login")
def log_in(
    *, request: Request, connected: Connected, name: Line, password: Text, form_token: Line, wanted: Text = "/recap"
) -> Response:
    """Start a session; a failed attempt answers in the same words and time whatever was wrong."""
    address = request.client.host if request.client else "unknown"

    def again(problem: str, status: HTTPStatus) -> Response:
        return page(request, "login.html", status, wanted=_local(wanted), problem=problem, name=name)

    if not form_is_ours(request, form_token):
        return again("form_expired", HTTPStatus.FORBIDDEN)
    if accounts.too_many_failures(connected, address):
        return again("login_wait", HTTPStatus.TOO_MANY_REQUESTS)
    token = accounts.log_in(connected, name.strip(), password, address)
    if token is None:
        return again("login_failed", HTTPStatus.UNAUTHORIZED)
    response = RedirectResponse(_local(wanted), HTTPStatus.SEE_OTHER)
    keep(response, request, SESSION_COOKIE, token, int(accounts.SESSION_LENGTH.total_seconds()))
    return response


@SEEN_BY_ALL.post("/logout")
def log_out(request: Request, connected: Connected, caller: Identified, form_token: Line) -> Response:
    if not form_is_ours(request, form_token):
        raise Problem(HTTPStatus.FORBIDDEN, "This form was not drawn for this browser.", object_="path:/logout")
    accounts.log_out(connected, request.cookies.get(SESSION_COOKIE, ""), caller.actor)
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    for name in (SESSION_COOKIE, FORM_COOKIE):
        response.delete_cookie(name)
    return response


@SEEN_BY_ALL.get("/")
def start() -> Response:
    return RedirectResponse("/recap", HTTPStatus.SEE_OTHER)


@SCORES.get("/recap")
def show_recap(
    *,
    request: Request,
    connected: Connected,
    caller: Identified,
    unit: Annotated[str | None, Query(max_length=100, pattern=VISIBLE)] = None,
    month: Annotated[int | None, Query(ge=1, le=12)] = None,
    year: Annotated[int | None, Query(ge=1000, le=2999)] = None,
    number: Annotated[int, Query(alias="page", ge=1, le=1_000_000)] = 1,
    rows: Literal["50", "100", "200", "all"] = "50",
) -> Response:
    """The month of a unit. The role allowance gets the same table without days and links: scores only."""
    units = views.units(connected, caller.unit_id)
    chosen = _chosen(units, unit)
    root = chosen.id if chosen else caller.unit_id
    period = _period(views.latest_period(connected, root), month, year)
    size = MOST_ROWS if rows == "all" else int(rows)
    people = views.employees(connected, root, page=number, size=size)
    ids = [employee.id for employee in people.items]
    scores = views.scores_of(connected, root, ids, period)
    first, last = recap.counted(period, scores)
    days = views.work_days_of(connected, root, ids, period, (first, last)) if caller.role == "hr" else []
    waiting = views.waiting_days_of(connected, root, ids, period, (first, last)) if caller.role == "hr" else []
    locked = [one.employee_id for one in scores if one.locked_at]
    late = [*adjustments.of_month(connected, locked, period), *adjustments.paid_with(connected, locked, period)]
    looked(connected, caller, "recap", period=period, unit=chosen.code if chosen else None, employees=ids)
    return page(
        request,
        "recap.html",
        units=units,
        unit=chosen,
        period=period,
        first=recap.bounds(period)[0],
        earlier=recap.neighbour(period, -1),
        later=recap.neighbour(period, 1),
        people=people,
        rows=rows,
        grid=recap.grid(people.items, days, scores, first, last, waiting=waiting, adjustments=late),
    )


@HR.get("/employees/{employee_id}")
def show_employee(
    *,
    request: Request,
    connected: Connected,
    caller: Identified,
    employee_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
    period: Annotated[Period, Query()],
    opened: Annotated[str, Query(alias="open", max_length=10, pattern=VISIBLE)] = "",
) -> Response:
    """One month of one employee; `open` is a day or "all"."""
    month = views.explained_month(connected, caller.unit_id, employee_id, period)
    if month is None:
        raise not_found(f"employee:{employee_id}")
    done = work.of_month(connected, employee_id, period)
    looked(connected, caller, f"employee:{employee_id}", period=period)
    return page(
        request,
        "employee.html",
        employee=month.employee,
        period=period,
        first=recap.bounds(period)[0],
        earlier=recap.neighbour(period, -1),
        later=recap.neighbour(period, 1),
        score=month.score,
        days=month.days,
        evidence=Evidence(month.punches),
        waiting=month.waiting,
        adjustments=month.adjustments,
        paid_with=month.paid_with,
        work=done,
        work_points=work.points(done),
        opened=opened,
    )


@HR.get("/terminals")
def show_terminals(
    request: Request,
    connected: Connected,
    caller: Identified,
    number: Annotated[int, Query(alias="page", ge=1, le=1_000_000)] = 1,
) -> Response:
    poll_seconds = request.app.state.poll_seconds
    found = views.terminals(connected, caller.unit_id, poll_seconds=poll_seconds, page=number, size=200)
    drops = broker_drops(connected, datetime.now(UTC))
    return page(request, "terminals.html", terminals=found, drops=drops)


def _local(path: str) -> str:
    """A path of ours to go on to; anything endless or that could lead to another site becomes the start page."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if ours and len(path) <= LONGEST else "/recap"


def _chosen(units: list[Unit], code: str | None) -> Unit | None:
    """The unit asked for, else the highest one; None only when there is none at all."""
    if code is None:
        return units[0] if units else None
    for unit in units:
        if unit.code == code:
            return unit
    raise not_found(f"unit:{code}")


def _period(latest: str | None, month: int | None, year: int | None) -> str:
    """The month asked for, else the newest scored one, else this one."""
    default = latest or f"{datetime.now(UTC):%Y-%m}"
    return f"{year or int(default[:4]):04d}-{month or int(default[5:]):02d}"
