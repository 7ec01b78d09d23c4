"""Pain 18: internal numbers are taken for the numbers people have, so some staff are never mapped; ids over 65,535."""

from datetime import UTC, date, datetime

import pytest

from collector.poll import poll
from devices.simulator.zk.records import Person, RecordSize, StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from ingest.database import ConnectionPool
from ingest.terminals import add_terminal
from tests.scoring.database import FEBRUARY, add_office, found, nip, run

ARRIVED = datetime(2026, 1, 5, 7, 12, 0)  # noqa: DTZ001 - as a terminal's clock shows it

ENROL = """
WITH somebody AS (
    INSERT INTO employee (nip, name, unit_id) SELECT %s, 'Sari', id FROM unit WHERE code = 'W' RETURNING id, unit_id
), belonging AS (
    INSERT INTO membership (employee_id, valid_from, unit_id) SELECT id, '1900-01-01', unit_id FROM somebody
)
INSERT INTO enrolment (terminal_id, pin, employee_id, valid_from) SELECT %s, %s, id, %s FROM somebody RETURNING id
"""


@pytest.mark.parametrize(
    ("size", "pin", "enrolled"),
    [
        (8, "70000", "uid:300"),
        (16, "4294967295", "4294967295"),
        (16, "65536", "65536"),
        (22, "A-0017", "A-0017"),
        (40, "00301", "00301"),
        (40, "198501012010011001", "198501012010011001"),
        (49, "PNS/2026/KEMENSOS/000001", "PNS/2026/KEMENSOS/000001"),
    ],
)
def test_whoever_punches_is_mapped_by_the_enrolment(
    pool: ConnectionPool, size: RecordSize, pin: str, enrolled: str
) -> None:
    people = [Person(301, "5"), Person(300, pin)]
    simulated = SimulatedTerminal("SN1", people, [StoredPunch(pin, ARRIVED)], record_size=size)
    add_office(pool, 0)
    with simulated.serving() as (host, port), pool.connection() as connection:
        terminal = add_terminal(
            connection, name="lobi", kind="zk", address=f"{host}:{port}", comm_key=0, time_zone="Asia/Jakarta",
            added_at=datetime.now(UTC),
        )  # fmt: skip
        connection.execute(ENROL, [nip(1), terminal.id, enrolled, date(2020, 1, 1)])
        connection.commit()
        assert poll(terminal, pool).counts.accepted == 1
    run(pool, until=FEBRUARY)
    assert found(pool, "SELECT first_in FROM work_day WHERE day = '2026-01-05'") == [(ARRIVED,)]


def test_three_hundred_people_keep_each_their_own_punches(pool: ConnectionPool) -> None:
    people = [Person(uid, str(100_000 - uid)) for uid in range(1, 301)]
    simulated = SimulatedTerminal("SN1", people, [StoredPunch(person.pin, ARRIVED) for person in people])
    with simulated.serving() as (host, port), pool.connection() as connection:
        terminal = add_terminal(
            connection, name="lobi", kind="zk", address=f"{host}:{port}", comm_key=0, time_zone="Asia/Jakarta",
            added_at=datetime.now(UTC),
        )  # fmt: skip
        connection.commit()
        assert poll(terminal, pool).counts.accepted == 300
    assert {pin for (pin,) in found(pool, "SELECT pin FROM punch")} == {person.pin for person in people}
