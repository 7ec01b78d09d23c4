"""Pain 1: once the log is big, downloads are partial, empty or different each time."""

from datetime import datetime, timedelta

import pytest

from devices.errors import RetriableTerminalError
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.terminal import open_terminal

START = datetime(2026, 1, 5, 7, 0, 0)  # noqa: DTZ001 - as a terminal's clock shows it
RECORDS = 30_000


def full_terminal(faults: Faults) -> SimulatedTerminal:
    log = [StoredPunch(str(1 + n % 99), START + timedelta(seconds=61 * n)) for n in range(RECORDS)]
    return SimulatedTerminal("T1", log=log, faults=faults)


@pytest.mark.parametrize(
    "faults", [Faults(), Faults(coalesce=True), Faults(split=4093)], ids=["plain", "joined", "cut"]
)
def test_a_big_log_comes_whole_each_time(faults: Faults) -> None:
    terminal = full_terminal(faults)
    with terminal.serving() as (host, port):
        for _ in range(2):
            with open_terminal(f"{host}:{port}") as opened:
                log = opened.read_log()
            assert b"".join(punch[5] for punch in log.punches) == terminal.memory.log_bytes()


def test_one_that_breaks_off_is_no_log_at_all_and_says_how_far_it_came() -> None:
    with (
        full_terminal(Faults(close_after=500_000)).serving() as (host, port),
        open_terminal(f"{host}:{port}") as opened,
        pytest.raises(RetriableTerminalError, match=r"5\d\d\d\d\d bytes had come.*Nothing was taken"),
    ):
        opened.read_log()
