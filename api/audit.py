"""Who saw or changed what (UU 27/2022: processing is recorded). Rows are only ever added."""

from collections.abc import Mapping
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb


def record(
    connection: Connection[Any], actor: str, action: str, object_: str, detail: Mapping[str, object] | None = None
) -> None:
    """Add a row in the caller's transaction, so that nobody is shown what could not be recorded.

    actor: "account:NAME", "key:NAME" or "command:OS USER". object_: "employee:ID", "unit:CODE" … employees by the
    database's number, so that the audit holds no more personal data than it needs.
    """
    connection.execute(
        "INSERT INTO audit (at, actor, action, object, detail) VALUES (now(), %s, %s, %s, %s)",
        (actor, action, object_, Jsonb(dict(detail or {}))),
    )
