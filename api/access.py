"""Who is asking, and what they may see. Closed by default: a route is open only where its router says nothing here."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from psycopg import Connection

from api import accounts, audit
from api.models import Role
from api.problems import Problem

SESSION_COOKIE = "tepat_session"
CONNECTION_SECONDS = 5
"""Longest wait for a database connection; then the answer is 503."""

KEY = HTTPBearer(
    auto_error=False, scheme_name="key", description="a machine's key `prefix.secret`, made by `tepat key add`"
)
SESSION = APIKeyCookie(
    name=SESSION_COOKIE, auto_error=False, scheme_name="session", description="set by the login page, for people"
)


@dataclass(frozen=True, slots=True)
class Caller:
    """actor: as the audit names it. unit_id: the highest unit the caller may see; None is all.

    employee_id: who the caller is, of the role employee; it sees and enters what is that employee's own.
    """

    actor: str
    name: str
    role: Role
    unit_id: int | None
    employee_id: int | None = None


def connection(request: Request) -> Iterator[Connection[Any]]:
    """One transaction per request, committed before the answer leaves."""
    with request.app.state.pool.connection(timeout=CONNECTION_SECONDS) as connected:
        yield connected


Connected: TypeAlias = Annotated[Connection[Any], Depends(connection, scope="function")]


def identified(
    request: Request,
    connected: Connected,
    key: Annotated[HTTPAuthorizationCredentials | None, Depends(KEY)],
    session: Annotated[str | None, Depends(SESSION)],
) -> Caller:
    """The caller by key, else by session.

    Raises:
        Problem: neither is there, or it is not valid (401).
    """
    if key is not None:
        kind, holder = "key", accounts.holder_of_key(connected, key.credentials)
    else:
        kind, holder = "account", accounts.holder_of_session(connected, session) if session else None
    if holder is None:
        request.state.refused_key = key.credentials if key is not None else None
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "Log in, or send a valid key as `Authorization: Bearer prefix.secret`.",
            object_=f"path:{request.scope['route'].path}",
            headers={"WWW-Authenticate": "Bearer"},
        )
    caller = Caller(f"{kind}:{holder.name}", holder.name, holder.role, holder.unit_id, holder.employee_id)
    request.state.caller = caller
    return caller


Identified: TypeAlias = Annotated[Caller, Depends(identified, scope="function")]


def hr_only(request: Request, caller: Identified) -> Caller:
    """For routers of everything but scores.

    Raises:
        Problem: the caller has another role (403).
    """
    return _of_role(request, caller, ("hr",), "This is for HR; the role allowance sees scores only.")


def scores_only(request: Request, caller: Identified) -> Caller:
    """For routers of everybody's scores.

    Raises:
        Problem: the caller has another role (403).
    """
    return _of_role(request, caller, ("hr", "allowance"), "This is for HR and for who pays.")


def employee_only(request: Request, caller: Identified) -> Caller:
    """For routers of what is somebody's own.

    Raises:
        Problem: the caller has another role (403).
    """
    return _of_role(request, caller, ("employee",), "This is for an employee's own account or key.")


def _of_role(request: Request, caller: Caller, roles: tuple[Role, ...], detail: str) -> Caller:
    if caller.role not in roles:
        raise Problem(HTTPStatus.FORBIDDEN, detail, object_=f"path:{request.scope['route'].path}")
    return caller


def looked(connected: Connection[Any], caller: Caller, object_: str, **detail: object) -> None:
    """Record a look at somebody's data, before it is shown."""
    audit.record(connected, caller.actor, "view", object_, detail)
