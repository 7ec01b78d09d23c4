"""A collector killed with -9 while it takes a push: the terminal sends again, and each punch is one row."""

import contextlib
import os
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool

from devices.simulator.iclock import SimulatedIclockTerminal
from tests.collector.listening import punches, stored
from tests.collector.pushing import SERIAL, ask, endpoint, registered
from tests.waiting import until

__all__ = ["registered"]

ROOT = Path(__file__).parent.parent.parent
COLLECTOR = """
import threading
from collector.push.server import serving
from config.settings import load
from ingest.database import opened

settings = load()
over = threading.Event()
with opened(settings, migrate=False) as pool, serving(settings, pool, over):
    over.wait()
"""
KILLS = 20
KILLED_BEFORE_ANSWERING = """
import os, signal
import collector.push.intake
from ingest import push_terminals
push_terminals.stamped = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def collector(program: str, port: int, database_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A collector process of its own that already answers."""
    settings = {"TEPAT_DATABASE_URL": database_url, "TEPAT_PUSH_PORT": str(port)}
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=os.environ | settings) as process:
        try:
            until(lambda: answers(port))
            yield process
        finally:
            process.kill()


def answers(port: int) -> bool:
    try:
        return ask(f"http://127.0.0.1:{port}", "GET", "/nothing")[0] == 404
    except OSError:
        return False


def test_killed_between_receiving_and_committing_the_punch_comes_again_and_is_one_row(
    registered: ConnectionPool, database_url: str
) -> None:
    port = free_port()
    terminal = SimulatedIclockTerminal(f"http://127.0.0.1:{port}", SERIAL, error_delay=0.05)
    stop = threading.Event()
    sending = threading.Thread(target=lambda: terminal.send(punches(1), stop=stop))
    with registered.connection() as holder, collector(COLLECTOR, port, database_url) as process:
        holder.execute("LOCK TABLE punch IN ACCESS EXCLUSIVE MODE")
        sending.start()
        until(lambda: waiting_for_a_lock(registered))
        process.kill()
        process.wait()
        stop.set()
        sending.join(30)
    assert stored(registered) == []
    with endpoint(registered, port):
        assert terminal.send().buffered == 0
    assert len(stored(registered)) == 1


def test_killed_between_committing_and_answering_the_punch_comes_again_and_is_one_row(
    registered: ConnectionPool, database_url: str
) -> None:
    port = free_port()
    terminal = SimulatedIclockTerminal(f"http://127.0.0.1:{port}", SERIAL, error_delay=0.05)
    with collector(KILLED_BEFORE_ANSWERING + COLLECTOR, port, database_url) as process:
        assert terminal.send(punches(1), seconds=0.2).buffered == 1
        assert process.wait(30) == -9
    assert len(stored(registered)) == 1
    with endpoint(registered, port):
        assert terminal.send().buffered == 0
    assert len(stored(registered)) == 1


def waiting_for_a_lock(pool: ConnectionPool) -> bool:
    with pool.connection() as connection:
        return connection.execute("SELECT FROM pg_locks WHERE NOT granted").fetchone() is not None


@pytest.mark.long
def test_killed_at_any_moment_again_and_again_nothing_is_lost_and_nothing_is_twice(
    registered: ConnectionPool, database_url: str
) -> None:
    port = free_port()
    terminal = SimulatedIclockTerminal(f"http://127.0.0.1:{port}", SERIAL, batch=5, error_delay=0.01)
    moments = random.Random(7)
    held = punches(KILLS * 100)
    for first in range(0, len(held), 100):
        stop = threading.Event()
        part = held[first : first + 100]
        sending = threading.Thread(target=terminal.send, args=(part,), kwargs={"stop": stop})
        with collector(COLLECTOR, port, database_url) as process:
            sending.start()
            threading.Event().wait(moments.uniform(0, 0.4))
            process.kill()
            process.wait()
        stop.set()
        sending.join(30)
    acknowledged = {punch[0] for punch in held[: len(held) - terminal.send(seconds=0.01).buffered]}
    assert acknowledged <= {pin for _, pin, _ in stored(registered)}, "what was acknowledged is stored"
    with endpoint(registered, port):
        assert terminal.send().buffered == 0
    assert sorted(pin for _, pin, _ in stored(registered)) == sorted(punch[0] for punch in held)
