"""Every error is a problem document for machines and a plain page for people."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import access
from api import app as application
from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import Office

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/api/v1/nothing", 404, "Not Found"),
        ("/api/v1/employees/1/months/2026-13", 422, "Unprocessable Content"),
        ("/api/v1/employees/0/months/2026-01", 422, "Unprocessable Content"),
        ("/api/v1/employees/99999999999999999999/months/2026-01", 422, "Unprocessable Content"),
        ("/api/v1/employees/7/months/2026-01", 404, "Not Found"),
        ("/api/v1/scores", 422, "Unprocessable Content"),
        ("/api/v1/scores?period=0000-01", 422, "Unprocessable Content"),
        ("/api/v1/scores?period=2026-01&size=201", 422, "Unprocessable Content"),
        ("/api/v1/scores?period=2026-01&page=0", 422, "Unprocessable Content"),
        ("/api/v1/punches?from=2026-01-31&until=2026-01-01", 422, "Unprocessable Content"),
        ("/api/v1/punches?from=2026-01-01&until=2026-02-01", 422, "Unprocessable Content"),
        ("/api/v1/punches?from=2026-01-01&until=2026-01-02&cursor=abc", 422, "Unprocessable Content"),
        ("/api/v1/punches?from=2026-01-01&until=2026-01-02&cursor=WzFd", 422, "Unprocessable Content"),
        ("/api/v1/punches?from=9999-12-31&until=9999-12-31", 422, "Unprocessable Content"),
    ],
)
def test_machines_get_problem_documents(machine: Asker, path: str, status: int, title: str) -> None:
    answer = machine("hr").get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["status"] == status
    assert answer.json()["type"] == "about:blank"
    assert answer.json()["title"] in {title, "Unprocessable Entity"}
    assert answer.json()["detail"]


def test_a_request_that_does_not_fit_is_told_where_but_not_echoed(machine: Asker) -> None:
    answer = machine("hr").get("/api/v1/scores", params={"period": "198501012010012001"})
    assert answer.json()["errors"][0]["where"] == "query.period"
    assert "198501012010012001" not in answer.text


def test_a_wrong_method_is_a_problem_too(machine: Asker) -> None:
    answer = machine("hr").delete("/api/v1/scores")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["allow"] == "GET"


def test_people_get_a_plain_page_in_their_language(person: Asker) -> None:
    client = person("hr")
    assert "berada di luar unit kerja" in client.get("/employees/7?period=2026-01").text
    assert "outside the unit" in client.get("/employees/7?period=2026-01&lang=en").text
    assert client.get("/recap?month=13&lang=id").status_code == 422
    for path in ("/recap?month=13", "/rejected?after=odd", "/rejected?kind=nosuch"):
        assert "pilih lagi di formulirnya" in client.get(path).text
    assert client.get("/nothing").status_code == 404


def test_a_fault_of_ours_names_an_incident_and_nothing_else(pool: ConnectionPool) -> None:
    app = application.create_app(pool)

    def broken() -> None:
        raise RuntimeError("secret 198501012010012001")

    app.add_api_route("/api/v1/broken", broken)
    app.add_api_route("/broken", broken)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer, page = client.get("/api/v1/broken"), client.get("/broken")
    assert answer.status_code == page.status_code == 500
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["instance"].startswith("urn:uuid:")
    assert answer.json()["instance"].removeprefix("urn:uuid:") in answer.json()["detail"]
    assert "secret" not in answer.text + page.text
    assert "nomor kejadian" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.fixture
def without_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[FastAPI]:
    monkeypatch.setattr(access, "CONNECTION_SECONDS", 0.2)
    monkeypatch.setattr(application, "HEALTH_SECONDS", 0.2)
    nowhere = ConnectionPool("host=127.0.0.1 port=9 connect_timeout=1", min_size=0, max_size=1, open=True)
    yield application.create_app(nowhere)
    nowhere.close()


def test_without_the_database_everything_says_so_and_asks_to_come_back(without_database: FastAPI) -> None:
    with TestClient(without_database) as client:
        health = client.get("/health")
        answer = client.get("/api/v1/scores?period=2026-01", headers={"Authorization": "Bearer a.b"})
        client.cookies.set("tepat_session", "x")
        page = client.get("/recap")
    for one in (health, answer, page):
        assert one.status_code == 503
        assert one.headers["retry-after"] == "5"
    assert answer.headers["content-type"] == health.headers["content-type"] == PROBLEM
    assert "Basis data sedang tidak menjawab" in page.text


def test_a_wrong_method_on_health_is_a_problem_too(stranger: TestClient) -> None:
    answer = stranger.post("/health")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == PROBLEM


def test_health_is_open_and_says_no_more_than_ok(stranger: TestClient) -> None:
    assert stranger.get("/health").json() == {"status": "ok"}


def test_every_answer_carries_the_headers(office: Office, machine: Asker, stranger: TestClient) -> None:
    client = machine("hr")
    paths = ["/health", "/login", "/nothing", "/api/v1/units", "/api/v1/scores", "/static/tepat.css", "/recap"]
    assert office.units
    for path in paths:
        for asker in (client, stranger):
            headers = asker.get(path).headers
            assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
            assert headers["x-content-type-options"] == "nosniff"
            assert headers.get("cache-control") == (None if path.startswith("/static") else "no-store")
            assert "strict-transport-security" not in headers


def test_static_files_end_at_their_folder(stranger: TestClient) -> None:
    assert stranger.get("/static/tepat.css").headers["content-type"].startswith("text/css")
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/", "/static/..%2fapp.py"):
        assert stranger.get(path).status_code in {303, 404}
