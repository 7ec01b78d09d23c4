"""Clocks of simulated terminals over real sockets: read at each poll, and set only where that is wanted and helps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.poll import Poll, poll
from devices.simulator.zk.faults import Faults
from devices.zk.frames import Command
from ingest.accept import Counts
from ingest.clock_settings import AGAIN
from ingest.database import ConnectionPool
from ingest.terminals import Terminal, change_terminal
from tests.collector.test_poll import START, health_of, terminal_with

FEBRUARY_30 = 840_873_600
SECOND = timedelta(seconds=1)
FAST = timedelta(minutes=7)
NOT_SET, DIES = Faults(time_ignored=True), Faults(late={Command.SET_TIME: 30})


def in_jakarta() -> datetime:
    return (datetime.now(UTC) + timedelta(hours=7)).replace(tzinfo=None)


def looked_after(pool: ConnectionPool, terminal: Terminal) -> Terminal:
    with pool.connection() as connection:
        return change_terminal(connection, terminal.name, set_clock=True)[1]


def readings(pool: ConnectionPool) -> list[tuple[Any, ...]]:
    """(seconds off, flag, records) of each, in their order."""
    with pool.connection() as connection:
        found = connection.execute("SELECT offset_ms, flag, record_count FROM terminal_reading ORDER BY at").fetchall()
    return [(round(offset / 1000), flag, records) for offset, flag, records in found]


def actions(pool: ConnectionPool) -> list[str]:
    with pool.connection() as connection:
        found = connection.execute("SELECT action FROM audit WHERE actor = 'collector' ORDER BY id").fetchall()
    return [action for (action,) in found if "clock" in action]


def an_hour_passes(pool: ConnectionPool) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE audit SET at = at - %s", [AGAIN])
        connection.execute("UPDATE terminal_reading SET at = at - %s", [AGAIN])


def test_each_poll_reads_the_clock_and_tells_a_jump_from_drift(pool: ConnectionPool) -> None:
    with terminal_with(5, pool, clock=in_jakarta) as (simulated, terminal):
        poll(terminal, pool)
        simulated.clock.jump(FAST)
        poll(terminal, pool)
        simulated.clock.reset()
        poll(terminal, pool)
        simulated.clock.set(in_jakarta() + timedelta(days=2))
        poll(terminal, pool)
        simulated.clock.set(in_jakarta())
        poll(terminal, pool)
        assert Command.SET_TIME not in simulated.received
    found = readings(pool)
    assert [flag for _, flag, _ in found] == [None, "jump", "reset", "future", None]
    assert [records for _, _, records in found] == [5] * 5
    for (off, _, _), expected in zip(found, (0, 420, None, 172_800, 0), strict=True):
        assert expected is None or abs(off - expected) <= 1
    assert actions(pool) == []


def test_a_clock_is_set_where_that_is_wanted_and_the_audit_tells_it(pool: ConnectionPool) -> None:
    with terminal_with(5, pool, clock=lambda: in_jakarta() + FAST) as (simulated, terminal):
        assert poll(looked_after(pool, terminal), pool).counts == Counts(5, 5, 0, 0)
        assert abs(simulated.clock.read() - in_jakarta()) <= 2 * SECOND
        received = [command for command in simulated.received if command != Command.OPTION_READ]
        assert received.index(Command.SET_TIME) < received.index(Command.PREPARE_BUFFER), "never while the log is read"
        assert poll(looked_after(pool, terminal), pool).error is None
        assert simulated.received.count(Command.SET_TIME) == 1
    (before, flag, _), (after, no_flag, _), *_ = readings(pool)
    assert (flag, no_flag) == ("drift", None)
    assert abs(before - 420) <= 1
    assert abs(after) <= 1
    assert actions(pool) == ["set clock", "clock set"]
    said = health_of(pool, terminal.name)
    assert said.error is None
    assert abs(said.clock_offset or 0) <= 1


@pytest.mark.parametrize(("seconds", "orders"), [(28, 0), (33, 1)])
def test_a_clock_that_is_off_by_less_than_half_a_minute_is_left_alone(
    pool: ConnectionPool, seconds: int, orders: int
) -> None:
    with terminal_with(1, pool, clock=lambda: in_jakarta() + seconds * SECOND) as (simulated, terminal):
        poll(looked_after(pool, terminal), pool)
        assert simulated.received.count(Command.SET_TIME) == orders


@pytest.mark.parametrize("faults", [Faults(time_refused=True), NOT_SET])
def test_a_clock_that_does_not_take_the_time_is_not_set_again_and_again(pool: ConnectionPool, faults: Faults) -> None:
    with terminal_with(5, pool, clock=lambda: in_jakarta() - FAST, faults=faults) as (simulated, added):
        terminal = looked_after(pool, added)
        for _ in range(3):
            assert poll(terminal, pool).error is None
        assert simulated.received.count(Command.SET_TIME) == 1
        said = health_of(pool, terminal.name)
        assert "does not stay as Tepat sets it" in (said.error or "")
        assert abs((said.clock_offset or 0) + 420) <= 1
        an_hour_passes(pool)
        simulated.faults = Faults()
        poll(terminal, pool)
        assert simulated.received.count(Command.SET_TIME) == 2
    assert actions(pool) == ["set clock", "clock not set", "set clock", "clock set"]
    assert health_of(pool, terminal.name).error is None


def test_a_clock_that_somebody_else_moves_back_each_time_is_given_up_for_the_day(pool: ConnectionPool) -> None:
    with terminal_with(1, pool, clock=in_jakarta) as (simulated, added):
        terminal = looked_after(pool, added)
        for _ in range(8):
            simulated.clock.set(in_jakarta() - FAST)
            poll(terminal, pool)
        assert simulated.received.count(Command.SET_TIME) == 6
    assert "does not stay" in (health_of(pool, terminal.name).error or "")


def test_a_terminal_that_dies_of_being_set_is_read_at_the_next_poll(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.zk.setting.SETTING_SECONDS", 0.3)
    with terminal_with(5, pool, clock=lambda: in_jakarta() + FAST, faults=DIES) as (simulated, added):
        terminal = looked_after(pool, added)
        assert poll(terminal, pool).error is not None
        assert poll(terminal, pool) == Poll(terminal.name, Counts(5, 5, 0, 0))
        assert simulated.received.count(Command.SET_TIME) == 1
    assert actions(pool) == ["set clock"]


def test_a_clock_that_names_no_day_is_told_and_set(pool: ConnectionPool) -> None:
    with terminal_with(5, pool, clock=in_jakarta, faults=Faults(claimed_time=FEBRUARY_30)) as (simulated, terminal):
        assert poll(terminal, pool).counts == Counts(5, 5, 0, 0)
        said = health_of(pool, terminal.name)
        assert (said.error, said.clock_offset) == ("Its clock shows a day that does not exist.", None)
        assert readings(pool) == []
        poll(looked_after(pool, terminal), pool)
        assert simulated.received.count(Command.SET_TIME) == 1


def test_a_clock_a_century_ahead_stops_no_reading(pool: ConnectionPool) -> None:
    ahead = lambda: datetime(2132, 12, 31, 23, 0)  # noqa: DTZ001, E731 - as a terminal shows it
    with terminal_with(5, pool, clock=ahead) as (_, terminal):
        assert poll(terminal, pool).counts == Counts(5, 5, 0, 0)
    assert readings(pool)[0][1] == "future"
    assert health_of(pool, terminal.name).clock_offset == 2**31 - 1


@pytest.mark.parametrize(
    ("state", "later", "new"), [(0, 1, 2), (1, 0, 2), (1, 1, 2), (0, 0, 1)], ids=["second", "state", "both", "neither"]
)
def test_punches_of_the_repeated_hour_are_both_kept_if_second_or_state_differs(
    pool: ConnectionPool, state: int, later: int, new: int
) -> None:
    hour = timedelta(hours=1)
    with terminal_with(0, pool, clock=lambda: START) as (simulated, terminal):
        shown = simulated.clock.read()
        simulated.punch("7", state=0)
        assert poll(terminal, pool).counts == Counts(1, 1, 0, 0)
        simulated.clock.jump(hour)  # an hour goes by
        simulated.punch("8", state=1)
        simulated.clock.jump(later * SECOND - hour)  # and comes again
        assert simulated.clock.read() == shown + later * SECOND
        simulated.punch("7", state=state)
        assert poll(terminal, pool).counts.accepted == new
        assert simulated.memory.records() == 3
        with pool.connection() as connection:
            connection.execute("DELETE FROM terminal_log")
        assert poll(terminal, pool).counts == Counts(3, 0, 3, 0), "the whole log again"
    with pool.connection() as connection:
        found = connection.execute("SELECT count(*) FROM punch").fetchone()
        variants = connection.execute("SELECT count(*) FROM punch_variant").fetchone()
    assert found == (new + 1,)
    assert variants == (0,)
