"""Polling 2,000 ZK terminals from one process, against a bare loop that connects to each and asks for its sizes."""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.accept import embedded_server, new_database
from ingest.terminals import add_terminal

NAME = "poll"
GOOD, SLOW, SILENT = 1_800, 100, 100
RECORDS = 150
RUNS = 3
INTERVAL_SECONDS = 40
"""Between two polls of one terminal in the endless round: seven times as often as by default."""
ROUND_SECONDS = 45
GOALS = {"rate": 0.08, "behind": 0.25, "memory": 2.0}


def run() -> Iterator[dict[str, Any]]:
    """Rate as ratio to the bare loop, delay behind the due time to the interval, memory to that at the start."""
    with (
        embedded_server() as server,
        new_database(server) as url,
        data_dir() as folder,
        process("benchmarks.polled_terminals", *map(str, (GOOD, SLOW, SILENT, RECORDS))) as simulated,
        psycopg.connect(url) as database,
    ):
        ports = json.loads(said(simulated))
        register(database, ports[:GOOD])
        runs = [collected(url, folder, "once", 0) for _ in range(RUNS + 1)]
        assert in_table(database) == records(simulated), "the table is not what the logs hold"
        yield from rates(runs[1:])
        register(database, ports[GOOD:])
        yield from pace(collected(url, folder, "keep", ROUND_SECONDS))


def rates(runs: Sequence[dict[str, float]]) -> Iterator[dict[str, Any]]:
    """The first reading of each terminal, of its whole log, is not among them: later ones read the end."""
    ratios = [run["polled"] / run["bare"] for run in runs]
    yield {
        "name": f"{NAME}-rate",
        "ours": round(statistics.median(run["polled"] for run in runs)),
        "peer": round(statistics.median(run["bare"] for run in runs)),
        "unit": "terminals/s",
        "ratio": round(statistics.median(ratios), 2),
        "min": round(min(ratios), 2),
        "max": round(max(ratios), 2),
        "runs": len(runs),
        "goal": GOALS["rate"],
        "better": "higher",
    }


def pace(kept: dict[str, float]) -> Iterator[dict[str, Any]]:
    """With slow and silent terminals among them: the longest that a poll began after its time, and the memory."""
    figures = {
        "behind": ("s", kept["latest"], INTERVAL_SECONDS),
        "memory": ("MiB", kept["memory"], kept["memory_before"]),
    }
    for figure, (unit, ours, peer) in figures.items():
        yield {
            "name": f"{NAME}-{figure}",
            "ours": round(ours, 1),
            "peer": round(peer, 1),
            "unit": unit,
            "ratio": round(ours / peer, 2),
            "polls": kept["polls"],
            "runs": 1,
            "goal": GOALS[figure],
            "better": "lower",
        }


def register(database: "psycopg.Connection[Any]", ports: Sequence[int]) -> None:
    now = datetime.now(UTC)
    with database.transaction():
        for port in ports:
            add_terminal(
                database, name=f"terminal {port}", kind="zk", address=f"127.0.0.1:{port}", comm_key=0,
                time_zone="Asia/Jakarta", added_at=now,
            )  # fmt: skip


def in_table(database: "psycopg.Connection[Any]") -> int:
    with database.transaction():
        row = database.execute("SELECT count(*) FROM punch").fetchone()
    assert row is not None
    return int(row[0])


def records(simulated: "subprocess.Popen[str]") -> int:
    assert simulated.stdin is not None
    simulated.stdin.write("\n")
    simulated.stdin.flush()
    return int(said(simulated))


def collected(url: str, folder: Path, task: str, seconds: float) -> dict[str, float]:
    """The figures of one process that collects."""
    settings = {
        "TEPAT_DATABASE_URL": url,
        "TEPAT_DATA_DIR": str(folder),
        "TEPAT_POLL_SECONDS": str(INTERVAL_SECONDS),
    }
    with process("benchmarks.polling", task, str(seconds), environment=settings) as collector:
        figures: dict[str, float] = json.loads(said(collector))
    sys.stderr.write(f"  {task}: {figures}\n")
    return figures


@contextmanager
def process(
    module: str, *arguments: str, environment: dict[str, str] | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """A process of this benchmark; its input ends, and it with it, at the end of the block."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as made:
        yield made


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@contextmanager
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tepat-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
