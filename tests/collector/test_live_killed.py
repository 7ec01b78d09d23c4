"""A collector that listens is killed at any moment; what it heard and missed is in the table after the next start."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from collector.turn import turn
from devices.simulator.zk.faults import Faults
from ingest.database import ConnectionPool
from ingest.terminals import change_terminal
from tests.collector.test_live import agree, in_table, listened_to
from tests.collector.test_poll import START, terminal_with
from tests.waiting import until

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def collector() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-m", "tepat", "collect"], cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.long
def test_nothing_is_lost_or_doubled_and_the_terminal_is_free_at_once(
    pool: ConnectionPool, command_line: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEPAT_POLL_SECONDS", "3600")
    with terminal_with(300, pool, faults=Faults(refuse_second_client=True)) as (simulated, terminal):
        with pool.connection() as connection:
            change_terminal(connection, "lobi", live=True)
        for number in range(4):
            with collector() as process:
                until(lambda: listened_to(simulated))
                if number % 2:
                    until(lambda: agree(pool, simulated))
                assert simulated.punch("1", START + timedelta(days=1, seconds=number))
                if number % 2:
                    until(lambda: agree(pool, simulated))
                os.kill(process.pid, signal.SIGKILL)
                process.wait(10)
            with turn(Path(command_line["TEPAT_DATA_DIR"]), terminal.id, wait_seconds=0):
                assert simulated.punch("2", START + timedelta(days=1, seconds=number))
        with collector():
            until(lambda: agree(pool, simulated))
    assert len(in_table(pool)) == 308
