"""The commands that bring the database up to date and the office's own tables into it."""

import json
from dataclasses import asdict
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
    """Bring the database's schema up to date. Every other command does it too."""
    with database.address(config.settings.load()) as conninfo:
        steps = migrations.migrate(conninfo)
    typer.echo(f"Applied {', '.join(steps)}." if steps else "The database is up to date.")


def import_units(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import the tree of units: code, name, parent (or empty), time_zone, rulebook."""
    _import("units", file, dry_run=dry_run, as_json=as_json)


def import_employees(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import employees: nip, name, unit, class; unit_from, left (transfer, end); pins: terminal, pin, from."""
    _import("employees", file, dry_run=dry_run, as_json=as_json)


def import_absences(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import absences with their letter: nip, document, kind, from, until; document_date, child, withdrawn (yes)."""
    _import("absences", file, dry_run=dry_run, as_json=as_json)


def import_grades(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import grades (golongan) by the day: nip, from, grade (I to IV, or as III/c)."""
    _import("grades", file, dry_run=dry_run, as_json=as_json)


def import_activities(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import delivered work: nip, reference, date, title, volume, weight, status (submitted, verified, returned)."""
    _import("activities", file, dry_run=dry_run, as_json=as_json)


def import_classes(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import the class of posts by the day: nip, from, class, candidate (yes for CPNS, else no)."""
    _import("classes", file, dry_run=dry_run, as_json=as_json)


def import_plans(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import plans (SKP): owner (NIP or unit), year, reference, title, kind, measure, target; see docs/commands.md."""
    _import("plans", file, dry_run=dry_run, as_json=as_json)


def import_catalogue(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import the catalogue of work: code, title, measure, norm_minutes, weight."""
    _import("catalogue", file, dry_run=dry_run, as_json=as_json)


def import_ratings(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import ratings of conduct: nip, rater, period, role (superior, peer, subordinate), value."""
    _import("ratings", file, dry_run=dry_run, as_json=as_json)


def import_evaluations(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import what superiors found: nip, period, result, behaviour (above, as expected, below), new_idea (yes, no)."""
    _import("evaluations", file, dry_run=dry_run, as_json=as_json)


def import_predicates(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import the predicates of units as organisations: unit, period, predicate."""
    _import("predicates", file, dry_run=dry_run, as_json=as_json)


def import_shifts(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import shifts: code, name, start, end (HH:MM); windows of the scans: in_from, in_until, out_from, out_until."""
    _import("shifts", file, dry_run=dry_run, as_json=as_json)


def import_rosters(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import who works which shifts on a date: nip or unit, date, shifts (codes, or - for a free day), name."""
    _import("rosters", file, dry_run=dry_run, as_json=as_json)


def import_weeks(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import the week of a unit: unit, from, monday … sunday (codes of shifts, or - for a free day)."""
    _import("weeks", file, dry_run=dry_run, as_json=as_json)


def import_targets(file: CsvPath, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import the targets of months: nip, period (YYYY-MM), points."""
    _import("targets", file, dry_run=dry_run, as_json=as_json)


def _import(table: tables.Table, file: Path, *, dry_run: bool, as_json: bool) -> None:
    now = datetime.now(UTC)
    with database.opened(config.settings.load()) as pool, pool.connection() as connection:
        done = tables.import_table(connection, table, file, at=now, actor=audit.command_actor(), dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps(asdict(done)))
    else:
        nothing = " Nothing was written: this was a dry run." if dry_run else ""
        typer.echo(f"{file.name}: {done.added} added, {done.changed} changed, {done.unchanged} unchanged.{nothing}")
