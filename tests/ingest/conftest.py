"""A registered terminal, a look at everything that ingest writes, and data folders of the embedded server."""

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest import embedded
from ingest.terminals import Terminal, add_terminal
from tests.ingest.holders import end_server


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


@pytest.fixture(scope="session")
def used_once(run_folder: Path) -> Path:
    """A data folder after its first use: making the database is most of a first start's work."""
    folder = run_folder / f"used-once-{os.getpid()}"
    with embedded.running(folder) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # a copy need not outlive the machine
    (folder / "postgresql" / "port").unlink()  # each copy finds its own
    return folder


@pytest.fixture
def data_dir(used_once: Path, open_folder: Path) -> Iterator[Path]:
    folder = open_folder / "data"
    subprocess.run(["cp", "-a", "--sparse=always", used_once, folder], check=True)
    yield folder
    end_server(folder)


@pytest.fixture
def durable_data_dir(data_dir: Path) -> Path:
    """With the server's own settings only, as they are shipped."""
    (data_dir / "postgresql" / "data" / "postgresql.auto.conf").write_text("")
    return data_dir


@pytest.fixture(scope="module")
def held_data_dir(used_once: Path, run_folder: Path) -> Iterator[Path]:
    """Its server runs, for tests that neither end nor change it."""
    folder = run_folder / f"held-{os.getpid()}"
    subprocess.run(["cp", "-a", "--sparse=always", used_once, folder], check=True)
    with embedded.running(folder):
        yield folder


@pytest.fixture
def new_data_dir(open_folder: Path) -> Iterator[Path]:
    folder = open_folder / "data"
    yield folder
    end_server(folder)
