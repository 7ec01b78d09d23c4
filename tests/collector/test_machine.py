"""A terminal is its machine, known by serial number: another one's punches are never stored under its name."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.errors import UniqueViolation

from collector.poll import poll, read
from collector.register import check_reachable
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk import terminal as zk
from ingest import health, serial_numbers
from ingest.accept import Counts
from ingest.database import ConnectionPool
from ingest.terminals import Terminal, TerminalRegisterError, add_terminal, change_terminal, terminal_named

NOW = datetime(2026, 1, 6, tzinfo=UTC)
START = datetime(2026, 1, 5, 7, 0, 0)  # noqa: DTZ001 - a terminal's own time has no zone


def machine_of(serial: str, *pins: str) -> SimulatedTerminal:
    return SimulatedTerminal(serial, log=[StoredPunch(pin, START + timedelta(minutes=int(pin))) for pin in pins])


def register(pool: ConnectionPool, name: str, address: str) -> Terminal:
    with pool.connection() as connection:
        return add_terminal(
            connection, name=name, kind="zk", address=address, comm_key=0, time_zone="Asia/Jakarta", added_at=NOW
        )


def named(pool: ConnectionPool, name: str) -> Terminal:
    with pool.connection() as connection:
        return terminal_named(connection, name)


def change(pool: ConnectionPool, name: str, **parts: Any) -> Terminal:
    with pool.connection() as connection:
        return change_terminal(connection, name, **parts)[1]


def stored(pool: ConnectionPool) -> list[tuple[str, str]]:
    with pool.connection() as connection:
        return connection.execute(
            "SELECT t.name, pin FROM punch JOIN terminal t ON t.id = terminal_id ORDER BY 1, 2"
        ).fetchall()


def error_of(pool: ConnectionPool, name: str) -> str:
    with pool.connection() as connection:
        return next(each for each in health.of_all(connection) if each.name == name).error or ""


def serving(stack: ExitStack, machine: SimulatedTerminal) -> str:
    host, port = stack.enter_context(machine.serving())
    return f"{host}:{port}"


def test_the_first_serial_number_is_noted_with_an_audit_entry_and_stays(pool: ConnectionPool) -> None:
    with ExitStack() as stack:
        register(pool, "lobi", serving(stack, machine_of("CKJF1", "1")))
        assert poll(named(pool, "lobi"), pool).error is None
        assert poll(named(pool, "lobi"), pool).error is None
    assert named(pool, "lobi").serial_number == "CKJF1"
    with pool.connection() as connection:
        entries = connection.execute("SELECT actor, object, detail ->> 'serial_number' FROM audit").fetchall()
    assert entries == [("collector", "terminal:lobi", "CKJF1")]


def test_a_swapped_machine_is_not_read_until_somebody_says_so(pool: ConnectionPool) -> None:
    with ExitStack() as stack:
        register(pool, "lobi", serving(stack, machine_of("CKJF1", "1")))
        poll(named(pool, "lobi"), pool)
        change(pool, "lobi", address=serving(stack, machine_of("CKJF2", "2")))
        done = poll(named(pool, "lobi"), pool)
        assert done.counts == Counts()
        assert "the machine CKJF2 answers, and not the one of 'lobi' (CKJF1)" in (done.error or "")
        assert "--new-machine" in error_of(pool, "lobi")
        assert stored(pool) == [("lobi", "1")]
        change(pool, "lobi", serial_number=None)
        assert poll(named(pool, "lobi"), pool).error is None
    assert named(pool, "lobi").serial_number == "CKJF2"
    assert stored(pool) == [("lobi", "1"), ("lobi", "2")]


def test_swapped_addresses_are_healed_each_machine_is_read_under_its_own_name(pool: ConnectionPool) -> None:
    with ExitStack() as stack:
        first, second = machine_of("CKJF1", "1"), machine_of("CKJF2", "2")
        addresses = serving(stack, first), serving(stack, second)
        for name, address in zip(("aula", "lobi"), addresses, strict=True):
            register(pool, name, address)
            poll(named(pool, name), pool)
        with pool.connection() as connection:
            connection.execute(
                "UPDATE terminal SET address = CASE name WHEN 'aula' THEN %s ELSE %s END", [addresses[1], addresses[0]]
            )
        first.memory.store(StoredPunch("11", START + timedelta(days=1)))
        second.memory.store(StoredPunch("22", START + timedelta(days=1)))
        errors = [poll(named(pool, name), pool).error or "" for name in ("aula", "lobi")]
    assert stored(pool) == [("aula", "1"), ("aula", "11"), ("lobi", "2"), ("lobi", "22")]
    assert "the machine of 'lobi' (CKJF2) answers: its punches were stored as those of 'lobi'" in errors[0]
    assert f"At {addresses[0]} the machine of 'aula' (CKJF1) answers" in errors[1]


def test_a_machine_found_elsewhere_says_so_in_its_own_health(pool: ConnectionPool) -> None:
    with ExitStack() as stack:
        for name, machine in (("aula", machine_of("CKJF1", "1")), ("lobi", machine_of("CKJF2", "2"))):
            register(pool, name, serving(stack, machine))
            poll(named(pool, name), pool)
        change(pool, "lobi", address=serving(stack, machine_of("CKJF1", "1", "3")))
        poll(named(pool, "lobi"), pool)
    assert f"found at {named(pool, 'lobi').address}, the address of 'lobi'" in error_of(pool, "aula")
    assert named(pool, "lobi").serial_number == "CKJF2"
    assert stored(pool) == [("aula", "1"), ("aula", "3"), ("lobi", "2")]


def test_a_number_of_another_terminal_is_no_proof_where_no_machine_was_known_before(pool: ConnectionPool) -> None:
    """Registered twice, or two machines with one number: their punches are not mixed up on a guess."""
    with ExitStack() as stack:
        register(pool, "aula", serving(stack, machine_of("CKJF1", "1")))
        poll(named(pool, "aula"), pool)
        register(pool, "lobi", serving(stack, machine_of("CKJF1", "2")))
        assert "CKJF1, which is the one of 'aula'" in (poll(named(pool, "lobi"), pool).error or "")
        assert poll(named(pool, "aula"), pool).error is None
    assert named(pool, "lobi").serial_number is None
    assert stored(pool) == [("aula", "1")]


@pytest.mark.parametrize("serial", ["", "0000000000000"])
def test_terminals_that_say_no_serial_number_are_read_as_they_are(pool: ConnectionPool, serial: str) -> None:
    with ExitStack() as stack:
        for name, pin in (("aula", "1"), ("lobi", "2")):
            register(pool, name, serving(stack, machine_of(serial, pin)))
            assert poll(named(pool, name), pool).error is None
            assert named(pool, name).serial_number is None
    assert stored(pool) == [("aula", "1"), ("lobi", "2")]


@pytest.mark.parametrize("serial", ["", "0000000000000"])
def test_a_machine_without_a_number_is_not_read_in_place_of_a_known_one(pool: ConnectionPool, serial: str) -> None:
    with ExitStack() as stack:
        register(pool, "lobi", serving(stack, machine_of("CKJF1", "1")))
        poll(named(pool, "lobi"), pool)
        change(pool, "lobi", address=serving(stack, machine_of(serial, "2")))
        done = poll(named(pool, "lobi"), pool)
        assert "says no serial number, and the one of 'lobi' says CKJF1" in (done.error or "")
        assert "--new-machine" in error_of(pool, "lobi")
        assert stored(pool) == [("lobi", "1")]
        change(pool, "lobi", serial_number=None)
        assert poll(named(pool, "lobi"), pool).error is None
    assert stored(pool) == [("lobi", "1"), ("lobi", "2")]


def test_one_that_says_its_number_when_asked_once_more_is_read(pool: ConnectionPool) -> None:
    with ExitStack() as stack:
        machine = machine_of("CKJF1", "1")
        register(pool, "lobi", serving(stack, machine))
        poll(named(pool, "lobi"), pool)
        machine.memory.store(StoredPunch("2", START + timedelta(days=1)))
        with zk.open_terminal(named(pool, "lobi").address or "") as device:
            first = device.read_identity
            answers = [replace(first(), serial_number=None)]
            device.read_identity = lambda: answers.pop() if answers else first()  # type: ignore[method-assign]  # the one answer that went wrong
            assert read(device, named(pool, "lobi"), pool).accepted == 1


def test_a_retired_terminal_gives_its_machine_free_and_cannot_come_back_with_it(pool: ConnectionPool) -> None:
    with ExitStack() as stack:
        address = serving(stack, machine_of("CKJF1", "1"))
        register(pool, "aula", address)
        poll(named(pool, "aula"), pool)
        change(pool, "aula", retired_at=NOW)
        register(pool, "lobi", address)
        assert poll(named(pool, "lobi"), pool).error is None
    assert named(pool, "lobi").serial_number == "CKJF1"
    with pytest.raises(TerminalRegisterError, match="Another terminal in use has the machine CKJF1"):
        change(pool, "aula", retired_at=None)


def test_a_terminal_retired_meanwhile_is_not_read_and_notes_no_machine(pool: ConnectionPool) -> None:
    with ExitStack() as stack:
        stale = register(pool, "aula", serving(stack, machine_of("CKJF1", "1")))
        retired = change(pool, "aula", retired_at=NOW)
        done = poll(stale, pool)
        assert "'aula' is retired since 2026-01-06" in (done.error or "")
        with pool.connection() as connection:
            assert not serial_numbers.note(connection, retired, "CKJF1", NOW)
    assert named(pool, "aula").serial_number is None
    assert stored(pool) == []


def test_the_address_of_a_retired_terminal_is_free(pool: ConnectionPool) -> None:
    register(pool, "aula", "192.0.2.1")
    register(pool, "lobi", "192.0.2.2")
    with pool.connection() as connection:
        with pytest.raises(TerminalRegisterError, match="'lobi' has the address"):
            check_reachable(connection, name="aula", kind="zk", address="192.0.2.2", comm_key=0)
        change_terminal(connection, "lobi", retired_at=NOW)
        check_reachable(connection, name="aula", kind="zk", address="192.0.2.2", comm_key=0)


def test_two_terminals_in_use_cannot_note_the_same_machine(pool: ConnectionPool) -> None:
    first, second = (register(pool, name, f"192.0.2.{number}") for number, name in enumerate(("aula", "lobi"), start=1))
    with pool.connection() as connection:
        assert serial_numbers.note(connection, first, "CKJF1", NOW)
        assert not serial_numbers.note(connection, first, "CKJF2", NOW)
        with pytest.raises(UniqueViolation):
            serial_numbers.note(connection, second, "CKJF1", NOW)
        found = serial_numbers.owner(connection, "CKJF1")
    assert found is not None
    assert found.name == "aula"
