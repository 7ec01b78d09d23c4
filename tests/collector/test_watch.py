"""A terminal that is silent longer than is likely is told once, with what to do, and once when it is back."""

from datetime import UTC, date, datetime, timedelta

import pytest
import typer
from psycopg_pool import ConnectionPool
from structlog.testing import capture_logs
from typer.testing import CliRunner

from collector import terminal_commands
from collector.watch import Watch
from ingest import health
from tests.collector.test_poll import register

NOW = datetime(2026, 2, 2, 3, tzinfo=UTC)


def test_each_change_is_told_once(pool: ConnectionPool) -> None:
    gate, never = register(pool, "gate", "192.0.2.1"), register(pool, "never", "192.0.2.2")
    watch = Watch(pool, poll_seconds=300)
    with pool.connection() as connection:
        health.seen(connection, gate.id, NOW - timedelta(hours=1))
    with capture_logs() as told:
        assert watch.look(NOW) == set()
        assert watch.look(NOW + timedelta(seconds=1)) == {"gate"}
        assert watch.look(NOW + timedelta(seconds=2)) == {"gate"}
        with pool.connection() as connection:
            health.seen(connection, gate.id, NOW)
        assert watch.look(NOW + timedelta(seconds=3)) == set()
    assert [(entry["event"], entry["terminal"]) for entry in told] == [
        ("terminal.silent", "gate"),
        ("terminal.no_longer_silent", "gate"),
    ]
    assert "tepat terminal doctor gate" in told[0]["cure"]
    assert never.name not in {entry["terminal"] for entry in told}


def test_the_list_says_since_when_it_is_silent_and_what_waits_for_it(
    pool: ConnectionPool,
    command_line: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command_line
    gate = register(pool, "gate", "192.0.2.1")
    with pool.connection() as connection:
        health.was_read(connection, gate.id, NOW, None, synced_until=NOW - timedelta(minutes=1), unread=0)
        connection.execute("INSERT INTO unit (code, name, time_zone, rulebook) VALUES ('U', 'U', 'Asia/Jakarta', 'x')")
        connection.execute("INSERT INTO employee (nip, name, unit_id)"
                           " SELECT '198501012010010001', 'A', id FROM unit")  # fmt: skip
        connection.execute("INSERT INTO waiting_day SELECT id, %s, %s, now(), false FROM employee",
                           (date(2026, 2, 2), gate.id))  # fmt: skip
    terminal_commands.list_terminals()
    line = capsys.readouterr().out.splitlines()[1]
    assert "silent since 2026-02-02 03:00:00 1 day waits for it, the first 2026-02-02." in line
    assert "2026-02-02 02:59:00" in line


def test_who_takes_a_terminal_out_of_use_is_told_whose_days_are_judged_without_it(
    pool: ConnectionPool, command_line: dict[str, str]
) -> None:
    assert command_line
    gate = register(pool, "gate", "192.0.2.1")
    with pool.connection() as connection:
        connection.execute("INSERT INTO unit (code, name, time_zone, rulebook) VALUES ('U', 'U', 'Asia/Jakarta', 'x')")
        connection.execute("INSERT INTO employee (nip, name, unit_id)"
                           " SELECT '198501012010010001', 'A', id FROM unit")  # fmt: skip
        connection.execute("INSERT INTO waiting_day SELECT id, %s, %s, now(), false FROM employee",
                           (date(2026, 2, 2), gate.id))  # fmt: skip
    app = typer.Typer()
    app.command()(terminal_commands.set_terminal)
    asked = CliRunner().invoke(app, ["gate", "--retired"], input="n\n")
    assert "1 day of 1 employee will be judged without the records that gate may still hold." in asked.output
    retired = "SELECT retired_at IS NOT NULL FROM terminal WHERE id = %s"
    with pool.connection() as connection:
        assert connection.execute(retired, [gate.id]).fetchone() == (False,)
        assert CliRunner().invoke(app, ["gate", "--retired", "--yes"]).exit_code == 0
        assert connection.execute(retired, [gate.id]).fetchone() == (True,)
        connection.execute("UPDATE waiting_day SET overruled = true")
        connection.commit()
        assert CliRunner().invoke(app, ["gate", "--in-use"]).exit_code == 0
        assert connection.execute("SELECT count(*) FROM waiting_day").fetchone() == (0,)
        assert connection.execute("SELECT day FROM day_to_score").fetchall() == [(date(2026, 2, 2),)]
