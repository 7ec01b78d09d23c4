"""Commands that hold the embedded server, as real processes that tests can end in every way."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from ingest import embedded
from ingest.server_folder import taken_lock

ROOT = Path(__file__).parent.parent.parent
DEADLINE = 60.0
STARTED = "SELECT pg_postmaster_start_time()"

# Imports first: after the change of account the interpreter's own folder may be closed. Signals as at a terminal: under
# nohup or behind & they would be ignored.
HOLD = """
import os, signal, sys
from pathlib import Path
from ingest.embedded import running
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
account = int(sys.argv[2])
if account:
    os.setgroups([])
    os.setgid(account)
    os.setuid(account)
with running(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True)
class Holder:
    """A process between entering and leaving `embedded.running`."""

    process: subprocess.Popen[str]

    def url(self) -> str:
        """Wait until it holds the server."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], DEADLINE)
        assert ready, f"no server within {DEADLINE} s"
        return self.process.stdout.readline().strip()

    def complaint(self) -> str:
        """Wait for its next line on standard error, which has to be a pipe."""
        assert self.process.stderr is not None
        ready, _, _ = select.select([self.process.stderr], [], [], DEADLINE)
        assert ready, f"not a word within {DEADLINE} s"
        return self.process.stderr.readline().strip()

    def leave(self) -> int:
        """Let it leave in order."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(DEADLINE)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)


@contextlib.contextmanager
def holding(
    data_dir: Path, *, account: int = 0, environment: dict[str, str] | None = None, stderr: int | None = None
) -> Iterator[Holder]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_dir), str(account)],
        cwd=ROOT,
        env=os.environ | (environment or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )
    holder = Holder(process)
    try:
        yield holder
    finally:
        if process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                holder.leave()
        if process.poll() is None:
            holder.end(signal.SIGKILL)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


def ask(url: str, question: str) -> Any:
    """The one value a query gives, over a connection of its own."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def keep_a_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")


def answers(url: str) -> bool:
    try:
        return bool(ask(url, "SELECT true"))
    except psycopg.OperationalError:
        return False


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "postgresql" / "server.lock").read_text(encoding="utf-8"))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"not within {DEADLINE} s"
        time.sleep(0.01)


def end_server(data_dir: Path) -> None:
    """End it for good, whatever a test left behind."""
    if lives(data_dir):
        with embedded.running(data_dir):
            pass


def lives(data_dir: Path) -> bool:
    """Whether any process of a server of this folder is left."""
    if not (data_dir / "postgresql" / "server.lock").exists():
        return False
    lock = taken_lock(data_dir / "postgresql" / "server.lock")
    if lock is not None:
        os.close(lock)
    return lock is None
