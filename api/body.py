"""Nothing larger than a login form is ever sent here: a larger body is refused before it is read."""

from collections.abc import Callable
from http import HTTPStatus

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 16 * 1024
"""Bytes."""


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
        announced = request.headers.get("content-length", "0")
        if announced.isdecimal() and int(announced[:20]) > LARGEST_BODY:
            await self.refused(request, _too_large())(scope, receive, send)
            return
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > LARGEST_BODY:
                raise _too_large()
            return message

        await self.app(scope, counted, send)


def _too_large() -> HTTPException:
    detail = f"A body here has at most {LARGEST_BODY} bytes; nothing of it was used."
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
