"""Pain 8: marked absent although the terminal had not been read; or left out of the score for ever."""

from datetime import UTC, date, datetime

from psycopg_pool import ConnectionPool

from collector.poll import poll
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.sources import people_of
from devices.simulator.zk.terminal import SimulatedTerminal
from scoring.job import score_period
from tests.collector.test_poll import register
from tests.scoring.database import add_office, enrol, found, nip, sync

MONDAY = date(2026, 1, 5)


def scored(pool: ConnectionPool) -> dict[date, str]:
    """The working days that were judged of employee 0, with their codes."""
    score_period(pool, "2026-01", until=lambda _: date(2026, 1, 6), at=datetime(2026, 1, 6, tzinfo=UTC))
    query = (
        "SELECT day, codes FROM work_day JOIN employee ON employee.id = employee_id WHERE nip = %s AND kind = 'work'"
    )
    return dict(found(pool, query, nip(0)))


def test_nobody_is_absent_before_the_terminal_at_the_other_door_was_read(pool: ConnectionPool) -> None:
    """The employee came in at the lobby; the way out is on the terminal at the gate, which cannot be reached."""
    add_office(pool, employees=1)
    there = [StoredPunch("0", datetime(2026, 1, 5, 7, 25), 0), StoredPunch("0", datetime(2026, 1, 5, 16, 5), 0)]  # noqa: DTZ001 - a terminal's own time has no zone
    gate = SimulatedTerminal("SN-gate", people_of(["0"]), there)
    with gate.serving() as (host, port):
        terminal = register(pool, "terminal-gate", f"{host}:{port}")
        with pool.connection() as connection:
            enrol(connection, 0, "gate", since="2026-01-05")
        assert MONDAY not in scored(pool), "neither absent nor present: not judged yet"
        assert poll(terminal, pool).error is None
    assert scored(pool)[MONDAY] == ""


def test_who_did_not_come_is_absent_as_soon_as_all_terminals_are_read(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    gate = SimulatedTerminal("SN-gate", people_of(["0"]), [])
    with pool.connection() as connection:
        sync(connection, until=None)
    assert MONDAY not in scored(pool)
    with gate.serving() as (host, port):
        terminal = register(pool, "terminal-gate", f"{host}:{port}")
        with pool.connection() as connection:
            enrol(connection, 0, "gate", since="2026-01-05")
            sync(connection, terminal="W")
        assert MONDAY not in scored(pool)
        assert poll(terminal, pool).error is None
    assert scored(pool)[MONDAY] == "TK"
