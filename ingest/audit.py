"""Who changed what: one entry a change, in the transaction of the change."""

import getpass
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from ingest.check import writable

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
    texts = [writable(text) for text in (actor, action, object_)]
    connection.execute(ENTER, [at, *texts, Jsonb(_writable(dict(detail)))])


def record_command(
    connection: psycopg.Connection[Any], at: datetime, action: str, object_: str, detail: Mapping[str, object]
) -> None:
    """Add an entry for the person at the command line."""
    record(connection, at=at, actor=command_actor(), action=action, object_=object_, detail=detail)


def _writable(value: object) -> object:
    """A detail whose texts, such as the name of a file, hold only what a database can."""
    if isinstance(value, str):
        return writable(value)
    if isinstance(value, Mapping):
        return {writable(str(name)): _writable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(part) for part in value]
    return value
