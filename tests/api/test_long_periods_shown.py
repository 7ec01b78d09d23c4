"""A quarter and a year are scored beside months: every page and route still answers, and nobody is paid for them."""

import re

import pytest

from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import SITI, Office, add_score, month

LONG = ("2026-Q1", "2026")


@pytest.fixture
def long_scored(office: Office, pool: ConnectionPool) -> Office:
    with pool.connection() as connection:
        for period in LONG:
            add_score(
                connection, office.employees[SITI], 1, 10000, month(10000, "0,00"), period=period, predicate="Kurang"
            )
    return office


def test_every_page_and_route_opens_after_a_quarter_and_a_year(
    long_scored: Office, machine: Asker, person: Asker
) -> None:
    employee = long_scored.employees[SITI]
    client = person("hr")
    for one in (client, person("allowance")):
        page = one.get("/recap")
        assert page.status_code == 200
        assert "Januari 2026" in page.text, "the newest scored month opens, not the quarter"
    for path in ("/terminals", "/rejected", f"/employees/{employee}?period=2026-01"):
        assert client.get(path).status_code == 200, path
    asked = machine("hr")
    given: dict[str, str | int] = {
        "unit": "PUSAT",
        "employee": employee,
        "since": "2026-01-01",
        "from": "2026-01-01",
        "until": "2026-01-31",
        "to": "2026-01-31",
    }
    described = asked.get("/api/v1/openapi.json").json()["paths"]
    opened = 0
    for path, methods in described.items():
        if "get" not in methods or "/own/" in path:
            continue
        asks = methods["get"].get("parameters", ())
        names = {one["name"]: one["schema"].get("pattern", "") for one in asks if one["in"] == "query"}
        for period in ("2026-01", *LONG):
            filled = path.replace("{employee_id}", str(employee)).replace("{period}", "2026-01")
            values = {name: value for name, value in (given | {"period": period}).items() if name in names}
            answer = asked.get(filled, params=values)
            fits = "period" not in names or re.search(names["period"], period)
            assert answer.status_code == (200 if fits else 422), (filled, values, answer.text)
            opened += 1
    assert opened >= 30


@pytest.mark.parametrize("period", LONG)
@pytest.mark.usefixtures("long_scored")
def test_nobody_is_paid_for_a_quarter_or_a_year(machine: Asker, period: str) -> None:
    (score,) = machine("hr").get("/api/v1/scores", params={"period": period}).json()["items"]
    assert (score["total"], score["predicate"]) == ("100.00", "Kurang")
    assert (score["payable"], score["amount"], score["lacking"]) == (None, None, None)
