"""A day as people write it at the command line: 2026-01-31."""

import re
from datetime import date

import typer

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def day_of(text: str) -> date:
    """For `typer.Option(parser=...)`.

    Raises:
        typer.BadParameter: it is written otherwise, or the calendar has no such day.
    """
    if DAY.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is no day: write one as 2026-01-31.")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"The calendar has no day {text}: write one as 2026-01-31.") from error
