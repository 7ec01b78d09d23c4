"""Nobody learns what one peer or subordinate said: not from steps, versions, totals, pages, JSON or the command.

Two employees stand for two worlds: whatever is shown of them must be the same, though single ratings differ.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from config.kinds.evaluation import Method, RatingWeights
from config.kinds.weights import Weights
from config.rulebook_tables import METHOD, RATING_WEIGHTS, WEIGHTS
from ingest import database
from ingest.tables import import_table
from tepat import assemble
from tests.api.conftest import Asker
from tests.scoring.database import AT, add_office, found, month, nip, punch, run
from tests.scoring.test_performance import book
from tests.scoring.test_performance import table as dated

BOOK = book(
    weights=(WEIGHTS, Weights(attendance=4000, output=0, behaviour=6000, never_above_attendance=False)),
    ratings=(RATING_WEIGHTS, RatingWeights(superior=5000, peer=3000, subordinate=2000, fewest=3)),
    method=(METHOD, Method(output="points", predicate="none")),
)
ONE, OTHER, BOSS = 0, 3, 6
RATERS = range(9, 30, 3)


@pytest.fixture
def office(pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> ConnectionPool:
    add_office(pool, 30, rulebook="kemensos-eperformance")
    with pool.connection() as connection:
        connection.execute("DELETE FROM enrolment WHERE pin <> ALL (%s)", [[str(ONE), str(OTHER)]])
    for employee in (ONE, OTHER):
        punch(pool, "W", employee, month())
    monkeypatch.setattr(database, "opened", lambda _: nullcontext(pool))
    return pool


def rate(office: ConnectionPool, folder: Path, employee: int, role: str, values: dict[int, float | str]) -> None:
    """As the raters' values come in, in one file."""
    path = folder / "ratings.csv"
    rows = "".join(f"{nip(employee)},{nip(rater)},2026-01,{role},{value}\n" for rater, value in values.items())
    path.write_text(f"nip,rater,period,role,value\n{rows}", encoding="utf-8")
    with office.connection() as connection:
        import_table(connection, "ratings", path, at=AT, actor="command:test")


def score(office: ConnectionPool) -> None:
    run(office, book=lambda _: BOOK)


def peers(*values: float | str) -> dict[int, float | str]:
    return dict(zip(RATERS, values, strict=False))


def versions(office: ConnectionPool, employee: int) -> list[Any]:
    """Everything stored of an employee's scores but whose they are."""
    return found(
        office,
        "SELECT version, attendance, output, behaviour, total, evaluation, predicate, payable, amount, steps,"
        " score.digest FROM score JOIN employee ON employee.id = employee_id WHERE nip = %s ORDER BY version",
        nip(employee),
    )


def both_rated(office: ConnectionPool, folder: Path) -> Iterator[str]:
    """The same sums from different people, step by step; yields after each step, when all is scored."""
    steps: tuple[tuple[str, str, dict[int, dict[int, float | str]]], ...] = (
        ("the superior", "superior", {ONE: {BOSS: 90}, OTHER: {BOSS: 90}}),
        ("one peer", "peer", {ONE: peers(71), OTHER: peers(82)}),
        ("two peers", "peer", {ONE: peers(71, 81), OTHER: peers(82, 72)}),
        ("two subordinates", "subordinate", {ONE: {27: 11, 24: 99}, OTHER: {27: 99, 24: 13}}),
        ("three peers", "peer", {ONE: peers(71, 81, 88), OTHER: peers(82, 72, 86)}),
    )
    for name, role, values in steps:
        for employee, said in values.items():
            rate(office, folder, employee, role, said)
        score(office)
        yield name


def test_all_versions_of_a_score_are_the_same_in_both_worlds(office: ConnectionPool, tmp_path: Path) -> None:
    seen = []
    for step in both_rated(office, tmp_path):
        assert versions(office, ONE) == versions(office, OTHER), step
        seen.append((step, len(versions(office, ONE)), versions(office, ONE)[-1][3]))
    assert seen == [
        ("the superior", 1, 90_00),
        ("one peer", 1, 90_00),
        ("two peers", 1, 90_00),
        ("two subordinates", 1, 90_00),
        ("three peers", 2, 86_25),
    ], "what one or two said makes no new version, so that nobody learns even that they spoke"


