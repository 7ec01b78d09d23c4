"""`tepat rulebook diff`: two rulebooks side by side."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from config.commands import AsJson, day_of
from config.rulebook_diff import differences
from config.rulebooks import named_or_in


def diff_rulebooks(
    first: Annotated[str, typer.Argument(help="Name of a rulebook, or a folder that holds one.")],
    second: Annotated[
        str, typer.Argument(help="The other; or a file with one table alone, against the first as it is.")
    ],
    *,
    on: Annotated[
        str | None, typer.Option(help="What is in force on this day (YYYY-MM-DD); default: the newest.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say in words which tables and rows of two rulebooks differ."""
    one, other = named_or_in(first, second), named_or_in(second, first)
    found = list(differences(one, other, day_of(on)))
    if as_json:
        typer.echo(
            json.dumps({"first": one.name, "second": other.name, "differences": [asdict(each) for each in found]})
        )
        return
    typer.echo(f"- {one.title} ({first})\n+ {other.title} ({second})")
    if not found:
        typer.echo("No table differs.")
    for each in found:
        typer.echo(f"\n{each.table}")
        for sign, told in (("-", each.first), ("+", each.second)):
            for line in told:
                typer.echo(f"  {sign} {line}")
