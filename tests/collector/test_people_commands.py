"""tepat terminal push: who is enrolled today comes onto the terminal, and what it could not do is said."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from collector.people_commands import push_people
from config.errors import TepatError
from devices.errors import TerminalError
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import Person
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.frames import Command
from ingest.database import ConnectionPool
from ingest.terminals import Kind, add_terminal, change_terminal

pytestmark = pytest.mark.usefixtures("command_line")

LONG_AGO = date(2020, 1, 1)
YESTERDAY = datetime.now(UTC).date() - timedelta(days=2)
NEXT_WEEK = datetime.now(UTC).date() + timedelta(days=7)

ENROL = """
WITH unit AS (
    INSERT INTO unit (code, name, time_zone, rulebook) VALUES ('P', 'Pusat', 'Asia/Jakarta', 'x')
    ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id
), employee AS (
    INSERT INTO employee (nip, name, unit_id) SELECT %(nip)s, %(name)s, id FROM unit RETURNING id
)
INSERT INTO enrolment (terminal_id, pin, employee_id, valid_from, valid_until)
SELECT 1, %(pin)s, id, %(first)s, %(until)s FROM employee
"""


def register(pool: ConnectionPool, address: str | None, kind: Kind = "zk") -> None:
    with pool.connection() as connection:
        add_terminal(
            connection, name="lobi", kind=kind, address=address, comm_key=0, time_zone="Asia/Jakarta",
            added_at=datetime.now(UTC),
        )  # fmt: skip


def enrol(pool: ConnectionPool, pin: str, name: str, first: date = LONG_AGO, last: date | None = None) -> None:
    with pool.connection() as connection:
        row = connection.execute("SELECT count(*) FROM employee").fetchone()
        assert row is not None
        nip = f"{198001012006041000 + row[0]}"
        connection.execute(ENROL, {"nip": nip, "name": name, "pin": pin, "first": first, "until": last})


@contextmanager
def terminal_with(pool: ConnectionPool, *people: Person, **options: Any) -> Iterator[SimulatedTerminal]:
    simulated = SimulatedTerminal("SN-lobi", people, **options)
    with simulated.serving() as (host, port):
        register(pool, f"{host}:{port}")
        yield simulated


def told(capsys: pytest.CaptureFixture[str], **options: bool) -> dict[str, Any]:
    capsys.readouterr()
    push_people("lobi", as_json=True, **options)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def audited(pool: ConnectionPool) -> list[tuple[Any, ...]]:
    with pool.connection() as connection:
        return connection.execute("SELECT object, detail FROM audit WHERE action = 'push people'").fetchall()


def test_who_is_enrolled_today_comes_onto_the_terminal_and_nobody_is_deleted(
    pool: ConnectionPool, capsys: pytest.CaptureFixture[str]
) -> None:
    with terminal_with(pool, Person(1, "10", "Budi", 14), Person(2, "20", "Tamu"), Person(3, "30", "Ali")) as simulated:
        enrol(pool, "10", "Budi Santoso")
        enrol(pool, "30", "Ali")
        enrol(pool, "40", "Citra")
        enrol(pool, "50", "Pensiun", LONG_AGO, YESTERDAY)
        enrol(pool, "60", "Belum", NEXT_WEEK)
        planned = told(capsys, dry_run=True)
        assert Command.USER_WRITE not in simulated.received
        assert audited(pool) == []
        done = told(capsys)
        assert simulated.memory.people == [
            Person(1, "10", "Budi Santoso", 14),
            Person(2, "20", "Tamu"),
            Person(3, "30", "Ali"),
            Person(4, "40", "Citra"),
        ]
        again = told(capsys)
    assert planned == done | {"dry_run": True}
    assert [user["pin"] for user in done["added"]] == ["40"]
    assert [(user["was"], user["name"]) for user in done["corrected"]] == [("Budi", "Budi Santoso")]
    assert [user["pin"] for user in done["not_enrolled"]] == ["20"]
    assert (again["added"], again["corrected"], len(again["unchanged"])) == ([], [], 3)
    assert audited(pool) == [("terminal:lobi", {"added": ["40"], "corrected": ["10"]})]


def test_it_says_in_words_what_it_did_and_what_is_not_possible(
    pool: ConnectionPool, capsys: pytest.CaptureFixture[str]
) -> None:
    with terminal_with(pool, Person(7, "70", "Tamu"), record_size=16):
        enrol(pool, "A-17", "Huruf")
        enrol(pool, "70000", "Citra Lestari")
        push_people("lobi")
    assert capsys.readouterr().out.splitlines() == [
        "added: 70000 Citra Le (internal number 8)",
        "not possible: A-17: it knows people by numbers up to 4294967295 without leading zeros",
        "nobody is enrolled for: 70 Tamu (left as it is)",
        "lobi: 1 added, 0 corrected, 0 right already, 1 not enrolled, 1 not possible.",
    ]


def test_names_are_written_in_the_code_page_of_the_terminal(
    pool: ConnectionPool, capsys: pytest.CaptureFixture[str]
) -> None:
    with terminal_with(pool, name_encoding="gbk") as simulated, pool.connection() as connection:
        change_terminal(connection, "lobi", name_encoding="gbk")
        connection.commit()
        enrol(pool, "10", "王小明")
        assert told(capsys)["added"] == [{"uid": 1, "pin": "10", "name": "王小明", "privilege": 0}]
        assert "王小明".encode("gbk") in simulated.memory.people_bytes()


def test_people_whom_the_terminal_does_not_keep_are_an_error(
    pool: ConnectionPool, capsys: pytest.CaptureFixture[str]
) -> None:
    with terminal_with(pool, faults=Faults(forgets_people=True)):
        enrol(pool, "10", "Budi")
        with pytest.raises(TepatError, match="did not keep 1 person as written: pin 10"):
            push_people("lobi")
    assert "lobi: 0 added, 0 corrected" in capsys.readouterr().out, "whom it did not keep are not added"


def test_another_machine_at_the_address_is_not_written_to(pool: ConnectionPool) -> None:
    with terminal_with(pool) as simulated, pool.connection() as connection:
        change_terminal(connection, "lobi", serial_number="SN-old")
        connection.commit()
        enrol(pool, "10", "Budi")
        with pytest.raises(TerminalError, match="the machine SN-lobi answers"):
            push_people("lobi")
        assert Command.USER_WRITE not in simulated.received


@pytest.mark.parametrize(("kind", "address"), [("mqtt", "dev-1"), ("iclock", "CKJF1"), ("attlog", None)])
def test_terminals_of_other_kinds_are_refused_with_what_to_do(
    pool: ConnectionPool, kind: Kind, address: str | None
) -> None:
    register(pool, address, kind)
    with pytest.raises(TepatError, match="Enter people at the terminal itself"):
        push_people("lobi")


def test_nobody_is_pushed_onto_the_machine_of_a_retired_terminal(pool: ConnectionPool) -> None:
    with terminal_with(pool) as simulated:
        enrol(pool, "7", "Siti")
        with pool.connection() as connection:
            change_terminal(connection, "lobi", retired_at=datetime.now(UTC))
        with pytest.raises(TerminalError, match="'lobi' is retired"):
            push_people("lobi")
        assert not simulated.received
