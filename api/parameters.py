"""Query parameters that a JSON route does not know are refused: left unread, they would answer another question."""

from http import HTTPStatus

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.problems import Problem

LONGEST_SHOWN = 60


def only_known(request: Request) -> None:
    """A dependency of whole routers, behind those that let a caller in.

    Raises:
        Problem: the query has a parameter that the route has not (422).
    """
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    known = _names(route.dependant)
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        told = ", ".join(f"`{name}`" for name in known) or "none"
        detail = f"There is no parameter {unknown[0][:LONGEST_SHOWN]!a} here. Those there are: {told}."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)


def _names(dependant: Dependant) -> list[str]:
    """Of a route and all that it depends on."""
    below = [name for one in dependant.dependencies for name in _names(one)]
    return [parameter.alias for parameter in dependant.query_params] + below
