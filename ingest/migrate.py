"""Brings a database's schema up to date: numbered plain SQL, each step applied once, whole or not at all."""

from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
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
        DatabaseError: the server cannot be reached or refuses something, or the database holds a step that this
            installation does not know or has another file of; then nothing is done.
    """
    try:
        backend = _Backend(conninfo)
        return _applied(backend, schema, conninfo)
    except psycopg.Error as error:
        raise explained(error, conninfo) from error


def _applied(backend: _Backend, schema: Path, conninfo: str) -> list[str]:
    with backend:
        backend.execute(f"SELECT pg_advisory_lock({LOCK})")
        steps = read_migrations(str(schema))
        contents = {step.id: _content(Path(step.path)) for step in steps}
        backend.ensure_internal_schema_updated()
        _refuse_others(backend.connection, contents, conninfo)
        _keep(backend.connection, contents)  # of what was applied before Tepat kept contents
        _enable_timescale(backend.connection, conninfo)
        missing = list(backend.to_apply(steps))
        for step in missing:
            with backend.transaction():
                step.process_steps(backend, "apply")
                backend.mark_one(step)
                _keep(backend.connection, contents)
        return [step.id for step in missing]


def _content(file: Path) -> str:
    """SHA-256 of what a step does; a checkout with other line ends is the same step."""
    return sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _refuse_others(connection: psycopg.Connection[Any], contents: dict[str, str], conninfo: str) -> None:
    """Yoyo knows a step by its name alone; its content stands in a column of ours in yoyo's table."""
    column = "SELECT FROM pg_attribute WHERE attrelid = '_yoyo_migration'::regclass AND attname = 'content_sha256'"
    if not _truth(connection, f"SELECT EXISTS ({column})"):
        connection.execute("ALTER TABLE _yoyo_migration ADD COLUMN content_sha256 text")
    applied = dict(connection.execute("SELECT migration_id, content_sha256 FROM _yoyo_migration ORDER BY 1").fetchall())
    if unknown := applied.keys() - contents.keys():
        raise DatabaseError(
            f"The database at {place(conninfo)} was set up by a newer version of Tepat "
            f"(it has the step {max(unknown)}): update this installation. Nothing was done to it."
        )
    changed = [step for step, content in applied.items() if content not in {None, contents[step]}]
    if changed:
        raise DatabaseError(
            f"The database at {place(conninfo)} was set up with another {changed[0]}.sql than this installation has: "
            "put back the file as it was in the version that was used, since a change of the schema is a new file; "
            "if that was a version in development, take a new database. Nothing was done to it."
        )


def _keep(connection: psycopg.Connection[Any], contents: dict[str, str]) -> None:
    """Note the content of each step applied that has none yet."""
    new = connection.execute("SELECT migration_id FROM _yoyo_migration WHERE content_sha256 IS NULL").fetchall()
    connection.cursor().executemany(
        "UPDATE _yoyo_migration SET content_sha256 = %s WHERE migration_id = %s",
        [(contents[step], step) for (step,) in new],
    )


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