def test_a_fourth_rating_alone_is_held_because_the_difference_would_tell_it(
    office: ConnectionPool, tmp_path: Path
) -> None:
    for _ in both_rated(office, tmp_path):
        pass
    before = versions(office, ONE)
    for step in (
        {ONE: peers(71, 81, 88, 60), OTHER: peers(82, 72, 86, 63)},
        {ONE: peers(71, 81, 88, 60, 70), OTHER: peers(82, 72, 86, 63, 62)},
        {ONE: peers(71, 81, 88, 60, 61), OTHER: peers(82, 72, 86, 63, 62)},
    ):
        for employee, said in step.items():
            rate(office, tmp_path, employee, "peer", said)
        score(office)
        assert versions(office, ONE) == versions(office, OTHER) == before
        held = found(office, "SELECT count(*) FROM held_rating")
    assert held == [(4,)]
    rate(office, tmp_path, ONE, "peer", {27: 62})
    rate(office, tmp_path, OTHER, "peer", {27: 58})
    assert found(office, "SELECT count(*) FROM held_rating") == [(0,)], "three came, and count together"
    assert versions_after(office) == (before, 70_50)


def versions_after(office: ConnectionPool) -> tuple[list[Any], int]:
    """The versions before the newest, and its mean of peers, of both worlds alike."""
    score(office)
    assert versions(office, ONE) == versions(office, OTHER)
    *before, newest = versions(office, ONE)
    (told,) = [step["formula"] for step in newest[9] if step["kind"] == "behaviour"]
    return before, round(float(told.split("peer (6) ")[1].replace(",", ".")) * 100)


def test_subordinates_likewise(office: ConnectionPool, tmp_path: Path) -> None:
    worlds = {ONE: (11, 99, 70), OTHER: (60, 60, 60)}
    for employee in worlds:
        rate(office, tmp_path, employee, "superior", {BOSS: 90})
    for raters, behaviour_ in ((2, 90_00), (3, 81_43)):
        for employee, said in worlds.items():
            rate(office, tmp_path, employee, "subordinate", peers(*said[:raters]))
        score(office)
        assert versions(office, ONE) == versions(office, OTHER)
        assert versions(office, ONE)[-1][3] == behaviour_
    rate(office, tmp_path, ONE, "subordinate", peers(11, 99, 70, 80))
    score(office)
    assert versions(office, ONE) == versions(office, OTHER), "a fourth is held"


def test_before_a_result_is_stored_ratings_come_and_change_as_they_like(office: ConnectionPool, tmp_path: Path) -> None:
    rate(office, tmp_path, ONE, "peer", peers(71, 81, 88, 60))
    rate(office, tmp_path, ONE, "peer", peers(71, 81, 88, 61))
    rate(office, tmp_path, ONE, "peer", peers(71, 81, 88, 61, 70))
    score(office)
    assert versions(office, ONE)[-1][3] is None
    assert peers_told(office) == "?", "nor does the explanation say anything before the superior has rated"
    rate(office, tmp_path, ONE, "peer", peers(71, 81, 88, 61, 72))
    rate(office, tmp_path, ONE, "superior", {BOSS: 90})
    score(office)
    assert peers_told(office) == "peer (5) 74,60"


def peers_told(office: ConnectionPool) -> str:
    """What the newest score of the one says of his peers."""
    (told,) = [one["formula"] for one in versions(office, ONE)[-1][9] if one["kind"] == "behaviour"]
    return str(told.rpartition(" % ")[2])


def send(machine: Asker, said: Mapping[int, float], about: int = ONE) -> None:
    """Peers rate, each with a key of his own."""
    for rater, value in said.items():
        row = {"nip": nip(about), "period": "2026-01", "role": "peer", "value": value}
        assert machine("employee", nip=nip(rater)).post("/api/v1/own/ratings", json=[row]).is_success


def test_hr_cannot_reckon_a_rating_from_two_that_it_enters_beside(
    office: ConnectionPool, tmp_path: Path, machine: Asker
) -> None:
    first, second, *others = RATERS
    rate(office, tmp_path, ONE, "superior", {BOSS: 90})
    send(machine, {first: 71})
    rate(office, tmp_path, ONE, "peer", {second: 80, others[0]: 90})
    score(office)
    assert peers_told(office) == "superior (1) 90,00", "neither the one nor the two are enough by themselves"
    rate(office, tmp_path, ONE, "peer", {first: 100})
    score(office)
    assert peers_told(office) == "peer (3) 90,00", (
        "what was entered, also for who rated himself: nobody learns that he did"
    )
    send(machine, {second: 72})
    score(office)
    assert peers_told(office) == "peer (3) 90,00"
    send(machine, {others[1]: 73})
    score(office)
    assert peers_told(office) == "peer (3) 72,00", "three raters' own words, and nothing that was entered"
    rate(office, tmp_path, ONE, "peer", {first: 0, second: 0, others[0]: 0, others[1]: 0, others[2]: 0})
    score(office)
    assert peers_told(office) == "peer (3) 72,00"
    send(machine, {others[2]: 20})
    score(office)
    assert peers_told(office) == "peer (3) 72,00", "a fourth waits, as ever"
    assert found(office, "SELECT own, value FROM held_rating") == [(True, 20_00)]


