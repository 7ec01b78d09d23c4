"""Work in a terminal's menu that can change or hide punches: an audit entry each, once however often it comes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

NOTE = """
INSERT INTO audit (at, actor, action, object, detail) VALUES (%(at)s, %(actor)s, %(action)s, %(actor)s, %(detail)s)
ON CONFLICT (actor, (detail ->> 'record')) WHERE detail ? 'record' DO NOTHING
"""
NOTED = """
SELECT at, substr(actor, length('terminal:') + 1) AS terminal, action, detail ->> 'local_time' AS local_time,
       detail ->> 'who' AS who, detail -> 'values' AS "values"
FROM audit WHERE detail ? 'record' AND (%(actor)s::text IS NULL OR actor = %(actor)s)
ORDER BY detail ->> 'local_time' DESC NULLS LAST, id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Noted:
    """An operation. at: when it was told. local_time: when it was done, by the terminal's clock.

    who: pin of the administrator, 0 where nobody logged in. values: what was changed, in figures of the firmware's own.
    """

    at: datetime
    terminal: str
    action: str
    local_time: str | None
    who: str
    values: list[str]


def note(
    connection: psycopg.Connection[Any], terminal: str, at: datetime, told: Iterable[tuple[str, Mapping[str, object]]]
) -> None:
    """Enter operations of a terminal, (action, detail); one whose `record` is entered already is left out."""
    actor = f"terminal:{terminal}"
    for action, detail in told:
        connection.execute(NOTE, {"at": at, "actor": actor, "action": action, "detail": Jsonb(dict(detail))})


def noted(connection: psycopg.Connection[Any], terminal: str | None, limit: int) -> list[Noted]:
    """The operations of one terminal, or of all, the latest first."""
    with connection.cursor(row_factory=class_row(Noted)) as cursor:
        actor = None if terminal is None else f"terminal:{terminal}"
        return cursor.execute(NOTED, {"actor": actor, "limit": limit}).fetchall()
