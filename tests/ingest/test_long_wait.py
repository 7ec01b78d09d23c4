"""Whoever waits for the embedded server for longer than a moment says for what; then it goes on by itself."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.long_wait import told_if_long
from tests.ingest.holders import holding, server_pid, wait_until


@contextlib.contextmanager
def standing_still(server: int) -> Iterator[Callable[[], None]]:
    """The process does nothing until what this gives is called, or at the end."""

    def go_on() -> None:
        with contextlib.suppress(ProcessLookupError):  # it went on before, and has ended since
            os.kill(server, signal.SIGCONT)

    os.kill(server, signal.SIGSTOP)
    try:
        yield go_on
    finally:
        go_on()


@pytest.mark.long
def test_a_command_started_while_the_server_is_stopping_says_what_it_waits_for(data_dir: Path) -> None:
    folder = data_dir / "postgresql"
    with holding(data_dir, stderr=subprocess.PIPE) as last:
        url = last.url()
        with standing_still(server_pid(data_dir)) as go_on:
            assert last.process.stdin is not None
            last.process.stdin.close()
            assert last.complaint() == f"Waiting for the database server in {folder} to stop …"
            with holding(data_dir, stderr=subprocess.PIPE) as following:
                said = following.complaint()
                go_on()
                assert following.url() == url
        assert said == f"Waiting for another command, which starts or stops the database server in {folder} …"
        assert last.process.wait(60) == 0


def test_a_server_that_was_left_behind_and_is_silent_is_named(data_dir: Path) -> None:
    with holding(data_dir) as killed:
        url = killed.url()
        killed.end(signal.SIGKILL)
    with (
        standing_still(server_pid(data_dir)) as go_on,
        holding(data_dir, stderr=subprocess.PIPE) as waiting,
    ):
        assert waiting.complaint().startswith("Waiting for the former database server")
        go_on()
        assert waiting.url() == url


def test_it_is_said_once(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.long_wait.TOLD_AFTER", 0.0)
    said: list[str] = []

    def heard() -> bool:
        said.extend(capfd.readouterr().err.splitlines())
        return bool(said)

    with told_if_long("Waiting for a bus"):
        wait_until(heard)
    assert said == ["Waiting for a bus …"]