def test_a_score_can_rest_on_entered_ratings_alone(office: ConnectionPool, tmp_path: Path) -> None:
    rate(office, tmp_path, ONE, "superior", {BOSS: 90})
    rate(office, tmp_path, ONE, "peer", peers(71, 81, 88))
    rate(office, tmp_path, ONE, "subordinate", {21: 80, 24: 60, 27: 70})
    score(office)
    assert versions(office, ONE)[-1][3] == 83_00


def test_a_fifth_that_a_rulebook_waits_for_is_not_held(office: ConnectionPool, tmp_path: Path) -> None:
    five = RatingWeights(superior=5000, peer=3000, subordinate=2000, fewest=5)
    book_ = BOOK.replaced(RATING_WEIGHTS, dated(RATING_WEIGHTS, five))
    rate(office, tmp_path, ONE, "superior", {BOSS: 90})
    for many in (3, 4, 5):
        rate(office, tmp_path, ONE, "peer", peers(*(71, 81, 88, 60, 70)[:many]))
        run(office, book=lambda _: book_)
        assert peers_told(office) == ("peer (5) 74,00" if many == 5 else "superior (1) 90,00")


NAMING = {"id", "employee_id", "nip", "name", "pin", "scored_at", "received_at"}
"""What differs between any two people."""


def unnamed(value: Any) -> Any:
    """JSON without what names a person or says when it was computed."""
    if isinstance(value, dict):
        return {key: unnamed(inner) for key, inner in value.items() if key not in NAMING}
    return [unnamed(inner) for inner in value] if isinstance(value, list) else value


def shown(
    office: ConnectionPool, client: TestClient, person: TestClient, themselves: Mapping[int, TestClient]
) -> Iterator[tuple[str, dict[int, str]]]:
    """Everything that shows behaviour: routes, pages, commands; of each employee without what names them."""
    numbers = dict(found(office, "SELECT nip, id FROM employee"))
    runner = CliRunner()

    def month_of(employee: int) -> str:
        answer = client.get(f"/api/v1/employees/{numbers[nip(employee)]}/months/2026-01")
        return json.dumps(unnamed(answer.json()))

    def page_of(employee: int) -> str:
        text = person.get(f"/employees/{numbers[nip(employee)]}?period=2026-01&lang=en").text
        bare = text.replace(f"Employee {employee}", "").replace(f"/employees/{numbers[nip(employee)]}", "")
        return re.sub(r"PIN \d+", "", bare.replace(nip(employee), ""))

    def explained(employee: int) -> str:
        done = runner.invoke(assemble(["explain"]), ["explain", nip(employee), "2026-01"], catch_exceptions=False)
        return re.sub(r"PIN \d+", "", done.output.replace(nip(employee), "").replace(f"Employee {employee}", ""))

    def own(employee: int) -> str:
        answer = themselves[employee].get("/api/v1/own/ratings?period=2026-01")
        assert answer.status_code == 200
        return answer.text

    def listed(route: str) -> Callable[[int], str]:
        def of(employee: int) -> str:
            body = client.get(f"/api/v1/{route}period=2026-01&size=200").json()
            items = body["items"] if "items" in body else body["people"]["items"]
            return json.dumps([unnamed(one) for one in items if one["nip"] == nip(employee)])

        return of

    asks: dict[str, Callable[[int], str]] = {"month": month_of, "page": page_of, "explain": explained, "own": own}
    asks |= {route: listed(route) for route in ("scores?", "merit?unit=HQ&", "punctuality?unit=HQ&")}
    for name, ask in asks.items():
        yield name, {employee: ask(employee) for employee in (ONE, OTHER)}


def test_nothing_that_is_shown_differs_and_no_rater_is_named(
    office: ConnectionPool, tmp_path: Path, machine: Asker, person: Asker
) -> None:
    client, reader = machine("hr"), person("hr")
    themselves = {employee: machine("employee", nip=nip(employee)) for employee in (ONE, OTHER)}
    for step in both_rated(office, tmp_path):
        if step not in {"two subordinates", "three peers"}:
            continue
        for name, texts in shown(office, client, reader, themselves):
            assert texts[ONE] == texts[OTHER], (step, name)
            assert not [rater for rater in (BOSS, *RATERS) if nip(rater) in texts[ONE]], (step, name)
            if name in {"month", "explain"}:
                assert ("peer (3)" in texts[ONE]) is (step == "three peers"), (step, name)
            assert "peer (1)" not in texts[ONE], (step, name)
            assert "peer (2)" not in texts[ONE], (step, name)
            assert "subordinate (" not in texts[ONE], (step, name)
            if name == "own":
                told = {one["role"]: one["value"] for one in json.loads(texts[ONE])}
                assert told["superior"] == "90.00"
                assert (told["peer"], told.get("subordinate")) == ("80.00" if step == "three peers" else None, None)
