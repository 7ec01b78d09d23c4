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
from tests.scoring.database import add_office, enrol, found, nip, punch, run

ROOT = Path(__file__).parent.parent.parent

app = typer.Typer()
app.command("score")(commands.score)
app.command("explain")(commands.explain)


@pytest.fixture
def office(
    pool: ConnectionPool, settings_env: dict[str, str], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> ConnectionPool:
    """Three employees of Kemenag; the first was late on 5 January and has no scan out."""
    assert settings_env
    monkeypatch.setenv("TEPAT_DATABASE_URL", database_url)
    add_office(pool)
    punch(pool, "W", 0, ["2026-01-05 07:42:00"])
    return pool


def call(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_score_tells_what_it_did_and_the_lowest_scores(office: ConnectionPool) -> None:
    text = call("score", "2026-01", "--until", "2026-01-06")
    assert text.startswith("2026-01: 3 employees, 15 days computed, 15 changed, 3 scores changed.\n")
    assert f"{nip(0)} Employee 0: deduction 5,00 %, payable 95,00 %" in text
    assert found(office, "SELECT action, object FROM audit") == [("score", "2026-01")]
    again = json.loads(call("score", "2026-01", "--until", "2026-01-06", "--unit", "W", "--json"))
    assert (again["days_computed"], again["scores_changed"]) == (0, 0)
    assert [(row["nip"], row["payable"]) for row in again["scores"]] == [(nip(0), 9500)]


def test_explain_a_day(office: ConnectionPool) -> None:
    call("score", "2026-01", "--until", "2026-01-06")
    lines = call("explain", nip(0), "2026-01-05").splitlines()
    assert lines[0] == f"{nip(0)} Employee 0, Monday 2026-01-05: work"
    assert "  expected 07:30:00 to 16:00:00" in lines
    assert "  scanned in 07:42:00, out --:--:--" in lines
    assert "  deduction 2,00 % by kemenag-2014" in lines
    assert "  2026-01-05 late TL1: 0,50 %   12 min in [1, 31)" in lines
    rule = (
        "lateness_deduction, SK Sekjen Kemenag 13/2014, article not known, in force from 2014 (only the year is known)"
    )
    assert f"    rule: {rule}" in lines
    assert "    punch: terminal-W, PIN 0, 2026-01-05 07:42:00, state not said" in lines
    assert "  2026-01-05 no scan out PSW4: 1,50 %   1,50" in lines
    document = json.loads(call("explain", nip(0), "2026-01-05", "--json"))
    assert [step["code"] for step in document["steps"]] == ["TL1", "PSW4"]
    assert found(office, "SELECT count(*) FROM audit WHERE action = 'view'") == [(2,)]


def test_explain_a_month(office: ConnectionPool) -> None:
    call("score", "2026-01", "--until", "2026-01-06")
    text = call("explain", nip(0), "2026-01")
    assert "payable 95,00 % by kemenag-2014, basis regulation" in text
    assert "sum of deductions: 5,00 %   3,00 + 2,00" in text
    document = json.loads(call("explain", nip(0), "2026-01", "--json"))
    assert [step["kind"] for step in document["day_steps"]] == ["absent", "late", "missing_out"]
    assert office is not None


def test_an_assumption_is_shown_as_such(office: ConnectionPool) -> None:
    with office.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'kemensos-eperformance'")
    assert "target or rate missing   (assumption, no regulation)" in call("score", "2026-01", "--until", "2026-01-06")
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
    ],
)
def test_what_cannot_be_done_is_said(office: ConnectionPool, arguments: list[str], message: str) -> None:
    assert office is not None
    with pytest.raises(TepatError, match=message):
        call(*arguments)


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
    """Marks of 2024 (no calendar) stay and do not stop the rest; SIGTERM ends it."""
    with office.connection() as connection:
        enrol(connection, 1, "W")
    punch(office, "W", 1, ["2024-05-06 07:00:00"])
    arguments = [sys.executable, "-c", "from scoring.commands import score; score(follow=True, until='2026-01-06')"]
    process = subprocess.Popen(arguments, cwd=ROOT, env=dict(os.environ))
    try:
        wait_for(office, "SELECT day FROM day_to_score", [(date(2024, 5, 6),)], process)
        wait_for(office, "SELECT max(version) FROM score", [(1,)], process)
        punch(office, "W", 0, ["2026-01-05 16:05:00"])
        wait_for(office, "SELECT codes, deduction FROM work_day WHERE minutes_late > 0", [("TL1", 50)], process)
        wait_for(office, "SELECT max(version) FROM score", [(2,)], process)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_until_is_today_in_the_zone_of_the_unit(office: ConnectionPool) -> None:
    """Without --until the past is judged to its end: January 2026 is over everywhere."""
    assert json.loads(call("score", "2026-01", "--json"))["days_computed"] == 93
    assert run(office).days_computed == 0
