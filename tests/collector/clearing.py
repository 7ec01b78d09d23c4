"""What the tests of clearing a log share: a simulated terminal with a log, a clearing that all agree to, the rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import pytest

from collector.clear_log import Cleared, clear_log
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.sources import people_of
from devices.simulator.zk.terminal import SimulatedTerminal
from ingest.database import ConnectionPool
from ingest.terminals import Terminal, add_terminal

START = datetime(2026, 1, 5, 7, 0, 12)  # noqa: DTZ001 - a terminal's own time has no zone
NOW = datetime(2026, 2, 1, tzinfo=UTC)


def log_of(punches: int) -> list[StoredPunch]:
    return [StoredPunch(str(1 + n % 50), START + timedelta(seconds=37 * n), n % 2) for n in range(punches)]


@contextmanager
def terminal_with(
    pool: ConnectionPool, punches: int = 300, kind: type[SimulatedTerminal] = SimulatedTerminal, **options: Any
) -> Iterator[tuple[Any, Terminal]]:
    log = log_of(punches)
    simulated = kind("SN-lobi", people_of(punch.pin for punch in log), log, **options)
    with simulated.serving() as (host, port), pool.connection() as connection:
        terminal = add_terminal(
            connection, name="lobi", kind="zk", address=f"{host}:{port}", comm_key=0, time_zone="Asia/Jakarta",
            added_at=NOW,
        )  # fmt: skip
        connection.commit()
        yield simulated, terminal


def cleared(terminal: Terminal, pool: ConnectionPool, folder: Path, **options: Any) -> Cleared:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("collector.clear_log.LISTEN_SECONDS", 0.1)  # what a simulated terminal tells is there by then
        done = clear_log(terminal, pool, folder, agreed=lambda _: True, **options)
    assert done is not None
    return done


def rows(pool: ConnectionPool, query: LiteralString) -> list[tuple[Any, ...]]:
    with pool.connection() as connection:
        return connection.execute(query).fetchall()
