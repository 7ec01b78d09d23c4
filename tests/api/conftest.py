"""An office in the database, the application on it, and people and machines that ask."""

import re
from collections.abc import Callable, Iterator

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api import accounts
from api.accounts import add_account, add_key
from api.app import create_app
from api.models import Role
from ingest.database import ConnectionPool
from tests.api import office as rows
from tests.api.office import Office

PASSWORD = "kopi tubruk pagi hari"

Asker = Callable[..., TestClient]


@pytest.fixture(autouse=True)
def light_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with little to chew, so that tests log in quickly; test_accounts.py tests the real one."""
    hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    monkeypatch.setattr(accounts, "HASHER", hasher)
    nobody = hasher.hash("nobody")
    monkeypatch.setattr(accounts, "_hash_of_nobody", lambda: nobody)


@pytest.fixture
def office(pool: ConnectionPool) -> Office:
    with pool.connection() as connection:
        return rows.build(connection)


@pytest.fixture(scope="session")
def app(session_pool: ConnectionPool) -> FastAPI:
    """One for all: it remembers nothing of who asked, and its first answer takes a tenth of a second."""
    return create_app(session_pool)


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """One thread with an event loop for all clients, instead of two for each request."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def stranger(app: FastAPI, pool: ConnectionPool) -> Iterator[TestClient]:  # noqa: ARG001  # pool empties the tables
    """Somebody without key or session."""
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.fixture
def machine(app: FastAPI, pool: ConnectionPool, portal: BlockingPortal) -> Iterator[Asker]:
    """Clients with a key of a role, for all units or from one down."""
    made: list[TestClient] = []

    def make(role: Role, unit: str | None = None, nip: str | None = None) -> TestClient:
        name = f"{role}-{unit or nip or 'all'}".lower()
        with pool.connection() as connection:
            key = add_key(connection, name, role=role, unit=unit, nip=nip, actor="command:test")
        client = TestClient(app, follow_redirects=False, headers={"Authorization": f"Bearer {key}"})
        client.portal = portal
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


def form_token(client: TestClient) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', client.get("/login").text)
    assert found
    return found[1]


@pytest.fixture
def person(app: FastAPI, pool: ConnectionPool, portal: BlockingPortal) -> Iterator[Asker]:
    """Clients that have logged in on the page with an account of a role, for all units or from one down."""
    made: list[TestClient] = []

    def make(role: Role, unit: str | None = None, nip: str | None = None) -> TestClient:
        name = f"{role}-{unit or nip or 'all'}".lower()
        with pool.connection() as connection:
            add_account(connection, name, PASSWORD, role=role, unit=unit, nip=nip, actor="command:test")
        client = TestClient(app, follow_redirects=False)
        client.portal = portal
        made.append(client)
        sent = {"name": name, "password": PASSWORD, "form_token": form_token(client)}
        assert client.post("/login", data=sent).status_code == 303
        return client

    yield make
    for client in made:
        client.close()
