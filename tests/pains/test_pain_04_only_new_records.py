"""Pain 4: only new records cannot be read, every poll is a full dump.

Twenty new records of a hundred thousand, and each log where reading only its end is unsafe:
tests/collector/test_poll_end.py.
"""

from collector.poll import poll
from ingest.accept import Counts
from ingest.database import ConnectionPool
from tests.collector.test_poll import terminal_with
from tests.collector.test_poll_end import punch_more


def test_a_poll_brings_what_is_new_and_moves_little_more(pool: ConnectionPool) -> None:
    with terminal_with(20_000, pool) as (simulated, terminal):
        poll(terminal, pool)
        whole = simulated.traffic
        punch_more(simulated, 3)
        assert poll(terminal, pool).counts == Counts(3, 3, 0, 0)
        assert simulated.traffic - whole < whole / 100
