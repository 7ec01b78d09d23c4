"""The real parts that tests run against. One that is missing is a reported skip, and a failure where CI=true."""

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import psycopg
import pytest
import structlog
from hypothesis import settings
from psycopg import sql
from psycopg_pool import ConnectionPool

from config.settings import Settings
from ingest import embedded
from ingest.database import opened
from tests.brokers import broker, guarded_broker, mosquitto

__all__ = ["broker", "guarded_broker", "mosquitto"]

ROOT = Path(__file__).parent.parent
RUN_FOLDER = "TEPAT_TEST_RUN_FOLDER"
"""Made by the first process of a test run; its workers inherit the name, so that they share one embedded server."""

settings.register_profile("full", settings(), max_examples=100)
settings.register_profile("short", settings(), max_examples=10)
settings.load_profile("short")  # make test-long repeats all properties with --hypothesis-profile=full


def missing(part: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(part)
    pytest.skip(part)


def made_open_folder() -> Path:
    """A new folder that the embedded server reaches, which root's commands run as `nobody`: pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="tepat-test-"))
    folder.chmod(0o711)
    return folder


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[RUN_FOLDER] = str(made_open_folder())


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(RUN_FOLDER))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On TimescaleDB tests marked `timescale` are among the short ones; all others repeat there among the longer ones.

    Those that may take longest come first, so that no worker waits for another at the end.
    """
    for item in items:
        found = getattr(item, "callspec", None)
        if found and found.params.get("server") == "timescale" and not item.get_closest_marker("timescale"):
            item.add_marker("long")
    items.sort(key=longest, reverse=True)


def longest(item: pytest.Item) -> float:
    """Seconds that a test may take, where it says so."""
    said = item.get_closest_marker("timeout")
    return float(said.args[0]) if said else 0.0


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """A command run here logs to a stream that is closed with its test."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """An open folder of this test run, removed at its end."""
    return Path(os.environ[RUN_FOLDER])


@pytest.fixture
def open_folder() -> Iterator[Path]:
    folder = made_open_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def settings_env(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment, here and for processes started with it, without settings but for an empty data folder."""
    for name in [name for name in os.environ if name.startswith("TEPAT_") and not name.startswith("TEPAT_TEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TEPAT_DATA_DIR", str(open_folder / "data"))
    return dict(os.environ)


@pytest.fixture(scope="session", params=["embedded", "timescale"])
def server(request: pytest.FixtureRequest, run_folder: Path) -> Iterator[str]:
    """A superuser's address at a real server."""
    if request.param == "embedded":
        with embedded.running(run_folder / "data") as url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")  # nothing here need outlive the machine
                connection.execute("SELECT pg_reload_conf()")
            yield url
    else:
        url = os.environ.get("TEPAT_TEST_TIMESCALE_URL", "")
        if not url:
            missing("TEPAT_TEST_TIMESCALE_URL names no TimescaleDB server")
        yield url


@contextlib.contextmanager
def new_database(server: str) -> Iterator[str]:
    """The address of an empty database of its own, dropped at the end."""
    name = f"tepat_test_{uuid.uuid4().hex[:16]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL(
                "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' "
                "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
            ).format(sql.Identifier(name))
        )
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def empty_database_url(server: str) -> Iterator[str]:
    """A database without our schema."""
    with new_database(server) as url:
        yield url


@pytest.fixture(scope="session")
def session_database(server: str) -> Iterator[str]:
    with new_database(server) as url:
        yield url


@pytest.fixture(scope="session")
def session_pool(session_database: str) -> Iterator[ConnectionPool]:
    with opened(Settings.model_validate({"database_url": session_database})) as pool:
        yield pool


@pytest.fixture
def pool(session_pool: ConnectionPool) -> Iterator[ConnectionPool]:
    """Connections to a database with our schema and without rows, on each kind of server."""
    yield session_pool
    with session_pool.connection() as connection:
        clear(connection)


def clear(connection: psycopg.Connection[Any]) -> None:
    """Empty every table once nobody writes any more. Deleting few rows costs a tenth of truncating their tables."""
    connection.execute("SET LOCAL lock_timeout = '10s'")
    found = connection.execute(
        "SELECT relname,"
        " pg_relation_size(oid) > 1000000 OR EXISTS (SELECT FROM pg_inherits WHERE inhparent = pg_class.oid)"
        " FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE '%yoyo%'"
    ).fetchall()
    tables = {name: (sql.Identifier(name), large) for name, large in found}
    names = sql.SQL(", ").join(name for name, _ in tables.values())
    connection.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(names))
    probes = [sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, it) for name, (it, _) in tables.items()]
    filled = [tables[name] for (name,) in connection.execute(sql.SQL(" UNION ALL ").join(probes)).fetchall()]
    connection.execute("SET LOCAL session_replication_role = replica")  # without triggers and foreign keys
    for name, large in filled:
        connection.execute(sql.SQL("TRUNCATE {} CASCADE" if large else "DELETE FROM {}").format(name))
    connection.execute(
        "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences"
        " WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename NOT LIKE '%yoyo%'"
    )


@pytest.fixture
def database_url(session_database: str, pool: ConnectionPool) -> str:  # noqa: ARG001  # pool brings and clears the schema
    """The address of the database behind `pool`."""
    return session_database


@pytest.fixture
def command_line(settings_env: dict[str, str], database_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment in which commands, here and as processes, use the database behind `pool`."""
    monkeypatch.setenv("TEPAT_DATABASE_URL", database_url)
    return settings_env | {"TEPAT_DATABASE_URL": database_url}


@pytest.fixture
def connection(pool: ConnectionPool) -> Iterator[psycopg.Connection[Any]]:
    """One connection of `pool`, in a transaction."""
    with pool.connection() as connection:
        yield connection


@pytest.fixture(scope="session")
def field_data() -> Path:
    """The folder with files and bytes from real terminals."""
    folder = Path(os.environ.get("TEPAT_FIELD_DATA") or ROOT.parent / "shared" / "field-data")
    if not folder.is_dir():
        missing(f"no field data in {folder}: set TEPAT_FIELD_DATA")
    return folder
