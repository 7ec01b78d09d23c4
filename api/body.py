"""A body that is too large is refused before it is read: lists of facts may be longer than a login form."""

from collections.abc import Callable
from http import HTTPStatus

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 16 * 1024
"""Bytes, as the next."""
LARGEST_LIST = 1024 * 1024
LISTS = ("/api/v1/facts/", "/api/v1/own/")
"""Where lists of facts are sent to."""


class BodyLimit:
    """Answers 413 for a body announced too large, and breaks off one that turns out so.

    The framework's own limit answers in plain text, to machines too.
    """

    def __init__(self, app: ASGIApp, refused: Callable[[Request, HTTPException], Response]) -> None:
        self.app = app
        self.refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        most = LARGEST_LIST if scope["path"].startswith(LISTS) else LARGEST_BODY
        announced = request.headers.get("content-length", "0")
        if announced.isdecimal() and int(announced[:20]) > most:
            await self.refused(request, _too_large(most))(scope, receive, send)
            return
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise _too_large(most)
            return message

        await self.app(scope, counted, send)


def _too_large(most: int) -> HTTPException:
    detail = f"A body here has at most {most} bytes; nothing of it was used."
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
