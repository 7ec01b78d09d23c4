"""Who changed what: one entry a change, in the transaction of the change."""

import getpass
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

ENTER = "INSERT INTO audit (at, actor, action, object, detail) VALUES (%s, %s, %s, %s, %s)"


def command_actor() -> str:
    """The person at the command line, by the operating system's account."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):  # an account without a name, as containers have
        return f"command:uid {os.getuid()}"


def record(
    connection: psycopg.Connection[Any],
    *,
    at: datetime,
    actor: str,
    action: str,
    object_: str,
    detail: Mapping[str, object],
) -> None:
    """Add an entry. actor: command:OS USER, account:NAME or key:NAME; detail: no secret, no biometric data."""
    connection.execute(ENTER, [at, actor, action, object_, Jsonb(dict(detail))])
