"""How a unit stands, from the database: maturity, merit map, punctuality and the spread of predicates."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from config.errors import TepatError
from ingest import database
from scoring.withdrawn import pay_nothing
from tepat import assemble
from tests.scoring.database import AT, WORKING_DAYS, add_office, found, month, nip, punch, run, sync

RUNNER = CliRunner()
LATE = ("05", "06", "07")


@pytest.fixture
def office(pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> ConnectionPool:
    """Employees 0 and 3 are in W, 1 in T, 2 in E; a month of scans for those who have any."""
    add_office(pool, 4, rulebook="kemensos-eperformance")
    monkeypatch.setattr(database, "opened", lambda _: nullcontext(pool))
    return pool


def told(*arguments: str) -> Any:
    done = RUNNER.invoke(assemble([arguments[0]]), list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output) if "--json" in arguments else done.output


def of(rows: list[dict[str, Any]], number: int) -> dict[str, Any]:
    (one,) = [row for row in rows if row["nip"] == nip(number)]
    return one


def late_three_times() -> list[str]:
    return [at.replace(" 07:25", " 07:42") if at[8:10] in LATE else at for at in month()]


def insert(office: ConnectionPool, statement: str, *values: object) -> None:
    with office.connection() as connection:
        connection.execute(statement.encode(), values)


def score(office: ConnectionPool, number: int, output: int | None, behaviour: int | None, predicate: str = "") -> None:
    insert(
        office,
        "INSERT INTO score (employee_id, period, version, rulebook, rulebook_digest, basis, output, behaviour,"
        " predicate, steps, last_day, digest, scored_at) SELECT id, '2026-01', 1 + (SELECT count(*) FROM score WHERE"
        " employee_id = employee.id), 'r', 'd', 'regulation', %s, %s, nullif(%s, ''), '[]', '2026-01-31', 'd', now()"
        " FROM employee WHERE nip = %s",
        output,
        behaviour,
        predicate,
        nip(number),
    )


def evaluate(office: ConnectionPool, number: int, result: str | None, behaviour: str | None) -> None:
    insert(office, "INSERT INTO evaluation SELECT id, '2026-01', %s, %s, false FROM employee WHERE nip = %s",
           result, behaviour, nip(number))  # fmt: skip


def test_lists_tell_the_days_minutes_and_punches_behind_them(office: ConnectionPool) -> None:
    punch(office, "W", 0, month())
    punch(office, "W", 3, late_three_times())
    punch(office, "T", 1, [at for at in month() if at != "2026-01-08 16:35:00"])
    run(office)
    listed = told("punctuality", "HQ", "2026-01", "--json")
    assert (listed["until"], listed["whole"], listed["times"]["a_month"]) == ("2026-01-31", True, 3)
    assert listed["times"]["basis"] == "assumption"
    lists = {row["nip"]: [name for name in ("on_time", "repeated", "missing", "unproven") if row[name]]
             for row in listed["people"]}  # fmt: skip
    assert lists == {nip(0): ["on_time"], nip(1): ["missing"], nip(2): [], nip(3): ["repeated"]}
    often = of(listed["people"], 3)
    assert (often["late_days"], often["late_minutes"], often["worked"]) == (3, 36, len(WORKING_DAYS))
    assert [(fact["day"], fact["late"], fact["punches"][0]["local_time"]) for fact in often["facts"]] == [
        (f"2026-01-{day}", 12, f"2026-01-{day}T07:42:00") for day in LATE
    ]
    lacking = of(listed["people"], 1)["facts"]
    assert [(fact["day"], fact["missing_out"], fact["last_out"]) for fact in lacking] == [("2026-01-08", True, None)]
    assert of(listed["people"], 2)["absent_days"] == len(WORKING_DAYS)
    assert told("punctuality", "W", "2026-01", "--times", "4", "--json")["people"][1]["repeated"] is False
    words = told("punctuality", "HQ", "2026-01")
    assert f"Always on time: 1\n  {nip(0)} Employee 0: 20 days worked of 20\n" in words
    assert "    2026-01-05: 12 minutes late; punches: terminal-W 07:42:00\n" in words
    assert "    2026-01-08: no scan out; punches: terminal-T 07:25:00\n" in words
    assert found(office, "SELECT DISTINCT object FROM audit WHERE action = 'view'") == [("punctuality",)]


def test_lateness_by_a_letter_names_the_letter_and_of_several_shifts_the_shift(office: ConnectionPool) -> None:
    punch(office, "W", 0, month())
    insert(office, "INSERT INTO shift (code, name, starts, ends) VALUES ('P', 'P', 420, 660), ('S', 'S', 900, 1140)")
    insert(office, "INSERT INTO roster SELECT id, '2026-01-08', (SELECT array_agg(id ORDER BY code) FROM shift), ''"
           " FROM employee WHERE nip = %s", nip(0))  # fmt: skip
    insert(
        office,
        "INSERT INTO correction (employee_id, day, shift, side, document, minute, reason, withdrawn)"
        " SELECT id, day::date, shift, 'in', document, minute, 'forgotten', false FROM employee, (VALUES"
        " ('2026-01-07', 1, 'ND/1', 451), ('2026-01-08', 2, 'ND/2', 902), ('2026-01-09', 5, 'ND/3', 451))"
        " AS said (day, shift, document, minute) WHERE nip = %s",
        nip(0),
    )
    run(office)
    facts = of(told("punctuality", "W", "2026-01", "--json")["people"], 0)["facts"]
    assert [(fact["day"], fact["shift"], fact["late"]) for fact in facts] == [
        ("2026-01-07", None, 1), ("2026-01-08", 1, 25), ("2026-01-08", 2, 2),
    ]  # fmt: skip
    words = told("punctuality", "W", "2026-01", "--times", "2")
    assert f"{nip(0)} Employee 0: late on 2 days, 28 minutes; no scan in on 0, no scan out on 1 day\n" in words
    first = "in 07:31:00, letter ND/1: forgot to scan; instead of the scan 07:25:00"
    assert f"    2026-01-07: 1 minute late; by letter: {first}\n" in words
    assert "    2026-01-08 shift 2: 2 minutes late; by letter: in 15:02:00, letter ND/2: forgot to scan" in words
    assert "ND/3: forgot to scan; the day has no shift 5" in told("explain", nip(0), "2026-01-09")


def test_who_waits_or_is_not_scored_to_the_end_is_not_said_to_be_always_on_time(office: ConnectionPool) -> None:
    punch(office, "W", 0, [at for at in month() if at != "2026-01-30 16:35:00"])
    punch(office, "T", 1, month())
    with office.connection() as connection:
        sync(connection, None, "W")
    run(office)
    listed = told("punctuality", "HQ", "2026-01", "--json")["people"]
    held = of(listed, 0)
    assert (held["on_time"], held["unproven"], held["undecided"], held["facts"]) == (False, True, 1, [])
    assert of(listed, 1)["on_time"]
    insert(office, "DELETE FROM work_day WHERE day = '2026-01-20' AND employee_id ="
           " (SELECT id FROM employee WHERE nip = %s)", nip(1))  # fmt: skip
    unseen = of(told("punctuality", "HQ", "2026-01", "--json")["people"], 1)
    assert (unseen["on_time"], unseen["unproven"], unseen["not_scored"]) == (False, True, 1)
    assert "1 day undecided, 0 not scored" in told("punctuality", "W", "2026-01")
    with pytest.raises(TepatError, match="Nothing of W is scored in 2025"):
        told("punctuality", "W", "2025")


def test_the_map_places_who_has_both_and_says_why_others_have_no_place(office: ConnectionPool, tmp_path: Path) -> None:
    score(office, 0, 112_00, 95_00, "Baik")
    score(office, 0, 95_00, 95_00, "Baik")
    score(office, 1, 95_00, None)
    evaluate(office, 2, "above", "below")
    insert(
        office,
        "INSERT INTO activity (employee_id, reference, day, title, volume, weight, status, quality) SELECT id, 'A',"
        " '2026-01-05', 'Report', 100, 100, 'verified', 91 FROM employee WHERE nip = %s",
        nip(0),
    )
    placed = told("merit", "HQ", "2026-01", "--json")
    assert placed["placed"] == 2
    assert {(box["result"], box["behaviour"]): box["people"] for box in placed["boxes"] if box["people"]} == {
        ("above", "below"): 1,
        ("as expected", "as expected"): 1,
    }
    assert len(placed["boxes"]) == 9
    first = of(placed["people"], 0)
    assert (first["result"], first["basis"], first["quality"], first["quality_band"]) == (
        "as expected", "assumption", 91, "Sangat Baik")  # fmt: skip
    assert (of(placed["people"], 2)["basis"], of(placed["people"], 1)["lacking"]) == ("regulation", "not_weighed")
    assert of(placed["people"], 3)["lacking"] == "score"
    assert placed["borders"]["basis"] == "assumption"
    words = told("merit", "HQ", "2026-01", "--csv", str(tmp_path / "map.csv"))
    assert "Not placed: 2" in words
    lines = (tmp_path / "map.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1] == f"{nip(0)},Employee 0,as expected,as expected,assumption,,Baik,91,Sangat Baik"
    assert f"{nip(3)} Employee 3: no score of the period" in told("merit", "W", "2026-01")
    assert f"{nip(1)} Employee 1: the rulebook weighs no behaviour, and no conduct said" in told(
        "merit", "T", "2026-01"
    )
    for table, lacking in (("", "rating_weights"), ("rating_weights", "behaviour")):
        steps = json.dumps([{"kind": "behaviour", "table": table}])
        insert(office, "UPDATE score SET steps = %s WHERE behaviour IS NULL", steps)
        assert of(told("merit", "T", "2026-01", "--json")["people"], 1)["lacking"] == lacking


def test_the_spread_is_compared_with_the_guide_and_no_score_changes(office: ConnectionPool) -> None:
    for number, predicate in enumerate(("Baik", "Baik", "Baik")):
        score(office, number, None, None, predicate)
    insert(office, "INSERT INTO unit_predicate SELECT id, '2026-01', 'Baik' FROM unit WHERE code = 'HQ'")
    before = found(office, "SELECT * FROM score ORDER BY employee_id")
    spread = told("distribution", "HQ", "2026-01", "--json")
    assert (spread["basis"], spread["people"], spread["without_predicate"]) == ("assumption", 4, 1)
    assert [(share["predicates"], share["rated"], share["kept"]) for share in spread["shares"]] == [
        (["Baik"], 3, False),
        (["Butuh Perbaikan", "Kurang"], 0, False),
    ]
    assert told("distribution", "W", "2026-01", "--json")["organisation"] == {"unit": "HQ", "predicate": "Baik"}
    assert "DEVIATES: 3 Baik, guide at most 70 % (2)" in told("distribution", "HQ", "2026-01")
    assert found(office, "SELECT * FROM score ORDER BY employee_id") == before
    with pytest.raises(TepatError, match="tepat import predicates"):
        told("distribution", "HQ", "2026-02")


PLAN = (
    "INSERT INTO plan_item (employee_id, unit_id, year, reference, title, main, measure, low, high, maximal, weight,"
    " serves, mandate) VALUES ((SELECT id FROM employee WHERE nip = %s), (SELECT id FROM unit WHERE code = %s), 2026,"
    " %s, 't', true, 'm', 100, 100, false, 100, (SELECT id FROM plan_item WHERE reference = %s), %s)"
)


def test_maturity_rises_with_the_evidence_and_never_without(office: ConnectionPool) -> None:
    punch(office, "W", 0, month())
    insert(office, "DELETE FROM enrolment WHERE employee_id <> (SELECT id FROM employee WHERE nip = %s)", nip(0))
    levels = [told("maturity", "HQ", "--period", "2026", "--json")["level"]]
    run(office)

    def reached(statement: str, *values: object) -> None:
        insert(office, statement, *values)
        levels.append(told("maturity", "HQ", "--period", "2026", "--json")["level"])

    log = (
        "INSERT INTO activity (employee_id, reference, day, title, volume, weight, status) SELECT employee_id,"
        " day::text, day, 't', 1, 1, 'submitted' FROM work_day WHERE kind = 'work' AND extract(day FROM day) {}"
    )
    reached(log.format("<= 23"))  # 15 of 20 days
    reached(log.format("= 26"))  # 16 of 20 days
    reached(PLAN, None, "HQ", "U", None, None)
    reached(PLAN, nip(0), None, "A", None, None)
    reached("UPDATE activity SET plan_item_id = (SELECT id FROM plan_item WHERE reference = 'A')")
    reached("INSERT INTO plan_month SELECT id, '2026-03', 100 FROM plan_item WHERE reference = 'A'")
    reached("UPDATE plan_item SET serves = (SELECT id FROM plan_item WHERE reference = 'U') WHERE reference = 'A'")
    reached("UPDATE plan_item SET mandate = 'Renstra 2.1' WHERE reference = 'U'")
    decided = (
        "INSERT INTO decision SELECT id, '2026-01', 'reward', '800/7', '2026-02-10', {} FROM employee WHERE nip = %s"
    )
    reached(decided.format("true"), nip(0))
    reached("UPDATE decision SET withdrawn = false")
    assert levels == [0, 0, 1, 1, 1, 2, 3, 4, 5, 5, 6]
    one = told("maturity", "HQ", "--period", "2026-01", "--json")
    assert [level["evidenced"] for level in one["levels"]] == [True, True, False, True, True, True]
    assert (one["level"], one["basis"]) == (2, "assumption")
    assert one["levels"][2]["missing"]["id"].startswith("Kurang 1 dari 1, perlu 80 %. Isi kolom 01")
    words = told("maturity", "HQ", "--period", "2026", "--language", "id")
    assert "HQ Head office, 2026: tingkat 6 dari 6. Dasar: asumsi, tidak ada peraturan" in words
    assert "16 dari 20 = 80,00 %: hari kerja" in words
    assert "16 of 20 = 80.00 %: days worked" in told("maturity", "HQ", "--period", "2026")
    empty = told("maturity", "E", "--period", "2026")
    assert "level 0 of 6" in empty
    assert "Not evidenced: there is nothing to count yet" in empty


def test_a_month_in_which_nothing_counts_any_more_speaks_for_nobody(office: ConnectionPool) -> None:
    for number in (0, 1):
        score(office, number, 95_00, 100_00, "Baik")
    insert(office, "INSERT INTO decision SELECT id, '2026-01', 'reward', '800/7', '2026-02-10', false FROM employee"
                   " WHERE nip = %s", nip(0))  # fmt: skip

    def counted() -> tuple[int, int, dict[str, int], int]:
        used = told("maturity", "HQ", "--period", "2026", "--json")["levels"][-1]
        spread = told("distribution", "HQ", "2026-01", "--json")
        return used["counted"], used["of"], spread["counts"], told("merit", "HQ", "2026-01", "--json")["placed"]

    assert counted() == (1, 2, {"Baik": 2}, 2)
    with office.connection() as connection:
        who = [one for (one,) in connection.execute("SELECT id FROM employee WHERE nip = %s", (nip(1),))]
        assert len(pay_nothing(connection, "2026-01", who, AT)) == 1
    assert counted() == (1, 1, {"Baik": 1}, 1)
    assert of(told("merit", "HQ", "2026-01", "--json")["people"], 1)["lacking"] == "score"
    score(office, 1, 95_00, 100_00, "Baik")
    assert counted() == (1, 2, {"Baik": 2}, 2), "until it comes back"


def test_people_are_compared_by_the_newest_score_also_where_another_one_is_locked(office: ConnectionPool) -> None:
    score(office, 0, 80_00, 80_00, "Kurang")
    insert(
        office, "INSERT INTO locked_month SELECT employee_id, period, version, 0, '{}', now(), 'command:x' FROM score"
    )
    score(office, 0, 95_00, 100_00, "Baik")
    assert of(told("merit", "HQ", "2026-01", "--json")["people"], 0)["predicate"] == "Baik"
    assert told("distribution", "W", "2026-01", "--json")["counts"] == {"Baik": 1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("merit", "X", "2026-01"), "There is no unit 'X'"),
        (("merit", "HQ", "2026-13"), "'2026-13' is no period"),
        (("maturity", "HQ", "--period", "26"), "'26' is no period"),
        (("merit", "HQ", "2026-01", "--csv", "/nowhere/x.csv"), "cannot be written"),
    ],
)
@pytest.mark.usefixtures("office")
def test_what_cannot_be_told_names_the_cure(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(TepatError, match=words):
        told(*arguments)
