"""Clearing a terminal's log: only what is proved to be stored, by the way that the terminal takes."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.clear_log import Proof, clear_log
from collector.poll import poll
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import RecordSize, StoredPunch
from devices.zk.frames import Command
from ingest.accept import Counts
from ingest.database import ConnectionPool
from ingest.proof import unstored
from tests.collector.clearing import NOW, START, cleared, rows, terminal_with


@pytest.mark.parametrize("size", [8, 16, 22, 40, 49])
def test_a_log_is_stored_proved_and_cleared(pool: ConnectionPool, tmp_path: Path, size: RecordSize) -> None:
    with terminal_with(pool, record_size=size) as (simulated, terminal):
        done = cleared(terminal, pool, tmp_path)
        assert (done.proof.records, done.left, done.heard) == (300, 0, 0)
        assert simulated.memory.records() == 0
        assert simulated.enabled
        assert rows(pool, "SELECT count(*) FROM punch") == [(300,)]
        entries = rows(pool, "SELECT action, detail ->> 'records', detail ->> 'sha256' FROM audit ORDER BY id")
    assert entries[1:] == [(action, "300", done.proof.sha256) for action in ("prove log", "clear log")]


def test_the_next_poll_knows_and_brings_what_is_new(pool: ConnectionPool, tmp_path: Path) -> None:
    with terminal_with(pool) as (simulated, terminal):
        assert poll(terminal, pool).counts.accepted == 300
        cleared(terminal, pool, tmp_path)
        for second in range(400):
            simulated.memory.store(StoredPunch("7", START + timedelta(days=2, seconds=second), 0))
        assert poll(terminal, pool).counts == Counts(400, 400, 0, 0)
        assert poll(terminal, pool).counts == Counts(0, 0, 0, 0)


def test_rejected_records_are_proved_too(pool: ConnectionPool, tmp_path: Path) -> None:
    with terminal_with(pool) as (simulated, terminal):
        simulated.memory.store_raw(bytes(40))
        simulated.memory.store(StoredPunch("1", datetime(2000, 1, 1, 0, 0, 17), 0))  # noqa: DTZ001 - no zone
        assert cleared(terminal, pool, tmp_path).proof.rejected == 2
    assert rows(pool, "SELECT count(*) FROM rejected") == [(2,)]


def test_nothing_is_cleared_when_nobody_agrees(pool: ConnectionPool, tmp_path: Path) -> None:
    told: list[Proof] = []

    def disagree(proof: Proof) -> bool:
        told.append(proof)
        return False

    with terminal_with(pool) as (simulated, terminal):
        assert clear_log(terminal, pool, tmp_path, agreed=disagree) is None
        assert simulated.memory.records() == 300
        assert not {Command.DISABLE, Command.CLEAR_ATTENDANCE, Command.CLEAR_DATA} & set(simulated.received)
    assert [proof.records for proof in told] == [300]


def test_a_record_that_is_in_no_table_is_found(pool: ConnectionPool) -> None:
    with terminal_with(pool, 5) as (simulated, terminal):
        poll(terminal, pool)
        raws = simulated.memory.log_records()
    stored = rows(pool, "SELECT pin, local_time, state, verify, work_code, raw FROM punch ORDER BY local_time")
    with pool.connection() as connection:
        assert unstored(connection, terminal, stored, [], NOW) == (0, None)
        connection.execute("DELETE FROM punch WHERE raw = %s", [raws[3]])
        connection.commit()
        assert unstored(connection, terminal, stored, [], NOW) == (1, raws[3].hex())
        connection.commit()
        other_verify = [(*stored[0][:3], 99, None, b"other bytes")]
        assert unstored(connection, terminal, other_verify, [], NOW) == (1, b"other bytes".hex())
        connection.commit()
        assert unstored(connection, terminal, [], [(b"odd", "why")], NOW)[0] == 1


def test_a_terminal_that_declines_one_way_of_clearing_is_asked_the_other_and_never_for_everything(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    faults = Faults(declines=(Command.CLEAR_ATTENDANCE,))
    with terminal_with(pool, faults=faults) as (simulated, terminal):
        cleared(terminal, pool, tmp_path)
        assert simulated.memory.records() == 0
        assert len(simulated.memory.people) == 50


def test_a_log_is_kept_as_a_file_before_it_is_cleared(pool: ConnectionPool, tmp_path: Path) -> None:
    kept: list[Any] = []
    with terminal_with(pool, 20, record_size=16) as (simulated, terminal):

        def keep(log: Any) -> None:
            assert simulated.memory.records() == 20
            kept.append(log)

        cleared(terminal, pool, tmp_path, keep=keep)
    assert len(kept[0].punches) == 20
