"""The endless round over real sockets of simulated terminals into a real database."""

import functools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector import rounds
from collector.rounds import QUICK_WORKERS, Rounds
from collector.turn import turn
from config.settings import Settings
from devices.zk import terminal as zk
from ingest.database import ConnectionPool
from ingest.terminals import change_terminal
from tests.collector.test_poll import START, count, health_of, register, terminal_with
from tests.waiting import until

OFTEN = 0.2
"""Seconds between polls that a test waits for; an office has one at least."""


@contextmanager
def running(pool: ConnectionPool, data_dir: Path, poll_seconds: float = OFTEN) -> Iterator[Rounds]:
    """The same with shorter times."""
    settings = Settings(data_dir=data_dir).model_copy(update={"poll_seconds": poll_seconds})
    stop_event = threading.Event()
    going = Rounds(settings, pool)
    thread = threading.Thread(target=going.run, args=(stop_event,))
    with pytest.MonkeyPatch.context() as times:
        times.setattr(rounds, "LOOK_SECONDS", 0.05)
        thread.start()
        try:
            yield going
        finally:
            stop_event.set()
            thread.join(60)
            assert not thread.is_alive()


def test_rounds_learn_of_a_terminal_added_later_and_bring_what_is_new(pool: ConnectionPool, tmp_path: Path) -> None:
    with running(pool, tmp_path), terminal_with(10, pool) as (simulated, _):
        until(lambda: count(pool, "punch") == 10)
        simulated.punch("1", START + timedelta(days=1), 1)
        until(lambda: count(pool, "punch") == 11)


def test_a_terminal_out_of_use_is_left_alone_until_it_is_in_use_again(pool: ConnectionPool, tmp_path: Path) -> None:
    with terminal_with(3, pool, "lobi") as (retired, _), terminal_with(3, pool, "aula") as (used, _):
        with pool.connection() as connection:
            change_terminal(connection, "lobi", retired_at=datetime.now(UTC))
        with running(pool, tmp_path):
            until(lambda: used.connections >= 2)
            assert retired.connections == 0
            with pool.connection() as connection:
                change_terminal(connection, "lobi", retired_at=None)
            until(lambda: retired.connections >= 1)


def test_each_terminal_has_its_own_interval(pool: ConnectionPool, tmp_path: Path) -> None:
    with terminal_with(3, pool, "lobi") as (seldom, _), terminal_with(3, pool, "aula") as (often, _):
        with pool.connection() as connection:
            change_terminal(connection, "lobi", poll_seconds=86_400)
        with running(pool, tmp_path):
            until(lambda: often.connections >= 3)
    assert seldom.connections == 1


def test_an_address_corrected_in_the_register_is_read_without_a_restart(pool: ConnectionPool, tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with terminal_with(3, pool) as (_, terminal):
            with pool.connection() as connection:
                change_terminal(connection, "lobi", address=f"127.0.0.1:{port}")
            with running(pool, tmp_path, poll_seconds=3600):
                until(lambda: health_of(pool, "lobi").error is not None)
                with pool.connection() as connection:
                    change_terminal(connection, "lobi", address=terminal.address)
                until(lambda: count(pool, "punch") == 3)


def test_terminals_that_never_answer_delay_no_other(
    pool: ConnectionPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zk, "open_terminal", functools.partial(zk.open_terminal, patience=6.0))
    monkeypatch.setattr(rounds, "SLOW_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0), backlog=2 * QUICK_WORKERS) as deaf:
        names = [f"mati {number}" for number in range(2 * QUICK_WORKERS)]
        for name in names:
            register(pool, name, f"127.0.0.1:{deaf.getsockname()[1]}")
        with running(pool, tmp_path), terminal_with(3, pool):
            until(lambda: count(pool, "punch") == 3)
            assert all(health_of(pool, name).tried_at is None for name in names)
            deaf.close()  # readings under way end at once


def test_a_terminal_that_another_process_talks_with_is_read_later_and_has_no_error(
    pool: ConnectionPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "BUSY_SECONDS", 0.2)
    with terminal_with(3, pool) as (simulated, terminal):
        with turn(tmp_path, terminal.id, wait_seconds=0) as held, running(pool, tmp_path) as going:
            until(lambda: going.polls >= 2)
            assert not held.wanted()
            assert simulated.connections == 0
            assert health_of(pool, "lobi").error is None
        with running(pool, tmp_path):
            until(lambda: count(pool, "punch") == 3)
