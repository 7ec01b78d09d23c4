"""Rejected records as JSON: for HR, of its unit's terminals, every look recorded."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from psycopg import Connection
from pydantic import Field

from api import rejected
from api.access import Caller, Connected, Identified, hr_only, looked
from api.cursors import LONGEST_CURSOR
from api.json_routes import EARLIEST, LATEST, PREFIX
from api.models import VISIBLE, Stretch
from api.parameters import only_known
from api.problems import Problem, responses
from api.rejected import Kind, RejectedCount, RejectedRecord, Search, State
from config.log import mask

HR = APIRouter(
    prefix=f"{PREFIX}/rejected",
    dependencies=[Depends(hr_only, scope="function"), Depends(only_known)],
    responses=responses(401, 403, 422, 503),
)

TerminalName = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=200,
        pattern=VISIBLE,
        description="name, address or serial number, or what a device claims",
    ),
]
Text = Annotated[str | None, Query(min_length=1, max_length=200, pattern=VISIBLE, description="in the bytes, any case")]
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]
Since = Annotated[Day | None, Query(description="last seen on this day (UTC) or later")]
Until = Annotated[Day | None, Query(description="last seen on this day (UTC) or before")]
Condition = Annotated[State, Query(description="open: not read yet; resolved: read after all; all: both")]


@HR.get("", summary="What could not be taken as a punch")
def list_rejected(
    *,
    connected: Connected,
    caller: Identified,
    terminal: TerminalName = None,
    kind: Annotated[Kind | None, Query(description="what is wrong")] = None,
    text: Text = None,
    state: Condition = "open",
    since: Since = None,
    until: Until = None,
    cursor: Annotated[
        str | None, Query(max_length=LONGEST_CURSOR, pattern=VISIBLE, description="`next` of the stretch before")
    ] = None,
    size: Annotated[int, Query(ge=1, le=1000, description="most records in one stretch")] = 200,
) -> Stretch[RejectedRecord]:
    """Last seen first. A caller bound to a unit sees those of terminals on which one of its people is enrolled."""
    search = Search(terminal=terminal, kind=kind, text=text, state=state, since=since, until=until)
    _require_a_span(search)
    found = rejected.stretch(connected, caller.unit_id, search, cursor=cursor, size=size)
    looked_for(connected, caller, search, len(found.items))
    return found


@HR.get("/counts", summary="How often each thing is wrong with rejected records")
def count_rejected(
    *,
    connected: Connected,
    caller: Identified,
    terminal: TerminalName = None,
    text: Text = None,
    state: Condition = "open",
    since: Since = None,
    until: Until = None,
) -> list[RejectedCount]:
    """The most frequent first."""
    search = Search(terminal=terminal, text=text, state=state, since=since, until=until)
    _require_a_span(search)
    found = rejected.counts(connected, caller.unit_id, search)
    looked_for(connected, caller, search, sum(count.records for count in found))
    return found


def _require_a_span(search: Search) -> None:
    if search.upside_down:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"`since` {search.since} is after `until` {search.until}.")


def looked_for(connected: Connection[Any], caller: Caller, search: Search, records: int, **more: object) -> None:
    """Record a look at rejected records, identity numbers in the search masked."""
    asked = {name: mask(value) for name, value in search.model_dump(mode="json", exclude_none=True).items()}
    looked(connected, caller, "rejected", **asked, records=records, **more)
