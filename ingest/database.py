"""The one pool of connections, and the one way to read frames. Sessions run in UTC."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool

from config.settings import Settings
from ingest import embedded
from ingest import migrate as migrations
from ingest.errors import DatabaseError, explained, readable

if TYPE_CHECKING:
    import polars as pl
    from adbc_driver_manager import AdbcStatement

__all__ = ["ConnectionPool", "DatabaseError", "Reader", "address", "frame", "opened", "reader", "reader_within"]

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


Reader: TypeAlias = "Callable[[str, Sequence[object]], pl.DataFrame]"
"""A query with placeholders $1, $2 … and its values → its rows as a frame."""


@contextmanager
def reader(source: ConnectionPool | str) -> Iterator[Reader]:
    """Read frames, without an object per value, through one connection of their own: connecting takes 60 ms.

    source: the pool, or a connection string of `address`. No column may be numeric or interval (cast jsonb to text).
    What another transaction commits in between is seen.

    Raises:
        DatabaseError: the server cannot be reached.
    """
    import adbc_driver_manager as adbc  # noqa: PLC0415 - a third of a start, and only scoring reads frames
    import polars as pl  # noqa: PLC0415

    conninfo = source if isinstance(source, str) else source.conninfo
    assert isinstance(conninfo, str), "our pools have a fixed connection string"
    with ExitStack() as stack:
        try:
            statement = _connected(conninfo, stack)
        except adbc.Error as error:
            raise explained(error, conninfo) from error

        def read(sql: str, params: Sequence[object]) -> "pl.DataFrame":
            try:
                try:
                    return pl.DataFrame(_stream(statement, sql, params)).rechunk()
                except pl.exceptions.PolarsError:  # what ended the stream is lost; a connection that is, says so again
                    _stream(statement, "SELECT 1", ())
                    raise
            except adbc.Error as error:
                if not error.sqlstate or error.sqlstate.startswith(("08", "57P")):  # the connection, not the query
                    raise explained(error, conninfo) from error
                raise

        yield read


def reader_within(connection: psycopg.Connection[Any]) -> Reader:
    """As `reader`, within the transaction of this connection: for few rows, each value of which becomes an object."""
    import polars as pl  # noqa: PLC0415 - as above

    kinds = {
        "int2": pl.Int16(), "int4": pl.Int32(), "int8": pl.Int64(), "bool": pl.Boolean(), "text": pl.String(),
        "date": pl.Date(), "timestamp": pl.Datetime("us"),
    }  # fmt: skip

    def read(sql: str, params: Sequence[object]) -> "pl.DataFrame":
        with psycopg.RawCursor(connection) as cursor:
            cursor.execute(sql.encode(), params)
            types = connection.adapters.types
            schema = {column.name: kinds[types[column.type_code].name] for column in cursor.description or ()}
            return pl.DataFrame(cursor.fetchall(), schema=schema, orient="row")

    return read


def _connected(conninfo: str, stack: ExitStack) -> "AdbcStatement":
    """Without the driver's DB-API, which loads pyarrow: that takes longer than to score a hundred days."""
    import adbc_driver_manager as adbc  # noqa: PLC0415 - as above
    import adbc_driver_postgresql as driver  # noqa: PLC0415

    database = stack.enter_context(driver.connect(conninfo))
    connection = stack.enter_context(adbc.AdbcConnection(database))
    statement: AdbcStatement = stack.enter_context(adbc.AdbcStatement(connection))
    return statement


def _stream(statement: "AdbcStatement", sql: str, params: Sequence[object]) -> Any:
    """The rows as an Arrow stream."""
    import polars as pl  # noqa: PLC0415 - as above

    statement.set_sql_query(sql)
    statement.prepare()
    if params:
        statement.bind_stream(pl.DataFrame([params], orient="row").with_columns(pl.col(pl.Null).cast(pl.String)))
    stream, _ = statement.execute_query()
    return stream


def frame(source: ConnectionPool | str, sql: str, params: Sequence[object] = ()) -> "pl.DataFrame":
    """The rows of one query as a frame; see `reader`."""
    with reader(source) as read:
        return read(sql, params)
