"""Polling real sockets of simulated ZK terminals into a real database."""

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import pytest

from collector.poll import Poll, poll
from collector.rounds import poll_all
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.sources import people_of
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk import terminal as zk
from ingest import health
from ingest.accept import Counts
from ingest.database import ConnectionPool
from ingest.terminals import Terminal, add_terminal

START = datetime(2026, 1, 5, 7, 0, 12)  # noqa: DTZ001 - a terminal's own time has no zone


def log_of(punches: int) -> list[StoredPunch]:
    return [StoredPunch(str(1 + number % 50), START + timedelta(seconds=37 * number), 0) for number in range(punches)]


@contextmanager
def terminal_with(
    punches: int, pool: ConnectionPool, name: str = "lobi", **options: Any
) -> Iterator[tuple[SimulatedTerminal, Terminal]]:
    log = log_of(punches)
    simulated = SimulatedTerminal(f"SN-{name}", people_of(punch.pin for punch in log), log, **options)
    with simulated.serving() as (host, port):
        yield simulated, register(pool, name, f"{host}:{port}")


def register(pool: ConnectionPool, name: str, address: str, comm_key: int = 0) -> Terminal:
    with pool.connection() as connection:
        return add_terminal(
            connection, name=name, kind="zk", address=address, comm_key=comm_key, time_zone="Asia/Jakarta",
            added_at=datetime.now(UTC),
        )  # fmt: skip


def count(pool: ConnectionPool, table: LiteralString) -> int:
    with pool.connection() as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def health_of(pool: ConnectionPool, name: str) -> health.Health:
    with pool.connection() as connection:
        return next(each for each in health.of_all(connection) if each.name == name)


def test_a_poll_stores_the_whole_log_in_batches_and_the_next_one_finds_nothing_new(pool: ConnectionPool) -> None:
    with terminal_with(12_345, pool) as (_, terminal):
        assert poll(terminal, pool) == Poll("lobi", Counts(12_345, 12_345, 0, 0))
        assert poll(terminal, pool) == Poll("lobi", Counts(0, 0, 0, 0))
    assert count(pool, "punch") == 12_345


def test_a_poll_notes_what_the_terminal_says_of_itself(pool: ConnectionPool) -> None:
    fast = timedelta(minutes=3)

    def three_minutes_fast_in_jakarta() -> datetime:
        return (datetime.now(UTC) + timedelta(hours=7) + fast).replace(tzinfo=None)

    with terminal_with(10, pool, clock=three_minutes_fast_in_jakarta) as (_, terminal):
        assert poll(terminal, pool).error is None
    said = health_of(pool, "lobi")
    assert (said.serial_number, said.record_count, said.record_capacity) == ("SN-lobi", 10, 100_000)
    assert said.clock_offset is not None
    assert abs(said.clock_offset - 180) <= 2
    assert said.record_at == log_of(10)[-1].local_time
    assert said.error is None


def test_the_terminal_is_neither_disabled_nor_cleared(pool: ConnectionPool) -> None:
    with terminal_with(100, pool) as (simulated, terminal):
        poll(terminal, pool)
        assert simulated.enabled
        assert simulated.memory.records() == 100
        assert not {14, 15, 1003} & set(simulated.received)
        assert simulated.connections == 1


def test_records_that_cannot_be_are_kept_apart_and_do_not_become_the_terminals_latest(pool: ConnectionPool) -> None:
    with terminal_with(5, pool) as (simulated, terminal):
        simulated.memory.store(StoredPunch("1", datetime(2000, 1, 1, 0, 0, 17), 0))  # noqa: DTZ001 - no zone
        simulated.memory.store(StoredPunch("1", datetime(2060, 1, 1, 8, 0, 0), 0))  # noqa: DTZ001 - no zone
        assert poll(terminal, pool).counts == Counts(7, 5, 0, 2)
    assert count(pool, "rejected") == 2
    assert health_of(pool, "lobi").record_at == log_of(5)[-1].local_time


def test_a_dead_terminal_has_its_error_in_words_and_delays_no_other(pool: ConnectionPool, tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        register(pool, "mati", f"127.0.0.1:{nobody.getsockname()[1]}")
        with terminal_with(20, pool) as (_, _terminal):
            done = {each.terminal: each for each in poll_all(pool, tmp_path)}
    assert done["lobi"].counts.accepted == 20
    assert "refused the connection" in (done["mati"].error or "")
    assert health_of(pool, "mati").error == done["mati"].error
    assert health_of(pool, "mati").read_at is None


def test_a_database_that_refuses_one_terminal_s_records_takes_nothing_from_the_others(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    with terminal_with(5, pool, "lobi"), terminal_with(5, pool, "aula", comm_key=0) as (other, _):
        other.memory.store(StoredPunch("999", START + timedelta(days=1), 0))
        with pool.connection() as connection:
            connection.execute("ALTER TABLE punch ADD CONSTRAINT made_for_this_test CHECK (pin <> '999')")
        try:
            done = {each.terminal: each for each in poll_all(pool, tmp_path)}
        finally:
            with pool.connection() as connection:
                connection.execute("ALTER TABLE punch DROP CONSTRAINT made_for_this_test")
        assert done["lobi"] == Poll("lobi", Counts(5, 5, 0, 0))
        assert "could not be stored" in (done["aula"].error or "")
        assert health_of(pool, "aula").error == done["aula"].error
        assert health_of(pool, "lobi").error is None
        assert {each.counts.read for each in poll_all(pool, tmp_path)} == {5, 6}
    assert health_of(pool, "aula").error is None


def test_an_error_of_our_own_is_told_and_takes_nothing_from_the_others(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = zk.open_terminal

    def failing(address: str, comm_key: int) -> AbstractContextManager[zk.Terminal]:
        if comm_key == 5:
            raise ValueError("made for this test\nand more")
        return asked(address, comm_key)

    monkeypatch.setattr(zk, "open_terminal", failing)
    register(pool, "aula", "127.0.0.1:9", comm_key=5)
    with terminal_with(5, pool, "lobi"):
        done = {each.terminal: each for each in poll_all(pool, tmp_path)}
    assert done["lobi"].counts.accepted == 5
    assert done["aula"].error == "Reading failed with ValueError, an error of Tepat: made for this test."
    assert health_of(pool, "aula").error == done["aula"].error


def test_a_wrong_key_is_said_and_a_later_good_read_forgets_it(pool: ConnectionPool) -> None:
    with terminal_with(3, pool, comm_key=77) as (simulated, terminal):
        assert "communication key" in (poll(terminal, pool).error or "")
        simulated.comm_key = 0
        assert poll(terminal, pool).error is None
    assert health_of(pool, "lobi").error is None


def test_a_connection_cut_in_the_middle_loses_nothing_at_the_next_poll(pool: ConnectionPool) -> None:
    with terminal_with(4000, pool, faults=Faults(close_after=50_000)) as (simulated, terminal):
        assert poll(terminal, pool).error is not None
        assert count(pool, "punch") == 0
        simulated.faults = Faults()
        assert poll(terminal, pool).counts.accepted == 4000
