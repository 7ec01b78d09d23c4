"""Rejected records are read again with a word of how far that is: tens of thousands take a while."""

from datetime import datetime
from typing import Any

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.reread import ROWS, Rereading, retry
from config.counted import counted
from ingest import rejected
from ingest.rejected import Wanted


def reread_shown(
    connection: psycopg.Connection[Any], wanted: Wanted, at: datetime, *, dry_run: bool = False
) -> Rereading:
    """As `retry`: a bar on a screen; elsewhere a line beforehand when there are many."""
    with connection.transaction():
        total = rejected.number(connection, wanted)
    console = Console(stderr=True)
    if total > ROWS and not console.is_terminal:
        console.print(f"Reading {counted(total, 'record')} again …")
    columns = (TextColumn("reading again"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=total)
        return retry(connection, wanted, at, dry_run=dry_run, on_progress=lambda done: bar.advance(task, done))
