"""Employees submit their work, superiors verify or return it, and nobody learns who rated whom."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.accounts import AccountError, add_key
from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import BUDI, MADE, SITI, Office, add_score, step

WORK = {
    "reference": "A1",
    "date": "2026-01-05",
    "title": "Laporan",
    "volume": 2,
    "weight": 1.5,
    "evidence": "https://x",
}
PERIOD = {"period": "2026-01"}


def send(client: TestClient, path: str, body: Any, status: int = 200) -> Any:
    answer = client.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def own(client: TestClient, **query: str) -> list[Any]:
    return list(client.get("/api/v1/own/activities", params={**PERIOD, **query}).json())


@pytest.fixture(autouse=True)
def _members(pool: ConnectionPool, office: Office) -> None:
    """Everybody belongs to the unit where the office has them, ever since."""
    assert office
    with pool.connection() as connection:
        connection.execute("INSERT INTO membership (employee_id, valid_from, unit_id) SELECT id, '1900-01-01', unit_id"
                           " FROM employee")  # fmt: skip


@pytest.fixture
def siti_heads(machine: Asker, office: Office) -> TestClient:
    """Siti heads the unit that Budi works in."""
    assert office
    client = machine("hr", "PUSAT")
    assert client.post("/api/v1/facts/heads", json=[{"unit": "JKT", "from": "2026-01-01", "nip": SITI}]).is_success
    return machine("employee", nip=SITI)


def test_work_is_submitted_returned_mended_and_verified(
    machine: Asker, siti_heads: TestClient, office: Office, pool: ConnectionPool
) -> None:
    budi = machine("employee", nip=BUDI)
    assert send(budi, "own/activities", [WORK])["added"] == 1
    assert send(budi, "own/activities", [WORK]) == {"added": 0, "changed": 0, "unchanged": 1, "dry_run": False}
    (waiting,) = siti_heads.get("/api/v1/own/decisions").json()
    assert (waiting["nip"], waiting["volume"], waiting["status"], waiting["counts"]) == (
        BUDI,
        "2.00",
        "submitted",
        False,
    )
    path = f"activities/{waiting['id']}"
    assert send(siti_heads, f"{path}/return", {"reason": "bukti kurang"}) == {"status": "returned"}
    assert send(siti_heads, f"{path}/verify", {}, 409)["detail"].startswith("The work A1 is returned already")
    assert own(budi)[0]["reason"] == "bukti kurang"
    assert send(budi, "own/activities", [{**WORK, "evidence": "https://y"}])["changed"] == 1
    assert own(budi)[0]["reason"] is None
    with pool.connection() as connection:
        connection.execute("DELETE FROM day_to_score")
    assert send(siti_heads, f"{path}/verify", {"quality": 90}) == {"status": "verified"}
    assert [(one["status"], one["quality"], one["counts"]) for one in own(budi)] == [("verified", 90, True)]
    refused = send(budi, "own/activities", [WORK], 422)
    assert refused["errors"][0]["cure"].startswith("is verified already")
    with pool.connection() as connection:
        assert connection.execute("SELECT employee_id, day FROM day_to_score").fetchall() == [
            (office.employees[BUDI], date(2026, 1, 5))
        ]
        told = connection.execute(
            "SELECT actor, action FROM audit WHERE object IN ('activities', %s) AND action <> 'view' ORDER BY id",
            (f"activity:{waiting['id']}",),
        ).fetchall()
        decided = connection.execute("SELECT decided_by, decided_on FROM activity").fetchone()
    budis, sitis = f"key:employee-{BUDI}", f"key:employee-{SITI}"
    assert [one for one in told if one[1] != "refused"] == [
        (budis, "import activities"), (sitis, "return"), (budis, "import activities"), (sitis, "verify"),
    ]  # fmt: skip
    assert decided
    assert decided[0] == office.employees[SITI]


def test_only_the_superior_decides(machine: Asker, siti_heads: TestClient) -> None:
    budi, made = machine("employee", nip=BUDI), machine("employee", nip=MADE)
    send(budi, "own/activities", [WORK])
    (waiting,) = siti_heads.get("/api/v1/own/decisions").json()
    assert made.get("/api/v1/own/decisions").json() == []
    assert send(made, f"activities/{waiting['id']}/verify", {}, 404) == send(made, "activities/99/verify", {}, 404)
    send(budi, f"activities/{waiting['id']}/verify", {}, 404)
    assert own(made) == []
    send(siti_heads, "own/activities", [{**WORK, "reference": "S1"}])
    (own_work,) = own(siti_heads)
    send(siti_heads, f"activities/{own_work['id']}/verify", {}, 404)


def test_the_owner_of_what_a_plan_serves_decides_too(machine: Asker, office: Office) -> None:
    assert office
    item = {"year": 2026, "title": "Layanan", "kind": "main", "measure": "%", "target": 100}
    plans = [
        {"owner": MADE, "reference": "M1", **item},
        {"owner": BUDI, "reference": "B1", **item, "serves_owner": MADE, "serves": "M1"},
    ]
    send(machine("hr"), "facts/plans", plans)
    budi, made = machine("employee", nip=BUDI), machine("employee", nip=MADE)
    send(budi, "own/activities", [{**WORK, "plan": "B1"}])
    (waiting,) = made.get("/api/v1/own/decisions").json()
    send(made, f"activities/{waiting['id']}/verify", {})


def test_nobody_says_of_his_own_work_what_a_superior_says(machine: Asker, office: Office) -> None:
    assert office
    budi = machine("employee", nip=BUDI)
    for column, value in (("status", "verified"), ("quality", 100), ("nip", SITI), ("decided_by", SITI)):
        faults = send(budi, "own/activities", [{**WORK, column: value}], 422)["errors"]
        assert [fault["column"] for fault in faults] == [column]
    assert own(budi) == []


def test_late_work_does_not_count(machine: Asker, siti_heads: TestClient) -> None:
    deadlines = [{"unit": "PUSAT", "from": "2026-01-01", "submit_days": 3, "decide_days": None}]
    budi = machine("employee", nip=BUDI)
    send(budi, "own/activities", [WORK])
    (waiting,) = siti_heads.get("/api/v1/own/decisions").json()
    send(siti_heads, f"activities/{waiting['id']}/verify", {})
    assert own(budi)[0]["counts"]
    send(machine("hr"), "facts/deadlines", deadlines)
    assert not own(budi)[0]["counts"], "it was submitted more than three days after 5 January"


def test_hr_sees_the_work_behind_an_output_of_its_unit(machine: Asker, siti_heads: TestClient, office: Office) -> None:
    send(machine("employee", nip=BUDI), "own/activities", [WORK])
    (waiting,) = siti_heads.get("/api/v1/own/decisions").json()
    path = f"/api/v1/employees/{office.employees[BUDI]}/activities"
    office_of_his = machine("hr", "JKT")
    assert office_of_his.get(path, params=PERIOD).json() == [waiting]
    assert office_of_his.get(path, params={"period": "2026-02"}).json() == []
    assert machine("hr", "MKS").get(path, params=PERIOD).status_code == 404
    assert siti_heads.get(path, params=PERIOD).status_code == 403


def test_ratings_tell_nobody_who_rated(
    machine: Asker, siti_heads: TestClient, office: Office, pool: ConnectionPool
) -> None:
    colleagues = [f"19900101201501{n:04d}" for n in range(1001, 1004)]
    people = [{"nip": nip, "name": f"Rekan {nip[-1]}", "unit": "JKT"} for nip in colleagues]
    send(machine("hr"), "facts/employees", people)
    budi = machine("employee", nip=BUDI)
    rating = {"nip": BUDI, **PERIOD, "role": "peer"}
    send(machine("employee", nip=colleagues[0]), "own/ratings", [{**rating, "value": 80}])
    assert budi.get("/api/v1/own/ratings", params=PERIOD).json() == [], "no score rests on it yet"
    for number, nip in enumerate(colleagues[1:], 1):
        send(machine("employee", nip=nip), "own/ratings", [{**rating, "value": 80 + number}])
    send(siti_heads, "own/ratings", [{**rating, "role": "superior", "value": 100}])
    scores: list[tuple[str, list[str | None]]] = [
        ("100,00 % superior (1) 100,00", ["100.00", None, None]),
        ("60,00 % superior (1) 100,00 + 40,00 % peer (3) 81,00", ["100.00", "81.00", None]),
    ]
    for version, (formula, means) in enumerate(scores, 1):
        one = step("behaviour", "", 9000, formula)
        with pool.connection() as connection:
            add_score(connection, office.employees[BUDI], version, 9000, [one], behaviour=9000)
        shown = budi.get("/api/v1/own/ratings", params=PERIOD)
        assert [side["value"] for side in shown.json()] == means, "what the newest score says, whoever rated by now"
        assert [side["role"] for side in shown.json()] == ["superior", "peer", "subordinate"]
    assert not any(nip in shown.text for nip in (*colleagues, SITI))
    with pool.connection() as connection:
        said = connection.execute("SELECT detail::text FROM audit WHERE action = 'import ratings'").fetchall()
    assert all("employee" not in detail and BUDI not in detail for (detail,) in said)


def test_hr_cannot_find_out_who_rated_nor_what_they_said(machine: Asker, office: Office, pool: ConnectionPool) -> None:
    colleague, silent = "199001012015011001", "199001012015011002"
    hr = machine("hr")
    send(hr, "facts/employees", [{"nip": nip, "name": "Rekan", "unit": "JKT"} for nip in (colleague, silent)])
    rating = {"nip": BUDI, **PERIOD, "role": "peer"}
    rated = machine("employee", nip=colleague)
    for _ in range(2):
        assert send(rated, "own/ratings", [{**rating, "value": 77}]) == {"taken": 1, "dry_run": False}
    for dry_run in ("true", "false"):
        told = [
            send(hr, f"facts/ratings?dry_run={dry_run}", [{**rating, "rater": rater, "value": value}])
            for rater in (colleague, silent)
            for value in (76, 77, 77)
        ]
        assert told == [{"taken": 1, "dry_run": dry_run == "true"}] * 6
    with pool.connection() as connection:
        kept = connection.execute("SELECT own, value FROM rating WHERE employee_id = %s ORDER BY own, rater_id",
                                  [office.employees[BUDI]]).fetchall()  # fmt: skip
        told = connection.execute("SELECT detail FROM audit WHERE action = 'import ratings'").fetchall()
    assert kept == [(False, 7700), (False, 7700), (True, 7700)], "what HR brings stands apart from what the rater sent"
    assert told == [({"taken": 1},)] * 8, "also where nothing changed"
    send(hr, "facts/ratings", [{**rating, "rater": colleague, "value": 10}, {**rating, "rater": silent, "value": 20}])
    send(rated, "own/ratings", [{**rating, "value": 78}])
    with pool.connection() as connection:
        kept = connection.execute("SELECT own, value FROM rating ORDER BY own, value").fetchall()
    assert kept == [(False, 1000), (False, 2000), (True, 7800)], "neither changes the other's"


def test_whom_a_rater_does_not_work_with_may_as_well_not_exist(machine: Asker, office: Office) -> None:
    assert office
    budi = machine("employee", nip=BUDI)
    for more in ({}, {"role": "superior"}, {"value": "x"}, {"period": "soon"}):
        told = [
            send(budi, "own/ratings", [{**PERIOD, "role": "peer", "value": 90, **more, "nip": nip}], 422)["errors"]
            for nip in (MADE, "198501012010019999")
        ]
        first, second = ([{**fault, "value": ""} for fault in faults] for faults in told)
        assert first == second, more


def test_what_a_decision_does_not_know_is_refused(machine: Asker, siti_heads: TestClient) -> None:
    send(machine("employee", nip=BUDI), "own/activities", [WORK])
    (waiting,) = siti_heads.get("/api/v1/own/decisions").json()
    for path, body in (("verify", {"qualty": 90}), ("return", {"reason": "kurang", "quality": 10})):
        send(siti_heads, f"activities/{waiting['id']}/{path}", body, 422)
    assert siti_heads.get("/api/v1/own/decisions").json() == [waiting]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("date", "2999-01-01"),
        ("evidence", "javascript:alert(1)"),
        ("evidence", "JavaScript:alert(1)"),
        ("evidence", "data:text/html,x"),
        ("evidence", "ftp://x"),
        ("evidence", "java\nscript:alert(1)"),
    ],
)
def test_work_of_the_future_and_harmful_links_are_refused(machine: Asker, column: str, value: str) -> None:
    faults = send(machine("employee", nip=BUDI), "own/activities", [{**WORK, column: value}], 422)["errors"]
    assert [fault["column"] for fault in faults] == [column]


def test_nobody_rates_in_a_role_that_is_not_his(machine: Asker, siti_heads: TestClient) -> None:
    rating = {**PERIOD, "value": 90}
    for client, row, column in (
        (siti_heads, {"nip": BUDI, "role": "peer"}, "role"),
        (machine("employee", nip=BUDI), {"nip": SITI, "role": "superior"}, "role"),
        (machine("employee", nip=MADE), {"nip": BUDI, "role": "peer"}, "nip"),
        (siti_heads, {"nip": SITI, "role": "superior"}, "rater"),
        (siti_heads, {"nip": BUDI, "role": "superior", "rater": MADE}, "rater"),
    ):
        faults = send(client, "own/ratings", [{**rating, **row}], 422)["errors"]
        assert [fault["column"] for fault in faults] == [column], row


def test_an_employee_who_logs_in_uses_the_same_routes_and_sees_no_page_of_others(person: Asker) -> None:
    budi = person("employee", nip=BUDI)
    assert send(budi, "own/activities", [WORK])["added"] == 1
    assert own(budi)[0]["reference"] == "A1"
    answer = budi.get("/recap", params=PERIOD)
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ({"role": "employee"}, "say whose with --nip"),
        ({"role": "employee", "nip": BUDI, "unit": "JKT"}, "leave --unit out"),
        ({"role": "employee", "nip": "1" * 18}, "import the employees first"),
        ({"role": "hr", "nip": BUDI}, "leave --nip out"),
    ],
)
def test_an_account_of_nobody_is_refused(pool: ConnectionPool, said: dict[str, Any], cure: str) -> None:
    with pool.connection() as connection, pytest.raises(AccountError, match=cure):
        add_key(connection, "x1", actor="command:test", **{"unit": None, **said})
