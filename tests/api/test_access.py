"""Closed by default: every route but the few open ones asks who is there, and the unit bounds what is seen."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from starlette.routing import Mount

from api import access, accounts
from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import BUDI, MADE, SITI, Office

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "api.md"
OPEN = {("GET", "/health"), ("GET", "/login"), ("POST", "/login")}
EVERYBODY = {("GET", "/"), ("POST", "/logout")}
OWN = {
    ("GET", "/api/v1/own/activities"),
    ("POST", "/api/v1/own/activities"),
    ("GET", "/api/v1/own/decisions"),
    ("GET", "/api/v1/own/ratings"),
    ("POST", "/api/v1/own/ratings"),
    ("POST", "/api/v1/activities/{activity_id}/verify"),
    ("POST", "/api/v1/activities/{activity_id}/return"),
}
"""What is an employee's own."""
SCORES_ONLY = {
    ("GET", "/recap"),
    ("GET", "/api/v1/scores"),
    ("GET", "/api/v1/adjustments"),
    ("GET", "/api/v1/openapi.json"),
}
"""What the role allowance may ask beside."""

FILLED = {"activity_id": "1", "employee_id": "1", "period": "2026-01"}
QUERY = {"period": "2026-01", "from": "2026-01-01", "until": "2026-01-31"}


def routes(app: FastAPI) -> Iterator[tuple[str, str, APIRoute]]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, Mount):
            assert route.path == "/static"
            continue
        assert isinstance(route, APIRoute), f"{route} is neither a route of ours nor static"
        assert context.path is not None
        for method in context.methods or ():
            yield method, context.path, route


def query(route: APIRoute) -> dict[str, str]:
    """Of QUERY, what the route knows."""
    return {name: value for name, value in QUERY.items() if name in {one.alias for one in route.dependant.query_params}}


def asked_by(dependant: Dependant) -> set[object]:
    return {dependant.call}.union(*(asked_by(inner) for inner in dependant.dependencies))


def test_every_route_but_the_open_ones_asks_who_is_there(app: FastAPI) -> None:
    seen = set()
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            continue
        dependant = context.dependant
        for method in context.methods or ():
            seen.add((method, context.path))
            asks = access.identified in asked_by(dependant)
            assert asks is ((method, context.path) not in OPEN), f"{method} {context.path}"
            one = (method, context.path)
            asked = asked_by(dependant)
            assert (access.hr_only in asked) is (one not in OPEN | EVERYBODY | SCORES_ONLY | OWN), one
            assert (access.scores_only in asked) is (one in SCORES_ONLY), one
            assert (access.employee_only in asked) is (one in OWN), one
    assert seen > OPEN | EVERYBODY | SCORES_ONLY | OWN


