"""Pain 15: after a power cut the clock shows 2000 or the future, and such dates poison the cursor."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from psycopg_pool import ConnectionPool

from collector.poll import poll
from devices.simulator.zk.clock import Clock
from ingest import health
from ingest.accept import Counts
from ingest.terminals import change_terminal
from tests.collector.test_clock import in_jakarta
from tests.collector.test_poll import health_of, log_of, terminal_with
from tests.scoring.database import found

YEARS = timedelta(days=3 * 365)
LOSES_ITS_MIND: dict[str, Callable[[Clock], None]] = {"reset": Clock.reset, "future": lambda clock: clock.jump(YEARS)}


def said(pool: ConnectionPool) -> health.Health:
    return health_of(pool, "lobi")


def flags(pool: ConnectionPool) -> list[str | None]:
    return [flag for (flag,) in found(pool, "SELECT flag FROM terminal_reading ORDER BY at")]


@pytest.mark.parametrize("flag", LOSES_ITS_MIND)
def test_impossible_dates_poison_nothing_and_later_right_punches_come(pool: ConnectionPool, flag: str) -> None:
    with terminal_with(500, pool, clock=in_jakarta) as (simulated, terminal):
        poll(terminal, pool)
        LOSES_ITS_MIND[flag](simulated.clock)
        assert [simulated.punch(pin, state=0) for pin in ("7", "8")] == [True, True]
        wrong = simulated.clock.read()
        assert poll(terminal, pool).counts == Counts(2, 0, 0, 2)
        assert flags(pool)[-1] == flag, "HR sees it on the page of terminals"
        assert abs((said(pool).clock_offset or 0) - (wrong - in_jakarta()).total_seconds()) <= 2
        simulated.clock.set(in_jakarta())
        assert simulated.punch("7", state=1)
        right = simulated.clock.read()
        assert poll(terminal, pool).counts == Counts(1, 1, 0, 0), "only what is new, whatever dates came before"
        assert poll(terminal, pool).counts == Counts(0, 0, 0, 0)
        assert flags(pool)[-1] is None
    newest = said(pool).record_at
    assert newest is not None
    assert abs(newest - right) <= timedelta(seconds=1)
    assert found(pool, "SELECT count(*) FROM punch") == [(501,)]
    reasons = {reason for (reason,) in found(pool, "SELECT reason FROM rejected")}
    assert reasons
    assert all("implausible time" in reason for reason in reasons)


def test_a_clock_that_is_looked_after_is_right_again_at_the_next_poll(pool: ConnectionPool) -> None:
    with terminal_with(5, pool, clock=in_jakarta) as (simulated, added):
        with pool.connection() as connection:
            _, terminal = change_terminal(connection, added.name, set_clock=True)
        poll(terminal, pool)
        simulated.clock.reset()
        poll(terminal, pool)
        assert abs(simulated.clock.read() - in_jakarta()) <= timedelta(seconds=2)
        simulated.punch("7", state=0)
        assert poll(terminal, pool).counts.accepted == 1
    assert flags(pool)[:3] == [None, "reset", None]
    done = found(pool, "SELECT action, object FROM audit WHERE action IN ('set clock', 'clock set') ORDER BY id")
    assert done == [("set clock", "terminal:lobi"), ("clock set", "terminal:lobi")]


def test_a_whole_reading_after_that_finds_the_same(pool: ConnectionPool) -> None:
    with terminal_with(20, pool, clock=in_jakarta) as (simulated, terminal):
        for lost in (Clock.reset, LOSES_ITS_MIND["future"]):
            lost(simulated.clock)
            simulated.punch("7", state=0)
        simulated.memory.store_raw(simulated.memory.newest())
        poll(terminal, pool)
        with pool.connection() as connection:
            connection.execute("DELETE FROM terminal_log")
        assert poll(terminal, pool).counts == Counts(23, 0, 20, 3)
    assert said(pool).record_at == log_of(20)[-1].local_time
