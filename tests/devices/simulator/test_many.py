"""Many simulated terminals in one thread answer as single ones do, each at its own pace."""

import time
from datetime import datetime, timedelta

import pytest

from devices.errors import RetriableTerminalError
from devices.simulator.zk.many import ManyTerminals
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.session import Body
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.terminal import open_terminal

START = datetime(2026, 1, 5, 7, 0, 12)  # noqa: DTZ001 - a terminal's own time has no zone


def terminal(serial: str, punches: int) -> SimulatedTerminal:
    return SimulatedTerminal(serial, (), [StoredPunch("1", START + timedelta(seconds=each)) for each in range(punches)])


def test_each_port_is_its_own_terminal_and_big_logs_come_whole() -> None:
    heard: list[Body] = []
    bodies = [terminal("SN1", 10_000), terminal("SN2", 3)]
    with ManyTerminals(bodies, [0.0, 0.0], heard.append).serving() as ports:
        for port, body, punches in zip(ports, bodies, (10_000, 3), strict=True):
            with open_terminal(f"127.0.0.1:{port}") as opened:
                assert opened.read_identity().serial_number == body.serial
                assert len(opened.read_log().punches) == punches
    assert heard == bodies


def test_a_slow_one_and_one_that_never_answers_hold_up_no_other() -> None:
    bodies = [terminal("SLOW", 1), terminal("NEVER", 1), terminal("QUICK", 1)]
    with ManyTerminals(bodies, [0.4, None, 0.0]).serving() as (slow, never, quick):
        with open_terminal(f"127.0.0.1:{slow}") as late, open_terminal(f"127.0.0.1:{quick}") as soon:
            begun = time.monotonic()
            assert late.read_sizes().records == 1
            assert time.monotonic() - begun >= 0.4
            assert soon.read_sizes().records == 1
        with pytest.raises(RetriableTerminalError), open_terminal(f"127.0.0.1:{never}", patience=0.3):
            pytest.fail("it answered")
