"""Commands about law: check every rulebook and calendar, show one."""

import json
from datetime import date
from typing import Annotated, Any

import typer

from config.calendars import Calendar, calendar
from config.dated import RulebookError, Table
from config.rulebook_tables import SCANS
from config.rulebooks import Rulebook, names, rulebook
from config.words import in_words, lines

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def check_rulebooks(*, as_json: AsJson = False) -> None:
    """Read every rulebook and the calendar, and say that they are whole or what is wrong with each that is not."""
    books, days = _all_read()
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
        typer.echo(json.dumps({"rulebooks": summary, "calendar_tables": len(days.tables)}, ensure_ascii=False))
        return
    for name, about in summary.items():
        typer.echo(f"{name}: {about['tables']} tables, {about['status']}, basis {about['basis']}")
    typer.echo(f"calendar: {len(days.tables)} tables")


def _all_read() -> tuple[list[Rulebook], Calendar]:
    """Raises: RulebookError: with a line for each that is broken."""
    faults: list[str] = []
    books: list[Rulebook] = []
    for name in names():
        try:
            books.append(rulebook(name))
        except RulebookError as error:
            faults.append(str(error))
    try:
        days = calendar()
    except RulebookError as error:
        raise RulebookError("\n".join([*faults, str(error)])) from error
    if faults:
        raise RulebookError("\n".join(faults))
    return books, days


def basis(book: Rulebook) -> str:
    """Assumption when any version of a percentage is one."""
    laws = [version.law for table in book.tables if table.name != SCANS.name for version in table.versions]
    return "assumption" if any(law.basis == "assumption" for law in laws) else "regulation"


def show_rulebook(
    name: Annotated[str, typer.Argument(help="Name of a rulebook, as `tepat rulebook check` lists them.")],
    *,
    on: Annotated[str | None, typer.Option(help="Only the versions in force on this day (YYYY-MM-DD).")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a rulebook: every table with its law, its article and its day in force."""
    book = rulebook(name)
    day = day_of(on)
    if as_json:
        typer.echo(json.dumps(_document(book, day), ensure_ascii=False))
        return
    typer.echo(f"{book.title} ({book.name})")
    typer.echo(f"{book.organisation}; {book.status}; percentages of the {book.base}; basis: {basis(book)}")
    typer.echo(book.note)
    for table in book.tables:
        typer.echo(f"\n{table.name}: {table.measure}; {table.unit}; compared with the law on {table.checked}")
        for version in _versions(table, day):
            typer.echo(f"  {in_words(version.law)}")
            for line in lines(table, version):
                typer.echo(f"    {line}")


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
