"""Polls that fetch only what is new: bytes on the wire, and each way in which a log makes that unsafe."""

import struct
from datetime import datetime, timedelta
from typing import Any

import pytest

from collector.poll import poll
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import RecordSize, StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.tail import Remembered
from ingest import health, log_memory
from ingest.accept import Counts
from ingest.database import ConnectionPool
from ingest.terminals import Terminal, change_terminal
from tests.collector.test_poll import START, terminal_with

LATER = START + timedelta(days=60)


def punch_more(simulated: SimulatedTerminal, count: int, start: datetime = LATER) -> None:
    for number in range(count):
        assert simulated.memory.store(StoredPunch(str(1 + number % 50), start + timedelta(seconds=13 * number), 0))


def remembered(pool: ConnectionPool, terminal: Terminal) -> Remembered:
    with pool.connection() as connection:
        found = log_memory.recall(connection, terminal.id, Remembered)
    assert found is not None
    return found


def a_day_passes(pool: ConnectionPool, terminal: Terminal) -> None:
    with pool.connection() as connection:
        connection.execute(
            "UPDATE terminal_log SET whole_at = whole_at - interval '1 day' WHERE terminal_id = %s", [terminal.id]
        )


def stored(pool: ConnectionPool) -> set[bytes]:
    with pool.connection() as connection:
        return {bytes(raw) for (raw,) in connection.execute("SELECT raw FROM punch")}


def test_twenty_new_records_of_a_hundred_thousand_move_less_than_a_hundredth_of_the_log(pool: ConnectionPool) -> None:
    with terminal_with(100_000, pool, capacity=200_000) as (simulated, terminal):
        poll(terminal, pool)
        before = simulated.traffic
        punch_more(simulated, 20)
        assert poll(terminal, pool).counts == Counts(20, 20, 0, 0)
        moved, whole = simulated.traffic - before, 100_020 * 40
    assert moved < whole / 100
    assert moved < 5_000, "twenty records, the anchor and the questions"


@pytest.mark.parametrize("size", [8, 16, 22, 40, 49])
@pytest.mark.parametrize("junk", [b"", bytes.fromhex("ff3235350000000000")], ids=["", "junk"])
def test_records_of_every_size_are_read_from_the_end(pool: ConnectionPool, size: RecordSize, junk: bytes) -> None:
    if size == 22 and junk:
        junk = b""
    options: dict[str, Any] = {"record_size": size, "faults": Faults(junk_prefix=junk)}
    with terminal_with(500, pool, **options) as (simulated, terminal):
        poll(terminal, pool)
        punch_more(simulated, 70)
        assert poll(terminal, pool).counts == Counts(70, 70, 0, 0)
        assert stored(pool) == set(simulated.memory.log_records())


def test_the_layout_of_8_byte_records_is_the_one_learnt_from_the_whole_log(pool: ConnectionPool) -> None:
    with terminal_with(0, pool, record_size=8) as (simulated, terminal):
        for number in range(400):
            simulated.memory.store_raw(struct.pack("<HBBI", 7, 1, 0, 840_000_000 + number))
        poll(terminal, pool)
        misleading = struct.pack("<HBBI", 7, 1, 0, 0x05_00_00_00)
        simulated.memory.store_raw(misleading)
        assert poll(terminal, pool).counts.read == 1
        assert remembered(pool, terminal).time_last


def test_a_punch_in_mid_read_is_neither_lost_nor_misaligned(pool: ConnectionPool) -> None:
    with terminal_with(500, pool, record_size=16) as (simulated, terminal):
        poll(terminal, pool)
        simulated.received.clear()
        simulated.faults = Faults(punch_during_read=("17",))
        punch_more(simulated, 3)
        poll(terminal, pool)
        poll(terminal, pool)
        assert stored(pool) == set(simulated.memory.log_records())
        assert remembered(pool, terminal).records == 504


def test_a_terminal_that_heeds_no_offset_is_always_read_whole(pool: ConnectionPool) -> None:
    with terminal_with(500, pool, faults=Faults(offsets_ignored=True)) as (simulated, terminal):
        poll(terminal, pool)
        kept = remembered(pool, terminal)
        assert kept.offset_reads == "unfit"
        assert "other bytes" in (kept.why_not or "")
        punch_more(simulated, 5)
        assert poll(terminal, pool).counts == Counts(505, 5, 500, 0)


