"""Every error as a problem document (RFC 9457) for machines, as a plain page for people."""

import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api import accounts, audit
from api.headers import HEADERS

log = structlog.get_logger(__name__)

API = "/api/"
"""Paths below it are for machines and answer with JSON."""
HEALTH = "/health"
"""So does this one."""

RETRY_SECONDS = "5"
"""The pool has reconnected by then when the database is back."""
RECORDING_SECONDS = 5
"""Longest wait for a connection to record a refusal."""


class ProblemDocument(BaseModel):
    """RFC 9457. The type is about:blank, so that the status says what kind of error it is."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str | None = Field(default=None, description="number of this incident in the log; only with status 500")
    errors: list[dict[str, str]] | None = Field(
        default=None, description="with status 422, and 409 of a lock: where and what is wrong"
    )


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """An error to answer with. `object_` is what was refused, for the audit; errors: where and what is wrong."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        object_: str | None = None,
        headers: dict[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.object_ = object_
        self.headers = headers
        self.errors = errors


def not_found(object_: str) -> Problem:
    """The one answer for what does not exist and for what lies outside the caller's unit: nobody learns which."""
    return Problem(HTTPStatus.NOT_FOUND, "It does not exist, or it lies outside the unit you may see.", object_=object_)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of errors a route may answer with."""
    content = {"application/problem+json": {"schema": ProblemDocument.model_json_schema()}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


class Answers:
    """Every error of the application as an answer. `error_page` draws one for people."""

    def __init__(self, error_page: Callable[[Request, ProblemDocument], Response]) -> None:
        self._error_page = error_page

    def install(self, app: FastAPI) -> None:
        app.add_exception_handler(Problem, self.of_ours)
        app.add_exception_handler(HTTPException, self.of_http)
        app.add_exception_handler(RequestValidationError, self.of_validation)
        app.add_exception_handler(psycopg.DataError, self.of_data)
        app.add_exception_handler(psycopg.OperationalError, self.of_database)
        app.add_exception_handler(psycopg.InterfaceError, self.of_database)
        app.add_exception_handler(Exception, self.of_ourselves)

    def of_ours(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        if error.object_ is not None:
            _record_refusal(request, error.object_, error.status)
        document = _document(error.status, error.detail)
        document.errors = error.errors
        return self._answer(request, document, error.headers)

    def of_http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        document = _document(HTTPStatus(error.status_code), str(error.detail))
        return self._answer(request, document, error.headers)

    def of_validation(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        document = _document(HTTPStatus.UNPROCESSABLE_ENTITY, "The request does not fit; `errors` says where and why.")
        document.errors = [
            {"where": ".".join(str(part) for part in one["loc"]), "what": one["msg"]} for one in error.errors()
        ]
        return self._answer(request, document)

    def of_data(self, request: Request, error: Exception) -> Response:
        """A value that passed our bounds and that the database cannot hold: still the asker's to mend."""
        log.warning("the database cannot take a value of a request", kind=type(error).__name__)
        detail = "A value of the request cannot be: the database has no such number, time or text. Check each of them."
        return self._answer(request, _document(HTTPStatus.UNPROCESSABLE_ENTITY, detail))

    def of_database(self, request: Request, error: Exception) -> Response:
        log.error("the database does not answer", error=str(error))
        detail = "The database does not answer right now. Nothing is lost; try again in a moment."
        document = _document(HTTPStatus.SERVICE_UNAVAILABLE, detail)
        return self._answer(request, document, {"Retry-After": RETRY_SECONDS})

    def of_ourselves(self, request: Request, error: Exception) -> Response:
        incident = f"urn:uuid:{uuid.uuid4()}"
        log.error("unexpected error", incident=incident, kind=type(error).__name__)
        detail = f"A fault in Tepat. Tell the administrator this number: {incident.removeprefix('urn:uuid:')}."
        document = _document(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
        document.instance = incident
        return self._answer(request, document, HEADERS)  # this one passes by the middleware that adds them elsewhere

    def _answer(
        self, request: Request, document: ProblemDocument, headers: Mapping[str, str] | None = None
    ) -> Response:
        path: str = request.scope["path"]
        if path.startswith(API) or path == HEALTH:
            body = document.model_dump(exclude_none=True)
            response: Response = JSONResponse(body, document.status, media_type="application/problem+json")
        elif document.status == HTTPStatus.UNAUTHORIZED and request.method == "GET":
            query = request.scope["query_string"].decode("ascii", "replace")
            response = RedirectResponse(
                "/login?next=" + quote(f"{path}?{query}" if query else path), HTTPStatus.SEE_OTHER
            )
        else:
            response = self._error_page(request, document)
        response.headers.update(headers or {})
        return response


def _document(status: HTTPStatus, detail: str) -> ProblemDocument:
    return ProblemDocument(title=status.phrase, status=status, detail=detail)


def _record_refusal(request: Request, object_: str, status: HTTPStatus) -> None:
    """In its own transaction: the request's own was rolled back."""
    caller, key = (getattr(request.state, name, None) for name in ("caller", "refused_key"))
    if caller is None and key is None:
        return
    with request.app.state.pool.connection(timeout=RECORDING_SECONDS) as connection:
        if caller is not None:
            audit.record(connection, caller.actor, "refused", object_, {"status": int(status)})
        elif key is not None:
            accounts.key_refused(connection, key, object_, request.client.host if request.client else "unknown")
