"""The commands make accounts and keys, tell nothing secret, and serve until they are stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from api import accounts, commands
from api.accounts import AccountError
from api.serving import AddressError, listening
from config.settings import Settings
from ingest.database import ConnectionPool

app = typer.Typer()
app.command("user")(commands.add_user)
app.command("key")(commands.add_key)
PASSWORD = "kopi tubruk pagi hari"


@pytest.fixture
def run(settings_env: dict[str, str], database_url: str) -> CliRunner:
    assert settings_env
    return CliRunner(env={"TEPAT_DATABASE_URL": database_url})


def test_a_user_is_added_with_a_password_from_standard_input(run: CliRunner, pool: ConnectionPool) -> None:
    done = run.invoke(app, ["user", "rina", "--role", "hr"], input=PASSWORD + "\n")
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    with pool.connection() as connection:
        assert connection.execute("SELECT name, role, unit_id FROM account").fetchall() == [("rina", "hr", None)]
        found = connection.execute("SELECT actor, action, object, detail FROM audit").fetchall()
    assert found[0][0].startswith("command:")
    assert found[0][1:] == ("add", "account:rina", {"role": "hr", "unit": None})


def test_a_user_is_added_with_a_password_from_a_file(run: CliRunner, pool: ConnectionPool, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD + "\r\nrest\n", encoding="utf-8")
    done = run.invoke(app, ["user", "rina", "--role", "allowance", "--password-file", str(secret)])
    assert done.exit_code == 0, done.output
    with pool.connection() as connection:
        assert accounts.log_in(connection, "rina", PASSWORD, "10.0.0.1")


def test_a_password_file_that_cannot_be_read_is_named(run: CliRunner, tmp_path: Path) -> None:
    done = run.invoke(app, ["user", "rina", "--role", "hr", "--password-file", str(tmp_path / "none")])
    assert isinstance(done.exception, AccountError)
    assert "none cannot be read" in str(done.exception)


def test_no_password_at_all_makes_no_account(run: CliRunner, pool: ConnectionPool) -> None:
    assert isinstance(run.invoke(app, ["user", "rina", "--role", "hr"], input="").exception, AccountError)
    with pool.connection() as connection:
        assert connection.execute("SELECT count(*) FROM account").fetchone() == (0,)


def test_an_unknown_role_is_refused(run: CliRunner) -> None:
    assert run.invoke(app, ["user", "rina", "--role", "king"], input=PASSWORD).exit_code == 2


def test_a_key_is_printed_once_and_alone_on_standard_output(run: CliRunner, pool: ConnectionPool) -> None:
    done = run.invoke(app, ["key", "tukin", "--role", "allowance"])
    assert done.exit_code == 0, done.output
    key = done.stdout.strip()
    assert key not in done.stderr
    with pool.connection() as connection:
        assert accounts.holder_of_key(connection, key) == ("tukin", "allowance", None)


def test_a_taken_port_is_told_with_its_cure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressError, match=f"port {port}.*TEPAT_LISTEN_PORT"):
            listening(Settings.model_validate({"listen_port": port}))


def test_serve_answers_and_ends_cleanly_on_sigterm(settings_env: dict[str, str], database_url: str) -> None:
    environment = {**settings_env, "TEPAT_DATABASE_URL": database_url, "TEPAT_LISTEN_PORT": "0"}
    command = [sys.executable, "-c", "from api.commands import serve; serve()"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, env=environment, cwd=root, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        told = process.stderr.readline()
        assert told.startswith("Tepat serves on http://127.0.0.1:")
        with urllib.request.urlopen(told.split()[-1] + "health", timeout=30) as answer:
            assert answer.read() == b'{"status":"ok"}'
        started = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        rest = process.stderr.read()
        assert process.wait(timeout=20) in {0, -signal.SIGTERM}
    assert time.monotonic() - started < 10
    assert "Traceback" not in rest
