"""pyzk as it is published, unchanged, takes the simulated terminal for a real one."""

from collections.abc import Callable
from datetime import datetime

import pytest
from zk import ZK

from devices.simulator.zk.records import RecordSize, StoredPunch
from devices.simulator.zk.sources import people_of
from devices.simulator.zk.terminal import SimulatedTerminal

NOON = datetime(2026, 1, 5, 12, 0, 0)  # noqa: DTZ001 - as a terminal's clock shows it


@pytest.mark.parametrize("udp", [False, True], ids=["TCP", "UDP"])
@pytest.mark.parametrize("size", [8, 16, 40])
def test_plain_pyzk_reads_a_simulated_terminal(
    punches: Callable[[int], list[StoredPunch]], size: RecordSize, udp: bool
) -> None:
    stored = punches(20)  # few enough to come whole: it loses larger logs that arrive fast
    people = people_of(punch.pin for punch in stored[:10])
    terminal = SimulatedTerminal("CKJF1", people, stored[:10] * 2, record_size=size, comm_key=45, clock=lambda: NOON)
    with terminal.serving(udp=udp) as (host, port):
        zk = ZK(host, port, timeout=10, password=45, force_udp=udp, ommit_ping=True)
        zk._ZK__sock.close()  # it forgets its first socket
        zk.connect()
        said = [(one.user_id, one.timestamp, one.status, one.punch) for one in zk.get_attendance()]
        users = [(one.uid, one.user_id) for one in zk.get_users()]
        assert (zk.get_serialnumber(), zk.get_time(), zk.get_pin_width()) == ("CKJF1", NOON, 9)
        zk.disconnect()
    assert said == [(punch.pin, punch.local_time, punch.verify, punch.state) for punch in stored[:10] * 2]
    assert users == [(person.uid, person.pin) for person in people]
