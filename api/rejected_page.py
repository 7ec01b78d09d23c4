"""The page of rejected records: what terminals sent, why it could not be taken, and what to do about it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api import rejected
from api.access import Connected, Identified, hr_only, looked
from api.drawing import page
from api.models import VISIBLE
from api.rejected import KINDS, Kind, Search, State
from config.log import mask

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
    number: Annotated[int, Query(alias="page", ge=1, le=1_000_000)] = 1,
) -> Response:
    """An empty field looks for everything."""
    search = Search(terminal=terminal or None, kind=kind or None, text=text or None, state=state)
    found = rejected.records(connected, caller.unit_id, search, page=number, size=ROWS)
    told = rejected.operations(connected, caller.unit_id, search.terminal)
    asked = {name: mask(value) for name, value in search.model_dump(exclude_none=True).items()}
    looked(connected, caller, "rejected", **asked, page=number, records=len(found.items), operations=len(told))
    return page(
        request,
        "rejected.html",
        search=search,
        kinds=KINDS,
        names=rejected.names(connected, caller.unit_id),
        counts=rejected.counts(connected, caller.unit_id, search),
        found=found,
        operations=told,
    )
