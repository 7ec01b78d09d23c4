"""A lock that is killed in between leaves nothing, and the next one does everything once."""

import signal
import subprocess
import sys

import pytest
from psycopg_pool import ConnectionPool

from tests.scoring.database import found
from tests.scoring.test_lock import correct, lock, scored, settled

KILLED = """
import sys, time
from datetime import UTC, date, datetime

import config.settings
from ingest.database import opened
from scoring import adjustment_store, lock

real = adjustment_store.settle

def settle(*given):
    done = real(*given)
    print("settled", len(done), flush=True)
    time.sleep(600)

lock.adjustment_store.settle = settle
until, at = date(2026, 3, 1), datetime.now(UTC)
with opened(config.settings.load()) as pool, pool.connection() as connection:
    lock.lock_period(connection, pool, "2026-02", until=lambda _: until, at=at, actor="command:killed")
"""


@pytest.mark.long
@pytest.mark.timeout(120)
def test_kill_9_between_locking_and_commit(pool: ConnectionPool, command_line: dict[str, str]) -> None:
    scored(pool, 1, "2026-01", "2026-02")
    lock(pool)
    correct(pool)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], env=command_line, stdout=subprocess.PIPE, text=True
    ) as locking:
        assert locking.stdout
        assert locking.stdout.readline() == "settled 1\n"
        locking.send_signal(signal.SIGKILL)
    assert settled(pool) == []
    assert found(pool, "SELECT period FROM locked_month") == [("2026-01",)]
    assert len(lock(pool, "2026-02").settled) == 1
    assert settled(pool) == [("2026-01", "2026-02", 50)]
    assert found(pool, "SELECT DISTINCT version FROM kept_day WHERE period = '2026-01' ORDER BY 1") == [(1,), (2,)]
