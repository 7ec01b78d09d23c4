"""What machines read is complete, exact, in a stable order, and described."""

import pytest
from fastapi import FastAPI

from api import models
from api.models import Step
from ingest.database import ConnectionPool
from scoring import steps
from tests.api.conftest import Asker
from tests.api.office import BUDI, MADE, SITI, Office, add_employee, add_punch, wall

JANUARY = {"from": "2026-01-01", "until": "2026-01-31"}


def test_scores_are_the_newest_versions_in_exact_decimals(office: Office, machine: Asker) -> None:
    page = machine("allowance").get("/api/v1/scores", params={"period": "2026-01"}).json()
    assert (page["total"], page["page"], page["pages"]) == (2, 1, 1)
    made, siti = page["items"]
    assert made["nip"] == MADE
    assert made["basis"] == "assumption"
    assert (made["deduction"], made["output"], made["payable"]) == ("1.00", "95.00", "96.60")
    assert siti["employee_id"] == office.employees[SITI]
    assert (siti["version"], siti["deduction"], siti["payable"]) == (2, "4.50", "95.50")
    assert (siti["output"], siti["lacking"], siti["unit_code"]) == (None, None, "JKT")
    assert "steps" not in siti


@pytest.mark.parametrize(
    ("figures", "lacking"),
    [
        ("deduction = NULL, payable = NULL", "rate"),
        ("total = NULL, payable = NULL", "rate"),
        ('deduction = 0, payable = NULL, total = NULL, output = NULL, steps = \'[{"kind": "output"}]\'', "target"),
        (
            'total = NULL, payable = NULL, steps = \'[{"kind": "behaviour", "percent": null, "table": "r"}]\'',
            "behaviour",
        ),
        ('total = NULL, payable = NULL, steps = \'[{"kind": "behaviour", "percent": null, "table": ""}]\'', "rate"),
        ("payable = NULL", "predicate"),
        ("payable = 9900", None),
    ],
)
def test_a_score_says_what_it_waits_for(
    office: Office, pool: ConnectionPool, machine: Asker, figures: str, lacking: str | None
) -> None:
    assert office.employees
    with pool.connection() as connection:
        connection.execute(f"UPDATE score SET {figures}".encode())
    items = machine("hr").get("/api/v1/scores", params={"period": "2026-01"}).json()["items"]
    assert {item["lacking"] for item in items} == {lacking}


def test_pages_follow_one_another_without_gap_or_repeat(office: Office, pool: ConnectionPool, machine: Asker) -> None:
    with pool.connection() as connection:
        for number in range(20):
            nip = f"19900101201001{3000 + number}"
            add_employee(connection, office, nip, "Nama Sama", unit="MKS", terminal="gerbang-makassar")
    client, seen = machine("hr"), []
    for number in range(1, 6):
        page = client.get("/api/v1/employees", params={"page": number, "size": 5}).json()
        assert (page["total"], page["pages"], page["size"]) == (23, 5, 5)
        seen += [item["nip"] for item in page["items"]]
    assert len(set(seen)) == len(seen) == 23
    assert client.get("/api/v1/employees", params={"page": 6, "size": 5}).json()["items"] == []


def test_punches_come_in_stretches_in_the_order_of_their_key(
    office: Office, pool: ConnectionPool, machine: Asker
) -> None:
    with pool.connection() as connection:
        for pin in ("7", "70", "8"):
            for state in (0, 1):
                add_punch(connection, office, "lobi-jakarta", pin, at=wall("2026-01-05 07:42:13"), state=state)
    client, cursor, seen = machine("hr"), None, []
    for _ in range(20):
        found = client.get(
            "/api/v1/punches", params=JANUARY | {"size": 2} | ({"cursor": cursor} if cursor else {})
        ).json()
        seen += [(one["local_time"], one["terminal"], one["pin"], one["state"]) for one in found["items"]]
        cursor = found["next"]
        if cursor is None:
            break
    assert cursor is None
    assert len(seen) == 12
    assert seen == sorted(set(seen))
    whole = client.get("/api/v1/punches", params=JANUARY).json()
    assert len(whole["items"]) == 12
    assert whole["next"] is None
    one_terminal = client.get("/api/v1/punches", params=JANUARY | {"terminal": "gerbang-makassar"}).json()["items"]
    assert [(one["pin"], one["employee_id"]) for one in one_terminal] == [
        ("1003", office.employees[MADE]),
        ("9999", None),
    ]
    assert one_terminal[0]["time_zone"] == "Asia/Makassar"
    assert one_terminal[0]["local_time"] == "2026-01-08T08:05:30"


