"""How a unit stands, as JSON: for HR of that unit only, each look recorded, each name with its reasons."""

from typing import Any

import pytest
from httpx2 import Response

from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import BUDI, MADE, SITI, Office

ROUTES = ("punctuality", "merit", "distribution", "maturity")


@pytest.fixture
def members(office: Office, pool: ConnectionPool) -> Office:
    """The office with memberships; Siti is evaluated, the head office has a predicate."""
    with pool.connection() as connection:
        connection.execute("INSERT INTO membership SELECT id, '1900-01-01', NULL, unit_id FROM employee")
        connection.execute("INSERT INTO evaluation VALUES (%s, '2026-01', 'above', 'above', false)",
                           (office.employees[SITI],))  # fmt: skip
        connection.execute("INSERT INTO unit_predicate VALUES (%s, '2026-01', 'Istimewa')", (office.units["PUSAT"],))
        connection.execute("UPDATE score SET predicate = 'Baik'")
    return office


def asked(machine: Asker, route: str, unit: str = "PUSAT") -> Response:
    answer: Response = machine("hr").get(f"/api/v1/{route}", params={"unit": unit, "period": "2026-01"})
    return answer


def people(answer: Response) -> dict[str, Any]:
    return {one["nip"]: one for one in answer.json()["people"]["items"]}


def test_lists_with_the_facts_behind_them(members: Office, machine: Asker) -> None:
    told = people(asked(machine, "punctuality"))
    siti = told[SITI]
    assert siti["employee_id"] == members.employees[SITI]
    assert [(fact["day"], fact["late"], fact["early"], fact["absent"]) for fact in siti["facts"]] == [
        ("2026-01-05", 12, 0, False),
        ("2026-01-21", 0, 40, False),
        ("2026-01-27", 0, 0, True),
    ]
    assert siti["facts"][0]["punches"][0]["local_time"] == "2026-01-05T07:42:13"
    assert (told[BUDI]["missing"], told[BUDI]["missing_in_days"]) == (True, 1)
    assert told[MADE]["repeated"] is False


@pytest.mark.usefixtures("members")
def test_a_page_tells_the_same_of_somebody_as_all_together(machine: Asker) -> None:
    client = machine("hr")

    def read(route: str, **more: str | int) -> dict[str, Any]:
        params: dict[str, str | int] = {"unit": "PUSAT", "period": "2026-01", **more}
        body: dict[str, Any] = client.get(f"/api/v1/{route}", params=params).json()
        return body

    for route, more in (("punctuality", {}), ("punctuality", {"list": "missing"}), ("merit", {})):
        whole = read(route, **more)
        total = whole["people"]["total"]
        assert total == len(whole["people"]["items"]) > 0
        pages = [read(route, **more, page=page, size=1) for page in range(1, total + 1)]
        assert [one for page in pages for one in page["people"]["items"]] == whole["people"]["items"]
        assert all({**page, "people": None} == {**whole, "people": None} for page in pages)
        assert read(route, **more, page=total + 1, size=1)["people"]["items"] == []


@pytest.mark.usefixtures("members")
def test_one_list_and_another_number_of_times(machine: Asker) -> None:
    client = machine("hr")

    def listed(**more: str | int) -> dict[str, Any]:
        params: dict[str, str | int] = {"unit": "PUSAT", "period": "2026-01", **more}
        body: dict[str, Any] = client.get("/api/v1/punctuality", params=params).json()
        return body

    assert listed(list="repeated")["people"]["total"] == 0
    often = listed(list="repeated", times=1, size=1)
    assert (often["people"]["total"], often["people"]["pages"], len(often["people"]["items"])) == (2, 2, 1)
    assert often["times"] == {"law": "as asked", "article": "", "basis": "assumption", "a_month": 1}
    assert client.get("/api/v1/punctuality?unit=PUSAT&period=2026-01&times=0").status_code == 422


@pytest.mark.usefixtures("members")
def test_the_map_has_nine_boxes_and_a_reason_for_who_is_in_none(machine: Asker) -> None:
    answer = asked(machine, "merit")
    body, told = answer.json(), people(answer)
    assert (len(body["boxes"]), body["placed"], body["people"]["total"]) == (9, 1, 3)
    assert body["borders"]["result"] == {"expected_from": "90.00", "above_from": "110.00"}
    assert (told[SITI]["result"], told[SITI]["basis"]) == ("above", "regulation")
    assert (told[MADE]["output"], told[MADE]["lacking"]) == ("95.00", "not_weighed")
    assert told[BUDI]["lacking"] == "score"


@pytest.mark.usefixtures("members")
def test_the_spread_and_the_levels(machine: Asker) -> None:
    spread = asked(machine, "distribution", "JKT").json()
    assert spread["organisation"] == {"unit": "PUSAT", "predicate": "Istimewa"}
    assert (spread["counts"], spread["without_predicate"], spread["basis"]) == ({"Baik": 1}, 1, "assumption")
    assert [share["kept"] for share in spread["shares"]] == [True]


@pytest.mark.usefixtures("members")
def test_the_levels_say_what_is_missing_in_both_languages(machine: Asker) -> None:
    levels = asked(machine, "maturity").json()
    assert (levels["level"], len(levels["levels"])) == (0, 6)
    assert levels["levels"][0]["percent"] == "0.00"
    assert levels["levels"][1]["missing"].keys() == {"id", "en"}
    assert levels["levels"][1]["percent"] is None


@pytest.mark.parametrize("route", ROUTES)
def test_what_lies_outside_the_unit_answers_as_what_does_not_exist(members: Office, machine: Asker, route: str) -> None:
    assert members.units
    client = machine("hr", "MKS")
    refused, nowhere = (client.get(f"/api/v1/{route}?period=2026-01&unit={unit}") for unit in ("JKT", "NIX"))
    assert refused.status_code == nowhere.status_code == 404
    assert refused.json() == nowhere.json()
    inside = client.get(f"/api/v1/{route}?period=2026-01&unit=MKS")
    assert inside.status_code == 200
    assert SITI not in inside.text


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("unit", "period"), [("PUSAT", "2026-13"), ("PU%00SAT", "2026-01"), ("", "x")])
@pytest.mark.usefixtures("members")
def test_no_value_makes_a_fault_of_ours(machine: Asker, route: str, unit: str, period: str) -> None:
    assert machine("hr").get(f"/api/v1/{route}?unit={unit}&period={period}").status_code in {404, 422}


@pytest.mark.parametrize("route", ["merit", "distribution", "maturity", "punctuality"])
@pytest.mark.usefixtures("members")
def test_a_period_before_any_law_is_refused(machine: Asker, route: str) -> None:
    answer = machine("hr").get(f"/api/v1/{route}?unit=PUSAT&period=1000")
    assert answer.status_code == 422
    assert "so early a period" in answer.json()["detail"]


def test_every_look_is_recorded(members: Office, pool: ConnectionPool, machine: Asker) -> None:
    client = machine("hr")
    for route in ROUTES:
        assert client.get(f"/api/v1/{route}?unit=JKT&period=2026-01").status_code == 200
    with pool.connection() as connection:
        seen = connection.execute("SELECT object, detail FROM audit WHERE action = 'view' ORDER BY id").fetchall()
    jakarta = sorted(members.employees[nip] for nip in (SITI, BUDI))
    assert [object_ for object_, _ in seen] == list(ROUTES)
    assert [sorted(detail["employees"]) for _, detail in seen[:2]] == [jakarta, jakarta]
