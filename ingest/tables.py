"""The tables of the office that can be imported, as CSV or as JSON: each in one transaction, all of it or nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

import psycopg

from ingest import (
    absences,
    activities,
    assemblies,
    attended,
    audit,
    catalogue,
    classes,
    corrections,
    csv_file,
    deadlines,
    decisions,
    employees,
    evaluations,
    exits,
    grades,
    heads,
    plans,
    predicates,
    ratings,
    rosters,
    shifts,
    targets,
    units,
    weeks,
)
from ingest.changes import Changes
from ingest.sheet import Sheet, listed
from ingest.table import Table

TableName: TypeAlias = Literal[
    "units",
    "employees",
    "heads",
    "absences",
    "exits",
    "corrections",
    "assemblies",
    "attended",
    "grades",
    "classes",
    "plans",
    "catalogue",
    "activities",
    "deadlines",
    "targets",
    "ratings",
    "evaluations",
    "predicates",
    "decisions",
    "shifts",
    "rosters",
    "weeks",
]

TABLES: Mapping[TableName, Table] = {
    "units": units.TABLE,
    "employees": employees.TABLE,
    "heads": heads.TABLE,
    "absences": absences.TABLE,
    "exits": exits.TABLE,
    "corrections": corrections.TABLE,
    "assemblies": assemblies.TABLE,
    "attended": attended.TABLE,
    "grades": grades.TABLE,
    "classes": classes.TABLE,
    "plans": plans.TABLE,
    "catalogue": catalogue.TABLE,
    "activities": activities.TABLE,
    "deadlines": deadlines.TABLE,
    "targets": targets.TABLE,
    "ratings": ratings.TABLE,
    "evaluations": evaluations.TABLE,
    "predicates": predicates.TABLE,
    "decisions": decisions.TABLE,
    "shifts": shifts.TABLE,
    "rosters": rosters.TABLE,
    "weeks": weeks.TABLE,
}

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('tepat import'))"
Check: TypeAlias = Callable[[psycopg.Connection[Any], Sheet], None]
"""Notes further faults in a sheet, such as rows that its sender may not bring."""


def import_table(
    connection: psycopg.Connection[Any],
    table: TableName,
    path: Path,
    *,
    at: datetime,
    actor: str,
    dry_run: bool = False,
) -> Changes:
    """Bring a file into its table, mark what has to be scored again, and leave an audit entry if anything changed.

    at: aware, the time of this import. dry_run: only find out what it would change. Importing the same file again
    changes nothing.

    Raises:
        FaultyRowsError: with every fault of the file; nothing was changed.
    """
    kind = TABLES[table]
    sheet = csv_file.read(path, kind.required, kind.optional)
    return _bring(connection, table, sheet, at=at, actor=actor, dry_run=dry_run, source=path.name)


def import_rows(
    connection: psycopg.Connection[Any],
    table: TableName,
    rows: Sequence[Mapping[str, object]],
    *,
    at: datetime,
    actor: str,
    dry_run: bool = False,
    check: Check | None = None,
    own: bool = False,
) -> Changes:
    """As `import_table`, of rows by the names of the columns.

    check: notes what this sender may not bring. own: the sender says it for himself.

    Raises:
        FaultyRowsError: with every fault of the rows; nothing was changed.
    """
    kind = TABLES[table]
    sheet = listed("The rows", rows, kind.required, kind.optional)
    sheet.own = own
    return _bring(connection, table, sheet, at=at, actor=actor, dry_run=dry_run, check=check)


def _bring(
    connection: psycopg.Connection[Any],
    table: TableName,
    sheet: Sheet,
    *,
    at: datetime,
    actor: str,
    dry_run: bool,
    source: str = "",
    check: Check | None = None,
) -> Changes:
    sheet.actor = actor
    sheet.at = at
    sheet.latest = at.date() + timedelta(days=1)  # it may be tomorrow where the work is done
    with connection.transaction(force_rollback=dry_run):
        connection.execute(ONE_AT_A_TIME)
        if check is not None:
            check(connection, sheet)
        done = TABLES[table].load(connection, sheet)
        if done.any:
            named = {"file": source} if source else {}
            audit.record(
                connection,
                at=at,
                actor=actor,
                action=f"import {table}",
                object_=table,
                detail={**named, **done.counts()},
            )
    return done
