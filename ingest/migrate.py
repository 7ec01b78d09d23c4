"""Brings a database's schema up to date: numbered plain SQL, each step applied once, whole or not at all."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import psycopg
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import default_migration_table

from ingest.errors import DatabaseError, explained, place

SCHEMA = Path(__file__).parent / "schema"
LOCK = 0x7465706174
"""Number of the advisory lock that one migrating process holds: "tepat" as bytes."""


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]  # yoyo has no types
    """Yoyo on one connection of ours. Our advisory lock replaces its lock row, which outlives a kill -9."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        super().__init__(DatabaseURI("postgresql+psycopg", None, None, None, None, "", {}), default_migration_table)

    def connect(self, _uri: DatabaseURI) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self._conninfo, autocommit=True)
        connection.execute("SET client_connection_check_interval = '1s'")  # after kill -9, free the lock soon
        return connection

    def lock(self, timeout: float = 0) -> AbstractContextManager[None]:  # noqa: ARG002  # yoyo's signature
        return nullcontext()


def migrate(conninfo: str, *, schema: Path = SCHEMA) -> list[str]:
    """Apply the steps that are missing and return their names. A second process waits for the first.

    The lock belongs to the session that applies, so the server frees it only when that session's work is over.

    Raises:
        DatabaseError: the server cannot be reached, refuses something, or holds a step that this version does not know.
    """
    try:
        backend = _Backend(conninfo)
        return _applied(backend, schema, conninfo)
    except psycopg.Error as error:
        raise explained(error, conninfo) from error


def _applied(backend: _Backend, schema: Path, conninfo: str) -> list[str]:
    with backend:
        backend.execute(f"SELECT pg_advisory_lock({LOCK})")
        _enable_timescale(backend.connection, conninfo)
        steps = read_migrations(str(schema))
        _refuse_newer(backend, {step.hash for step in steps}, conninfo)
        missing = list(backend.to_apply(steps))
        for step in missing:
            with backend.transaction():
                step.process_steps(backend, "apply")
                backend.mark_one(step)
        return [step.id for step in missing]


def _enable_timescale(connection: psycopg.Connection[Any], conninfo: str) -> None:
    """Where the server has loaded TimescaleDB, the database uses it; else `punch` would quietly be a plain table."""
    loaded = "SELECT current_setting('timescaledb.max_background_workers', true) IS NOT NULL"
    enabled = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')"
    if _truth(connection, loaded) and not _truth(connection, enabled):
        try:
            connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        except psycopg.errors.InsufficientPrivilege as error:
            raise DatabaseError(
                f"TimescaleDB is not enabled in the database at {place(conninfo)} and this user may not do it: "
                "have its administrator run CREATE EXTENSION timescaledb there."
            ) from error


def _truth(connection: psycopg.Connection[Any], sql: str) -> bool:
    row = connection.execute(sql).fetchone()
    return row is not None and bool(row[0])


def _refuse_newer(backend: _Backend, known: set[str], conninfo: str) -> None:
    if set(backend.get_applied_migration_hashes()) - known:
        raise DatabaseError(
            f"The database at {place(conninfo)} was set up by a newer version of Tepat: update this installation."
        )
