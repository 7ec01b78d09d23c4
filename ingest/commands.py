"""The commands that bring the database up to date and the office's own tables into it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

import config.settings
from ingest import audit, database, tables
from ingest import migrate as migrations

CsvPath: TypeAlias = Annotated[Path, typer.Argument(help="A CSV file, UTF-8, comma or semicolon, with a header line.")]
DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Change nothing: list every fault, or tell what would change.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


def migrate() -> None:
    """Bring the database's schema up to date. Each command that uses it does so first."""
    with database.address(config.settings.load()) as conninfo:
        steps = migrations.migrate(conninfo)
    typer.echo(f"Applied {', '.join(steps)}." if steps else "The database is up to date.")


def _importer(name: tables.TableName) -> Callable[..., None]:
    """The command that imports a table."""

    def import_table(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
        _import(name, file, dry_run=dry_run, as_json=as_json)

    import_table.__doc__ = f"Import {tables.TABLES[name].about}. docs/imports.md says what each column means."
    return import_table


import_units = _importer("units")
import_employees = _importer("employees")
import_heads = _importer("heads")
import_absences = _importer("absences")
import_exits = _importer("exits")
import_corrections = _importer("corrections")
import_assemblies = _importer("assemblies")
import_attended = _importer("attended")
import_grades = _importer("grades")
import_classes = _importer("classes")
import_plans = _importer("plans")
import_catalogue = _importer("catalogue")
import_activities = _importer("activities")
import_deadlines = _importer("deadlines")
import_targets = _importer("targets")
import_ratings = _importer("ratings")
import_evaluations = _importer("evaluations")
import_predicates = _importer("predicates")
import_decisions = _importer("decisions")
import_shifts = _importer("shifts")
import_rosters = _importer("rosters")
import_weeks = _importer("weeks")


def _import(table: tables.TableName, file: Path, *, dry_run: bool, as_json: bool) -> None:
    now = datetime.now(UTC)
    with database.opened(config.settings.load()) as pool, pool.connection() as connection:
        done = tables.import_table(connection, table, file, at=now, actor=audit.command_actor(), dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps(done.counts()))
    else:
        nothing = " Nothing was written: this was a dry run." if dry_run else ""
        typer.echo(f"{file.name}: {done}.{nothing}")
