"""Pain 12: the service runs, nothing arrives, and nothing says why."""

from psycopg_pool import ConnectionPool

from devices.simulator.iclock import SimulatedIclockTerminal
from ingest.push_terminals import list_pushers
from tests.collector.listening import punches
from tests.collector.pushing import endpoint


def test_a_terminal_that_nobody_approved_is_listed_and_is_told_the_cure(pool: ConnectionPool) -> None:
    with endpoint(pool) as url:
        terminal = SimulatedIclockTerminal(url, "NEW1", error_delay=0.02)
        delivery = terminal.send(punches(3), seconds=0.2)
    assert delivery.buffered == 3
    assert "tepat terminal approve NEW1" in (delivery.refusal or "")
    with pool.connection() as connection:
        (seen,) = list_pushers(connection)
    assert (seen.serial_number, seen.status, seen.last_from, seen.name) == ("NEW1", "pending", "127.0.0.1", None)
