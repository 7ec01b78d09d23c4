"""`tepat rulebook simulate`: a month scored by another rulebook and taken back; only the differences remain."""

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from psycopg import Connection
from rich.console import Console
from rich.progress import Progress

import config.settings
from config.errors import TepatError
from config.rulebooks import named_or_in, names, rulebook
from ingest import database
from ingest.database import ConnectionPool
from scoring import score_store
from scoring.job import bounds, score_period
from scoring.run import Book, Summary
from scoring.simulation import FIGURES, Change, Totals, changes, in_words, substituted, totals

LISTED = 20
"""Employees listed at a terminal; all are in --csv and --json."""


def simulate(
    period: Annotated[str, typer.Argument(help="Month to try it on, as in 2026-01.")],
    *,
    with_: Annotated[
        str, typer.Option("--with", help="Name of a rulebook, a folder that holds one, or one changed file.")
    ],
    instead_of: Annotated[
        str | None,
        typer.Option(
            help="Only where this rulebook applies; default: where one of the same name does, else everywhere."
        ),
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Code of a unit: only it and the units below it.")] = None,
    to_csv: Annotated[Path | None, typer.Option("--csv", help="Write all differences into this file.")] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print one JSON object for machines; percentages are whole hundredths, 125 is 1.25 %."
        ),
    ] = False,
) -> None:
    """Say what another rulebook would change in a month, for whom and by how much. Nothing is stored."""
    if instead_of is not None and instead_of not in names():
        raise TepatError(f"There is no rulebook {instead_of!r} to be replaced. Known are: {', '.join(names())}.")
    book = named_or_in(with_, instead_of)
    replaced = instead_of or (book.name if Path(with_).exists() and book.name in names() else None)
    bounds(period)
    with database.opened(config.settings.load()) as pool:
        before = _rehearsed(pool, period, unit, rulebook, "as it is")
        after = _rehearsed(pool, period, unit, substituted(book, replaced), f"by {book.name}")
    found = changes(before, after)
    counts = totals(len(after), found)
    if to_csv is not None:
        _write(to_csv, found)
    if as_json:
        typer.echo(json.dumps({"period": period, "with": book.name, **counts, "changes": found}, ensure_ascii=False))
    else:
        _tell(f"{period} by {book.name}", counts, found)


def _tell(what: str, counts: Totals, found: list[Change]) -> None:
    typer.echo(
        f"{what}: {counts['changed']} of {counts['scored']} employees would get another score; "
        f"{counts['more']} would be paid more, {counts['less']} less, {counts['unknown_after']} not any more (a rate, "
        f"target or rating lacks), {counts['known_after']} only then. Nothing was stored."
    )
    for change in sorted(found, key=_heaviest_first)[:LISTED]:
        typer.echo(f"  {in_words(change)}")
    if len(found) > LISTED:
        typer.echo(f"  … and {len(found) - LISTED} more: --csv FILE or --json lists them all.")


def _rehearsed(pool: ConnectionPool, period: str, unit: str | None, book: Book, what: str) -> list[dict[str, Any]]:
    scores: list[dict[str, Any]] = []

    def look(connection: Connection[Any], summary: Summary) -> None:
        scores.extend(score_store.newest_scores(connection, period, summary.who))

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bars:
        bar = bars.add_task(f"Scoring {period} {what}", total=None)
        score_period(
            pool,
            period,
            until=_today,
            at=datetime.now(UTC),
            unit=unit,
            rehearse=look,
            progress=lambda done, of: bars.update(bar, completed=done, total=of),
            book=book,
        )
    return scores


def _today(zone: str) -> date:
    return datetime.now(ZoneInfo(zone)).date()


def _heaviest_first(change: Change) -> tuple[int, str]:
    """Who loses most, then who gains most last; what cannot be reckoned before all."""
    return (-(10**9) if change["by"] is None else change["by"], change["nip"])


def _write(path: Path, found: list[Change]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            columns = [f"{figure}_{side}" for figure in FIGURES for side in ("before", "after")]
            rows.writerow(["nip", "name", "rulebook", *columns, "payable_by"])
            for change in found:
                figures = [change[side][figure] for figure in FIGURES for side in ("before", "after")]
                rows.writerow(
                    [change["nip"], change["name"], change["rulebook"], *map(_cell, [*figures, change["by"]])]
                )
    except OSError as error:
        raise TepatError(f"{path} cannot be written ({error.strerror}). Name a file in a folder of yours.") from error


def _cell(hundredths: int | None) -> str:
    """Percent with a point, as spreadsheets read it; empty where it is not known."""
    if hundredths is None:
        return ""
    return f"{'-' * (hundredths < 0)}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"
