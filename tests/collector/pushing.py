"""What the tests of the push endpoint share: an approved terminal, a running endpoint, plain requests to it."""

import contextlib
import http.client
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg_pool import ConnectionPool

from collector.push.server import serving
from config.settings import Settings
from ingest.terminals import add_terminal

SERIAL = "CO8G000000001"


def settings(port: int = 0) -> Settings:
    return Settings.model_validate({"push_port": port})


@contextlib.contextmanager
def endpoint(pool: ConnectionPool, port: int = 0) -> Iterator[str]:
    """The endpoint on real sockets; gives its address."""
    with serving(settings(port), pool, threading.Event()) as bound:
        yield f"http://127.0.0.1:{bound}"


def register(pool: ConnectionPool, serial: str = SERIAL, name: str = "Lobi", zone: str = "Asia/Jakarta") -> None:
    with pool.connection() as connection:
        add_terminal(
            connection, name=name, kind="iclock", address=serial,
            comm_key=0, time_zone=zone, added_at=datetime(2026, 1, 1, tzinfo=UTC),
        )  # fmt: skip


@pytest.fixture
def registered(pool: ConnectionPool) -> ConnectionPool:
    """A database that knows one iclock terminal, Lobi."""
    register(pool)
    return pool


def ask(url: str, method: str, path: str, body: bytes | None = None) -> tuple[int, str, dict[str, str]]:
    """Status, text and headers (in small letters) of one answer."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def rows(pool: ConnectionPool, query: str) -> list[tuple[Any, ...]]:
    with pool.connection() as connection:
        return connection.execute(query).fetchall()
