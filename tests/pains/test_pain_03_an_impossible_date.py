"""Pain 3: one impossible date kills the whole download."""

import struct

from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.clock import IMPOSSIBLE_TIME
from devices.zk.terminal import open_terminal

GOOD, THIRTIETH_OF_FEBRUARY = 786_378_615, 840_873_600


def record(time: int) -> bytes:
    return struct.pack("<H24sBIB8x", 7, b"1007", 1, time, 0)


def test_the_other_records_are_read_and_that_one_is_kept_with_its_bytes() -> None:
    raws = [record(time) for time in (GOOD, THIRTIETH_OF_FEBRUARY, GOOD + 60)]
    terminal = SimulatedTerminal("T1", log=raws)
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        log = opened.read_log()
    assert [punch[5] for punch in log.punches] == [raws[0], raws[2]]
    assert log.rejected == [(raws[1], IMPOSSIBLE_TIME)]
