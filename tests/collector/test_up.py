"""`tepat up`: one parent, three children, and nothing left behind."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import structlog

from collector.up import Child

ROOT = Path(__file__).parent.parent.parent
SECONDS = 60.0


def wait_for(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not within {SECONDS:.0f} s: {what}"
        time.sleep(0.02)


def children_of(pid: int) -> dict[str, int]:
    """Command word -> pid of the tepat processes that this one started."""
    found = {}
    for task in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = re.search(r"^PPid:\t(\d+)", (task / "status").read_text(encoding="utf-8"), re.MULTILINE)
            words = (task / "cmdline").read_bytes().split(b"\0")
            if parent and int(parent[1]) == pid and b"tepat" in words:
                found[words[words.index(b"tepat") + 1].decode()] = int(task.name)
    return found


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return False


class Office:
    def __init__(self, environment: dict[str, str], port: int) -> None:
        self.environment = environment
        self.port = port
        self.process = subprocess.Popen([sys.executable, "-m", "tepat", "up"], cwd=ROOT, env=environment)

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture
def office(settings_env: dict[str, str]) -> Iterator[Office]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    running = Office({**settings_env, "TEPAT_LISTEN_PORT": str(port)}, port)
    try:
        wait_for(running.healthy, "the pages are served")
        yield running
    finally:
        if running.process.poll() is None:
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(SECONDS)


def server_pid(office: Office) -> int:
    pid_file = next(Path(office.environment["TEPAT_DATA_DIR"]).rglob("postmaster.pid"))
    return int(pid_file.read_text(encoding="utf-8").splitlines()[0])


def a_second_is_refused(office: Office) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "tepat", "up"],
        cwd=ROOT, env=office.environment, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert second.returncode == 1
    assert "runs already" in second.stderr
    assert "Traceback" not in second.stderr
    assert office.healthy()


def killed_server_comes_back(office: Office) -> None:
    before = server_pid(office)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: not alive(before), "the server is dead")
    wait_for(office.healthy, "the database answers again")
    assert server_pid(office) != before


def dead_children_are_started_again(office: Office) -> None:
    wait_for(lambda: set(children_of(office.process.pid)) == {"collect", "score", "serve"}, "three children")
    first = children_of(office.process.pid)
    for pid in first.values():
        os.kill(pid, signal.SIGKILL)
    wait_for(
        lambda: (
            (now := children_of(office.process.pid)).keys() == first.keys()
            and not set(now.values()) & set(first.values())
        ),
        "three others",
    )
    wait_for(office.healthy, "the pages again")


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes through /proc")
def test_a_second_is_refused_what_died_is_started_again_and_sigterm_leaves_nothing(office: Office) -> None:
    """One office for all: its start takes seconds."""
    a_second_is_refused(office)
    dead_children_are_started_again(office)
    killed_server_comes_back(office)
    children, server = children_of(office.process.pid), server_pid(office)

    office.process.send_signal(signal.SIGTERM)
    assert office.process.wait(SECONDS) == 0
    assert [pid for pid in children.values() if alive(pid)] == []
    assert not alive(server)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel ends orphans on Linux only")
def test_children_do_not_outlive_a_killed_parent(office: Office) -> None:
    wait_for(lambda: len(children_of(office.process.pid)) == 3, "three children")
    children = children_of(office.process.pid)
    office.process.kill()
    office.process.wait(SECONDS)
    wait_for(lambda: not any(alive(pid) for pid in children.values()), "the children are gone")


def test_up_works_on_a_given_database(database_url: str, settings_env: dict[str, str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    running = Office({**settings_env, "TEPAT_LISTEN_PORT": str(port), "TEPAT_DATABASE_URL": database_url}, port)
    try:
        wait_for(running.healthy, "the pages are served")
    finally:
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(SECONDS) == 0
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM terminal").fetchone() == (0,)


def test_a_taken_port_is_said_once_before_anything_starts(settings_env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "tepat", "up"], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS,
            env={**settings_env, "TEPAT_LISTEN_PORT": str(port)}, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"Cannot serve on 127.0.0.1 port {port}" in done.stderr
    assert "child died" not in done.stderr


@pytest.mark.parametrize(("status", "told"), [(0, ("warning", "child ended")), (3, ("error", "child died"))])
def test_a_child_that_ended_cleanly_is_not_said_to_have_died(status: int, told: tuple[str, str]) -> None:
    process = subprocess.Popen([sys.executable, "-c", f"raise SystemExit({status})"])
    process.wait(SECONDS)
    child = Child(["collect"], process)
    with structlog.testing.capture_logs() as log:
        child.tend(time.monotonic())
    ((level, event),) = [(entry["log_level"], entry["event"]) for entry in log]
    assert (level, event) == told
    assert child.process is None, "it is started again"
