"""Pain 21: a terminal in access-control mode sends its punches in other tables; they must be punches all the same."""

from datetime import datetime

from psycopg_pool import ConnectionPool

from devices.simulator.iclock import SimulatedIclockTerminal
from tests.collector.pushing import SERIAL, endpoint, registered, rows

__all__ = ["registered"]

MORNING = datetime.fromisoformat("2026-01-05T07:28:00")


def test_the_same_people_are_punched_in_either_mode_and_a_switch_doubles_nobody(registered: ConnectionPool) -> None:
    log = [(str(pin), MORNING.replace(second=pin), 0, 15, None, b"") for pin in range(1, 6)]
    with endpoint(registered) as url:
        for dialect in ("access", "attendance"):
            terminal = SimulatedIclockTerminal(url, SERIAL, dialect="access" if dialect == "access" else "attendance")
            if dialect == "attendance":
                terminal.request("GET", "cdata", options="all", DeviceType="att")
            assert terminal.send(log).buffered == 0
    assert rows(registered, "SELECT pin, local_time, state, verify FROM punch ORDER BY pin") == [
        (pin, time, state, verify) for pin, time, state, verify, _, _ in log
    ]
