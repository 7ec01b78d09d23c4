"""Pain 2: a wrong record layout makes year 2000 and users that do not exist."""

from datetime import datetime, timedelta
from typing import get_args

import pytest

from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import RecordSize, StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.log import JUNK_PREFIX
from devices.zk.terminal import open_terminal

START = datetime(2026, 1, 5, 7, 0, 0)  # noqa: DTZ001 - as a terminal's clock shows it


@pytest.mark.parametrize("junk", [b"", JUNK_PREFIX], ids=["plain", "junk prefix"])
@pytest.mark.parametrize("count", [1, 2, 3, 500])
@pytest.mark.parametrize("size", get_args(RecordSize))
def test_times_and_people_come_out_as_they_went_in(size: RecordSize, count: int, junk: bytes) -> None:
    if size == 22 or count == 1:
        junk = b""  # 22: it has a head of its own; one record with junk may be one of another size, and is refused
    stored = [StoredPunch(str(1 + n % 9), START + timedelta(seconds=61 * n), n % 2, n % 3) for n in range(count)]
    terminal = SimulatedTerminal("T1", log=stored, record_size=size, faults=Faults(junk_prefix=junk))
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        log = opened.read_log()
    assert not log.rejected
    assert [punch[1] for punch in log.punches] == [punch.local_time for punch in stored]
    pins = [f"uid:{terminal.memory.uid_of(punch.pin)}" if size == 8 else punch.pin for punch in stored]
    assert [punch[0] for punch in log.punches] == pins
    assert [punch[3] for punch in log.punches] == [punch.verify for punch in stored]
