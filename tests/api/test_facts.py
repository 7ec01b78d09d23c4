"""Facts come in as JSON just as they come in as CSV, within the unit of who enters them."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.facts import MOST_ROWS
from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import BUDI, MADE, SITI, Office
from tests.ingest.every_table import SAMPLES

NOBODY = "198501012010019999"
pytestmark = pytest.mark.usefixtures("office")


def enter(client: TestClient, table: str, rows: Any, status: int = 200, **query: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/facts/{table}", json=rows, params=query)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def absence(nip: str, **more: object) -> dict[str, object]:
    return {"nip": nip, "document": "800/1", "kind": "annual", "from": "2026-01-05", "until": "2026-01-06", **more}


def test_every_table_has_its_route_and_takes_its_rows(machine: Asker) -> None:
    client = machine("hr")
    for table, rows in SAMPLES.items():
        if table == "ratings":
            for dry_run in (True, False, False):
                assert enter(client, table, rows, dry_run=dry_run) == {"taken": len(rows), "dry_run": dry_run}
            continue
        assert enter(client, table, rows, dry_run=True)["added"] > 0, table
        told = enter(client, table, rows)
        assert told["added"] > 0
        assert enter(client, table, rows) == {"added": 0, "changed": 0, "unchanged": told["added"], "dry_run": False}


def test_no_rows_change_nothing(machine: Asker) -> None:
    client = machine("hr")
    for table in SAMPLES:
        nothing = {"taken": 0} if table == "ratings" else {"added": 0, "changed": 0, "unchanged": 0}
        assert enter(client, table, []) == {**nothing, "dry_run": False}, table


def test_every_fault_is_answered_with_row_column_value_and_cure(machine: Asker, pool: ConnectionPool) -> None:
    rows = [absence(SITI), absence("1", until="2026-01-04"), {"nip": BUDI, "knd": "annual"}]
    told = enter(machine("hr"), "absences", rows, status=422)
    assert told["detail"].startswith("Nothing was imported")
    said = {(fault["row"], fault["column"], fault["value"]) for fault in told["errors"]}
    assert {("2", "nip", "1"), ("2", "until", "2026-01-04"), ("3", "knd", "annual"), ("3", "document", "")} <= said
    assert any("did you mean kind?" in fault["cure"] for fault in told["errors"])
    with pool.connection() as connection:
        assert connection.execute("SELECT count(*) FROM absence").fetchone() == (0,)


def test_who_entered_it_is_recorded(machine: Asker, pool: ConnectionPool) -> None:
    enter(machine("hr"), "absences", [absence(SITI)], dry_run=True)
    enter(machine("hr", "JKT"), "absences", [absence(SITI)])
    with pool.connection() as connection:
        found = connection.execute("SELECT actor, object FROM audit WHERE action = 'import absences'").fetchall()
        assert found == [("key:hr-jkt", "absences")]
        assert connection.execute("SELECT entered_by FROM absence").fetchall() == [("key:hr-jkt",)]


def test_what_lies_outside_the_unit_cannot_be_entered(machine: Asker) -> None:
    client = machine("hr", "JKT")
    assert enter(client, "absences", [absence(BUDI)])["added"] == 1
    outside = enter(client, "absences", [absence(MADE), absence("198501012010019999")], status=422)
    first, second = ({**fault, "row": "", "value": ""} for fault in outside["errors"])
    assert first == second, "nobody learns who exists elsewhere"
    for table, row in (
        ("assemblies", {"unit": "MKS", "date": "2026-01-05", "name": "Apel", "presence": "list"}),
        ("assemblies", {"unit": "PUSAT", "date": "2026-01-05", "name": "Apel", "presence": "list"}),
        ("heads", {"unit": "MKS", "from": "2026-01-05", "nip": BUDI}),
        ("rosters", {"unit": "MKS", "date": "2026-01-05", "shifts": "-"}),
        ("employees", {"nip": MADE, "name": "Made", "unit": "JKT", "unit_from": "2026-02-01"}),
        ("employees", {"nip": BUDI, "name": "Budi", "unit": "MKS", "unit_from": "2026-02-01"}),
        (
            "employees",
            {
                "nip": BUDI, "name": "Budi", "unit": "JKT", "terminal": "lobi-jakarta", "pin": "1003",
                "from": "2026-01-01",
            },
        ),
        ("units", {"code": "X", "name": "X", "parent": "MKS", "time_zone": "Asia/Jakarta", "rulebook": "kemenag-2014"}),
        ("units", {"code": "JKT", "name": "X", "parent": "", "time_zone": "Asia/Jakarta", "rulebook": "kemenag-2014"}),
    ):  # fmt: skip
        assert enter(client, table, [row], status=422)["errors"], row
    for unowned in ("catalogue", "shifts"):
        enter(client, unowned, SAMPLES[unowned], status=403)


def test_who_is_outside_the_unit_and_who_is_nobody_get_the_same_answer(machine: Asker) -> None:
    client = machine("hr", "JKT")
    work: dict[str, object] = {
        "reference": "1", "date": "2026-01-05", "title": "x", "volume": 1, "weight": 1, "status": "verified",
    }  # fmt: skip
    item: dict[str, object] = {
        "year": 2026, "reference": "1", "title": "x", "kind": "main", "measure": "x", "target": 1, "serves": "1",
    }  # fmt: skip
    rating: dict[str, object] = {"nip": BUDI, "period": "2026-01", "role": "peer", "value": 90}
    asked: list[tuple[str, str, dict[str, object], tuple[str, ...]]] = [
        ("ratings", "rater", rating, (MADE, NOBODY)),
        ("activities", "decided_by", {**work, "nip": BUDI}, (MADE, NOBODY)),
        ("plans", "serves_owner", {**item, "owner": BUDI}, (MADE, NOBODY, "MKS", "no such unit")),
        ("employees", "nip", {"name": "Made", "unit": "JKT"}, (MADE, NOBODY)),
        ("employees", "nip", {"name": "Made", "unit": "JKT", "unit_from": "2026-02-01"}, (MADE, NOBODY)),
    ]
    for table, column, about, strangers in asked:
        answers = [enter(client, table, [{**about, column: one}], status=422)["errors"] for one in strangers]
        said = [[{**fault, "value": ""} for fault in faults] for faults in answers]
        assert said == [said[0]] * len(strangers), (table, column)
        assert column in {fault["column"] for fault in said[0]}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 422),
        (b"[[]]", 422),
        (b"[{}]", 422),
        (b'[{"nip": {}}]', 422),
        (b'[{"nip": "\\u0000"}]', 422),
        (b'[{"\\u0000": "x"}]', 422),
        (b'[{"nip": 1e400}]', 422),
        (b'[{"nip": "\\ud800"}]', 422),
        (b"[", 422),
        (b"[" + b"{}," * MOST_ROWS + b"{}]", 422),
        (b'["' + b"a" * 1024 * 1024 + b'"]', 413),
        (b'[{"nip": "1", "nip": "2"}]', 422),
        (b'[{"\\ud800": "1", "\\ud800": "2"}]', 422),
        (b"[]", 200),
    ],
    ids=str,
)
def test_odd_bodies_are_answered_in_kind(machine: Asker, body: bytes, status: int) -> None:
    client = machine("hr")
    for table in ("targets", "units", "employees", "exits"):
        answer = client.post(f"/api/v1/facts/{table}", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == status, (table, answer.text)
        if status != 200:
            assert answer.headers["content-type"] == "application/problem+json"


def test_a_column_told_twice_is_named(machine: Asker) -> None:
    body, headers = b'[{"nip": "1", "points": 1, "points": 2}]', {"content-type": "application/json"}
    answer = machine("hr").post("/api/v1/facts/targets", content=body, headers=headers)
    assert answer.json()["detail"] == "'points' is there twice in one object: keep one of the two."


def test_only_hr_enters_facts(machine: Asker, office: Office) -> None:
    assert office
    for client in (machine("allowance"), machine("employee", nip=SITI)):
        enter(client, "targets", [], status=403)
