"""`tepat broker` from the command line."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import tepat
from config.broker_files import ACCESS, CONFIGURATION, PASSWORDS, BrokerFilesError


def run(*arguments: str) -> str:
    app = tepat.assemble([name for name in tepat.COMMANDS if name.startswith("broker ")])
    done = CliRunner().invoke(app, ["broker", *arguments])
    if done.exception is not None:
        raise done.exception
    return done.stdout


@pytest.mark.usefixtures("settings_env")
def test_an_office_gets_its_files_and_hears_what_to_do_next(tmp_path: Path) -> None:
    said = run("config", str(tmp_path))
    assert f"tepat broker account {tmp_path} tepat-collector" in said
    assert {file.name for file in tmp_path.iterdir()} == {CONFIGURATION, ACCESS, PASSWORDS}


@pytest.mark.usefixtures("settings_env")
def test_passwords_in_the_clear_on_a_network_must_be_meant(tmp_path: Path) -> None:
    with pytest.raises(BrokerFilesError, match="--tls-address"):
        run("config", str(tmp_path), "--address", "0.0.0.0")
    run("config", str(tmp_path), "--address", "0.0.0.0", "--in-the-clear")
    assert "listener 1883 0.0.0.0" in (tmp_path / CONFIGURATION).read_text(encoding="utf-8")


@pytest.mark.usefixtures("settings_env")
def test_an_account_s_password_is_shown_once_and_kept_only_as_a_digest(tmp_path: Path) -> None:
    with pytest.raises(BrokerFilesError, match="tepat broker config"):
        run("account", str(tmp_path), "gate-1")
    run("config", str(tmp_path))
    said = re.fullmatch(r"gate-1: (\S{24,})\n", run("account", str(tmp_path), "gate-1"))
    assert said is not None
    assert said[1] not in (tmp_path / PASSWORDS).read_text(encoding="utf-8")
    assert run("account", str(tmp_path), "gate-1", "--remove") == ""
    assert (tmp_path / PASSWORDS).read_text(encoding="utf-8") == ""


@pytest.mark.usefixtures("settings_env")
def test_a_password_may_come_from_a_file_and_is_not_shown(tmp_path: Path) -> None:
    run("config", str(tmp_path))
    secret = tmp_path / "secret"
    secret.write_text("of the office\n", encoding="utf-8")
    assert run("account", str(tmp_path), "gate-1", "--password-file", str(secret)) == ""
    assert (tmp_path / PASSWORDS).read_text(encoding="utf-8").startswith("gate-1:$7$")
    secret.write_text("", encoding="utf-8")
    with pytest.raises(BrokerFilesError, match="empty password"):
        run("account", str(tmp_path), "gate-1", "--password-file", str(secret))
    with pytest.raises(BrokerFilesError, match="cannot be read"):
        run("account", str(tmp_path), "gate-1", "--password-file", str(tmp_path / "none"))
