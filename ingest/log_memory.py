"""What is remembered of the log of each ZK terminal; what it means is decided where the log is read."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import sql
from psycopg.rows import class_row

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Memory = TypeVar("Memory", bound="DataclassInstance")

RECALL = "SELECT {columns} FROM terminal_log WHERE terminal_id = %s"

KEEP = """
INSERT INTO terminal_log (terminal_id, {columns}) VALUES (%(terminal_id)s, {values})
ON CONFLICT (terminal_id) DO UPDATE SET ({columns}) = ROW ({excluded})
"""

RESOLVED = "SELECT count(*) FROM rejected WHERE terminal = %s AND resolved_at = %s"


def recall(connection: psycopg.Connection[Any], terminal_id: int, kind: type[Memory]) -> Memory | None:
    """What was kept of a terminal's log, in the dataclass whose fields are the table's columns."""
    columns = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(kind))
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(sql.SQL(RECALL).format(columns=columns), [terminal_id]).fetchone()


def keep(connection: psycopg.Connection[Any], terminal_id: int, memory: Memory) -> None:
    """Keep this instead of what was kept before, in the caller's transaction."""
    values = asdict(memory)
    comma = sql.SQL(", ")
    statement = sql.SQL(KEEP).format(
        columns=comma.join(map(sql.Identifier, values)),
        values=comma.join(map(sql.Placeholder, values)),
        excluded=comma.join(sql.Identifier("excluded", name) for name in values),
    )
    connection.execute(statement, {**values, "terminal_id": terminal_id})


def resolved(connection: psycopg.Connection[Any], terminal: str, at: object) -> int:
    """How many rejected records of a terminal could be taken after all in the reading received at that instant."""
    row = connection.execute(RESOLVED, [terminal, at]).fetchone()
    assert row is not None
    return int(row[0])
