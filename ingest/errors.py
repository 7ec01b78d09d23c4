"""What can go wrong with the database, in words for a person. A password is never part of them."""

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

from config.errors import TepatError

SETTING = "TEPAT_DATABASE_URL"
PREFIXES = re.compile(r"^(connection failed: |IO: \[libpq\] Failed to connect: )+")


class DatabaseError(TepatError):
    """The database cannot be used. The message says which one, why and what to do."""


def place(conninfo: str) -> str:
    """Where a connection string leads, without its secrets."""
    parts = conninfo_to_dict(conninfo)
    return f"{parts.get('host') or 'localhost'}:{parts.get('port') or 5432}/{parts.get('dbname') or ''}"


def explained(error: Exception, conninfo: str) -> DatabaseError:
    """Turn what the driver says of a failed connection or statement into one plain line; conninfo must be readable."""
    parts = conninfo_to_dict(conninfo)
    where, user, name = place(conninfo), parts.get("user"), parts.get("dbname")
    said = str(error)
    if "password authentication failed" in said or "no password supplied" in said:
        return DatabaseError(f"The database at {where} refuses the password of user {user}: correct it in {SETTING}.")
    if "database" in said and "does not exist" in said:
        return DatabaseError(f"The server of {where} has no database {name!r}: create it or correct {SETTING}.")
    if "role" in said and "does not exist" in said:
        return DatabaseError(f"The server of {where} knows no user {user!r}: create it or correct {SETTING}.")
    reason = PREFIXES.sub("", said).strip().split("\n")[0] or type(error).__name__
    state = getattr(error, "sqlstate", None)
    if cure := _cure(error, f'"{name}"', f'"{user}"'):
        return DatabaseError(f"The database at {where} refuses what Tepat must do ({reason}): {cure}.")
    if state and not state.startswith(("08", "57P")):
        return DatabaseError(f"The database at {where} gave up ({reason}): try again; if it stays, ask who runs it.")
    return DatabaseError(
        f"The database at {where} cannot be reached ({reason}): start its server or correct {SETTING}."
    )


def _cure(error: Exception, name: str, user: str) -> str | None:
    """What helps where the server is well and the database is not set up for us."""
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return (
            f"have its administrator run ALTER DATABASE {name} OWNER TO {user}, or, in that database, "
            f"GRANT CREATE ON SCHEMA public TO {user}; tables that are there must belong to that user"
        )
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return f"it only reads; name the server that also writes in {SETTING}"
    if isinstance(error, psycopg.DataError):
        return (
            "its tables or this value are not what this version expects; trying again does not help. If a version "
            "in development set it up, take a new database (the demo: an empty data folder), else tell who made Tepat"
        )
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return "bring it up to date with tepat migrate"
    return None


def readable(url: str) -> dict[str, object]:
    """The parts of a database address.

    Raises:
        DatabaseError: it cannot be read; the message leaves its text out, as that may hold a password.
    """
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        raise DatabaseError(
            f"{SETTING} cannot be read. Write it as postgresql://USER:PASSWORD@HOST:PORT/NAME, "
            "with signs like @ : / in the password as %40 %3A %2F."
        ) from None  # the cause would print it
