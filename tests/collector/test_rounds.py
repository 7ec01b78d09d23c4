"""The endless round over real sockets of simulated terminals into a real database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from collector.rounds import Rounds
from config.settings import Settings
from ingest.database import ConnectionPool
from tests.collector.test_poll import START, count, terminal_with
from tests.waiting import until


@contextmanager
def running(pool: ConnectionPool, data_dir: Path, poll_seconds: float = 1) -> Iterator[Rounds]:
    stop_event = threading.Event()
    rounds = Rounds(Settings(data_dir=data_dir, poll_seconds=poll_seconds), pool)
    thread = threading.Thread(target=rounds.run, args=(stop_event,))
    thread.start()
    try:
        yield rounds
    finally:
        stop_event.set()
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture
def rounds(pool: ConnectionPool, tmp_path: Path) -> Iterator[None]:
    with running(pool, tmp_path):
        yield


@pytest.mark.usefixtures("rounds")
def test_rounds_learn_of_a_terminal_added_later_and_bring_what_is_new(pool: ConnectionPool) -> None:
    with terminal_with(10, pool) as (simulated, _):
        until(lambda: count(pool, "punch") == 10)
        simulated.punch("1", START + timedelta(days=1), 1)
        until(lambda: count(pool, "punch") == 11)
