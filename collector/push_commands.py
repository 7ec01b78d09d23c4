"""The commands around terminals that push: look who asks, approve, block, fetch a span again."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Annotated

import typer

import config.settings
from ingest import audit, push_orders, push_terminals, terminals
from ingest.database import opened

SerialNumber = Annotated[str, typer.Argument(help="Serial number of the terminal, as tepat terminal pushing shows it.")]
DAY = ["%Y-%m-%d"]


def approve_terminal(
    serial_number: SerialNumber,
    name: Annotated[str | None, typer.Option(help="Name to register it under; not needed if it is registered.")] = None,
    time_zone: Annotated[str, typer.Option(help="Time zone of the place where it hangs.")] = "Asia/Jakarta",
    network: Annotated[
        str | None, typer.Option(help="Only take what it pushes from this network, as 10.20.0.0/16.")
    ] = None,
) -> None:
    """Take what an iclock terminal pushes from now on; it then uploads everything that it holds."""
    now = datetime.now(UTC)
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        found = [t for t in terminals.list_terminals(connection) if (t.kind, t.address) == ("iclock", serial_number)]
        if not found:
            if name is None:
                raise terminals.TerminalRegisterError(f"{serial_number} has no name yet: add --name NAME.")
            terminals.add_terminal(
                connection, name=name, kind="iclock", address=serial_number,
                comm_key=0, time_zone=time_zone, added_at=now,
            )  # fmt: skip
        push_terminals.approve(connection, serial_number, network, now)
        known = found[0].name if found else name
        audit.record(
            connection,
            at=now,
            actor=audit.command_actor(),
            action="approve terminal",
            object_=f"terminal:{known}",
            detail={"serial_number": serial_number, "network": network},
        )
    typer.echo(f"Terminal {known} ({serial_number}) may push from {network or 'anywhere'}.")


def block_terminal(serial_number: SerialNumber) -> None:
    """Take nothing more from an iclock terminal until it is approved again. It keeps what it holds."""
    now = datetime.now(UTC)
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        push_terminals.block(connection, serial_number)
        audit.record(
            connection,
            at=now,
            actor=audit.command_actor(),
            action="block terminal",
            object_=f"serial_number:{serial_number}",
            detail={},
        )
    typer.echo(f"Nothing is taken from {serial_number} any more.")


def list_pushing(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array for machines.")] = False,
) -> None:
    """List the iclock terminals that ever asked, those nobody has approved yet among them."""
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        found = push_terminals.list_pushers(connection)
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], default=datetime.isoformat))
    for each in [] if as_json else found:
        typer.echo(
            f"{each.serial_number}  {each.status}  {each.name or '-'}  seen {each.last_seen:%Y-%m-%d %H:%M:%S} UTC "
            f"from {each.last_from}, allowed from {each.network or 'anywhere'}"
        )


def fetch_terminal(
    name: Annotated[str, typer.Argument(help="Name of the terminal.")],
    first: Annotated[datetime, typer.Option("--from", formats=DAY, help="First day, as 2026-01-01.")],
    last: Annotated[datetime, typer.Option("--until", formats=DAY, help="Last day, included.")],
) -> None:
    """Ask an iclock terminal to upload its punches of some days again; it does so when it next asks for orders."""
    now = datetime.now(UTC)
    end = datetime.combine(last, time()) + timedelta(days=1, seconds=-1)
    if end < first:
        raise terminals.TerminalRegisterError(f"--from {first:%Y-%m-%d} is after --until {last:%Y-%m-%d}: swap them.")
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        terminal = terminals.terminal_named(connection, name)
        if terminal.kind != "iclock":
            raise terminals.TerminalRegisterError(
                f"{name} is of kind {terminal.kind}: only iclock terminals are asked."
            )
        number = push_orders.ask(connection, terminal.id, "upload", first, end, at=now)
    typer.echo(f"Terminal {name} will be asked for {first:%Y-%m-%d} to {last:%Y-%m-%d} (order {number}).")
