"""A hundred thousand rejected records: told by how many rows are read, never by the clock."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import Connection

from api import rejected as shown
from api.rejected import Search
from ingest import rejected as kept
from ingest.database import ConnectionPool
from ingest.rejected import Wanted

MANY = 100_000
FEW = 200
FILL = """
INSERT INTO rejected
SELECT 'gate-' || n %% 5, sha256(n::text::bytea), convert_to('raw ' || n, 'UTF8'),
       CASE WHEN n %% 1000 = 0 THEN 'line ' || n || ': no id'
            WHEN n %% 2 = 0 THEN 'implausible time ' || timestamp '2000-01-01' + n * interval '1 s' || ': before 2005'
            ELSE 'pin ' || n || ' is not 1 to 24 printable characters' END,
       'file', '2026-01-05Z', timestamptz '2026-01-05Z' + n / 1000 * interval '1 min'
FROM generate_series(1, %s) n
"""
READ = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'rejected'"


@pytest.fixture(scope="module")
def filled(session_pool: ConnectionPool) -> Iterator[ConnectionPool]:
    with session_pool.connection() as connection:
        connection.execute(FILL, [MANY])
    with session_pool.connection() as connection:
        connection.execute("ANALYZE rejected")
    yield session_pool
    with session_pool.connection() as connection:
        connection.execute("TRUNCATE rejected RESTART IDENTITY")


@pytest.fixture
def many(filled: ConnectionPool) -> Iterator[Connection[Any]]:
    """A transaction that leaves nothing behind."""
    with filled.connection() as connection, connection.transaction(force_rollback=True):
        yield connection


def rows_read(connection: Connection[Any], ask: Callable[[], object]) -> int:
    """How many rows of the table a question reads."""
    before, _, after = connection.execute(READ).fetchone(), ask(), connection.execute(READ).fetchone()
    assert before is not None
    assert after is not None
    return int(after[0]) - int(before[0])


def test_the_newest_are_found_without_reading_the_others(many: Connection[Any]) -> None:
    def page(search: Search, cursor: str | None = None) -> str | None:
        found = shown.stretch(many, None, search, cursor=cursor, size=50)
        assert len(found.items) == 50
        return found.next

    cursor = page(Search())
    assert rows_read(many, lambda: page(Search())) <= FEW
    assert rows_read(many, lambda: page(Search(), cursor)) <= FEW
    assert rows_read(many, lambda: page(Search(terminal="gate-3"))) <= 5 * FEW
    assert rows_read(many, lambda: page(Search(kind="clock_past"))) <= FEW
    assert rows_read(many, lambda: kept.newest(many, Wanted(), 50)) <= FEW
    assert rows_read(many, lambda: kept.newest(many, Wanted(terminals={"gate-3"}), 50)) <= 5 * FEW
    last = Wanted(since=datetime(2026, 1, 5, 1, 40, tzinfo=UTC))
    assert rows_read(many, lambda: kept.reasons(many, last)) <= FEW


def test_a_rare_cause_is_found_by_its_index(many: Connection[Any]) -> None:
    raws = [f"raw {n}".encode() for n in (7, 77, 777)]
    many.execute("UPDATE rejected SET reason = 'not text' WHERE raw = ANY(%s)", [raws])
    search = Search(kind="unreadable")
    assert rows_read(many, lambda: shown.stretch(many, None, search, cursor=None, size=50)) <= FEW
    assert len(shown.stretch(many, None, search, cursor=None, size=50).items) == 3


def test_terminals_are_named_by_going_from_one_to_the_next(many: Connection[Any]) -> None:
    assert rows_read(many, lambda: shown.names(many, None)) <= FEW
    assert shown.names(many, None) == [f"gate-{n}" for n in range(5)]


def test_a_few_sentences_count_them_all(many: Connection[Any]) -> None:
    assert [(reason.reason, reason.records) for reason in kept.reasons(many, Wanted())] == [
        ("pin … is not 1 to 24 printable characters", MANY // 2),
        ("implausible time … before 2005", MANY // 2 - MANY // 1000),
        ("no id", MANY // 1000),
    ]
    assert [(count.kind, count.records) for count in shown.counts(many, None, Search())] == [
        ("no_person", MANY // 2 + MANY // 1000),
        ("clock_past", MANY // 2 - MANY // 1000),
    ]
    assert rows_read(many, lambda: shown.counts(many, None, Search())) <= MANY, "once"
