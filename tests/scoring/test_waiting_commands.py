"""`tepat score` says what waits for which terminal, and judges it only on purpose, with an audit entry."""

import json
from datetime import UTC, date, datetime

import pytest
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from config.errors import TepatError
from scoring import follow, undecided_store
from tests.scoring.database import found, nip, sync
from tests.scoring.test_commands import app, call, office

__all__ = ["office"]


@pytest.fixture
def waiting(office: ConnectionPool) -> ConnectionPool:
    """The terminals were last synced on 4 January, in the evening."""
    with office.connection() as connection:
        sync(connection, datetime(2026, 1, 4, 12, tzinfo=UTC))
    return office


def test_score_names_the_terminals_that_hold_days_back(waiting: ConnectionPool) -> None:
    lines = call("score", "2026-01", "--until", "2026-01-06").splitlines()
    held = [line for line in lines if "for terminal" in line and line.startswith("  1 day")]
    assert held[0] == (
        "  1 day (2026-01-05 to 2026-01-05) of 1 employee waits for terminal terminal-E, "
        "synced until 2026-01-04 12:00:00 UTC"
    )
    assert len(held) == 3
    assert "--without-waiting" in lines[-1]
    document = json.loads(call("score", "2026-01", "--until", "2026-01-06", "--json"))
    assert (document["days_waiting"], document["days_overruled"]) == (3, 0)
    assert {each["terminal"] for each in document["waiting_for"]} == {"terminal-W", "terminal-T", "terminal-E"}
    assert found(waiting, "SELECT count(*) FROM work_day WHERE day = '2026-01-05'") == [(0,)]


def test_explain_says_what_a_day_waits_for(waiting: ConnectionPool) -> None:
    call("score", "2026-01", "--until", "2026-01-06")
    told = "2026-01-05 is not judged yet: waits for terminal terminal-W, synced until 2026-01-04 12:00:00 UTC"
    assert told in call("explain", nip(0), "2026-01")
    with pytest.raises(TepatError, match="waits for terminal terminal-W"):
        CliRunner().invoke(app, ["explain", nip(0), "2026-01-05"], catch_exceptions=False)
    assert waiting


def test_without_waiting_is_audited_and_stands_on_each_day(waiting: ConnectionPool) -> None:
    call("score", "2026-01", "--until", "2026-01-06")
    text = call("score", "2026-01", "--until", "2026-01-06", "--without-waiting")
    assert "waits for terminal" not in text
    assert "  1 day (2026-01-05 to 2026-01-05) of 1 employee judged without terminal terminal-W, synced until" in text
    assert "judged without waiting: 0,00 %   not synced: terminal-W" in call("explain", nip(0), "2026-01-05")
    details = found(waiting, "SELECT detail ->> 'days_not_waited_for' FROM audit WHERE action = 'score' ORDER BY id")
    assert details == [(None,), ("3",)]


def test_without_waiting_is_no_standing_order(waiting: ConnectionPool) -> None:
    result = CliRunner().invoke(app, ["score", "--follow", "--without-waiting"])
    assert result.exit_code == 2
    assert waiting


def test_the_follower_learns_of_a_synced_terminal_without_any_mark(waiting: ConnectionPool) -> None:
    call("score", "2026-01", "--until", "2026-01-06")
    judged = {"Asia/Jakarta": date(2026, 1, 6), "Asia/Makassar": date(2026, 1, 6), "Asia/Jayapura": date(2026, 1, 6)}
    assert follow.due_periods(waiting, lambda _: date(2026, 1, 6), judged) == []
    with waiting.connection() as connection:
        sync(connection)
        assert undecided_store.due_periods(connection) == ["2026-01"]
    assert found(waiting, "SELECT count(*) FROM day_to_score") == [(0,)]
    assert follow.due_periods(waiting, lambda _: date(2026, 1, 6), judged) == ["2026-01"]


def test_a_score_with_waiting_days_is_not_payable_and_heals_to_the_same_digest(waiting: ConnectionPool) -> None:
    newest = "SELECT DISTINCT ON (employee_id) payable, steps, digest FROM score ORDER BY employee_id, version DESC"
    told = json.loads(call("score", "2026-01", "--until", "2026-01-06", "--json"))["scores"]
    assert {(one["payable"], one["days_waiting"]) for one in told} == {(None, 1)}
    assert ["terminal-W"] in [one["waiting_for"] for one in told]
    assert "payable not final, 1 day waits for terminal-" in call("score", "2026-01", "--until", "2026-01-06")
    assert "payable not final, 1 day waits for terminal-W" in call("explain", nip(0), "2026-01")
    with waiting.connection() as connection:
        sync(connection)
    healed = json.loads(call("score", "2026-01", "--until", "2026-01-06", "--json"))["scores"]
    assert all(one["payable"] is not None and not one["days_waiting"] for one in healed)
    rows = found(waiting, newest)
    with waiting.connection() as connection:
        connection.execute("TRUNCATE score, work_day, waiting_day, scored_month")
    call("score", "2026-01", "--until", "2026-01-06")
    assert found(waiting, newest) == rows


@pytest.mark.long
def test_wait_again_takes_the_overruling_back(waiting: ConnectionPool) -> None:
    call("score", "2026-01", "--until", "2026-01-06", "--without-waiting")
    told = json.loads(call("score", "2026-01", "--until", "2026-01-06", "--json"))
    assert {(one["days_overruled"], one["payable"] is None) for one in told["scores"]} == {(1, False)}
    assert {each["terminal"] for each in told["not_waited_for"]} == {"terminal-W", "terminal-T", "terminal-E"}
    told = json.loads(call("score", "2026-01", "--until", "2026-01-06", "--wait-again", "--json"))
    assert {(one["days_overruled"], one["days_waiting"], one["payable"]) for one in told["scores"]} == {(0, 1, None)}
    assert found(waiting, "SELECT count(*) FROM work_day WHERE day = '2026-01-05'") == [(0,)]
    assert found(waiting, "SELECT detail -> 'wait_again' FROM audit ORDER BY id DESC LIMIT 1") == [(True,)]
    assert CliRunner().invoke(app, ["score", "2026-01", "--without-waiting", "--wait-again"]).exit_code == 2
