"""Turns at a terminal, held by real processes."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from collector.turn import turn
from config.errors import TepatError
from devices.errors import RetriableTerminalError
from tests.waiting import until

HOLD = """
import sys
from pathlib import Path
from collector.turn import turn
with turn(Path(sys.argv[1]), 7, wait_seconds=20):
    print("in", flush=True)
    sys.stdin.read()
"""


@contextmanager
def process(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that wants terminal 7, holds it once it has it, and leaves when its input ends."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as made:
        try:
            yield made
        finally:
            made.kill()


def is_in(other: "subprocess.Popen[str]") -> None:
    assert other.stdout is not None
    assert other.stdout.readline() == "in\n"


def test_a_terminal_held_by_another_process_is_refused_with_a_cure_and_others_are_not(tmp_path: Path) -> None:
    with process(tmp_path) as other:
        is_in(other)
        with (
            pytest.raises(RetriableTerminalError, match=rf"\(process {other.pid}\).*Try again"),
            turn(tmp_path, 7, wait_seconds=0.2),
        ):
            pytest.fail("two held one terminal")
        with turn(tmp_path, 8, wait_seconds=0):
            pass


def test_a_process_killed_in_its_turn_leaves_nothing_behind(tmp_path: Path) -> None:
    with process(tmp_path) as other:
        is_in(other)
        other.kill()
        other.wait(10)
        with turn(tmp_path, 7, wait_seconds=0):
            pass


def test_who_holds_a_terminal_learns_that_another_process_wants_it_and_that_one_comes_next(tmp_path: Path) -> None:
    with turn(tmp_path, 7, wait_seconds=0) as mine:
        assert not mine.wanted()
        with process(tmp_path) as other:
            until(mine.wanted)
            other.kill()
            other.wait(10)
        assert not mine.wanted()
    with process(tmp_path) as other:
        is_in(other)


def test_threads_of_one_process_take_turns_too(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def take() -> None:
        with turn(tmp_path, 7, wait_seconds=20):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == [1] * 8


def test_who_waits_gets_the_terminal_once_it_is_free(tmp_path: Path) -> None:
    with process(tmp_path) as other:
        is_in(other)
        with turn(tmp_path, 8, wait_seconds=0):
            threading.Timer(0.3, other.kill).start()
            with turn(tmp_path, 7, wait_seconds=20) as mine:
                assert not mine.wanted()


def test_a_folder_that_cannot_hold_turns_is_named(tmp_path: Path) -> None:
    (tmp_path / "turns").write_text("in the way")
    with pytest.raises(TepatError, match="TEPAT_DATA_DIR"), turn(tmp_path, 7, wait_seconds=0):
        pytest.fail("a lock without a file")


def test_a_full_disk_stops_no_turn(tmp_path: Path) -> None:
    script = """
import resource, signal, sys
from pathlib import Path
from collector.turn import turn
with turn(Path(sys.argv[1]), 7, wait_seconds=1):
    pass
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # no file may grow, as on a full disk
with turn(Path(sys.argv[1]), 7, wait_seconds=1):
    print("in")
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (0, "in\n"), done.stderr
