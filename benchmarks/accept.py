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
RECORDS = 100_000
BATCH = 5_000
PEOPLE = 977
RUNS = 9
GOALS = {"new": 0.75, "replay": 0.55}
TERMINAL = "gate"
RECEIVED_AT = datetime(2026, 2, 1, tzinfo=UTC)
FIRST = datetime.fromisoformat("2026-01-01 00:00:00")

Connection: TypeAlias = psycopg.Connection[Any]
Figures: TypeAlias = dict[str, list[float]]


def run() -> Iterator[dict[str, Any]]:
    """On each server there is, without duplicates and as full replay; ratios of records per second."""
    for server, address in servers():
        with address() as url, new_database(url) as database, psycopg.connect(database) as connection:
            figures = measured(connection)
        peer = figures["peer"]
        for mode, goal in GOALS.items():
            ratios = [ours / theirs for ours, theirs in zip(figures[mode], peer, strict=True)]
            yield {
                "name": f"{NAME}-{server}-{mode}",
                "ours": round(statistics.median(figures[mode])),
                "peer": round(statistics.median(peer)),
                "unit": "records/s",
                "ratio": round(statistics.median(ratios), 2),
                "min": round(min(ratios), 2),
                "max": round(max(ratios), 2),
                "runs": RUNS,
                "goal": goal,
                "better": "higher",
            }


def measured(connection: Connection) -> Figures:
    """Records per second of each run: the peer, ours without duplicates, and ours of the same records again."""
    terminal = registered(connection)
    batches = [made_batch(first) for first in range(0, RECORDS, BATCH)]
    rows = [as_rows(terminal, batch) for batch in batches]
    figures: Figures = {"peer": [], "new": [], "replay": []}

    def run_peer() -> None:
        emptied(connection)
        figures["peer"].append(rate(lambda: copied(connection, rows)))

    def run_ours() -> None:
        emptied(connection)
        figures["new"].append(rate(lambda: taken(connection, batches, Counts(RECORDS, RECORDS, 0, 0))))
        figures["replay"].append(rate(lambda: taken(connection, batches, Counts(RECORDS, 0, RECORDS, 0))))

    for number in range(RUNS + 1):
        for side in (run_peer, run_ours) if number % 2 else (run_ours, run_peer):
            side()
    return {name: rates[1:] for name, rates in figures.items()}  # the first run warms caches up


def copied(connection: Connection, batches: list[list[store.Row]]) -> None:
    """The peer."""
    for rows in batches:
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(store.COPY_PUNCH) as copy:
            copy.set_types(store.TYPES)
            for row in rows:
                copy.write_row(row)


def taken(connection: Connection, batches: list[Batch], expected: Counts) -> None:
    counts = sum((accept(connection, [batch]) for batch in batches), Counts())
    assert counts == expected, counts


def rate(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return RECORDS / (time.perf_counter() - begun)


def emptied(connection: Connection) -> None:
    with connection.transaction():
        connection.execute("TRUNCATE punch, punch_variant, rejected, day_to_score")


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
    return [
        (terminal, local_time, pin, state, verify, work_code, batch.source, batch.received_at, raw)
        for pin, local_time, state, verify, work_code, raw in batch.punches
    ]


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
