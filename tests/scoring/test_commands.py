"""`tepat score` and `tepat explain` on a real database, as processes and in this one."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from config.errors import TepatError
from scoring import commands
from tests.scoring.database import add_office, enrol, found, mark, nip, punch, run

ROOT = Path(__file__).parent.parent.parent
FOLLOWER = """
import sys
from scoring import commands, follow

follow.FOLLOW_SECONDS = 0.1
commands.score(follow=True, until=sys.argv[1])
"""

app = typer.Typer()
app.command("score")(commands.score)
app.command("explain")(commands.explain)


@pytest.fixture
def office(pool: ConnectionPool, command_line: dict[str, str]) -> ConnectionPool:
    """Three employees of Kementan; the first was late on 5 January and has no scan out."""
    assert command_line
    add_office(pool, rulebook="kementan-2012")
    punch(pool, "W", 0, ["2026-01-05 07:42:00"])
    return pool


def call(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_score_tells_what_it_did_and_the_lowest_scores(office: ConnectionPool) -> None:
    text = call("score", "2026-01", "--until", "2026-01-06")
    assert text.startswith("2026-01: 3 employees, 15 days computed, 15 changed, 3 scores changed.\n")
    assert f"{nip(0)} Employee 0: deduction 6,50 %, payable 93,50 %" in text
    assert found(office, "SELECT action, object FROM audit") == [("score", "2026-01")]
    again = json.loads(call("score", "2026-01", "--until", "2026-01-06", "--unit", "W", "--json"))
    assert (again["days_computed"], again["scores_changed"]) == (0, 0)
    assert [(row["nip"], row["payable"]) for row in again["scores"]] == [(nip(0), 9350)]


def test_explain_a_day(office: ConnectionPool) -> None:
    call("score", "2026-01", "--until", "2026-01-06")
    lines = call("explain", nip(0), "2026-01-05").splitlines()
    assert lines[0] == f"{nip(0)} Employee 0, Monday 2026-01-05: work"
    assert "  expected 07:30:00 to 16:00:00" in lines
    assert "  scanned in 07:42:00, out --:--:--" in lines
    assert "  deduction 2,50 % by kementan-2012" in lines
    assert "  hours: Perpres 21/2023, Ps. 3, Ps. 4, in force from 2023-04-12" in lines
    assert "  2026-01-05 late TL1: 0,50 %   12 min in [1, 31)" in lines
    rule = "lateness_deduction, Permentan 68/2012, article not known, in force from 2012 (only the year is known)"
    assert f"    rule: {rule}" in lines
    assert "    punch: terminal-W, PIN 0, 2026-01-05 07:42:00 WIB, state not said" in lines
    scans = (
        "[scans: Convention, no regulation: the text known says nothing about seconds, double taps and single scans; "
    )
    assert (
        "  2026-01-05 no scan out TAP: 2,00 %   one scan 07:42:00, not after the middle 11:45 of 07:30-16:00, "
        f"counts as in; no scan out {scans}assumption]"
    ) in lines
    document = json.loads(call("explain", nip(0), "2026-01-05", "--json"))
    assert [step["code"] for step in document["steps"]] == ["TL1", "TAP"]
    assert document["hours"]["law"] == "Perpres 21/2023"
    assert found(office, "SELECT count(*) FROM audit WHERE action = 'view'") == [(2,)]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-01-01", ["no work expected: SKB Menag 1497/2025", "in force from 2026 (only the year is known)"]),
        ("2026-01-03", ["no work expected: Perpres 21/2023, Ps. 3, Ps. 4, in force from 2023-04-12"]),
        ("2026-02-16", ["collective leave (Cuti bersama Tahun Baru Imlek)", "no work expected: SKB Menag 1497/2025"]),
        ("2026-02-23", ["hours: Perpres 21/2023; Assumption: Ramadan", "Ps. 4", "ASSUMPTION, no regulation"]),
    ],
)
def test_a_day_without_a_deduction_names_its_law(office: ConnectionPool, day: str, words: list[str]) -> None:
    assert office is not None
    call("score", day[:7], "--until", "2026-02-24")
    text = call("explain", nip(1), day)
    for word in words:
        assert word in text
    hours = json.loads(call("explain", nip(1), day, "--json"))["hours"]
    assert set(hours) == {"law", "article", "in_force", "in_force_known", "basis"}


def test_a_punch_of_another_zone_is_told_by_both_clocks(office: ConnectionPool) -> None:
    with office.connection() as connection:
        enrol(connection, 2, "W")
    punch(office, "W", 2, ["2026-01-05 05:45:00", "2026-01-05 22:05:00", "2026-01-05 14:00:00"])
    run(office)
    assert "2026-01-05 05:45:00 WIB = 07:45:00 WIT, state" in call("explain", nip(2), "2026-01-05")
    assert "2026-01-05 22:05:00 WIB = 2026-01-06 00:05:00 WIT, state" in call("explain", nip(2), "2026-01-06")


def test_a_double_tap_that_was_taken_for_one_is_said(office: ConnectionPool) -> None:
    punch(office, "W", 0, ["2026-01-06 16:01:00", "2026-01-06 16:03:00"])
    run(office)
    told = "scans from 16:01:00 to 16:03:00, within 120 s, are one, 16:03:00, after the middle 11:45 of 07:30-16:00, "
    assert f"no scan in TAM: 2,00 %   {told}counts as out; no scan in [scans: " in call("explain", nip(0), "2026-01-06")


def test_explain_a_month(office: ConnectionPool) -> None:
    call("score", "2026-01", "--until", "2026-01-06")
    text = call("explain", nip(0), "2026-01")
    assert "payable 93,50 % by kementan-2012, basis regulation" in text
    assert "sum of deductions: 6,50 %   4,00 + 2,50" in text
    document = json.loads(call("explain", nip(0), "2026-01", "--json"))
    assert [step["kind"] for step in document["day_steps"]] == ["absent", "late", "missing_out"]
    assert office is not None


def test_an_assumption_is_shown_as_such(office: ConnectionPool) -> None:
    with office.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'kemensos-eperformance'")
    assert "payable target missing   (assumption, no regulation)" in call("score", "2026-01", "--until", "2026-01-06")
    assert "ASSUMPTION, no regulation" in call("explain", nip(0), "2026-01-05")
    assert "basis assumption\n  ASSUMPTION, no regulation" in call("explain", nip(0), "2026-01")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explain", "1", "2026-01-05"], "no employee '1'.*18 digits"),
        (["explain", nip(0), "2026-01-05"], r"Nothing is computed.*tepat score 2026-01"),
        (["explain", nip(0), "2026-01"], r"Nothing is computed.*tepat score 2026-01"),
        (["explain", nip(0), "yesterday"], "'yesterday' is no day"),
        (["explain", nip(0), "2026-13"], "'2026-13' is no period"),
        (["score", "2026-1x"], "'2026-1x' is no period"),
        (["score", "2026-01", "--until", "soon"], "'soon' is no day"),
        (["score", "2026-01", "--unit", "X"], "no unit 'X'"),
        (
            ["score", "2026-01", "--until", "2999-01-01"],
            r"--until 2999-01-01 lies after today.*Name today or a day before",
        ),
    ],
)
def test_what_cannot_be_done_is_said(office: ConnectionPool, arguments: list[str], message: str) -> None:
    assert office is not None
    with pytest.raises(TepatError, match=message):
        call(*arguments)


def test_a_month_that_is_not_over_anywhere_is_said(office: ConnectionPool) -> None:
    assert call("score", "2999-05") == "2999-05: no day of it is over yet, so there is nothing to score.\n"
    assert found(office, "SELECT count(*) FROM work_day") == [(0,)]


def test_score_wants_a_month_or_follow() -> None:
    assert CliRunner().invoke(app, ["score"]).exit_code == 2
    assert CliRunner().invoke(app, ["score", "2026-01", "--follow"]).exit_code == 2


def wait_for(office: ConnectionPool, query: str, expected: list[Any], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while found(office, query) != expected:
        assert process.poll() is None, "the follower ended"
        assert time.monotonic() < deadline, found(office, query)
        time.sleep(0.05)


def test_follow_scores_what_changes_and_passes_over_what_cannot_be_scored(office: ConnectionPool) -> None:
    """Marks of 2020 (no calendar) stay and do not stop the rest; SIGTERM ends it."""
    with office.connection() as connection:
        enrol(connection, 1, "W")
    punch(office, "W", 1, ["2020-05-06 07:00:00"])
    process = subprocess.Popen([sys.executable, "-c", FOLLOWER, "2026-01-06"], cwd=ROOT, env=dict(os.environ))
    try:
        wait_for(office, "SELECT day FROM day_to_score", [(date(2020, 5, 6),)], process)
        wait_for(office, "SELECT max(version) FROM score", [(1,)], process)
        punch(office, "W", 0, ["2026-01-05 16:05:00"])
        wait_for(office, "SELECT codes, deduction FROM work_day WHERE minutes_late > 0", [("TL1", 50)], process)
        wait_for(office, "SELECT max(version) FROM score", [(2,)], process)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.long
def test_follow_goes_on_when_the_data_of_one_period_cannot_be_stored(office: ConnectionPool) -> None:
    with office.connection() as connection:
        connection.execute("ALTER TABLE score ADD CONSTRAINT not_january CHECK (period <> '2026-01')")
        mark(connection, 0, "2026-02-02")
    process = subprocess.Popen([sys.executable, "-c", FOLLOWER, "2026-02-03"], cwd=ROOT, env=dict(os.environ))
    try:
        wait_for(office, "SELECT DISTINCT period FROM score", [("2026-02",)], process)
        punch(office, "W", 0, ["2026-02-02 07:25:00"])
        wait_for(office, "SELECT max(version) FROM score", [(2,)], process)
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(30)
        with office.connection() as connection:
            connection.execute("ALTER TABLE score DROP CONSTRAINT not_january")
    assert status == 0


def test_until_is_today_in_the_zone_of_the_unit(office: ConnectionPool) -> None:
    """Without --until the past is judged to its end: January 2026 is over everywhere."""
    assert json.loads(call("score", "2026-01", "--json"))["days_computed"] == 93
    assert run(office).days_computed == 0
