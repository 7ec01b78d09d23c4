"""Whose machine answers at a terminal's address: compared by serial number before anything of it is stored."""

from contextlib import suppress
from datetime import datetime
from typing import Any

import psycopg

from devices.errors import FatalTerminalError
from devices.zk import terminal as zk
from ingest import serial_numbers
from ingest.database import ConnectionPool
from ingest.terminals import Terminal, terminal_named


def in_use(terminal: Terminal, pool: ConnectionPool) -> Terminal:
    """The terminal as it is registered now; whoever asks holds its turn.

    Raises:
        FatalTerminalError: it is retired, so that its machine may be another terminal's by now.
    """
    with pool.connection() as connection:
        now = terminal_named(connection, terminal.name)
    if now.retired_at is not None:
        raise FatalTerminalError(
            f"{now.name!r} is retired since {now.retired_at:%Y-%m-%d}: nothing was taken from its machine, which may "
            f"have another name by now (tepat terminal list). If it is in use: tepat terminal set {now.name} --in-use."
        )
    return now


def asked(device: zk.Terminal, terminal: Terminal, pool: ConnectionPool) -> tuple[zk.Identity, Terminal]:
    """What the machine found at a terminal's address says of itself, and whose it is: see `whose`.

    One that says no serial number, where one is known, is asked once more.

    Raises:
        TerminalError: it failed meanwhile, or nobody knows whose it is.
    """
    said = device.read_identity()
    if terminal.serial_number is not None and serial_numbers.told(said.serial_number) is None:
        said = device.read_identity()
    return said, whose(terminal, said.serial_number, said.asked_at, pool)


def whose(terminal: Terminal, said: str | None, at: datetime, pool: ConnectionPool) -> Terminal:
    """The terminal to which the machine belongs that was found at this one's address: nearly always itself.

    The first serial number that a terminal says is noted as its own; one that never said any is taken as it is.
    said: the serial number of the machine found. at: aware.

    Raises:
        FatalTerminalError: the machine belongs to no registered terminal, or says no number although one is known, or
            that of another one where none is known, so nobody knows whose punches it holds; or the terminal was
            retired meanwhile.
    """
    terminal = in_use(terminal, pool)
    serial_number = serial_numbers.told(said)
    if serial_number == terminal.serial_number:
        return terminal
    if serial_number is None:
        raise FatalTerminalError(
            f"At {terminal.address} a machine answers that says no serial number, and the one of {terminal.name!r} "
            f"says {terminal.serial_number}. Nothing was taken from it.",
            "another_machine",
        )
    with pool.connection() as connection:
        owner = serial_numbers.owner(connection, serial_number)
        if owner is None and terminal.serial_number is None:
            owner = _noted(connection, terminal, serial_number, at)
    if owner is None:
        raise FatalTerminalError(
            f"At {terminal.address} the machine {serial_number} answers, and not the one of {terminal.name!r} "
            f"({terminal.serial_number or 'noted just now'}). Nothing was taken from it.",
            "another_machine",
        )
    if owner.id != terminal.id and terminal.serial_number is None:
        raise FatalTerminalError(
            f"The machine at {terminal.address} says the serial number {serial_number}, which is the one of "
            f"{owner.name!r} ({owner.address}). Nothing was taken from it, because it may be registered twice, or two "
            f"machines may have the same number. If it is that machine: tepat terminal set {terminal.name} --retired, "
            f"then tepat terminal set {owner.name} --address {terminal.address}. If it is not, have its maker give it "
            "a number of its own."
        )
    return owner


def _noted(
    connection: psycopg.Connection[Any], terminal: Terminal, serial_number: str, at: datetime
) -> Terminal | None:
    """Itself, or the terminal that noted the same serial number in that moment."""
    with suppress(psycopg.errors.UniqueViolation):
        serial_numbers.note(connection, terminal, serial_number, at)
    return serial_numbers.owner(connection, serial_number)


def found_elsewhere(owner: Terminal, terminal: Terminal) -> str:
    """What is wrong with a terminal whose machine was found, and read, at the address of another one."""
    return (
        f"Its machine ({owner.serial_number}) was found at {terminal.address}, the address of {terminal.name!r}, and "
        f"was read there. tepat terminal find NETWORK --take corrects the addresses."
    )


def moved(terminal: Terminal, owner: Terminal, *, stored: bool) -> FatalTerminalError:
    """What is wrong with a terminal at whose address another terminal's machine was found, and what became of it.

    stored: whether that machine was read, under its own name.
    """
    taken = f"its punches were stored as those of {owner.name!r}" if stored else "nothing was taken from it now"
    own = "" if terminal.serial_number is None else f" Its own machine is {terminal.serial_number}."
    return FatalTerminalError(
        f"At {terminal.address} the machine of {owner.name!r} ({owner.serial_number}) answers: {taken}.{own} "
        "If addresses moved, tepat terminal find NETWORK --take corrects them.",
        "another_machine",
    )
