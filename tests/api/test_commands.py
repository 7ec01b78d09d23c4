"""The commands make accounts and keys, tell nothing secret, and serve until they are stopped."""

import getpass
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
from tests.api.conftest import Asker

app = typer.Typer()
app.command("user")(commands.add_user)
app.command("key")(commands.add_key)
app.command("user-disable")(commands.disable_user)
app.command("key-revoke")(commands.revoke_key)
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
        assert accounts.holder_of_key(connection, key) == ("tukin", "allowance", None, None)


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
        assert process.wait(timeout=60) in {0, -signal.SIGTERM}
    assert time.monotonic() - started < 30
    assert "Traceback" not in rest


def test_a_disabled_user_is_out_at_once_and_the_audit_says_who_did_it(
    run: CliRunner, pool: ConnectionPool, person: Asker
) -> None:
    client = person("hr")
    assert client.get("/terminals").status_code == 200
    done = run.invoke(app, ["user-disable", "hr-all"])
    assert done.exit_code == 0, done.output
    assert client.get("/terminals").status_code == 303
    with pool.connection() as connection:
        assert accounts.log_in(connection, "hr-all", PASSWORD, "10.0.0.1") is None
        assert connection.execute("SELECT count(*) FROM login_session").fetchone() == (0,)
        found = connection.execute("SELECT actor, object FROM audit WHERE action = 'disable'").fetchall()
    assert found == [(f"command:{getpass.getuser()}", "account:hr-all")]
    again, unknown = (run.invoke(app, ["user-disable", name]).exception for name in ("hr-all", "nobody"))
    assert isinstance(again, AccountError)
    assert isinstance(unknown, AccountError)
    assert "ended already" in str(again)
    assert "no account with the name 'nobody'" in str(unknown)


def test_a_revoked_key_opens_nothing_and_the_audit_says_who_did_it(
    run: CliRunner, pool: ConnectionPool, machine: Asker
) -> None:
    client = machine("hr")
    assert client.get("/api/v1/units").status_code == 200
    done = run.invoke(app, ["key-revoke", "hr-all"])
    assert done.exit_code == 0, done.output
    assert client.get("/api/v1/units").status_code == 401
    with pool.connection() as connection:
        found = connection.execute("SELECT actor, object FROM audit WHERE action = 'revoke'").fetchall()
    assert found == [(f"command:{getpass.getuser()}", "key:hr-all")]
    unknown = run.invoke(app, ["key-revoke", "nobody"]).exception
    assert isinstance(unknown, AccountError)
    assert "no key with the name 'nobody'" in str(unknown)
