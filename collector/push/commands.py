"""The commands around terminals that push: look who asks, approve, block, fetch a span again."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer

import config.settings
from config.days import day_of
from config.log import mask
from ingest import audit, health, push_orders, push_terminals, tampering, terminals
from ingest.database import opened

SerialNumber = Annotated[str, typer.Argument(help="Serial number of the terminal, as tepat terminal pushing shows it.")]


def approve_terminal(
    serial_number: SerialNumber,
    *,
    name: Annotated[str | None, typer.Option(help="Name to register it under; not needed if it is registered.")] = None,
    time_zone: Annotated[str, typer.Option(help="Time zone of the place where it hangs.")] = "Asia/Jakarta",
    network: Annotated[
        str | None, typer.Option(help="Only take what it pushes from this network, as 10.20.0.0/16.")
    ] = None,
    any_network: Annotated[
        bool,
        typer.Option("--any-network", help="Take what it pushes from anywhere, whatever network was named before."),
    ] = False,
    push_key: Annotated[
        bool | None,
        typer.Option(
            "--push-key/--no-push-key",
            help="Ask for the push key (pushcommkey) that it must name from now on, unseen; or want none any more.",
        ),
    ] = None,
    push_key_file: Annotated[
        Path | None, typer.Option(help="File whose first line is the push key; - is standard input.")
    ] = None,
    counted_answer: Annotated[
        bool | None,
        typer.Option(
            "--counted-answer/--plain-answer",
            help="Answer tables of an access terminal with NAME=COUNT, as its document says, or with OK.",
        ),
    ] = None,
) -> None:
    """Take what an iclock terminal pushes from now on; it then uploads everything that it holds."""
    now = datetime.now(UTC)
    key = _push_key(push_key, push_key_file)
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        terminal = _registered(connection, serial_number, name, time_zone, now)
        push_terminals.approve(
            connection, serial_number, network, now, anywhere=any_network, push_key=key, counted_answer=counted_answer
        )
        health.forgive(connection, terminal.id, ["push_blocked", "push_elsewhere", "push_key"])
        (listed,) = [each for each in push_terminals.list_pushers(connection) if each.serial_number == serial_number]
        detail = {
            "serial_number": serial_number,
            "network": listed.network,
            "push_key": "as before" if key is None else "set" if key else "none",
            "counted_answer": counted_answer,
        }
        audit.record_command(connection, now, "approve terminal", f"terminal:{terminal.name}", detail)
    typer.echo(f"Terminal {terminal.name} ({serial_number}) may push from {listed.network or 'anywhere'}.")


def _registered(
    connection: psycopg.Connection[Any], serial_number: str, name: str | None, time_zone: str, at: datetime
) -> terminals.Terminal:
    """The terminal as it is registered already, or newly under this name."""
    for each in terminals.list_terminals(connection):
        if (each.kind, each.address) == ("iclock", serial_number):
            return each
    if name is None:
        raise terminals.TerminalRegisterError(f"{serial_number} has no name yet: add --name NAME.")
    return terminals.add_terminal(
        connection, name=name, kind="iclock", address=serial_number, comm_key=0, time_zone=time_zone, added_at=at
    )


def _push_key(asked: bool | None, file: Path | None) -> str | None:
    """The key to want from now on: "" = none; None = as before.

    Raises:
        TerminalRegisterError: the file cannot be read, or there is no key.
    """
    if asked is False and file is None:
        return ""
    if file is not None and str(file) != "-":
        try:
            key = file.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise terminals.TerminalRegisterError(
                f"The file {file} with the push key cannot be read: {error}"
            ) from error
    elif file is not None or (asked and not sys.stdin.isatty()):
        key = sys.stdin.readline().strip()
    elif asked:
        key = str(typer.prompt("Push key", hide_input=True, confirmation_prompt=True, err=True)).strip()
    else:
        return None
    if not key:
        raise terminals.TerminalRegisterError("The push key is empty: --no-push-key wants none any more.")
    return key


def block_terminal(serial_number: SerialNumber) -> None:
    """Take nothing from an iclock terminal until it is approved, asked or not yet. It keeps what it holds."""
    now = datetime.now(UTC)
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        push_terminals.block(connection, serial_number, now)
        audit.record_command(connection, now, "block terminal", f"serial_number:{serial_number}", {})
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
            f"{each.serial_number}  {each.status}  {each.name or '-'}  {_seen(each)}, "
            f"allowed from {each.network or 'anywhere'}{_marks(each)}"
        )
    if sum(each.status == "pending" for each in found) >= push_terminals.PENDING_MOST and not as_json:
        typer.echo(
            f"{push_terminals.PENDING_MOST} are pending, so no new one is remembered until some are approved, "
            "blocked or silent for a week. One is taken all the same by "
            "tepat terminal add NAME --kind iclock --address SERIAL-NUMBER."
        )


def _seen(listed: push_terminals.Listed) -> str:
    if listed.last_from == push_terminals.NOWHERE:
        return "never asked"
    return f"seen {listed.last_seen:%Y-%m-%d %H:%M:%S} UTC from {listed.last_from}"


def _marks(listed: push_terminals.Listed) -> str:
    marks = {
        ", names a push key": listed.asks_key,
        ", tables are answered NAME=COUNT": listed.counted_answer,
        f", refused {listed.refused} times": listed.refused,
    }
    return "".join(mark for mark, said in marks.items() if said)


def list_operations(
    terminal: Annotated[str | None, typer.Option(help="Only of this terminal, by its name.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Most operations listed, the latest ones.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array for machines.")] = False,
) -> None:
    """List what iclock terminals tell of work in their menus that can change or hide punches, the latest first."""
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        found = tampering.noted(connection, terminal, limit)
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], default=datetime.isoformat))
        return
    for each in found:
        when = (each.local_time or "time unreadable").replace("T", " ")
        who = "nobody logged in" if each.who in {"", "0"} else f"by pin {mask(each.who)}"
        typer.echo(
            f"{when}  {each.terminal}  {each.action}, {who}, told {each.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        )
    if not found:
        typer.echo("No terminal has told of such work.")


def fetch_terminal(
    name: Annotated[str, typer.Argument(help="Name of the terminal.")],
    first: Annotated[date, typer.Option("--from", parser=day_of, metavar="DAY", help="First day, as 2026-01-01.")],
    last: Annotated[date, typer.Option("--until", parser=day_of, metavar="DAY", help="Last day, included.")],
) -> None:
    """Ask an iclock terminal to upload its punches of some days again; it does so when it next asks for orders."""
    now = datetime.now(UTC)
    start, end = datetime.combine(first, time()), datetime.combine(last, time(23, 59, 59))
    if end < start:
        raise terminals.TerminalRegisterError(f"--from {first:%Y-%m-%d} is after --until {last:%Y-%m-%d}: swap them.")
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        terminal = terminals.terminal_named(connection, name)
        if terminal.kind != "iclock":
            raise terminals.TerminalRegisterError(
                f"{name} is of kind {terminal.kind}: only iclock terminals are asked."
            )
        number = push_orders.ask(connection, terminal.id, "upload", start, end, at=now)
    typer.echo(f"Terminal {name} will be asked for {first:%Y-%m-%d} to {last:%Y-%m-%d} (order {number}).")
