"""Puts the application together: routes, errors, headers. Closed by default; only OPEN routes and /static are not."""

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from api import (
    drawing,
    duties,
    facts,
    json_routes,
    lock_routes,
    own,
    pages,
    problems,
    rejected_page,
    rejected_routes,
    standing_routes,
    work,
)
from api.body import BodyLimit
from api.headers import STATIC, SecurityHeaders
from config.conditions import POLL_SECONDS
from ingest.database import ConnectionPool

DESCRIPTION = """
Reads what Tepat knows: terminals, punches, work days and scores of civil servants, each number with its reasons; and
takes the facts that scores rest on.

**Access.** Send a key made by `tepat key add` as `Authorization: Bearer prefix.secret`. The role *hr* sees and enters
everything of its unit and the units below; the role *allowance* sees scores only; the role *employee* enters and sees
what is that employee's own, and decides of the work of those below. Every look and every change is recorded.

**Numbers.** Percentages are exact decimal text: `"1.25"` is 1.25 %. `null` means not known, never zero: `lacking`
of a score says whether a `rate` of the rulebook or the employee's `target` is missing, or `days` wait until a terminal
is synced, and nothing may be paid on a guess; a rulebook without an output section leaves `output` empty.
`basis: assumption` marks figures that stand in no regulation.

**Locked months.** A score with `locked_at` never changes, nor do its days. What comes later stands in `/adjustments`,
and is paid once, with a later month that is locked.

**Times.** A punch's `local_time` is what the terminal's clock showed, in the terminal's `time_zone`; a work day's times
are local to the employee's unit; all others carry their offset.

**Errors** are problem documents (RFC 9457). What lies outside your unit answers 404, as what does not exist.
"""

HEALTH_SECONDS = 2
"""Longest wait for a connection before the database counts as not answering."""

OPEN = APIRouter()


@OPEN.get(
    problems.HEALTH, tags=["health"], summary="Whether Tepat and its database answer", responses=problems.responses(503)
)
def health(request: Request) -> dict[str, str]:
    """Open to everybody, tells nothing else. 503 when the database does not answer."""
    with request.app.state.pool.connection(timeout=HEALTH_SECONDS) as connection:
        connection.execute("SELECT 1")
    return {"status": "ok"}


@json_routes.SCORES.get("/openapi.json", include_in_schema=False)
def description(request: Request) -> Response:
    """The API's description, for those who may use it (ASVS 13.4.5); there is no other documentation page."""
    return JSONResponse(request.app.openapi())


def create_app(pool: ConnectionPool, poll_seconds: float = POLL_SECONDS) -> FastAPI:
    """The application on an open pool, which stays its opener's to close.

    poll_seconds: how often the collector reads terminals, to tell which are late.
    """
    app = FastAPI(
        title="Tepat",
        version="1",
        summary="Attendance and performance scores, explained",
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.pool = pool
    app.state.poll_seconds = poll_seconds
    answers = problems.Answers(drawing.problem)
    answers.install(app)
    app.add_middleware(BodyLimit, refused=answers.of_http)
    app.add_middleware(SecurityHeaders)
    shown = (pages.OPEN, pages.SEEN_BY_ALL, pages.SCORES, pages.HR, rejected_page.HR)
    machines = (
        json_routes.HR,
        rejected_routes.HR,
        standing_routes.HR,
        duties.HR,
        facts.HR,
        work.HR,
        lock_routes.HR,
        lock_routes.SCORES,
        own.EMPLOYEE,
        json_routes.SCORES,
    )
    for router in (OPEN, *shown, *machines):
        app.include_router(router)
    app.mount(STATIC, StaticFiles(directory=Path(__file__).with_name("static")), name="static")
    return app
