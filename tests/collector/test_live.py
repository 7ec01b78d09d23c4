"""Live capture through what happens to terminals and networks; at the end the table holds what the log holds."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from collector import live
from collector.turn import turn
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk import terminal as zk
from devices.zk.log import decode_records
from ingest import health
from ingest.database import ConnectionPool
from ingest.terminals import Terminal, change_terminal
from tests.collector.test_poll import START, register, terminal_with
from tests.collector.test_rounds import OFTEN, running
from tests.waiting import until

SELDOM = 3600.0
"""Seconds between polls that no test waits for: what arrives came live, or by the poll after a gap."""

Key = tuple[str, datetime, int]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with shorter times."""
    monkeypatch.setattr(live, "KEEP_ALIVE_SECONDS", 0.3)
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(live, "AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(live, "AGAIN_SECONDS_MOST", 0.5)
    monkeypatch.setattr(live, "BELL_SECONDS", 0.2)
    monkeypatch.setattr(live, "DATABASE_SECONDS", 0.5)
    monkeypatch.setattr(zk, "open_terminal", functools.partial(zk.open_terminal, patience=2.0))


@contextmanager
def live_terminal(
    pool: ConnectionPool, data_dir: Path, punches: int = 5, *, every: float = SELDOM, **options: Any
) -> Iterator[tuple[SimulatedTerminal, Terminal]]:
    """A terminal that is listened to by a collector."""
    with terminal_with(punches, pool, **options) as (simulated, _):
        with pool.connection() as connection:
            _, terminal = change_terminal(connection, "lobi", live=True)
        with running(pool, data_dir, every):
            yield simulated, terminal


def in_log(simulated: SimulatedTerminal) -> set[Key]:
    records = b"".join(simulated.memory.log_records())
    punches, _ = decode_records(records, simulated.memory.record_size, time_last=False)
    return {punch[:3] for punch in punches}


def in_table(pool: ConnectionPool) -> list[Key]:
    with pool.connection() as connection:
        return connection.execute("SELECT pin, local_time, state FROM punch").fetchall()


def agree(pool: ConnectionPool, simulated: SimulatedTerminal) -> bool:
    table = in_table(pool)
    assert len(table) == len(set(table))
    assert set(table) <= in_log(simulated)
    return set(table) == in_log(simulated)


def sources(pool: ConnectionPool) -> dict[str, int]:
    with pool.connection() as connection:
        return dict(connection.execute("SELECT source, count(*) FROM punch GROUP BY source").fetchall())


def listened_to(simulated: SimulatedTerminal) -> bool:
    """Whether a client has registered for events; the poll that follows may be under way."""
    return any(session.mask for session in list(simulated._live))


def punch(simulated: SimulatedTerminal, number: int) -> None:
    assert simulated.punch("1", START + timedelta(days=1, seconds=number), number % 2)


def test_a_punch_is_stored_at_once_and_the_next_poll_confirms_it(pool: ConnectionPool, tmp_path: Path) -> None:
    with live_terminal(pool, tmp_path) as (simulated, _):
        until(lambda: agree(pool, simulated))
        punch(simulated, 1)
        until(lambda: sources(pool) == {"poll": 5, "live": 1})
        assert agree(pool, simulated)
    with live_terminal_again(pool, tmp_path, simulated):
        until(lambda: health_of(pool).record_count == 6)
        assert sources(pool) == {"poll": 5, "live": 1}


@contextmanager
def live_terminal_again(pool: ConnectionPool, data_dir: Path, simulated: SimulatedTerminal) -> Iterator[None]:
    with simulated.serving() as (host, port), pool.connection() as connection:
        change_terminal(connection, "lobi", address=f"{host}:{port}")
        connection.commit()
        with running(pool, data_dir, SELDOM):
            yield


def health_of(pool: ConnectionPool) -> health.Health:
    with pool.connection() as connection:
        return health.of_all(connection)[0]


def test_a_reboot_leaves_nothing_out(pool: ConnectionPool, tmp_path: Path) -> None:
    simulated = SimulatedTerminal("SN", (), [StoredPunch("1", START)])
    with simulated.serving() as (host, port):
        register(pool, "lobi", f"{host}:{port}")
        with pool.connection() as connection:
            change_terminal(connection, "lobi", live=True)
    with running(pool, tmp_path, SELDOM):
        for number in range(3):
            punch(simulated, 10 * number)  # while it is down: nobody is told
            with simulated.serving(port):
                until(lambda: listened_to(simulated) and agree(pool, simulated))
                punch(simulated, 10 * number + 1)
                until(lambda: agree(pool, simulated))
    assert sources(pool)["live"] == 3


def test_a_silent_peer_is_noticed_and_what_was_punched_meanwhile_arrives(pool: ConnectionPool, tmp_path: Path) -> None:
    with live_terminal(pool, tmp_path) as (simulated, _):
        until(lambda: agree(pool, simulated))
        simulated.faults = Faults(silent=True)
        punch(simulated, 1)
        until(lambda: health_of(pool).error is not None)
        assert not agree(pool, simulated)
        simulated.faults = Faults()
        until(lambda: agree(pool, simulated))
        until(lambda: health_of(pool).error is None)


def test_a_terminal_that_forgot_its_listener_is_read_at_its_interval(pool: ConnectionPool, tmp_path: Path) -> None:
    with live_terminal(pool, tmp_path, every=OFTEN) as (simulated, _):
        until(lambda: agree(pool, simulated))
        simulated.memory.store(StoredPunch("1", START + timedelta(days=1)))
        until(lambda: agree(pool, simulated))
    assert sources(pool) == {"poll": 6}
    assert simulated.connections == 1


def test_an_event_of_unknown_size_is_kept_and_brings_a_poll(pool: ConnectionPool, tmp_path: Path) -> None:
    with live_terminal(pool, tmp_path, faults=Faults(event_padding=3)) as (simulated, _):
        until(lambda: agree(pool, simulated))
        punch(simulated, 1)
        until(lambda: agree(pool, simulated))
    with pool.connection() as connection:
        reasons = connection.execute("SELECT source, reason FROM rejected").fetchall()
    assert [source for source, _ in reasons] == ["live"]
    assert simulated.connections == 1


@pytest.mark.parametrize("record_size", [8, 16, 22, 40, 49])
def test_events_never_make_a_second_punch_of_what_the_log_tells_otherwise(
    pool: ConnectionPool, tmp_path: Path, record_size: int
) -> None:
    with live_terminal(pool, tmp_path, record_size=record_size) as (simulated, _):
        until(lambda: agree(pool, simulated))
        for number in range(4):
            punch(simulated, number)
        until(lambda: agree(pool, simulated))
        punch(simulated, 9)
        until(lambda: agree(pool, simulated))
    assert len(in_table(pool)) == 10


def test_whoever_wants_the_terminal_gets_it_soon_and_the_gap_is_polled(pool: ConnectionPool, tmp_path: Path) -> None:
    with live_terminal(pool, tmp_path) as (simulated, terminal):
        until(lambda: agree(pool, simulated))
        with turn(tmp_path, terminal.id, wait_seconds=10):
            punch(simulated, 1)
            assert not listened_to(simulated)
        until(lambda: agree(pool, simulated))
        punch(simulated, 2)
        until(lambda: agree(pool, simulated))
    assert sources(pool) == {"poll": 6, "live": 1}


def test_events_that_the_database_could_not_take_come_by_the_poll_after_it_is_back(
    pool: ConnectionPool, tmp_path: Path, server: str
) -> None:
    with pool.connection() as connection:
        name = connection.info.dbname
    with live_terminal(pool, tmp_path) as (simulated, _), psycopg.connect(server, autocommit=True) as admin:
        until(lambda: agree(pool, simulated))
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            punch(simulated, 1)
            until(lambda: simulated.received[-1] == 201)  # it is still listened to, and asked its time
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        until(lambda: agree(pool, simulated))
        assert simulated.connections == 1


def test_a_change_in_the_register_ends_or_begins_listening_without_a_restart(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    with live_terminal(pool, tmp_path, every=OFTEN) as (simulated, _):
        until(lambda: listened_to(simulated))
        with pool.connection() as connection:
            change_terminal(connection, "lobi", live=False)
        until(lambda: not simulated._live)
        punch(simulated, 1)
        until(lambda: agree(pool, simulated))
        with pool.connection() as connection:
            change_terminal(connection, "lobi", live=True)
        until(lambda: listened_to(simulated))
        punch(simulated, 2)
        until(lambda: agree(pool, simulated))
        assert listened_to(simulated)
