"""Which machine hangs at which terminal: a machine is known by its serial number, wherever it answers."""

from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from ingest import audit
from ingest.terminals import TERMINALS, Terminal

ACTOR = "collector"
OWNER = TERMINALS + "WHERE serial_number = %s AND retired_at IS NULL"
NOTE = "UPDATE terminal SET serial_number = %s WHERE id = %s AND serial_number IS NULL AND retired_at IS NULL"


def told(serial_number: str | None) -> str | None:
    """The serial number where it tells a machine from others; None where it is one sign repeated, as in 0000000."""
    return serial_number if serial_number and len(set(serial_number)) > 1 else None


def owner(connection: psycopg.Connection[Any], serial_number: str) -> Terminal | None:
    """The terminal in use whose machine has this serial number; there is at most one."""
    with connection.cursor(row_factory=class_row(Terminal)) as cursor:
        return cursor.execute(OWNER, [serial_number]).fetchone()


def note(connection: psycopg.Connection[Any], terminal: Terminal, serial_number: str, at: datetime) -> bool:
    """Keep the serial number that a terminal's machine said first, with an audit entry.

    False where one is kept, or the terminal is retired: nothing was changed.

    Raises:
        psycopg.errors.UniqueViolation: another terminal in use has it; nothing was changed.
    """
    with connection.transaction():
        if connection.execute(NOTE, [serial_number, terminal.id]).rowcount == 0:
            return False
        audit.record(
            connection,
            at=at,
            actor=ACTOR,
            action="note serial number",
            object_=f"terminal:{terminal.name}",
            detail={"serial_number": serial_number, "address": terminal.address},
        )
    return True
