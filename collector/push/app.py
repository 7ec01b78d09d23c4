"""The endpoint that iclock terminals push to. It knows the paths of docs/iclock.md and no other.

An answer that begins with OK tells a terminal to forget what it sent, so it is given after the commit only. Any other
makes it keep everything and try again: 503 while the database is away, and while nobody has approved the terminal.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import psycopg
import structlog
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException as AnyHttpError
from starlette.requests import ClientDisconnect

from collector.push import door, intake, work
from collector.push.door import Guest
from collector.push.quiet import Quiet
from collector.push.refusals import Refusals
from config.troubles import Trouble
from devices.iclock import answers, uploads
from devices.iclock import orders as orders_dialect
from devices.iclock.uploads import Upload
from ingest.database import ConnectionPool

LARGEST_BODY = 8 * 1024 * 1024
"""Bytes; a terminal sends its log in parts of at most a few hundred kilobytes."""

BODY_SECONDS = 60
"""How long one body may take; each that is under way keeps a place that others wait for."""

log = structlog.get_logger()


class UploadError(HTTPException):
    """A body that could not be taken whole; the terminal keeps what it holds."""

    def __init__(self, status: HTTPStatus, why: str, trouble: Trouble) -> None:
        super().__init__(status, why)
        self.trouble: Trouble = trouble


async def received(request: Request) -> bytes:
    """The body, broken off where it is too large or too slow. (The framework reads bodies asynchronously only.)

    That somebody sends is noted before and after: a terminal whose upload fails has not sent everything.
    """
    serial_number, quiet = request.query_params.get("SN", ""), request.app.state.quiet
    quiet.sends(serial_number, datetime.now(UTC))
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _body(request)
    except TimeoutError as error:
        why = f"the body took more than {BODY_SECONDS} s"
        raise UploadError(HTTPStatus.REQUEST_TIMEOUT, why, "upload_broken") from error
    except ClientDisconnect as error:
        raise UploadError(HTTPStatus.BAD_REQUEST, "the body broke off", "upload_broken") from error
    finally:
        quiet.sends(serial_number, datetime.now(UTC))


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            why = f"more than {LARGEST_BODY} bytes"
            raise UploadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, why, "upload_too_large")
        parts.append(part)
    return b"".join(parts)


Body = Annotated[bytes, Depends(received)]
Caller = Annotated[Guest, Depends(door.guest)]


def greet(request: Request, caller: Caller) -> Response:
    """A terminal that has just started asks for its settings; it sets its clock by Date and TimeZone of the answer."""
    pusher, zone, at = caller.pusher, caller.zone, caller.at
    if pusher.trouble is not None:
        work.note_greeting(caller)
    declared = request.query_params.get("DeviceType", "").lower()
    access = declared == "acc" or (pusher.access and not declared)
    if access != pusher.access:
        work.note_dialect(caller, access=access)
    if not access:
        return plain(answers.handshake(pusher.serial_number, pusher.stamps, zone, at))
    if pusher.registry_code is None:
        return push_content(answers.OK)
    return push_content(answers.access_handshake(pusher.registry_code, zone, at))


def take(request: Request, body: Body) -> Response:
    """A terminal sends records: punches, operations, anything else. OK after the commit, never before."""
    upload = uploads.taken(request.query_params, body)
    caller = door.admitted(request, upload.serial_number)
    lines = intake.take(caller, upload)
    if request.query_params.get("table", "").lower() == "tabledata":
        return rows_stored(caller, upload, lines)
    in_access_dialect = caller.pusher.access or upload.table.lower() in {"rtlog", "rtstate"}
    return plain(answers.OK if in_access_dialect or not lines else answers.stored(lines))


def rows_stored(caller: Caller, upload: Upload, lines: int) -> Response:
    """The document wants NAME=COUNT; firmware in use sent the same rows for ever until it got plain OK."""
    counted = caller.pusher.counted_answer and lines
    return plain(answers.rows_stored(upload.table, lines) if counted else answers.OK)


def found(request: Request, body: Body) -> Response:
    """An access terminal sends what it was asked for: a number, or records."""
    upload = uploads.taken(request.query_params, body)
    caller = door.admitted(request, upload.serial_number)
    result = orders_dialect.counted(request.query_params, body)
    if request.query_params.get("type", "").lower() == "count":
        work.take_count(caller, result)
        return plain(answers.OK)
    return rows_stored(caller, upload, intake.take(caller, upload))


def register(caller: Caller, body: Body) -> Response:
    """An access terminal tells who it is and gets the code without which it goes no further."""
    return push_content(answers.registry_code(work.register(caller, uploads.options_of(body))))


def settings(caller: Caller) -> Response:
    """An access terminal asks for its settings."""
    code = caller.pusher.registry_code
    return push_content(answers.OK if code is None else answers.access_settings(code, caller.zone, caller.at))


def orders(request: Request, caller: Caller) -> Response:
    """A terminal asks what it is to do."""
    return plain(work.orders(caller, request.query_params.get("INFO", "")))


def results(caller: Caller, body: Body) -> Response:
    """A terminal says what became of it."""
    work.take_results(caller, body)
    return plain(answers.OK)


def alive(_caller: Caller) -> Response:
    """A sign of life."""
    return plain(answers.OK)


def no_keys() -> Response:
    """Encryption needs the vendor's library; refused, so that a terminal goes on without it."""
    return PlainTextResponse("not supported", HTTPStatus.NOT_IMPLEMENTED)


