"""The commands that bring the database up to date and the office's own tables into it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

import config.settings
from ingest import audit, database, tables
from ingest import migrate as migrations

CsvPath: TypeAlias = Annotated[Path, typer.Argument(help="A CSV file, UTF-8, comma or semicolon, with a header line.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


def migrate() -> None:
    """Bring the database's schema up to date. Every other command does it too."""
    with database.address(config.settings.load()) as conninfo:
        steps = migrations.migrate(conninfo)
    typer.echo(f"Applied {', '.join(steps)}." if steps else "The database is up to date.")


def import_units(file: CsvPath, as_json: AsJson = False) -> None:
    """Import the tree of units: code, name, parent (or empty), time_zone, rulebook."""
    _import("units", file, as_json)


def import_employees(
    file: CsvPath,
    move_units: Annotated[
        bool,
        typer.Option("--move-units", help="Accept another unit for employees with scores: their past is scored again."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import employees: nip, name, unit, class (may be left out); and their pins: terminal, pin, from."""
    _import("employees", file, as_json, move_units=move_units)


def import_activities(file: CsvPath, as_json: AsJson = False) -> None:
    """Import delivered work: nip, reference, date, title, volume, weight, status (submitted, verified, returned)."""
    _import("activities", file, as_json)


def import_targets(file: CsvPath, as_json: AsJson = False) -> None:
    """Import the targets of months: nip, period (YYYY-MM), points."""
    _import("targets", file, as_json)


def _import(table: tables.Table, file: Path, as_json: bool, *, move_units: bool = False) -> None:
    now = datetime.now(UTC)
    with database.opened(config.settings.load()) as pool, pool.connection() as connection:
        done = tables.import_table(connection, table, file, at=now, actor=audit.command_actor(), move_units=move_units)
    if as_json:
        typer.echo(json.dumps(done.counts()))
    else:
        typer.echo(f"{file.name}: {done}.")
