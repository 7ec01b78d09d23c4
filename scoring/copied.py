"""Rows of a frame into a table, as fast as the database takes them."""

from io import BytesIO
from typing import Any

import polars as pl
from psycopg import Connection


def copy_in(connection: Connection[Any], statement: str, rows: pl.DataFrame) -> None:
    r"""Run a COPY … FROM STDIN (FORMAT csv, NULL '\N') of the rows."""
    if rows.is_empty():
        return
    text = BytesIO()
    rows.write_csv(text, include_header=False, null_value="\\N", datetime_format="%Y-%m-%d %H:%M:%S")
    with connection.cursor().copy(statement.encode()) as copy:
        copy.write(text.getbuffer())