def test_a_terminal_that_declines_offsets_is_always_read_whole(pool: ConnectionPool) -> None:
    with terminal_with(500, pool, faults=Faults(offsets_refused=True)) as (simulated, terminal):
        assert poll(terminal, pool).error is None
        punch_more(simulated, 5)
        assert poll(terminal, pool).counts == Counts(505, 5, 500, 0)


@pytest.mark.parametrize("changed", ["serial", "firmware"])
def test_another_machine_or_firmware_is_read_whole(pool: ConnectionPool, changed: str) -> None:
    with terminal_with(500, pool) as (simulated, terminal):
        poll(terminal, pool)
        if changed == "serial":
            simulated.memory.options["~SerialNumber"] = "SN-other"
            with pool.connection() as connection:
                change_terminal(connection, "lobi", serial_number=None)
        else:
            simulated.firmware = "Ver 9.99"
        assert poll(terminal, pool).counts == Counts(500, 0, 500, 0)
        assert poll(terminal, pool).counts == Counts(0, 0, 0, 0)


def test_the_whole_log_is_read_once_a_day(pool: ConnectionPool) -> None:
    with terminal_with(500, pool) as (_, terminal):
        poll(terminal, pool)
        assert poll(terminal, pool).counts.read == 0
        a_day_passes(pool, terminal)
        assert poll(terminal, pool).counts == Counts(500, 0, 500, 0)
        assert remembered(pool, terminal).offset_reads == "good"


def test_a_punch_that_the_end_left_out_alarms_shows_in_health_and_ends_reading_only_the_end(
    pool: ConnectionPool, capsys: pytest.CaptureFixture[str]
) -> None:
    options: dict[str, Any] = {"capacity": 500, "when_full": "overwrite", "faults": Faults(claimed_capacity=5000)}
    with terminal_with(500, pool, **options) as (simulated, terminal):
        poll(terminal, pool)
        punch_more(simulated, 3)  # over the oldest, while the terminal claims to have room
        assert poll(terminal, pool).counts.accepted == 0
        a_day_passes(pool, terminal)
        assert poll(terminal, pool).counts.accepted == 3
        kept = remembered(pool, terminal)
        assert kept.offset_reads == "missed"
        with pool.connection() as connection:
            (said,) = health.of_all(connection)
        assert said.error == kept.why_not
        assert "left out 3 punches" in (said.error or "")
        assert "end_left_punches_out" in capsys.readouterr().out
        punch_more(simulated, 2, LATER + timedelta(days=1))
        assert poll(terminal, pool).counts.read == 500
        with pool.connection() as connection:
            assert health.of_all(connection)[0].error == said.error


def test_the_verdict_is_kept_with_the_punch_that_was_left_out_whatever_fails_after(pool: ConnectionPool) -> None:
    options: dict[str, Any] = {"capacity": 500, "when_full": "overwrite", "faults": Faults(claimed_capacity=5000)}
    with terminal_with(500, pool, **options) as (simulated, terminal):
        poll(terminal, pool)
        punch_more(simulated, 3)
        assert poll(terminal, pool).counts.accepted == 0
        a_day_passes(pool, terminal)
        with pool.connection() as connection:
            connection.execute(REFUSE_HEALTH)
        try:
            assert poll(terminal, pool).error is not None
        finally:
            with pool.connection() as connection:
                connection.execute("DROP FUNCTION refuse_health CASCADE")
        assert remembered(pool, terminal).offset_reads == "missed"
        assert poll(terminal, pool).counts == Counts(500, 0, 500, 0)
        with pool.connection() as connection:
            assert "left out 3 punches" in (health.of_all(connection)[0].error or "")


REFUSE_HEALTH = """
CREATE FUNCTION refuse_health() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'refused on purpose'; END $$;
CREATE TRIGGER refuse_health BEFORE INSERT OR UPDATE ON terminal_health
FOR EACH ROW EXECUTE FUNCTION refuse_health();
"""


def test_a_record_that_becomes_plausible_is_no_punch_left_out(pool: ConnectionPool) -> None:
    with terminal_with(500, pool) as (_, terminal):
        poll(terminal, pool)
        assert poll(terminal, pool).counts.read == 0
        raw = min(stored(pool))
        with pool.connection() as connection:
            connection.execute("DELETE FROM punch WHERE raw = %s", [raw])
            connection.execute(
                "INSERT INTO rejected VALUES ('lobi', sha256(%s), %s, 'too late', 'poll', now(), now())", [raw, raw]
            )
        a_day_passes(pool, terminal)
        assert poll(terminal, pool).counts.accepted == 1
        assert remembered(pool, terminal).offset_reads == "good"