def no_photos() -> Response:
    """Photos are neither taken nor asked for."""
    return PlainTextResponse("photos are not taken", HTTPStatus.FORBIDDEN)


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("cdata", "GET", greet),
    ("cdata", "POST", take),
    ("getrequest", "GET", orders),
    ("devicecmd", "POST", results),
    ("ping", "GET", alive),
    ("registry", "GET", alive),
    ("registry", "POST", register),
    ("push", "GET", settings),
    ("push", "POST", settings),
    ("querydata", "POST", found),
    ("exchange", "POST", no_keys),
    ("fdata", "POST", no_photos),
)
"""Some builds of the firmware ask /iclock/cdata.aspx and so on."""


def plain(text: str) -> Response:
    return Response(text, media_type=answers.PLAIN, headers={"Cache-Control": "no-store"})


def push_content(text: str) -> Response:
    return Response(text, headers={"Content-Type": answers.PUSH, "Cache-Control": "no-store"})


def create_app(pool: ConnectionPool) -> FastAPI:
    """The application on an open pool, which stays its opener's to close."""
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.pool = pool
    app.state.quiet = Quiet()
    app.state.refusals = Refusals()
    router = APIRouter(prefix="/iclock")
    for name, method, endpoint in ROUTES:
        for path in (f"/{name}", f"/{name}.aspx"):
            router.add_api_route(path, endpoint, methods=[method], response_model=None)
    app.include_router(router)
    app.add_exception_handler(AnyHttpError, refused)
    app.add_exception_handler(psycopg.Error, database_away)
    return app


def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, AnyHttpError)
    why = str(error.detail)
    if isinstance(error, UploadError):
        with suppress(psycopg.Error):  # the database is away: whoever sends is refused all the same
            door.upload_failed(request, error.trouble)
    times = request.app.state.refusals.note("log", str(error.status_code), why)
    if times is not None:
        log.info("push.refused", path=request.url.path, status=error.status_code, why=why, times=times)
    return PlainTextResponse(str(error.detail), error.status_code, headers=error.headers)


def database_away(_request: Request, error: Exception) -> Response:
    if isinstance(error, intake.OF_THE_RECORD):
        log.error("push.not_stored", problem=str(error).strip())
    else:
        log.warning("push.database_away", problem=str(error).strip())
    return PlainTextResponse("try again later", HTTPStatus.SERVICE_UNAVAILABLE)
