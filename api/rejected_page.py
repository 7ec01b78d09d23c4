"""The page of rejected records: what terminals sent, why it could not be taken, and what to do about it."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api import rejected
from api.access import Connected, Identified, hr_only
from api.cursors import LONGEST_CURSOR
from api.drawing import page
from api.models import VISIBLE
from api.rejected import KINDS, Kind, Search, State
from api.rejected_routes import Day, looked_for

ROWS = 50

HR = APIRouter(include_in_schema=False, dependencies=[Depends(hr_only, scope="function")])

Line = Annotated[str, Query(max_length=200, pattern=VISIBLE)]


@HR.get("/rejected")
def show_rejected(
    *,
    request: Request,
    connected: Connected,
    caller: Identified,
    terminal: Line = "",
    kind: Kind | Literal[""] = "",
    text: Line = "",
    state: State = "open",
    since: Day | Literal[""] = "",
    until: Day | Literal[""] = "",
    after: Annotated[str, Query(max_length=LONGEST_CURSOR, pattern=VISIBLE)] = "",
) -> Response:
    """An empty field looks for everything. `after`: where the page before ended."""
    search = Search(
        terminal=terminal or None, kind=kind or None, text=text or None, state=state,
        since=since or None, until=until or None,
    )  # fmt: skip
    found = rejected.stretch(connected, caller.unit_id, search, cursor=after or None, size=ROWS)
    counts = rejected.counts(connected, caller.unit_id, search)
    told = rejected.operations(connected, caller.unit_id, search.terminal)
    looked_for(connected, caller, search, len(found.items), operations=len(told))
    return page(
        request,
        "rejected.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if search.upside_down else HTTPStatus.OK,
        search=search,
        kinds=KINDS,
        names=rejected.names(connected, caller.unit_id),
        counts=counts,
        total=sum(count.records for count in counts if search.kind in {None, count.kind}),
        found=found,
        after=after,
        operations=told,
    )
