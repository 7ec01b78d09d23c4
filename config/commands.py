"""Commands about law: check every rulebook and calendar, show one."""

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from typing import Annotated, Any

import typer

from config import allowances
from config.absences import absence_kinds
from config.calendars import calendar
from config.dated import RulebookError, Table
from config.evaluation import evaluation
from config.national import discipline, meals
from config.rulebook_tables import SCANS
from config.rulebooks import Rulebook, named_or_in, names
from config.words import in_words, lines

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
InsteadOf = Annotated[
    str | None,
    typer.Option(help="The rulebook of which a file with one table alone takes a table's place."),
]


def check_rulebooks(
    which: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names of rulebooks, folders that hold one, or a file of one; default: all and the law of the state."
        ),
    ] = None,
    *,
    instead_of: InsteadOf = None,
    as_json: AsJson = False,
) -> None:
    """Read rulebooks and the law of the state, and say that they are whole or what is wrong with each that is not."""
    books, others = _all_read(which or [], instead_of)
    summary = {
        book.name: {
            "title": book.title,
            "status": book.status,
            "basis": basis(book),
            "tables": len(book.tables),
            "digest": book.digest,
        }
        for book in books
    }
    if as_json:
        told = {f"{name}_tables": count for name, count in others.items()}
        typer.echo(json.dumps({"rulebooks": summary, **told}, ensure_ascii=False))
        return
    for name, about in summary.items():
        typer.echo(f"{name}: {about['tables']} tables, {about['status']}, basis {about['basis']}")
    for name, count in others.items():
        typer.echo(f"{name}: {count} {'table' if count == 1 else 'tables'}")


OF_THE_STATE: dict[str, Callable[[], int]] = {
    "calendar": lambda: len(calendar().tables),
    "discipline": lambda: len(fields(discipline())),
    "meals": lambda: len(fields(meals())),
    "evaluation": lambda: len(evaluation().tables),
    "allowances": lambda: len([allowances.classes(name) for name in allowances.names()]),
    "absences": lambda: len([absence_kinds()]),
}
"""Law beside the rulebooks: reads it and counts its tables."""


def _all_read(which: list[str], instead_of: str | None) -> tuple[list[Rulebook], dict[str, int]]:
    """Raises: RulebookError: with a line for each that is broken."""
    faults: list[str] = []
    books: list[Rulebook] = []
    others: dict[str, int] = {}
    for name in which or names():
        try:
            books.append(named_or_in(name, instead_of))
        except RulebookError as error:
            faults.append(str(error))
    for name, tables in OF_THE_STATE.items() if not which else ():
        try:
            others[name] = tables()
        except RulebookError as error:
            faults.append(str(error))
    if faults:
        raise RulebookError("\n".join(faults))
    return books, others


def basis(book: Rulebook) -> str:
    """Assumption when any version of a percentage is one."""
    laws = [version.law for table in book.tables if table.name != SCANS.name for version in table.versions]
    return "assumption" if any(law.basis == "assumption" for law in laws) else "regulation"


def show_rulebook(
    name: Annotated[
        str,
        typer.Argument(help="Name of a rulebook, as `tepat rulebook check` lists them, or a folder that holds one."),
    ],
    *,
    on: Annotated[str | None, typer.Option(help="Only the versions in force on this day (YYYY-MM-DD).")] = None,
    instead_of: InsteadOf = None,
    as_json: AsJson = False,
) -> None:
    """Print a rulebook: every table with its law, its article and its day in force."""
    book = named_or_in(name, instead_of)
    day = day_of(on)
    if as_json:
        typer.echo(json.dumps(_document(book, day), ensure_ascii=False))
        return
    typer.echo(f"{book.title} ({book.name})")
    typer.echo(f"{book.organisation}; {book.status}; percentages of the {book.base}; basis: {basis(book)}")
    typer.echo(book.note)
    sources = list(dict.fromkeys(version.law.source for table in book.tables for version in _versions(table, day)))
    for table in book.tables:
        typer.echo(f"\n{table.name}: {table.measure}; {table.unit}; compared with the law on {table.checked}")
        for version in _versions(table, day):
            typer.echo(f"  {in_words(version.law)}, source {sources.index(version.law.source) + 1}")
            for line in lines(table, version):
                typer.echo(f"    {line}")
    typer.echo("\nSources")
    for number, source in enumerate(sources, 1):
        typer.echo(f"  {number}  {source}")


def day_of(text: str | None) -> date | None:
    """The day that an option names.

    Raises:
        BadParameter: it is none.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day. Write it as 2026-01-31.") from error


def _versions(table: Table[Any], day: date | None) -> tuple[Any, ...]:
    return table.versions if day is None else (table.on(day),)


def _document(book: Rulebook, day: date | None) -> dict[str, object]:
    tables = [
        {
            "name": table.name,
            "measure": table.measure,
            "unit": table.unit,
            "checked": table.checked.isoformat(),
            "versions": [
                {
                    "law": version.law.law,
                    "article": version.law.article or None,
                    "in_force": version.law.in_force.isoformat(),
                    "in_force_known": version.law.in_force_known,
                    "basis": version.law.basis,
                    "source": version.law.source,
                    "rows": lines(table, version),
                }
                for version in _versions(table, day)
            ],
        }
        for table in book.tables
    ]
    return {
        "name": book.name,
        "title": book.title,
        "organisation": book.organisation,
        "status": book.status,
        "base": book.base,
        "basis": basis(book),
        "note": book.note,
        "digest": book.digest,
        "tables": tables,
    }
