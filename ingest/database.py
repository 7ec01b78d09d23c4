"""The one pool of connections. Sessions run in UTC."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool

from config.settings import Settings
from ingest import embedded
from ingest import migrate as migrations
from ingest.errors import DatabaseError, explained, readable

__all__ = ["ConnectionPool", "DatabaseError", "address", "opened"]

CONNECT_SECONDS = 10
RECONNECT_SECONDS = 5
"""The pool's own default took 46 s to recover from 70 s of outage."""
SILENT_HOST = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A host that vanished without a word is given up after some 25 s; the system alone would wait for hours."""
POOL_SIZE = 10
SESSION = "-c TimeZone=UTC -c DateStyle=ISO,YMD -c IntervalStyle=postgres"
"""Whatever the server's own settings are: digests are of PostgreSQL's text forms."""


def session(url: str) -> str:
    """The connection string of every session of ours: UTC, one text form of dates, no endless wait for a silent host.

    Raises:
        DatabaseError: the address cannot be read.
    """
    parts = readable(url)
    options = f"{parts.get('options') or ''} {SESSION}".strip()
    timeout = str(parts.get("connect_timeout") or CONNECT_SECONDS)
    patience = {name: str(parts.get(name) or value) for name, value in SILENT_HOST.items()}
    return make_conninfo(url, options=options, connect_timeout=timeout, **patience)


@contextmanager
def address(settings: Settings) -> Iterator[str]:
    """The connection string of the database: of TEPAT_DATABASE_URL, or of the embedded server, held while inside."""
    if settings.database_url is not None:
        yield session(settings.database_url.get_secret_value())
    else:
        with embedded.running(settings.data_dir) as url:
            yield session(url)


@contextmanager
def opened(settings: Settings, *, migrate: bool = True) -> Iterator[ConnectionPool]:
    """An open pool on a database whose schema is up to date.

    Raises:
        DatabaseError: the server cannot be reached or refuses something, at the start or, unhandled, later.
    """
    with address(settings) as conninfo:
        try:
            if migrate:
                migrations.migrate(conninfo)
            else:
                psycopg.connect(conninfo).close()  # says why it fails; a pool would only time out
            with _pool(conninfo) as pool:
                yield pool
        except psycopg.Error as error:
            raise explained(error, conninfo) from error


def _pool(conninfo: str) -> ConnectionPool:
    def check(connection: psycopg.Connection[Any]) -> None:
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.Error:
            # The pool pauses longer after each cut connection it finds: ten of them took over half a minute. What cut
            # one has most likely cut all, so all are looked at now, and the next one handed out is sound.
            pool.check()
            raise

    pool = ConnectionPool(
        conninfo,
        min_size=1,
        max_size=POOL_SIZE,
        open=False,
        check=check,
        reconnect_timeout=RECONNECT_SECONDS,
        name="tepat",
    )
    return pool
