"""Pain 23: the job that syncs halts at one error, or runs twice and doubles punches; or the address moved."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from collector.rounds import poll_all
from devices.simulator.zk.faults import Faults
from ingest.database import ConnectionPool
from ingest.terminals import change_terminal
from tests.collector.test_poll import START, count, health_of, terminal_with
from tests.collector.test_rounds import running
from tests.waiting import until


def test_an_error_of_one_terminal_halts_neither_the_others_nor_its_own_later_polls(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    faults = Faults(broken_sizes=3)
    with (
        terminal_with(5, pool, "lobi", faults=faults) as (broken, _),
        terminal_with(5, pool, "aula"),
        running(pool, tmp_path),
    ):
        until(lambda: health_of(pool, "lobi").error is not None and count(pool, "punch") == 5)
        broken.faults = Faults()
        until(lambda: count(pool, "punch") == 10)
    assert health_of(pool, "lobi").error is None


def test_two_that_sync_at_once_double_nothing_and_never_meet_at_a_terminal(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    alone = Faults(refuse_second_client=True, late={201: 0.3})
    with terminal_with(50, pool, faults=alone), ThreadPoolExecutor(3) as others:
        for polls in others.map(lambda _: poll_all(pool, tmp_path), range(3)):
            assert [poll.error for poll in polls] == [None]
    assert count(pool, "punch") == 50


def test_a_moved_address_is_said_and_once_corrected_the_sync_goes_on(pool: ConnectionPool, tmp_path: Path) -> None:
    with terminal_with(5, pool) as (simulated, _), running(pool, tmp_path):
        until(lambda: count(pool, "punch") == 5)
    simulated.punch("1", START + timedelta(days=1))
    with running(pool, tmp_path):
        until(lambda: health_of(pool, "lobi").error is not None)
        with simulated.serving() as (host, port):
            with pool.connection() as connection:
                change_terminal(connection, "lobi", address=f"{host}:{port}")
            until(lambda: count(pool, "punch") == 6)
