"""Discipline flags and meal money as JSON: for HR of that unit only, each look recorded, nothing guessed."""

from datetime import date, timedelta
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from api.duties import Flag
from config.kinds.discipline import SANCTIONS
from ingest.database import ConnectionPool, reader, reader_within
from scoring.duties import discipline_of, meals_of
from tests.api.conftest import Asker
from tests.api.office import BUDI, MADE, SITI, Office, add_day

ROUTES = ("discipline", "meals")


@pytest.fixture
def away(office: Office, pool: ConnectionPool) -> Office:
    """Made was away from Monday 12 to Thursday 15 January, Siti on the 27th only. Siti and Made have a grade."""
    with pool.connection() as connection:
        connection.execute("DELETE FROM work_day WHERE employee_id = %s", (office.employees[MADE],))
        for n in range(11):
            absent = {"first_in": None, "last_out": None, "absent": True} if 7 <= n <= 10 else {}
            add_day(connection, office.employees[MADE], date(2026, 1, 5) + timedelta(days=n), [], **absent)
        for nip in (SITI, MADE):
            connection.execute("INSERT INTO employee_grade VALUES (%s, '2020-01-01', 3)", (office.employees[nip],))
    return office


@pytest.fixture
def client(machine: Asker) -> TestClient:
    return machine("hr")