def test_every_json_route_is_documented_with_who_may_ask(app: FastAPI) -> None:
    said = dict(
        re.findall(r"^\| `((?:GET|POST) /\S+)` \| ([a-z, ]+) \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    )
    real = {}
    for method, path, _ in routes(app):
        if path.startswith("/api/") or path == "/health":
            one = (method, path)
            role = (
                "employee" if one in OWN else "hr, allowance" if one in SCORES_ONLY else "open" if one in OPEN else "hr"
            )
            real[f"{method} {re.sub('/facts/[a-z]+', '/facts/{table}', path)}"] = role
    assert said == real


@pytest.mark.usefixtures("office")
def test_a_stranger_gets_nothing_anywhere(app: FastAPI, stranger: TestClient) -> None:
    for method, path, route in routes(app):
        if (method, path) in OPEN:
            continue
        answer = stranger.request(method, path.format(**FILLED), params=query(route))
        if method == "GET" and not path.startswith("/api/"):
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/login?next=")
        else:
            assert answer.status_code == 401, path
        assert "Siti" not in answer.text


@pytest.mark.usefixtures("office")
def test_the_allowance_role_sees_scores_only(app: FastAPI, machine: Asker) -> None:
    client = machine("allowance")
    for method, path, route in routes(app):
        if method != "GET" or (method, path) in OPEN:
            continue
        answer = client.get(path.format(**FILLED), params=query(route))
        if (method, path) in SCORES_ONLY | EVERYBODY:
            assert answer.status_code in {200, 303}, path
            assert 'class="chip' not in answer.text
            assert "lobi-jakarta" not in answer.text
        else:
            assert answer.status_code == 403, path


@pytest.mark.usefixtures("office")
def test_an_employee_sees_nothing_but_what_is_own(app: FastAPI, machine: Asker) -> None:
    client = machine("employee", nip=BUDI)
    for method, path, route in routes(app):
        if method != "GET" or (method, path) in OPEN | EVERYBODY:
            continue
        answer = client.get(path.format(**FILLED), params=query(route))
        assert answer.status_code == (200 if (method, path) in OWN else 403), path
        assert "Siti" not in answer.text


@pytest.mark.parametrize("key", ["", "x", "abcd.efgh", "Bearer", "é.é"])
def test_a_wrong_key_is_refused(stranger: TestClient, key: str) -> None:
    answer = stranger.get("/api/v1/units", headers={b"Authorization": f"Bearer {key}".encode()})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.usefixtures("office")
def test_a_revoked_key_is_refused_at_once(pool: ConnectionPool, machine: Asker) -> None:
    client = machine("hr")
    assert client.get("/api/v1/units").status_code == 200
    with pool.connection() as connection:
        connection.execute("UPDATE api_key SET revoked_at = now()")
    assert client.get("/api/v1/units").status_code == 401


def test_the_right_prefix_with_another_secret_is_refused(machine: Asker, stranger: TestClient) -> None:
    prefix = machine("hr").headers["authorization"].split()[1].split(".")[0]
    answer = stranger.get("/api/v1/units", headers={"Authorization": f"Bearer {prefix}.{'A' * 43}"})
    assert answer.status_code == 401


def test_a_refused_key_is_recorded_without_its_secret(
    pool: ConnectionPool, machine: Asker, stranger: TestClient
) -> None:
    prefix, secret = machine("hr").headers["authorization"].split()[1].split(".")
    with pool.connection() as connection:
        connection.execute("UPDATE api_key SET revoked_at = now()")
    for key in (f"{prefix}.{secret}", f"{prefix}.wrongsecret", "0123abcd.wrongsecret", "wrongsecret", "wrong.secret"):
        assert stranger.get("/api/v1/units", headers={"Authorization": f"Bearer {key}"}).status_code == 401
    assert stranger.get("/api/v1/units").status_code == 401
    with pool.connection() as connection:
        found = connection.execute(
            "SELECT actor, object, detail FROM audit WHERE action = 'key refused' ORDER BY id"
        ).fetchall()
    assert {row[:2] for row in found} == {("key:?", "path:/api/v1/units")}
    assert [row[2]["prefix"] for row in found] == [prefix, prefix, "0123abcd", None, None]
    assert {row[2]["address"] for row in found} == {"testclient"}
    assert "secret" not in str(found)
    assert secret not in str(found)


def test_refused_keys_cannot_fill_the_disk(
    pool: ConnectionPool, stranger: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "KEYS_REFUSED", 3)
    for _ in range(5):
        assert stranger.get("/api/v1/units", headers={"Authorization": "Bearer a.b"}).status_code == 401
    with pool.connection() as connection:
        assert connection.execute("SELECT count(*) FROM audit WHERE action = 'key refused'").fetchone() == (3,)


def test_a_unit_bounds_every_list(office: Office, machine: Asker) -> None:
    client = machine("hr", "MKS")
    assert [unit["code"] for unit in client.get("/api/v1/units").json()] == ["MKS"]
    assert [one["nip"] for one in client.get("/api/v1/employees").json()["items"]] == [MADE]
    assert [one["name"] for one in client.get("/api/v1/terminals").json()["items"]] == ["gerbang-makassar"]
    january = {"from": "2026-01-01", "until": "2026-01-31"}
    assert [one["pin"] for one in client.get("/api/v1/punches", params=january).json()["items"]] == ["1003"]
    days = client.get("/api/v1/work-days", params=january).json()
    assert {one["employee_id"] for one in days["items"]} == {office.employees[MADE]}
    assert [one["nip"] for one in client.get("/api/v1/scores", params={"period": "2026-01"}).json()["items"]] == [MADE]


def test_what_lies_outside_answers_as_what_does_not_exist(office: Office, machine: Asker, person: Asker) -> None:
    client, page = machine("hr", "MKS"), person("hr", "MKS")
    outside, nowhere = office.employees[SITI], 2_000_000_000
    paths = ["/api/v1/employees/{}/months/2026-01", "/api/v1/work-days?from=2026-01-01&until=2026-01-02&employee={}"]
    for path in paths:
        refused, missing = client.get(path.format(outside)), client.get(path.format(nowhere))
        assert refused.status_code == missing.status_code == 404
        assert refused.json() == missing.json()
    for path in ("/employees/{}?period=2026-01", "/recap?unit=JKT&rows={}"):
        assert page.get(path.format(outside if "period" in path else 50)).status_code == 404
    for path in ("/api/v1/scores?period=2026-01&unit={}", "/api/v1/employees?unit={}"):
        assert client.get(path.format("JKT")).json() == client.get(path.format("NIX")).json()
        assert client.get(path.format("JKT")).status_code == 404


def test_a_unit_sees_all_below_it(office: Office, machine: Asker) -> None:
    names = [one["nip"] for one in machine("hr", "PUSAT").get("/api/v1/employees").json()["items"]]
    assert names == [BUDI, MADE, SITI]
    assert len(office.employees) == 3


def test_every_look_and_every_refusal_is_recorded(office: Office, pool: ConnectionPool, machine: Asker) -> None:
    client = machine("hr", "JKT")
    client.get("/api/v1/employees")
    client.get(f"/api/v1/employees/{office.employees[SITI]}/months/2026-01")
    client.get(f"/api/v1/employees/{office.employees[MADE]}/months/2026-01")
    client.get("/api/v1/scores", params={"period": "2026-01"})
    machine("allowance").get("/api/v1/punches", params={"from": "2026-01-01", "until": "2026-01-31"})
    with pool.connection() as connection:
        found = connection.execute("SELECT actor, action, object, detail FROM audit ORDER BY id").fetchall()
    looks = [row for row in found if row[1] != "add"]
    siti, made, budi = (office.employees[nip] for nip in (SITI, MADE, BUDI))
    assert looks == [
        ("key:hr-jkt", "view", "employees", {"unit": None, "employees": [budi, siti]}),
        ("key:hr-jkt", "view", f"employee:{siti}", {"period": "2026-01"}),
        ("key:hr-jkt", "refused", f"employee:{made}", {"status": 404}),
        ("key:hr-jkt", "view", "scores", {"unit": None, "period": "2026-01", "employees": [siti]}),
        ("key:allowance-all", "refused", "path:/api/v1/punches", {"status": 403}),
    ]
