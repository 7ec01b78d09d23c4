"""A month of many employees, from the database to saved scores with steps, against psycopg's COPY of its punches out.

`first`: nothing is stored yet, so each work day is written. Plain: each day is computed anew and each score saved, work
days are written where they changed (nowhere). `changed`: 100 days of as many employees have other punches, in a process
that has scored such changes before, as `tepat score --follow` has; its peer is the plain run. Each run is a process of
its own, so that its peak memory is known.
`make bench ARGS="month --employees 50000,100000,200000"` tells how it grows (figures: DECISIONS.md 64).
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.accept import Connection, embedded_server, new_database
from benchmarks.office_of_many import PERIOD, fill
from config.settings import Settings
from ingest.database import opened, reader
from scoring import store
from scoring.job import PARTITION, score_period

NAME = "month"
EMPLOYEES = (10_000,)
RUNS = 3
GOALS = {"full": 3.0, "changed": 0.01}
CHANGED = 100
AFTER = date(2026, 2, 1)
AT = datetime(2026, 2, 1, 3, tzinfo=UTC)
COPY_OUT = "COPY (SELECT terminal_id, pin, local_time, state FROM punch) TO STDOUT (FORMAT binary)"
TYPES = ["int4", "text", "timestamp", "int2"]
MARK_ALL = """
INSERT INTO day_to_score (terminal_id, day)
SELECT id, day::date FROM terminal, generate_series(date '2026-01-01', '2026-01-31', interval '1 day') AS day
"""
MARK_SOME = """
WITH chosen AS (
    SELECT id, unit_id, lpad(id::text, 8, '0') AS pin FROM employee
    WHERE id %% (SELECT count(*) / %(many)s FROM employee) = 1
), moved AS (
    UPDATE punch SET local_time = local_time + interval '9 minutes' FROM chosen
    WHERE punch.pin = chosen.pin AND terminal_id IN (unit_id * 2, unit_id * 2 - 1)
      AND local_time >= '2026-01-13' AND local_time < '2026-01-14'
)
INSERT INTO day_to_score (employee_id, day) SELECT id, '2026-01-13' FROM chosen
"""
CHILD = "import benchmarks.month as month; month.told()"


def run(sizes: Sequence[int] = EMPLOYEES) -> Iterator[dict[str, Any]]:
    """On the embedded server, for each number of employees: the first run, then runs and the peer in turn."""
    for employees in sizes:
        with embedded_server() as server, new_database(server) as url, psycopg.connect(url) as connection:
            fill(connection, employees)
            first, by_rows, blocks = scored(url), copied_out(connection), blocks_out(connection)
            yield _told(f"{NAME}-{employees}-first", [(first["seconds"], by_rows)], None) | _beside(first, [blocks])
            full, bare, changed = [], [], []
            for _ in range(RUNS):
                _do(connection, MARK_ALL, "UPDATE target SET points = points + 1")
                full.append(scored(url))
                assert full[-1]["days_computed"] == first["days_computed"]
                assert (full[-1]["days_changed"], full[-1]["scores_changed"]) == (0, employees)
                bare.append((copied_out(connection), blocks_out(connection)))
                changed.append(scored(url, between=MARK_SOME))
                assert 0 < changed[-1]["days_changed"] <= changed[-1]["days_computed"] == CHANGED
            seconds = [ours["seconds"] for ours in full]
            pairs = list(zip(seconds, [rows for rows, _ in bare], strict=True))
            yield _told(f"{NAME}-{employees}", pairs, GOALS["full"]) | _beside(full[0], [each for _, each in bare])
            touched = list(zip([ours["seconds"] for ours in changed], seconds, strict=True))
            yield _told(f"{NAME}-{employees}-changed", touched, GOALS["changed"], digits=4)


def _do(connection: Connection, *statements: str) -> None:
    """And leave the server nothing to write later."""
    for statement in statements:
        connection.execute(statement.encode(), {"many": CHANGED} if "many" in statement else None)
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE day_to_score")
    connection.execute("CHECKPOINT")
    connection.autocommit = False


def _told(name: str, pairs: list[tuple[float, float]], goal: float | None, digits: int = 2) -> dict[str, Any]:
    ratios = [ours / peer for ours, peer in pairs]
    return {
        "name": name,
        "ours": round(statistics.median(ours for ours, _ in pairs), 2),
        "peer": round(statistics.median(peer for _, peer in pairs), 2),
        "unit": "s",
        "ratio": round(statistics.median(ratios), digits),
        "min": round(min(ratios), digits),
        "max": round(max(ratios), digits),
        "runs": len(pairs),
        "goal": goal,
        "better": "lower",
        "load": round(os.getloadavg()[0], 1),
    }


def _beside(run: dict[str, Any], blocks: Sequence[float]) -> dict[str, Any]:
    """copy_blocks: seconds of a COPY whose bytes nobody reads."""
    also = ("days_computed", "days_changed", "scores_changed", "peak_mib", "base_mib", "punches_mib")
    return {name: run[name] for name in also} | {"copy_blocks": round(statistics.median(blocks), 2)}


def copied_out(connection: Connection) -> float:
    """The peer: seconds until each punch of the month has been a tuple of Python's."""
    begun = time.perf_counter()
    with connection.cursor().copy(COPY_OUT) as copy:
        copy.set_types(TYPES)
        for _ in copy.rows():
            pass
    return time.perf_counter() - begun


def blocks_out(connection: Connection) -> float:
    begun = time.perf_counter()
    with connection.cursor().copy(COPY_OUT) as copy:
        for _ in copy:
            pass
    return time.perf_counter() - begun


def scored(url: str, between: str = "") -> dict[str, Any]:
    """What a process that scores tells; between: what it does before each of two runs, the first not measured."""
    told = subprocess.check_output(
        [sys.executable, "-c", CHILD],
        input=json.dumps([url, between]),
        cwd=Path(__file__).parent.parent,
        text=True,
    )
    found = json.loads(told)
    assert isinstance(found, dict)
    return found


def told() -> None:
    """The other end of `scored`. base_mib: before scoring; punches_mib: the punches of one partition, as a frame."""
    url, between = json.loads(sys.stdin.read())
    with opened(Settings.model_validate({"database_url": url})) as pool:
        if between:
            _between(url, between)
            score_period(pool, PERIOD, until=lambda _: AFTER, at=AT)
            _between(url, between)
        base = _peak_mib()
        begun = time.perf_counter()
        summary = score_period(pool, PERIOD, until=lambda _: AFTER, at=AT)
        seconds, peak = time.perf_counter() - begun, _peak_mib()
        with reader(pool) as read:
            seen = store.punches(read, summary.who[:PARTITION], date(2025, 12, 30), date(2026, 2, 3))
    counts = {name: getattr(summary, name) for name in ("days_computed", "days_changed", "scores_changed")}
    memory = {"peak_mib": peak, "base_mib": base, "punches_mib": round(seen.estimated_size("mb"))}
    sys.stdout.write(json.dumps({"seconds": seconds} | counts | memory))


def _between(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        _do(connection, statement)


def _peak_mib() -> int:
    """Of this process (Linux)."""
    (line,) = (line for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if "VmHWM" in line)
    return int(line.split()[1]) // 1024
