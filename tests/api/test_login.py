"""A person proves who they are once, from our own form, and can be shut out at once."""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import accounts
from ingest.database import ConnectionPool
from tests.api.conftest import PASSWORD, Asker, form_token

FAILED = "Nama akun atau kata sandi salah"


@pytest.fixture
def rina(pool: ConnectionPool) -> str:
    with pool.connection() as connection:
        accounts.add_account(connection, "rina", PASSWORD, role="hr", unit=None, actor="command:test")
    return "rina"


def audit(pool: ConnectionPool) -> list[tuple[str, str]]:
    with pool.connection() as connection:
        return connection.execute("SELECT actor, action FROM audit WHERE action <> 'add' ORDER BY id").fetchall()


def try_in(client: TestClient, name: str, password: str, **more: str) -> tuple[int, str]:
    sent = {"name": name, "password": password, "form_token": form_token(client), **more}
    answer = client.post("/login", data=sent)
    return answer.status_code, answer.headers.get("location") or answer.text


def test_the_right_password_opens_the_page_that_was_asked_for(
    rina: str, stranger: TestClient, pool: ConnectionPool
) -> None:
    wanted = stranger.get("/recap?month=1&year=2026").headers["location"]
    assert wanted == "/login?next=/recap%3Fmonth%3D1%26year%3D2026"
    assert 'name="wanted" value="/recap?month=1&amp;year=2026"' in stranger.get(wanted).text
    assert try_in(stranger, rina, PASSWORD, wanted="/recap?month=1") == (303, "/recap?month=1")
    assert stranger.get("/recap").status_code == 200
    assert audit(pool)[0] == ("account:rina", "login")


def test_the_session_cookie_is_kept_from_scripts_and_foreign_sites_and_the_database(
    rina: str, app: FastAPI, pool: ConnectionPool
) -> None:
    with TestClient(app, base_url="https://tepat.example", follow_redirects=False) as client:
        sent = {"name": rina, "password": PASSWORD, "form_token": form_token(client)}
        cookie = client.post("/login", data=sent).headers["set-cookie"]
    assert re.fullmatch(r"tepat_session=[\w-]{43}; HttpOnly; Max-Age=36000; Path=/; SameSite=lax; Secure", cookie)
    with pool.connection() as connection:
        stored = connection.execute("SELECT token_sha256 FROM login_session").fetchone()
        known = connection.execute("SELECT password_hash FROM account").fetchone()
    assert stored
    assert known
    assert cookie[14:57].encode() not in stored[0]
    assert known[0].startswith("$argon2id$")


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "", "evil", "/a\nb"])
def test_no_address_leads_to_another_site(rina: str, stranger: TestClient, wanted: str) -> None:
    assert try_in(stranger, rina, PASSWORD, wanted=wanted) == (303, "/recap")


def test_all_failures_look_alike_and_are_recorded_without_an_unknown_name(
    rina: str, stranger: TestClient, pool: ConnectionPool
) -> None:
    pages = [try_in(stranger, name, "x" * 20)[1].replace(name, "NAME") for name in (rina, "my-password-by-mistake")]
    with pool.connection() as connection:
        connection.execute("UPDATE account SET disabled_at = now()")
    status, disabled = try_in(stranger, rina, PASSWORD)
    assert status == 401
    assert pages[0] == pages[1] == disabled.replace(rina, "NAME")
    assert FAILED in pages[0]
    failed = "login failed"
    assert audit(pool) == [("account:rina", failed), ("account:?", failed), ("account:?", failed)]
    with pool.connection() as connection:
        found = connection.execute("SELECT count(*) FROM audit WHERE audit::text LIKE '%mistake%'").fetchone()
    assert found == (0,)


def test_an_unknown_name_costs_a_password_check_too(
    stranger: TestClient, monkeypatch: pytest.MonkeyPatch, rina: str
) -> None:
    checked: list[str] = []

    class Watched:
        def verify(self, password: str, known: str) -> bool:
            checked.append(known)
            return hasher.verify(password, known)

    hasher = accounts.HASHER
    monkeypatch.setattr(accounts, "HASHER", Watched())
    try_in(stranger, "nobody", PASSWORD)
    try_in(stranger, rina, "x" * 20)
    assert checked[0] == accounts._hash_of_nobody()
    assert checked[1] != accounts._hash_of_nobody()
    assert checked[0].split("$")[:4] == checked[1].split("$")[:4], "another cost would tell by its time"


