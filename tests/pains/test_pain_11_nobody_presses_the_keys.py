"""Pain 11: every punch says 255, because nobody presses F1 or F2; wanted is first in, last out."""

from datetime import UTC, date, datetime

import pytest
from psycopg_pool import ConnectionPool

from collector.poll import poll
from devices.records import UNKNOWN_STATE
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.sources import people_of
from devices.simulator.zk.terminal import SimulatedTerminal
from scoring.job import score_period
from tests.collector.test_poll import register
from tests.scoring.database import add_office, enrol, found, nip, sync

TIMES = ("12:01:00", "07:42:10", "13:00:20", "16:31:05", "07:42:13")
"""Of one day, as they lie in the log: lunch, in (twice), back, out."""


def day_of(pool: ConnectionPool, states: tuple[int, ...]) -> list[tuple[object, ...]]:
    """(first in, last out, minutes late, absent, codes) of the Monday on which somebody punched with these states."""
    add_office(pool, employees=1)
    log = [
        StoredPunch("0", datetime.fromisoformat(f"2026-01-05 {at}"), state)
        for at, state in zip(TIMES, states, strict=True)
    ]
    terminal = SimulatedTerminal("SN-gate", people_of(["0"]), log)
    with terminal.serving() as (host, port):
        gate = register(pool, "terminal-gate", f"{host}:{port}")
        assert poll(gate, pool).counts.accepted == len(TIMES)
    with pool.connection() as connection:
        enrol(connection, 0, "gate", since="2026-01-05")
        sync(connection)
    score_period(pool, "2026-01", until=lambda _: date(2026, 1, 6), at=datetime(2026, 1, 6, tzinfo=UTC))
    query = (
        "SELECT first_in::time::text, last_out::time::text, minutes_late, absent, codes FROM work_day"
        " JOIN employee ON employee.id = employee_id WHERE nip = %s AND day = '2026-01-05'"
    )
    return found(pool, query, nip(0))


@pytest.mark.parametrize(
    "states",
    [(UNKNOWN_STATE,) * 5, (0,) * 5, (1,) * 5, (2, 0, 3, 1, 0), (0, 1, 0, 0, 1)],
    ids=["not said", "all in", "all out", "as wished", "the wrong keys"],
)
def test_the_first_is_in_and_the_last_is_out_whatever_key_was_pressed(
    pool: ConnectionPool, states: tuple[int, ...]
) -> None:
    assert day_of(pool, states) == [("07:42:10", "16:31:05", 12, False, "TL1")]
    kept = {state for (state,) in found(pool, "SELECT state FROM punch")}
    assert kept == set(states), "what the terminal said stays as it came"
