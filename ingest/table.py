"""What a table of the office is: its columns, what it says, and how its rows come into the database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from ingest.changes import Changes
from ingest.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Table:
    """about: one line for the help of its command; required and optional: its columns.

    load: brings a sheet into the database in the caller's transaction, or raises FaultyRowsError with every fault.
    """

    about: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    load: Callable[[psycopg.Connection[Any], Sheet], Changes]
