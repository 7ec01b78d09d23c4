"""A registered terminal, and a look at everything that ingest writes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from ingest.terminals import Terminal, add_terminal


@pytest.fixture
def terminal(connection: psycopg.Connection[Any]) -> Terminal:
    added = add_terminal(
        connection,
        name="gate",
        kind="zk",
        address="192.0.2.7",
        comm_key=0,
        time_zone="Asia/Jakarta",
        added_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    connection.commit()
    return added


@pytest.fixture
def rows(connection: psycopg.Connection[Any]) -> Callable[[str], list[tuple[Any, ...]]]:
    """The rows of a query, in a transaction of its own, so that `accept` finds the connection idle."""

    def read(query: str) -> list[tuple[Any, ...]]:
        with connection.transaction():
            return connection.execute(query).fetchall()

    return read
