"""The command that brings the people enrolled on a terminal onto it, so that nobody types them in there."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.text import Text

import config.settings
from collector.visit import visit, zk_terminal
from config.counted import counted
from config.errors import TepatError
from devices.zk import people, tail
from devices.zk.people import Kind, Plan, Wanted
from devices.zk.terminal import Terminal as Device
from devices.zk.users import User
from ingest import audit, enrolments, log_memory
from ingest.database import ConnectionPool, opened
from ingest.terminals import Terminal

OTHER_KINDS = "Enter people at the terminal itself, or in the program of its maker."


def push_people(
    name: Annotated[str, typer.Argument(help="Name of the terminal, as tepat terminal list shows it.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be added and corrected.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")] = False,
) -> None:
    """Bring who is enrolled on a ZK terminal today onto it: name and pin. Deletes nobody, moves no finger or face."""
    settings = config.settings.load()
    with opened(settings) as pool:
        terminal = zk_terminal(name, pool, OTHER_KINDS)
        wanted = _enrolled(terminal, pool)
        with visit(terminal, pool, settings.data_dir) as (device, said):
            made, kind = _planned(device, terminal, wanted, pool)
            room = said.sizes.users_capacity - said.sizes.users
            if not dry_run and said.sizes.users_capacity > 0 and room < len(made.added):
                raise TepatError(
                    f"{name} has room for {_people(room)}, not for {len(made.added)}. Nothing was written."
                )
            lost = [] if dry_run or not made.records else _written(device, terminal, made, kind, pool)
    if as_json:
        typer.echo(json.dumps(_as_json(terminal, made, lost, dry_run=dry_run)))
    else:
        _tell(terminal, _kept(made, lost), dry_run=dry_run)
    if lost:
        raise TepatError(
            f"{name} did not keep {_people(len(lost))} as written: {_pins(lost)}. Look in its menu "
            "whether it is full or locked, mend that, then push again."
        )


def _enrolled(terminal: Terminal, pool: ConnectionPool) -> list[Wanted]:
    today = datetime.now(ZoneInfo(terminal.time_zone)).date()
    with pool.connection() as connection:
        return [Wanted(*row) for row in enrolments.on_terminal(connection, terminal.id, today)]


def _planned(device: Device, terminal: Terminal, wanted: list[Wanted], pool: ConnectionPool) -> tuple[Plan, Kind]:
    with pool.connection() as connection:
        remembered = log_memory.recall(connection, terminal.id, tail.Remembered)
    with Console(stderr=True).status(Text(f"reading the people of {terminal.name}")):
        records = device.read_user_records()
    log_record_size = remembered.record_size if remembered else None
    kind = people.ask_kind(device, records, terminal.name_encoding, log_record_size)
    return people.plan(records, wanted, kind), kind


def _written(device: Device, terminal: Terminal, made: Plan, kind: Kind, pool: ConnectionPool) -> list[User]:
    """Write, with an audit entry before it, so that also a push that breaks off has one; whom it did not keep."""
    detail = {"added": [user.pin for user in made.added], "corrected": [after.pin for _, after in made.corrected]}
    with pool.connection() as connection:
        audit.record_command(connection, datetime.now(UTC), "push people", f"terminal:{terminal.name}", detail)
    with Console(stderr=True).status(Text(f"writing {_people(len(made.records))} onto {terminal.name}")):
        return people.write(device, made, kind)


def _as_json(terminal: Terminal, made: Plan, lost: list[User], *, dry_run: bool) -> dict[str, Any]:
    return {
        "terminal": terminal.name,
        "dry_run": dry_run,
        "added": [user._asdict() for user in made.added],
        "corrected": [{"was": before.name, **after._asdict()} for before, after in made.corrected],
        "unchanged": [user._asdict() for user in made.unchanged],
        "not_enrolled": [user._asdict() for user in made.others],
        "impossible": [{"pin": pin, "reason": reason} for pin, reason in made.impossible],
        "not_kept": [user._asdict() for user in lost],
    }


def _kept(made: Plan, lost: list[User]) -> Plan:
    """The plan without those whom the terminal did not keep."""
    return replace(
        made,
        added=[user for user in made.added if user not in lost],
        corrected=[(before, after) for before, after in made.corrected if after not in lost],
    )


def _tell(terminal: Terminal, made: Plan, *, dry_run: bool) -> None:
    for user in made.added:
        typer.echo(f"{'would add' if dry_run else 'added'}: {user.pin} {user.name} (internal number {user.uid})")
    for before, after in made.corrected:
        typer.echo(f"{'would correct' if dry_run else 'corrected'}: {after.pin} {before.name!r} to {after.name!r}")
    for pin, reason in made.impossible:
        typer.echo(f"not possible: {pin}: {reason}")
    for user in made.others:
        typer.echo(f"nobody is enrolled for: {user.pin} {user.name} (left as it is)")
    typer.echo(
        f"{terminal.name}: {len(made.added)} {'to add' if dry_run else 'added'}, {len(made.corrected)} "
        f"{'to correct' if dry_run else 'corrected'}, {len(made.unchanged)} right already, {len(made.others)} not "
        f"enrolled, {len(made.impossible)} not possible."
    )


def _people(number: int) -> str:
    return counted(number, "person", "people")


def _pins(users: list[User]) -> str:
    return f"{'pin' if len(users) == 1 else 'pins'} " + ", ".join(user.pin for user in users)
