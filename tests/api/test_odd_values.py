"""No value that a stranger can think of makes a fault of ours: it is refused, in the form the asker reads."""

import base64
import json

import psycopg
import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.body import LARGEST_BODY
from api.json_routes import MOST_DAYS
from ingest.database import ConnectionPool
from tests.api.conftest import PASSWORD, Asker, form_token
from tests.api.office import Office

PROBLEM = "application/problem+json"
JANUARY = f"from=2026-01-01&until=2026-01-{MOST_DAYS}"
TIME = "2026-01-05T07:42:13"


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


CURSORS = [
    json.dumps([TIME, "lobi\x00", "2001", 0]),
    json.dumps([TIME, "lobi", "2001\x00", 0]),
    json.dumps([TIME, "\ud800", "2001", 0]),
    json.dumps([TIME, "lobi", "2001", 999999]),
    json.dumps([TIME, "lobi", "2001", -99999]),
    f'["{TIME}", "lobi", "2001", 1e999]',
    f'["{TIME}", "lobi", "2001", NaN]',
    json.dumps([TIME + "\x00", "lobi", "2001", 0]),
    json.dumps([TIME + "+07:00", "lobi", "2001", 0]),
    json.dumps(["99999-01-01T00:00:00", "lobi", "2001", 0]),
    json.dumps([TIME, "lobi", "2001"]),
    json.dumps({"a": 1}),
    "[" * 5000,
    "9" * 5000,
    "",
]
TEXTS_IN = [
    f"/api/v1/punches?{JANUARY}&terminal=",
    f"/api/v1/punches?{JANUARY}&cursor=",
    "/api/v1/employees?unit=",
    f"/api/v1/work-days?{JANUARY}&unit=",
    "/api/v1/scores?period=2026-01&unit=",
    "/api/v1/scores?period=",
    "/recap?unit=",
    "/employees/1?period=2026-01&open=",
    "/employees/1?period=",
]
"""Where a text may be sent."""


def test_a_cursor_that_is_none_of_ours_is_refused(machine: Asker) -> None:
    client = machine("hr")
    for text in CURSORS:
        sent = cursor(text) or "\N{SNOWMAN}"
        answer = client.get(f"/api/v1/punches?{JANUARY}", params={"cursor": sent})
        assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM), text


@pytest.mark.parametrize("odd", ["%00", "a%00b", "%1f", "%C2%85", "%0a", "a" * 10_000])
def test_a_parameter_with_control_characters_or_without_end_is_refused(person: Asker, odd: str) -> None:
    client = person("hr")
    for path in TEXTS_IN:
        answer = client.get(path + odd)
        assert answer.status_code == 422, path
        assert answer.headers["content-type"].startswith(PROBLEM if path.startswith("/api/") else "text/html"), path


def test_a_lone_half_of_a_character_is_only_an_unknown_unit(machine: Asker) -> None:
    assert machine("hr").get("/api/v1/employees?unit=%ED%A0%80").status_code == 404


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("name", ["a\x00b", "a\nb", "\x7f", "x" * 301])
def test_a_login_name_with_control_characters_is_refused(stranger: TestClient, name: str) -> None:
    sent = {"name": name, "password": PASSWORD, "form_token": form_token(stranger)}
    assert stranger.post("/login", data=sent).status_code == 422


def test_a_login_form_in_an_odd_encoding_is_refused(stranger: TestClient) -> None:
    parts = {"name": b"+2AA-", "password": b"+2AA-", "form_token": form_token(stranger).encode()}
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in parts.items()
    )
    kind = "multipart/form-data; boundary=x; charset=utf-7"
    answer = stranger.post("/login", content=body + b"--x--\r\n", headers={"Content-Type": kind})
    assert answer.status_code in {401, 422}


def test_an_endless_address_to_go_on_to_is_forgotten(stranger: TestClient) -> None:
    page = stranger.get("/login", params={"next": "/recap?" + "a" * 1000}).text
    assert 'name="wanted" value="/recap"' in page


def test_a_value_that_only_the_database_refuses_is_the_asker_s_to_mend(pool: ConnectionPool) -> None:
    app = create_app(pool)

    def refused() -> None:
        with pool.connection() as connection:
            connection.execute("SELECT 99999::smallint")

    app.add_api_route("/api/v1/refused", refused)
    app.add_api_route("/refused", refused)
    with TestClient(app) as client, structlog.testing.capture_logs() as logs:
        answer, page = client.get("/api/v1/refused"), client.get("/refused")
    assert answer.status_code == page.status_code == 422
    assert answer.headers["content-type"] == PROBLEM
    assert {entry["log_level"] for entry in logs} == {"warning"}
    assert logs[0]["kind"] == psycopg.errors.NumericValueOutOfRange.__name__


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(("path", "kind"), [("/api/v1/scores", PROBLEM), ("/health", PROBLEM), ("/login", "text/html")])
def test_a_body_too_large_is_refused_in_the_form_the_asker_reads(
    stranger: TestClient, path: str, kind: str, announced: bool
) -> None:
    stretch = b"a" * (LARGEST_BODY // 2 + 1)
    content = stretch * 2 if announced else iter([stretch, stretch])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = stranger.request("POST", path, content=content, headers=headers)
    if announced or path == "/login":
        assert answer.status_code == 413
    else:
        assert answer.status_code == 405, "nobody reads this body"
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_body_of_the_largest_size_is_read(stranger: TestClient) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert stranger.post("/login", content=b"a" * LARGEST_BODY, headers=headers).status_code == 422


@pytest.mark.parametrize("host", ["evil.example", "[", "a b", "evil.example:99999999", ""])
def test_no_address_on_a_page_comes_from_the_host_header(office: Office, person: Asker, host: str) -> None:
    client = person("hr")
    assert office.employees
    for path in ("/recap?unit=JKT", "/employees/1?period=2026-01", "/terminals", "/login", "/nothing"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code in {200, 404}
        assert "evil" not in answer.text
        assert "http://" not in answer.text.replace("http://www.w3.org", "")
    assert 'href="?unit=JKT&amp;lang=en"' in client.get("/recap?unit=JKT&lang=id", headers={"Host": host}).text


@pytest.mark.parametrize("path", ["/recap/", "/", "/static", "/api/v1/units/", "/terminals/"])
def test_no_redirection_comes_from_the_host_header(app: FastAPI, stranger: TestClient, path: str) -> None:
    assert app.routes
    assert "evil" not in stranger.get(path, headers={"Host": "evil.example"}).headers.get("location", "")
