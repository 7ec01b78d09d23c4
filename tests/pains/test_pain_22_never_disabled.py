"""Pain 22: after a crash in mid-download a terminal stays disabled and nobody can punch."""

from datetime import datetime

import pytest

from devices.errors import RetriableTerminalError
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.frames import Command
from devices.zk.terminal import open_terminal

WHEN = datetime(2026, 1, 5, 7, 0, 0)  # noqa: DTZ001 - as a terminal's clock shows it


def test_people_can_punch_during_a_reading_that_breaks_off_and_after_it() -> None:
    terminal = SimulatedTerminal("T1", log=[StoredPunch("1", WHEN)] * 3000, faults=Faults(close_after=50_000))
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        assert terminal.punch("1", WHEN)
        with pytest.raises(RetriableTerminalError):
            opened.read_log()
        assert terminal.punch("1", WHEN)
    assert Command.DISABLE not in terminal.received