def test_a_punch_belongs_to_whoever_held_the_pin_that_day(office: Office, pool: ConnectionPool, machine: Asker) -> None:
    siti, budi = office.employees[SITI], office.employees[BUDI]
    with pool.connection() as connection:
        connection.execute("UPDATE enrolment SET valid_until = '2026-01-21' WHERE employee_id = %s", (siti,))
        connection.execute(
            "INSERT INTO enrolment (terminal_id, pin, employee_id, valid_from) VALUES (%s, '2001', %s, '2026-01-21')",
            (office.terminals["lobi-jakarta"], budi),
        )
    client = machine("hr")
    found = client.get("/api/v1/punches", params=JANUARY | {"terminal": "lobi-jakarta"}).json()["items"]
    assert [one["employee_id"] for one in found] == [siti, siti, siti, budi]
    for employee, days in ((siti, ["05", "05", "05"]), (budi, ["21"])):
        month = client.get(f"/api/v1/employees/{employee}/months/2026-01").json()
        assert [one["local_time"][8:10] for one in month["punches"]] == days


def test_an_explained_month_leads_from_punches_to_the_percent(office: Office, machine: Asker) -> None:
    month = machine("hr").get(f"/api/v1/employees/{office.employees[SITI]}/months/2026-01").json()
    assert (month["employee"]["nip"], month["period"], len(month["days"])) == (SITI, "2026-01", 31)
    fifth = month["days"][4]
    assert (fifth["codes"], fifth["deduction"], fifth["basis"]) == (["TL1"], "0.50", "regulation")
    step = fifth["steps"][0]
    assert (step["percent"], step["law"], step["in_force_known"]) == ("0.50", "SK Sekjen Kemenag 13/2014", "year")
    assert step["hours"] == "Perpres 21/2023 Ps.4"
    key = step["punches"][0]
    said = {"terminal": "lobi-jakarta", "pin": "2001", "local_time": "2026-01-05T07:42:13", "state": 0}
    assert key == said | {"time_zone": None, "unit_time": None}, "written before steps told the zone"
    assert said.items() <= month["punches"][0].items()
    assert [one["kind"] for one in month["score"]["steps"]] == ["deduction", "attendance", "payable"]
    assert month["score"]["steps"][0]["in_force"] is None
    assert month["score"]["payable"] == "95.50"


def test_a_month_nobody_scored_is_empty_but_there(office: Office, machine: Asker) -> None:
    month = machine("hr").get(f"/api/v1/employees/{office.employees[SITI]}/months/2025-12").json()
    assert (month["score"], month["days"], month["punches"]) == (None, [], [])


def test_work_days_say_when_a_rate_is_missing(office: Office, machine: Asker) -> None:
    params = JANUARY | {"employee": office.employees[BUDI]}
    page = machine("hr").get("/api/v1/work-days", params=params).json()
    assert page["total"] == 2
    assert [day["deduction"] for day in page["items"]] == ["0.00", None]
    assert page["items"][1]["steps"][0]["percent"] is None


def test_work_days_of_a_unit_go_by_day(office: Office, machine: Asker) -> None:
    page = machine("hr").get("/api/v1/work-days", params=JANUARY | {"unit": "JKT", "size": 10}).json()
    assert page["total"] == 33
    assert [day["day"][8:] for day in page["items"]] == ["01", "02", "03", "04", "05", "05", "06", "06", "07", "08"]
    assert office.employees[MADE] not in {day["employee_id"] for day in page["items"]}


def test_terminals_show_health_and_no_key(office: Office, machine: Asker) -> None:
    assert office.terminals
    answer = machine("hr").get("/api/v1/terminals")
    makassar, jakarta = answer.json()["items"]
    assert (jakarta["serial_number"], jakarta["clock_offset"], jakarta["record_count"]) == ("CQZ7231460912", -3, 41233)
    assert (makassar["name"], makassar["read_at"]) == ("gerbang-makassar", None)
    assert "123456" not in answer.text
    assert "comm_key" not in answer.text


def test_no_address_carries_an_identity_number(app: FastAPI) -> None:
    assert not [path for path in app.openapi()["paths"] if "nip" in path]


def test_every_route_and_field_is_described(app: FastAPI, machine: Asker) -> None:
    described = machine("allowance").get("/api/v1/openapi.json").json()
    assert described == app.openapi()
    assert set(described["components"]["securitySchemes"]) == {"key", "session"}
    for path, methods in described["paths"].items():
        for route in methods.values():
            assert route["summary"], path
            assert route["description"], path
            if path != "/health":
                (problem,) = route["responses"]["401"]["content"].items()
                assert problem[0] == "application/problem+json"
                assert {"title", "status", "detail", "errors"} <= problem[1]["schema"]["properties"].keys()
                assert {"key": []} in route["security"]
            for parameter in route.get("parameters", ()):
                assert parameter["description"] or parameter["schema"]["description"], (path, parameter["name"])


def test_the_step_shown_is_the_step_scoring_writes() -> None:
    assert steps.Step.__annotations__.keys() == Step.model_fields.keys()
    assert steps.PunchKey.__annotations__.keys() == models.PunchKey.model_fields.keys()
