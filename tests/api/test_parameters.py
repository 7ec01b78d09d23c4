"""No JSON route takes a query parameter that it does not know; pages do."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.api.conftest import Asker
from tests.api.office import BUDI

OPENAPI = "/api/v1/openapi.json"


@pytest.fixture
def described(app: FastAPI) -> dict[str, Any]:
    paths: dict[str, Any] = app.openapi()["paths"]
    return paths


@pytest.mark.usefixtures("office")
def test_every_json_route_refuses_a_parameter_that_it_does_not_know(described: dict[str, Any], machine: Asker) -> None:
    hr, budi, seen = machine("hr"), machine("employee", nip=BUDI), 0
    for path, method in [*((path, method) for path, one in described.items() for method in one), (OPENAPI, "get")]:
        if not path.startswith("/api/"):
            continue
        asker = budi if "/own/" in path or "/activities/" in path else hr
        told = asker.request(method, re.sub("{.*?}", "1", path), params={"nonsense\x1b": "2026-01-01"})
        assert told.status_code == 422, path
        assert told.headers["content-type"] == "application/problem+json"
        detail = told.json()["detail"]
        known = {
            one["name"] for one in described.get(path, {}).get(method, {}).get("parameters", []) if one["in"] == "query"
        }
        assert detail.startswith("There is no parameter 'nonsense\\x1b' here."), path
        assert set(re.findall("`([^`]+)`", detail)) == known
        seen += 1
    assert seen > 40


def test_who_may_not_ask_is_not_told_what_could_be_asked(machine: Asker, stranger: TestClient) -> None:
    assert stranger.get("/api/v1/rejected?nonsense=1").status_code == 401
    assert machine("allowance").get("/api/v1/rejected?nonsense=1").status_code == 403


def test_pages_take_any_parameter(person: Asker) -> None:
    assert person("hr").get("/rejected?nonsense=1").status_code == 200
