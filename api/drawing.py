"""Draws the templates: language, texts and number formats are the same on every page."""

import hmac
import secrets
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2.runtime import Context

from api import words
from api.problems import ProblemDocument
from api.words import LANGUAGES, TEXTS, Language
from config import troubles

LANGUAGE_COOKIE = "tepat_language"
FORM_COOKIE = "tepat_form"
YEAR_SECONDS = 365 * 24 * 3600


def _localised(draw: Callable[..., str]) -> Callable[..., str]:
    """A filter in the page's language; what else the page gives comes behind it."""

    @jinja2.pass_context
    def filtered(context: Context, value: Any, *more: Any) -> str:
        return draw(value, context["language"], *more)

    return filtered


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    localised: dict[str, Callable[..., str]] = {
        "percent": words.percent,
        "rupiah": words.rupiah,
        "number": words.number,
        "owed_percent": words.owed_percent,
        "owed_rupiah": words.owed_rupiah,
        "whole": words.whole,
        "long_day": words.long_day,
        "short_day": words.short_day,
        "weekday": words.weekday,
        "month": words.month,
        "month_name": words.month_name,
        "month_of": words.month_of,
        "moment": words.moment,
        "moment_in": words.moment_in,
        "formula": words.formula,
        "law": words.law,
        "duration": words.duration,
        "what": troubles.what,
        "cure": troubles.cure,
    }
    environment.filters |= {name: _localised(draw) for name, draw in localised.items()}
    environment.filters |= {"clock": words.clock, "zone": words.zone}
    return environment


ENVIRONMENT = _environment()


def language(request: Request) -> Language:
    """Chosen now by ?lang=, else remembered, else Indonesian."""
    for name in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        chosen = words.language_named(name)
        if chosen is not None:
            return chosen
    return LANGUAGES[0]


def page(request: Request, template: str, status: int = HTTPStatus.OK, **context: object) -> Response:
    """Draw a page. Its forms carry the token that `form_is_ours` wants back."""
    chosen = language(request)
    form_token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
    drawn = ENVIRONMENT.get_template(template).render(
        path=request.scope["path"],
        language=chosen,
        other_languages={one: _in_language(request, one) for one in LANGUAGES},
        t=TEXTS[chosen],
        caller=getattr(request.state, "caller", None),
        form_token=form_token,
        **context,
    )
    response = HTMLResponse(drawn, status)
    keep(response, request, FORM_COOKIE, form_token)
    if request.query_params.get("lang") == chosen:
        keep(response, request, LANGUAGE_COOKIE, chosen, YEAR_SECONDS)
    return response


def _in_language(request: Request, one: Language) -> str:
    """This page in another language, as a relative address: the Host header is the sender's word and no address."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return "?" + urlencode([*kept, ("lang", one)])


def keep(response: Response, request: Request, name: str, value: str, seconds: int | None = None) -> None:
    """Set a cookie that no script reads and no foreign form sends."""
    secure = request.scope["scheme"] == "https"
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)


def form_is_ours(request: Request, form_token: str) -> bool:
    """Whether a form was drawn for this very browser, and not sent by another site (CSRF)."""
    origin = request.headers.get("origin")
    if origin is not None and origin != f"{request.scope['scheme']}://{request.headers.get('host', '')}":
        return False
    return hmac.compare_digest(request.cookies.get(FORM_COOKIE, "").encode(), form_token.encode()) and bool(form_token)


def problem(request: Request, document: ProblemDocument) -> Response:
    """An error in plain words; the document's own detail is for machines, but for the number of an incident."""
    texts = TEXTS[language(request)]
    explained = texts.get(f"problem_{document.status}", texts["problem_other"])
    incident = (document.instance or "").removeprefix("urn:uuid:")
    return page(request, "problem.html", document.status, explained=explained, incident=incident)
