"""`tepat lock`, `tepat adjustments` and what `tepat explain` says of a locked month."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import typer
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from scoring import commands, lock_commands
from scoring.lock import NotReady
from scoring.lock_telling import cure
from tests.scoring.database import add_office, found, mark, month, nip, punch, run, sync
from tests.scoring.test_lock import correct, scored

app = typer.Typer()
app.command("lock")(lock_commands.lock)
app.command("adjustments")(lock_commands.adjustments)
app.command("explain")(commands.explain)


@pytest.fixture
def office(pool: ConnectionPool, command_line: dict[str, str]) -> ConnectionPool:
    """One employee, late on 9 January; January and February are scored."""
    assert command_line
    scored(pool, 1, "2026-01", "2026-02")
    return pool


def call(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


def test_a_month_from_lock_to_adjustment(office: ConnectionPool) -> None:
    assert call("lock", "2026-01", "--dry-run") == "2026-01: 1 employee would be locked.\n"
    assert call("lock", "2026-01") == "2026-01: 1 employee locked.\n"
    again = "2026-01: nothing to lock.\n  1 employee locked before; nothing changes for them.\n"
    assert call("lock", "2026-01") == again
    with office.connection() as connection:
        mark(connection, 0, "2026-01-09")
    more = "Facts of locked months came and are not scored yet, so more may be owed: run `tepat score 2026-01`.\n"
    assert call("adjustments") == f"0 adjustments pending.\n{more}"
    correct(office)
    line = f"  {nip(0)} Employee 0, 2026-01 version 1 to 2, pending: +0,50 %\n"
    assert call("adjustments") == f"1 adjustment pending.\n{line}"
    text = call("explain", nip(0), "2026-01")
    assert text.startswith(f"{nip(0)} Employee 0, 2026-01, version 1\n  payable 99,50 %")
    assert "2026-01-09 late TL1: 0,50 %" in text
    assert "  adjustment of version 1 to 2, pending: +0,50 %\n    2026-01-09\n    before:\n" in text
    day = call("explain", nip(0), "2026-01-09")
    assert "  deduction 0,00 % by" in day
    assert "  2026-01 is locked: there this day counts with deduction 0,50 % TL1" in day
    with_it = f"paid with it:\n{line.replace('pending', 'paid in 2026-02')}"
    locked = call("lock", "2026-02")
    assert locked.endswith(with_it)
    assert "  Of these 1 rest on figures that stand in no regulation (assumption)" in locked, "Ramadan 2026"
    (paid,) = json.loads(call("adjustments", "2026-02", "--json"))
    assert (paid["period"], paid["percent"], paid["paid_in"]) == ("2026-01", 50, "2026-02")
    assert json.loads(call("explain", nip(0), "2026-01", "--json"))["adjustments"][0]["paid_in"] == "2026-02"


def test_who_is_not_ready_is_told_reason_by_reason(office: ConnectionPool) -> None:
    with office.connection() as connection:
        connection.execute(
            "INSERT INTO employee (nip, name, unit_id)"
            " SELECT '19900101201001' || n, 'New ' || n, unit_id FROM employee, generate_series(1001, 1012) AS n"
        )
        connection.execute(
            "INSERT INTO membership (employee_id, unit_id, valid_from) SELECT id, unit_id, '2026-01-01' FROM employee"
            " WHERE name LIKE 'New%'"
        )
        connection.execute(
            "INSERT INTO enrolment (terminal_id, pin, employee_id, valid_from)"
            " SELECT terminal.id, nip, employee.id, '2026-01-01' FROM employee, terminal"
            " WHERE employee.name LIKE 'New%' AND terminal.name = 'terminal-W'"
        )
    told = call("lock", "2026-01", code=1).split("Not ready:\n")[1].splitlines()
    assert told[0] == "  12 employees: not scored: run `tepat score 2026-01`"
    assert told[1] == "    199001012010011001 New 1001"
    assert told[-1] == "    … and 2 more: --json lists them all."


def test_days_judged_without_waiting_are_told_before_they_are_frozen(pool: ConnectionPool, command_line: Any) -> None:
    assert command_line
    add_office(pool, employees=1)
    punch(pool, "W", 0, month())
    with pool.connection() as connection:
        sync(connection, datetime(2026, 1, 20, tzinfo=UTC))
        connection.execute("DELETE FROM punch WHERE local_time >= '2026-01-29'")
    run(pool, wait=False)
    told = call("lock", "2026-01", "--dry-run")
    assert "\n  Of these 1 have days judged without waiting for a terminal: what it still holds comes as an adj" in told


def test_no_month_is_named_twice_in_a_cure() -> None:
    late = NotReady(1, nip(0), "Employee 0", "stale", "2025-12 2026-01")
    assert cure(late, "2026-01").endswith("run `tepat score 2025-12`, then `tepat score 2026-01`")


def test_while_somebody_is_not_ready_nothing_is_locked(office: ConnectionPool) -> None:
    with office.connection() as connection:
        mark(connection, 0, "2026-01-09")
    text = call("lock", "2026-01", code=1)
    assert text.startswith("2026-01: nothing is locked, because 1 employee cannot be.")
    cure = "  1 employee: facts or law have changed since: run `tepat score 2026-01`\n"
    assert text.endswith(f"Not ready:\n{cure}    {nip(0)} Employee 0\n")
    told = json.loads(call("lock", "2026-01", "--only-ready", "--json"))
    assert (told["done"], told["locked"], told["not_ready"][0]["reason"]) == (True, 0, "stale")
    assert found(office, "SELECT FROM locked_month") == []