def test_a_form_of_another_site_logs_nobody_in(rina: str, stranger: TestClient, app: FastAPI) -> None:
    sent = {"name": rina, "password": PASSWORD}
    assert stranger.post("/login", data={**sent, "form_token": form_token(stranger)[:-1] + "!"}).status_code == 403
    assert stranger.post("/login", data={**sent, "form_token": ""}).status_code == 422
    assert stranger.post("/login", data=sent).status_code == 422
    foreign = {"Origin": "https://evil.example"}
    ours = {**sent, "form_token": form_token(stranger)}
    assert stranger.post("/login", data=ours, headers=foreign).status_code == 403
    with TestClient(app, follow_redirects=False) as other:
        assert other.post("/login", data=ours).status_code == 403, "a token is bound to its browser"
    assert stranger.post("/login", data=ours, headers={"Origin": "http://testserver"}).status_code == 303


def test_an_address_that_fails_too_often_must_wait(rina: str, stranger: TestClient, pool: ConnectionPool) -> None:
    for _ in range(accounts.FAILURES_OF_ADDRESS):
        assert try_in(stranger, "guess", "x" * 20)[0] == 401
    assert try_in(stranger, rina, PASSWORD)[0] == 429
    with pool.connection() as connection:
        connection.execute("UPDATE audit SET at = at - %s", (accounts.WINDOW + timedelta(seconds=1),))
    assert try_in(stranger, rina, PASSWORD)[0] == 303


def test_an_account_guessed_at_from_many_addresses_is_locked_for_a_while(
    rina: str, stranger: TestClient, pool: ConnectionPool
) -> None:
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO audit (at, actor, action, object, detail)"
            " SELECT now(), 'account:rina', 'login failed', 'login', jsonb_build_object('address', '10.0.0.' || n)"
            " FROM generate_series(1, %s) AS n",
            (accounts.FAILURES_OF_ACCOUNT,),
        )
    status, page = try_in(stranger, rina, PASSWORD)
    assert status == 401
    assert FAILED in page


def test_logging_out_ends_the_session_itself(person: Asker, app: FastAPI, pool: ConnectionPool) -> None:
    client = person("hr")
    token = client.cookies["tepat_session"]
    found = re.search(
        r'action="/logout">\s*<input type="hidden" name="form_token" value="([^"]+)"', client.get("/recap").text
    )
    assert found
    assert client.post("/logout", data={"form_token": "x"}).status_code == 403
    assert client.post("/logout", data={"form_token": found[1]}).headers["location"] == "/login"
    assert "tepat_session" not in client.cookies
    with TestClient(app, follow_redirects=False, cookies={"tepat_session": token}) as thief:
        assert thief.get("/recap").status_code == 303
    assert ("account:hr-all", "logout") in audit(pool)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("UPDATE login_session SET expires_at = now()", 303),
        ("UPDATE account SET disabled_at = now()", 303),
        ("UPDATE account SET role = 'allowance'", 403),
    ],
)
def test_a_change_of_the_account_holds_at_once(person: Asker, pool: ConnectionPool, change: str, status: int) -> None:
    client = person("hr")
    assert client.get("/terminals").status_code == 200
    with pool.connection() as connection:
        connection.execute(change.encode())
    assert client.get("/terminals").status_code == status


def test_a_long_password_is_taken_and_an_endless_one_refused(stranger: TestClient, pool: ConnectionPool) -> None:
    long = "k" * 255 + "é"
    with pool.connection() as connection:
        accounts.add_account(connection, "rina", long, role="hr", unit=None, actor="command:test")
    assert try_in(stranger, "rina", long)[0] == 303
    assert try_in(stranger, "rina", "k" * 301)[0] == 422
    sent = {"name": "rina", "password": "k" * 20_000, "form_token": form_token(stranger)}
    assert stranger.post("/login", data=sent).status_code == 413
