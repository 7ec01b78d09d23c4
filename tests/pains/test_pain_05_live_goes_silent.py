"""Pain 5: live capture goes silent after a reboot or a loss of network, and the punches of the gap are lost."""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from ingest.database import ConnectionPool
from ingest.terminals import change_terminal
from tests.collector.test_live import SELDOM, agree, impatient
from tests.collector.test_poll import START, register
from tests.collector.test_rounds import running
from tests.waiting import until

__all__ = ["impatient"]

ROUNDS = 4
TROUBLES = {
    "well": Faults(),
    "cable pulled": Faults(silent=True),
    "cut in mid-frame": Faults(split=5, close_after=40),
    "reset": Faults(reset_after=20),
    "events of unknown size": Faults(event_padding=1),
    "events before answers": Faults(coalesce=True),
}


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_whatever_happens_to_it_the_table_ends_with_what_the_log_holds(
    pool: ConnectionPool, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    simulated = SimulatedTerminal("SN", (), [StoredPunch("1", START + timedelta(seconds=each)) for each in range(60)])
    with simulated.serving() as (host, port):
        register(pool, "lobi", f"{host}:{port}")
    with pool.connection() as connection:
        change_terminal(connection, "lobi", live=True)
    with running(pool, tmp_path, SELDOM):
        for number in range(ROUNDS):
            with simulated.serving(port):  # each round begins with a reboot
                for moment in range(5):
                    simulated.faults = TROUBLES[chance.choice(list(TROUBLES))]
                    simulated.punch(str(1 + moment), START + timedelta(days=1 + number, seconds=moment))
                    something_comes(simulated)
        simulated.faults = Faults()
        with simulated.serving(port):
            until(lambda: agree(pool, simulated))
            simulated.punch("1", START + timedelta(days=30))
            until(lambda: agree(pool, simulated))


def something_comes(simulated: SimulatedTerminal) -> None:
    """Wait until the collector was there since."""
    heard = len(simulated.received)
    until(lambda: len(simulated.received) > heard)
