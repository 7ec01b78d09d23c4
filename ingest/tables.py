"""The CSV tables of the office that can be imported: each in one transaction, all of it or nothing."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import psycopg

from ingest import (
    absences,
    activities,
    audit,
    catalogue,
    classes,
    employees,
    evaluations,
    grades,
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

Table: TypeAlias = Literal[
    "units",
    "employees",
    "absences",
    "grades",
    "classes",
    "plans",
    "catalogue",
    "activities",
    "targets",
    "ratings",
    "evaluations",
    "predicates",
    "shifts",
    "rosters",
    "weeks",
]

TABLES: Mapping[Table, Callable[[psycopg.Connection[Any], Path], Changes]] = {
    "units": units.load,
    "employees": employees.load,
    "absences": absences.load,
    "grades": grades.load,
    "classes": classes.load,
    "plans": plans.load,
    "catalogue": catalogue.load,
    "activities": activities.load,
    "targets": targets.load,
    "ratings": ratings.load,
    "evaluations": evaluations.load,
    "predicates": predicates.load,
    "shifts": shifts.load,
    "rosters": rosters.load,
    "weeks": weeks.load,
}

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('tepat import'))"


def import_table(
    connection: psycopg.Connection[Any],
    table: Table,
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
        CsvFileError: with every fault of the file; nothing was changed.
    """
    with connection.transaction(force_rollback=dry_run):
        connection.execute(ONE_AT_A_TIME)
        done = TABLES[table](connection, path)
        if done.added or done.changed:
            audit.record(
                connection,
                at=at,
                actor=actor,
                action=f"import {table}",
                object_=table,
                detail={"file": path.name, **asdict(done)},
            )
    return done