def asked(client: TestClient, route: str, unit: str = "PUSAT", **more: str | int) -> dict[str, Any]:
    answer = client.get(f"/api/v1/{route}", params={"unit": unit, "period": "2026-01", **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_flag_names_the_days_it_rests_on_and_its_text(away: Office, client: TestClient) -> None:
    told = asked(client, "discipline")
    assert (told["law"], told["basis"], told["people"]) == ("PP 94/2021", "regulation", 3)
    assert (told["minutes_a_day"], told["minutes_law"]) == (None, None)
    flags = told["flags"]["items"]
    assert [(flag["nip"], flag["day"], flag["sanction"], flag["reached"]) for flag in flags] == [
        (MADE, "2026-01-14", "verbal_warning", 3),
        (MADE, "2026-01-15", "written_warning", 4),
    ]
    assert flags[1]["days"] == ["2026-01-12", "2026-01-13", "2026-01-14", "2026-01-15"]
    assert (flags[1]["employee_id"], flags[1]["rulebook"]) == (away.employees[MADE], "kemenag-2014")
    assert {(flag["cut"], flag["allowance"], flag["monthly"], flag["in_all"]) for flag in flags} == {(None,) * 4}
    assert asked(client, "discipline", "JKT")["flags"]["total"] == 0


def test_a_cut_is_told_in_money_where_the_class_is_known(
    away: Office, pool: ConnectionPool, client: TestClient
) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE day_law SET rulebook = 'kemensos-eperformance'")
        connection.execute("UPDATE employee SET allowance_class = 7")
        connection.execute("DELETE FROM work_day WHERE employee_id = %s", (away.employees[MADE],))
        for day in [*range(5, 10), *range(12, 16), 19, 20]:
            add_day(connection, away.employees[MADE], date(2026, 1, day), [], absent=True, first_in=None, last_out=None)
        connection.execute("UPDATE day_law SET rulebook = 'kemensos-eperformance'")
    flag = asked(client, "discipline")["flags"]["items"][-1]
    assert (flag["day"], flag["sanction"], flag["cut"]) == ("2026-01-20", "cut_6_months", "25.00")
    assert [flag[name] for name in ("allowance", "monthly", "in_all")] == ["3915950.00", "978987.50", "5873925.00"]


def test_minutes_count_as_days_where_that_is_asked_for(away: Office, pool: ConnectionPool, client: TestClient) -> None:
    with pool.connection() as connection:
        connection.execute(
            "UPDATE work_day SET minutes_late = 450 WHERE employee_id = %s AND day IN ('2026-01-06', '2026-01-07')",
            (away.employees[SITI],),
        )
    told = asked(client, "discipline", "JKT", minutes="true")
    (flag,) = told["flags"]["items"]
    assert (told["minutes_a_day"], flag["day"], flag["reached"]) == (450, "2026-01-27", 3)
    assert told["basis"] == "assumption"
    assert "no regulation" in told["minutes_law"]
    assert flag["days"] == ["2026-01-27"]


@pytest.mark.usefixtures("away")
def test_meal_money_or_what_lacks_to_know_it(pool: ConnectionPool, client: TestClient) -> None:
    told = asked(client, "meals")
    by = {one["nip"]: one for one in told["people"]["items"]}
    assert list(by) == sorted(by)
    made = by[MADE]
    assert (made["days"], made["gross"], made["net"], made["lacking"]) == (5, "185000.00", "175750.00", None)
    assert (by[BUDI]["days"], by[BUDI]["gross"], by[BUDI]["lacking"]) == (1, None, "grade")
    with pool.connection() as connection:
        connection.execute("UPDATE day_law SET rulebook = 'there is none'")
        connection.execute("DELETE FROM work_day WHERE employee_id = (SELECT id FROM employee WHERE nip = %s)", (MADE,))
    by = {one["nip"]: one for one in asked(client, "meals")["people"]["items"]}
    assert [(by[nip]["days"], by[nip]["lacking"], by[nip]["unreadable"]) for nip in (SITI, MADE)] == [
        (None, "rulebook", "there is none"),
        (None, "days", None),
    ]


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize(("route", "items"), [("discipline", "flags"), ("meals", "people")])
def test_pages_are_the_whole_in_its_order(client: TestClient, route: str, items: str) -> None:
    whole = asked(client, route)[items]
    assert whole["total"] == len(whole["items"]) > 1
    pages = [asked(client, route, page=page, size=1)[items]["items"] for page in range(1, whole["total"] + 2)]
    assert [one for page in pages for one in page] == whole["items"]


@pytest.mark.parametrize("route", ROUTES)
def test_what_lies_outside_the_unit_answers_as_what_does_not_exist(away: Office, machine: Asker, route: str) -> None:
    assert away.units
    client = machine("hr", "JKT")
    refused, nowhere = (client.get(f"/api/v1/{route}?period=2026-01&unit={unit}") for unit in ("MKS", "NIX"))
    assert refused.status_code == nowhere.status_code == 404
    assert refused.json() == nowhere.json()
    inside = client.get(f"/api/v1/{route}?period=2026-01&unit=JKT")
    assert inside.status_code == 200
    assert MADE not in inside.text


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "query", ["unit=PUSAT&period=1000-01", "unit=PUSAT&period=2026-13", "unit=PU%00&period=2026-01"]
)
def test_no_value_makes_a_fault_of_ours(client: TestClient, route: str, query: str) -> None:
    assert client.get(f"/api/v1/{route}?{query}").status_code in {404, 422}


def test_every_look_is_recorded(away: Office, pool: ConnectionPool, client: TestClient) -> None:
    for route in ROUTES:
        asked(client, route, "MKS")
    with pool.connection() as connection:
        seen = connection.execute("SELECT object, detail FROM audit WHERE action = 'view' ORDER BY id").fetchall()
    said = {"unit": "MKS", "period": "2026-01", "employees": [away.employees[MADE]]}
    assert seen == [(route, said) for route in ROUTES]


@pytest.mark.usefixtures("away")
def test_both_readers_find_the_same(pool: ConnectionPool) -> None:
    """What the command reads as columns the route reads as rows."""
    with reader(pool) as read, pool.connection() as connection:
        one, other = (discipline_of(each, "PUSAT", "2026-01") for each in (read, reader_within(connection)))
        assert {**one, "flags": one["flags"].to_dicts()} == {**other, "flags": other["flags"].to_dicts()}
        fed, again = (meals_of(each, None, "2026-01") for each in (read, reader_within(connection)))
        assert fed.people.equals(again.people)
        assert (fed.law, fed.total, fed.left_out) == (again.law, again.total, again.left_out)


def test_every_sanction_has_its_name() -> None:
    assert get_args(Flag.model_fields["sanction"].annotation) == SANCTIONS
