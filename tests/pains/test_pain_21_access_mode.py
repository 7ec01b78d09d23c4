"""Pain 21: a terminal in access mode seems to hold no attendance, and nobody says why."""

from dataclasses import replace

from collector.poll import poll
from devices.simulator.zk.faults import Faults
from ingest.database import ConnectionPool
from tests.collector.test_poll import health_of, terminal_with


def test_its_health_says_so_and_what_to_do_also_when_it_was_changed_later(pool: ConnectionPool) -> None:
    with terminal_with(300, pool) as (simulated, terminal):
        poll(terminal, pool)
        simulated.faults = Faults(door_mode=True)
        poll(terminal, pool)
        said = health_of(pool, "lobi").error or ""
        assert "door controller" in said
        assert "4989" in said
        assert "Set its device type to attendance" in said
        simulated.faults = replace(simulated.faults, door_mode=False)
        poll(terminal, pool)
        assert health_of(pool, "lobi").error is None
