"""Accounts and keys are made well or not at all."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pwdlib import PasswordHash

from api import accounts
from api.accounts import AccountError, add_account, add_key

REAL = accounts.HASHER
REAL_NOBODY = accounts._hash_of_nobody
"""As they are before any test lightens them."""
ROOT = Path(__file__).parents[2]


def test_the_password_hash_is_argon2id_of_the_weight_owasp_asks_for() -> None:
    assert isinstance(REAL, PasswordHash)
    kept = REAL.hash("kopi tubruk pagi hari")
    _, kind, _, cost, *_ = kept.split("$")
    memory, rounds, _ = (int(part.split("=")[1]) for part in cost.split(","))
    assert kind == "argon2id"
    assert memory >= 19456
    assert rounds >= 2
    assert REAL.verify("kopi tubruk pagi hari", kept)


def test_no_command_pays_for_a_hash_before_somebody_logs_in() -> None:
    told = "from api import accounts, commands; print(accounts._hash_of_nobody.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "0\n"


def test_the_hash_of_nobody_is_made_once_and_weighs_what_others_weigh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "HASHER", REAL)
    REAL_NOBODY.cache_clear()
    assert REAL_NOBODY() is REAL_NOBODY()
    assert REAL_NOBODY().split("$")[:4] == REAL.hash("kopi tubruk pagi hari").split("$")[:4]


@pytest.mark.parametrize("name", ["", "a", "Rina", "rina ", "../x", "x" * 65, "rina\n", "account:x"])
def test_a_name_that_could_mislead_the_audit_is_refused(connection: psycopg.Connection[Any], name: str) -> None:
    with pytest.raises(AccountError, match="cannot be a name"):
        add_account(connection, name, "kopi tubruk pagi", role="hr", unit=None, actor="command:test")
    with pytest.raises(AccountError, match="cannot be a name"):
        add_key(connection, name, role="hr", unit=None, actor="command:test")


@pytest.mark.parametrize("password", ["", "x" * 11, "x" * 257, "ini rina punya sandi"])
def test_a_weak_or_endless_password_is_refused(connection: psycopg.Connection[Any], password: str) -> None:
    with pytest.raises(AccountError, match="12 to 256 characters"):
        add_account(connection, "rina", password, role="hr", unit=None, actor="command:test")


@pytest.mark.parametrize("length", [12, 256])
def test_passwords_at_the_border_are_taken(connection: psycopg.Connection[Any], length: int) -> None:
    add_account(connection, "rina", "x" * length, role="hr", unit=None, actor="command:test")
    assert accounts.log_in(connection, "rina", "x" * length, "10.0.0.1")


def test_a_taken_name_and_an_unknown_unit_are_told(connection: psycopg.Connection[Any]) -> None:
    add_account(connection, "rina", "kopi tubruk pagi", role="hr", unit=None, actor="command:test")
    with pytest.raises(AccountError, match="The name rina is taken"):
        add_account(connection, "rina", "kopi tubruk pagi", role="hr", unit=None, actor="command:test")
    with pytest.raises(AccountError, match="no unit with the code NIX"):
        add_key(connection, "tukin", role="allowance", unit="NIX", actor="command:test")


def test_only_the_hash_of_a_key_is_kept(connection: psycopg.Connection[Any]) -> None:
    key = add_key(connection, "tukin", role="allowance", unit=None, actor="command:test")
    secret = key.split(".")[1]
    assert len(secret) == 43, "256 random bits"
    kept = connection.execute("SELECT api_key::text FROM api_key").fetchone()
    written = connection.execute("SELECT string_agg(audit::text, '') FROM audit").fetchone()
    assert kept
    assert written
    assert secret not in kept[0] + written[0]
    assert accounts.holder_of_key(connection, key) == ("tukin", "allowance", None, None)


def test_the_use_of_a_key_is_noted(connection: psycopg.Connection[Any]) -> None:
    key = add_key(connection, "tukin", role="allowance", unit=None, actor="command:test")
    accounts.holder_of_key(connection, key)
    assert connection.execute("SELECT used_at IS NOT NULL FROM api_key").fetchone() == (True,)


def test_two_keys_are_never_alike(connection: psycopg.Connection[Any]) -> None:
    keys = {add_key(connection, f"key-{n}", role="hr", unit=None, actor="command:test") for n in range(20)}
    assert len({key.split(".")[0] for key in keys}) == len({key.split(".")[1] for key in keys}) == 20
