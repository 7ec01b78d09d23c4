"""The one way to read frames. Apart from the pool: what reads none need not load Polars, a third of a start."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import adbc_driver_manager.dbapi
import adbc_driver_postgresql.dbapi
import polars as pl

from ingest.database import ConnectionPool
from ingest.errors import explained

Reader: TypeAlias = Callable[[str, Sequence[object]], pl.DataFrame]
"""A query with placeholders $1, $2 … and its values → its rows as a frame."""


@contextmanager
def reader(source: ConnectionPool | str) -> Iterator[Reader]:
    """Read frames, without an object per value, through one connection of their own: connecting takes 60 ms.

    source: the pool, or a connection string of `address`. No column may be numeric or interval (cast jsonb to text).
    What another transaction commits in between is seen.

    Raises:
        DatabaseError: the server cannot be reached.
    """
    conninfo = source if isinstance(source, str) else source.conninfo
    assert isinstance(conninfo, str), "our pools have a fixed connection string"
    try:
        connection = adbc_driver_postgresql.dbapi.connect(conninfo)
    except adbc_driver_manager.dbapi.Error as error:
        raise explained(error, conninfo) from error
    with connection, connection.cursor() as cursor:

        def read(sql: str, params: Sequence[object]) -> pl.DataFrame:
            try:
                cursor.execute(sql, tuple(params) or None)
                return pl.DataFrame(cursor.fetch_arrow_table())
            except adbc_driver_manager.dbapi.Error as error:
                if not error.sqlstate or error.sqlstate.startswith(("08", "57P")):  # the connection, not the query
                    raise explained(error, conninfo) from error
                raise

        yield read


def frame(source: ConnectionPool | str, sql: str, params: Sequence[object] = ()) -> pl.DataFrame:
    """The rows of one query as a frame; see `reader`."""
    with reader(source) as read:
        return read(sql, params)
