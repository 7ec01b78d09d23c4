"""Taking punches in, against psycopg's binary COPY of the same rows into the same indexed table, a commit per batch."""

import os
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from devices.records import Batch, Punch
from ingest import embedded, store
from ingest.accept import Counts, accept
from ingest.migrate import migrate

NAME = "accept"
RECORDS = 50_000
BATCH = 5_000
PEOPLE = 977
RUNS = 15
GOALS = {"new": 0.75, "replay": 0.55}
TERMINAL = "gate"
RECEIVED_AT = datetime(2026, 2, 1, tzinfo=UTC)
FIRST = datetime.fromisoformat("2026-01-01 00:00:00")

Connection: TypeAlias = psycopg.Connection[Any]
Pairs: TypeAlias = list[tuple[float, float]]
"""Ours and the peer's."""


def run() -> Iterator[dict[str, Any]]:
    """On each server there is, without duplicates and as full replay; ratios of records per second."""
    for server, address in servers():
        with address() as url, new_database(url) as database, psycopg.connect(database) as connection:
            pairs = measured(connection)
        for mode, goal in GOALS.items():
            ours, peers = zip(*pairs[mode], strict=True)
            ratios = [our / peer for our, peer in pairs[mode]]
            yield {
                "name": f"{NAME}-{server}-{mode}",
                "ours": round(statistics.median(ours)),
                "peer": round(statistics.median(peers)),
                "unit": "records/s",
                "ratio": round(statistics.median(ratios), 2),
                "min": round(min(ratios), 2),
                "max": round(max(ratios), 2),
                "runs": RUNS,
                "goal": goal,
                "better": "higher",
            }


def measured(connection: Connection) -> dict[str, Pairs]:
    """Records per second of ours and of the peer in each run, without duplicates and with the same records again."""
    terminal = registered(connection)
    batches = [made_batch(first) for first in range(0, RECORDS, BATCH)]
    peers = [[as_rows(terminal + place, batch) for batch in batches] for place in (1, 2)]
    pairs: dict[str, Pairs] = {"new": [], "replay": []}
    for _ in range(RUNS + 1):
        emptied(connection)
        pairs["new"].append(alternated(connection, batches, peers[0], Counts(BATCH, BATCH, 0, 0)))
        pairs["replay"].append(alternated(connection, batches, peers[1], Counts(BATCH, 0, BATCH, 0)))
    return {mode: runs[1:] for mode, runs in pairs.items()}  # the first run warms caches up


def alternated(
    connection: Connection, batches: list[Batch], peer: list[list[store.Row]], expected: Counts
) -> tuple[float, float]:
    """Records per second of ours and of the peer: batch by batch in turn into one table, so that both meet its weather.

    The peer's rows are the same, of another terminal.
    """
    seconds = {"ours": 0.0, "peer": 0.0}

    def one(side: str, number: int) -> None:
        begun = time.perf_counter()
        if side == "ours":
            taken(connection, batches[number], expected)
        else:
            copied(connection, peer[number])
        seconds[side] += time.perf_counter() - begun

    for number in range(len(batches)):
        for side in ("ours", "peer") if number % 2 else ("peer", "ours"):
            one(side, number)
    return RECORDS / seconds["ours"], RECORDS / seconds["peer"]


def copied(connection: Connection, rows: list[store.Row]) -> None:
    """The peer."""
    with connection.transaction(), connection.cursor() as cursor, cursor.copy(store.COPY_PUNCH) as copy:
        copy.set_types(store.TYPES)
        for row in rows:
            copy.write_row(row)


def taken(connection: Connection, batch: Batch, expected: Counts) -> None:
    counts = accept(connection, [batch])
    assert counts == expected, counts


def emptied(connection: Connection) -> None:
    """Empty tables, and a server with nothing left to write: its stalls would hit one side at random."""
    with connection.transaction():
        connection.execute("TRUNCATE punch, punch_variant, rejected, day_to_score")
    connection.execute("CHECKPOINT")
    connection.commit()


def registered(connection: Connection) -> int:
    with connection.transaction():
        row = connection.execute(
            "INSERT INTO terminal (name, kind, time_zone, added_at) VALUES (%s, 'attlog', 'Asia/Jakarta', now()) "
            "RETURNING id",
            [TERMINAL],
        ).fetchone()
    assert row is not None
    return int(row[0])


def made_batch(first: int) -> Batch:
    """Part of a log: some person every 25 seconds, 29 days in all."""
    return Batch(TERMINAL, "poll", RECEIVED_AT, [made_punch(number) for number in range(first, first + BATCH)])


def made_punch(number: int) -> Punch:
    pin, local_time, state = str(1000 + number % PEOPLE), FIRST + timedelta(seconds=25 * number), number % 2
    return pin, local_time, state, 1, "0", f"{pin}\t{local_time}\t1\t{state}\t1\t0".encode()


def as_rows(terminal: int, batch: Batch) -> list[store.Row]:
    return list(store.rows_of(batch.punches, (terminal, batch.source, batch.received_at)))


@contextmanager
def embedded_server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="tepat-bench-"))
    folder.chmod(0o711)  # as root the server runs as an account of its own
    try:
        with embedded.running(folder / "data") as url:
            yield url
    finally:
        shutil.rmtree(folder)


@contextmanager
def timescale_server() -> Iterator[str]:
    yield os.environ["TEPAT_TEST_TIMESCALE_URL"]


def servers() -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "embedded", embedded_server
    if os.environ.get("TEPAT_TEST_TIMESCALE_URL"):
        yield "timescale", timescale_server


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """A database of its own with our schema, dropped at the end."""
    name = f"tepat_bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL(
                "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' "
                "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
            ).format(sql.Identifier(name))
        )
    url = urlsplit(server)._replace(path=f"/{name}").geturl()
    try:
        migrate(url)
        yield url
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
