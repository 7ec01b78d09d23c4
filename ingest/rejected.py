"""Looking at the rejected records: which there are and why, newest first, and those that may be read again."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

import psycopg
from psycopg.rows import class_row

from devices.records import Source
from ingest.terminals import Terminal

State: TypeAlias = Literal["open", "resolved", "all"]

COLUMNS = "terminal, sha256, raw, reason, source, first_seen, last_seen, times_seen, resolved_at"

# Bytes are compared with what is not ASCII written as octal numbers, so that capitals and small letters are alike.
CONDITIONS = {
    "terminals": "terminal = ANY(%(terminals)s)",
    "reason": "position(lower(%(reason)s) IN lower(reason)) > 0",
    "text": "position(lower(encode(convert_to(%(text)s, 'UTF8'), 'escape')) IN lower(encode(raw, 'escape'))) > 0",
    "since": "last_seen >= %(since)s",
    "until": "last_seen < %(until)s",
    "sources": "source = ANY(%(sources)s)",
}
STATES: dict[State, str] = {"open": "resolved_at IS NULL", "resolved": "resolved_at IS NOT NULL", "all": "true"}

NEWEST = """
SELECT {columns} FROM rejected WHERE {wanted} ORDER BY last_seen DESC, sha256 DESC, terminal DESC LIMIT %(limit)s
"""
REASONS = """
SELECT cause AS reason, source, count(*) AS records, sum(times_seen) AS times, max(last_seen) AS last_seen
FROM rejected WHERE {wanted} GROUP BY 1, 2 ORDER BY records DESC, reason, source
"""
COUNT = "SELECT count(*) FROM rejected WHERE {wanted}"
KNOWN = "SELECT EXISTS (SELECT FROM rejected WHERE terminal = %s)"
STRETCH = """
SELECT {columns} FROM rejected WHERE {wanted} AND (terminal, sha256) > (%(after_terminal)s, %(after)s::bytea)
ORDER BY terminal, sha256 LIMIT %(limit)s
"""
BY_DIGEST = f"SELECT {COLUMNS} FROM rejected WHERE encode(sha256, 'hex') LIKE %s ORDER BY terminal LIMIT %s"  # noqa: S608 - constants only

# Also where `accept` has just marked it by itself, with the time when the record first came.
RESOLVED = "UPDATE rejected SET resolved_at = %s WHERE terminal = %s AND sha256 = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Kept:
    """A rejected record. terminal: the name, or the identity it claimed. resolved_at: read after all."""

    terminal: str
    sha256: bytes
    raw: bytes
    reason: str
    source: Source
    first_seen: datetime
    last_seen: datetime
    times_seen: int
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reason:
    """How often something is wrong. records: different ones; times: how often they came."""

    reason: str
    source: Source
    records: int
    times: int
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rejected records are meant; a part left out means all.

    terminals: names and claimed identities. reason: words of it. text: in the bytes; small letters and capitals are
    alike in both. since, until: aware, when last seen, until excluded.
    """

    terminals: Collection[str] | None = None
    reason: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sources: Collection[Source] | None = None
    state: State = "open"

    def query(self, template: str) -> bytes:
        """A query of these records: only what is asked stands in it, so that the database plans by an index."""
        conditions = [*map(CONDITIONS.__getitem__, self.asked()), STATES[self.state]]
        return template.format(columns=COLUMNS, wanted=" AND ".join(conditions)).encode()

    def asked(self) -> dict[str, object]:
        """What narrows the records down, by the name of its condition."""
        parts: dict[str, object] = {
            "terminals": None if self.terminals is None else list(self.terminals),
            "reason": self.reason,
            "text": self.text,
            "since": self.since,
            "until": self.until,
            "sources": None if self.sources is None else list(self.sources),
        }
        return {name: value for name, value in parts.items() if value is not None}


def identities(terminal: Terminal) -> set[str]:
    """What the rejected records of a terminal may stand under: its name, and the identity it claims for itself."""
    claims = {terminal.address} if terminal.kind in {"mqtt", "iclock"} and terminal.address else set()
    return {terminal.name, *claims}


def newest(connection: psycopg.Connection[Any], wanted: Wanted, limit: int) -> list[Kept]:
    """The wanted records, last seen first."""
    return _kept(connection, wanted.query(NEWEST), wanted.asked() | {"limit": limit})


def reasons(connection: psycopg.Connection[Any], wanted: Wanted) -> list[Reason]:
    """The wanted records counted by what is wrong with them, the most frequent first."""
    with connection.cursor(row_factory=class_row(Reason)) as cursor:
        return cursor.execute(wanted.query(REASONS), wanted.asked()).fetchall()


def with_digest(connection: psycopg.Connection[Any], prefix: str, limit: int) -> list[Kept]:
    """The records whose SHA-256 begins so. prefix: hexadecimal, small letters."""
    with connection.cursor(row_factory=class_row(Kept)) as cursor:
        return cursor.execute(BY_DIGEST, [f"{prefix}%", limit]).fetchall()


def number(connection: psycopg.Connection[Any], wanted: Wanted) -> int:
    """How many records are wanted."""
    row = connection.execute(wanted.query(COUNT), wanted.asked()).fetchone()
    assert row is not None
    return int(row[0])


def is_known(connection: psycopg.Connection[Any], terminal: str) -> bool:
    """Whether there is any record, read after all or not, under this name or claimed identity."""
    row = connection.execute(KNOWN, [terminal]).fetchone()
    assert row is not None
    return bool(row[0])


def stretches(connection: psycopg.Connection[Any], wanted: Wanted, size: int) -> Iterator[list[Kept]]:
    """All wanted records by terminal and digest, each once, in lists of at most `size`, each read in a transaction."""
    after: tuple[str, bytes] = ("", b"")
    while True:
        values = wanted.asked() | {"after_terminal": after[0], "after": after[1], "limit": size}
        with connection.transaction():
            found = _kept(connection, wanted.query(STRETCH), values)
        if not found:
            return
        yield found
        after = found[-1].terminal, found[-1].sha256


def resolved(connection: psycopg.Connection[Any], records: Collection[Kept], at: datetime) -> None:
    """Mark records as read after all, to be called after their punches are committed; they stay."""
    for terminal in sorted({record.terminal for record in records}):
        digests = sorted(record.sha256 for record in records if record.terminal == terminal)
        connection.execute(RESOLVED, [at, terminal, digests])


def _kept(connection: psycopg.Connection[Any], query: bytes, values: dict[str, object]) -> list[Kept]:
    with connection.cursor(row_factory=class_row(Kept)) as cursor:
        return cursor.execute(query, values).fetchall()
