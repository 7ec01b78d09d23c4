"""The CSV tables of the office that can be imported: each in one transaction, all of it or nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import psycopg

from ingest import activities, audit, employees, targets, units
from ingest.changes import Changes

Table: TypeAlias = Literal["units", "employees", "activities", "targets"]

TABLES: Mapping[Table, Callable[[psycopg.Connection[Any], Path], Changes]] = {
    "units": units.load,
    "employees": employees.load,
    "activities": activities.load,
    "targets": targets.load,
}

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('tepat import'))"


def import_table(
    connection: psycopg.Connection[Any],
    table: Table,
    path: Path,
    *,
    at: datetime,
    actor: str,
    move_units: bool = False,
) -> Changes:
    """Bring a file into its table, mark what has to be scored again, and leave an audit entry if anything changed.

    at: aware, the time of this import. move_units: see employees.load; other tables have no use for it. Importing the
    same file again changes nothing.

    Raises:
        CsvFileError: with every fault of the file; nothing was changed.
    """
    with connection.transaction():
        connection.execute(ONE_AT_A_TIME)
        if table == "employees":
            done = employees.load(connection, path, move_units=move_units)
        else:
            done = TABLES[table](connection, path)
        if done.any:
            audit.record(
                connection,
                at=at,
                actor=actor,
                action=f"import {table}",
                object_=table,
                detail={"file": path.name, **done.counts()},
            )
    return done
