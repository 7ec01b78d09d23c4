"""The command that looks for terminals whose address moved."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

import config.settings
from collector.find import Found, addresses_in, find
from config.counted import counted
from devices.zk.address import DEFAULT_PORT
from ingest import audit
from ingest.database import ConnectionPool, opened
from ingest.terminals import list_terminals, move_terminal


def find_terminals(
    network: Annotated[str, typer.Argument(help="Private network to look through, as 192.168.1.0/24; at most a /22.")],
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the terminals.")] = DEFAULT_PORT,
    take: Annotated[
        bool, typer.Option("--take", help="Correct the addresses of registered terminals that moved.")
    ] = False,
    every_key: Annotated[
        bool,
        typer.Option(
            "--every-key",
            help="Offer the comm keys of all registered terminals to every address: only where nobody else listens.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array for machines.")] = False,
) -> None:
    """Ask each address of a network whether a ZK terminal is there, and which registered one it is by serial number."""
    addresses = addresses_in(network, port)
    settings = config.settings.load()
    console = Console(stderr=True)
    columns = (TextColumn(f"looking through {network}", markup=False), BarColumn(), MofNCompleteColumn())
    with opened(settings) as pool:
        with pool.connection() as connection:
            in_use = [each for each in list_terminals(connection) if each.kind == "zk" and each.retired_at is None]
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
            task = bar.add_task("", total=len(addresses))
            found = find(addresses, in_use, settings.data_dir, lambda: bar.advance(task), every_key=every_key)
        if take:
            _take(found, pool)
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found]))
    else:
        _tell(found, network, taken=take)


def _take(found: Sequence[Found], pool: ConnectionPool) -> None:
    """Correct all addresses in one transaction, so that two that were swapped are too."""
    with pool.connection() as connection:
        for each in found:
            if each.moved and each.terminal is not None:
                move_terminal(connection, each.terminal, each.address)
                detail = {"address": [each.registered_at, each.address], "serial_number": each.serial_number}
                audit.record_command(
                    connection, datetime.now(UTC), "move terminal", f"terminal:{each.terminal}", detail
                )


def _tell(found: Sequence[Found], network: str, *, taken: bool) -> None:
    for each in found:
        typer.echo(f"{each.address}  {_words(each, taken=taken)}")
    moved = sum(each.moved for each in found)
    typer.echo(
        f"{network}: {counted(len(found), 'terminal')} {'answers' if len(found) == 1 else 'answer'}, {moved} moved."
    )


def _words(found: Found, *, taken: bool) -> str:
    if found.serial_number is None:
        return found.problem or "no serial number, not registered"
    said = f"{found.serial_number}, {found.terminal or 'not registered'}"
    if found.twice:
        return f"{said}: two machines say this number, so none is moved; have the maker give one another number"
    if found.problem is not None:
        return f"{said}: {found.problem}"
    if found.moved:
        where = (
            f"moved from {found.registered_at}" if taken else f"registered at {found.registered_at}: --take corrects it"
        )
        return f"{said}, {where}"
    return said
