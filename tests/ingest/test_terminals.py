"""The register of terminals refuses what cannot work and names the cure; health remembers what was last said."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import psycopg
import pytest

from ingest import health
from ingest.terminals import (
    Kind,
    Terminal,
    TerminalRegisterError,
    add_terminal,
    change_terminal,
    list_terminals,
    terminal_named,
)

NOW = datetime(2026, 1, 31, tzinfo=UTC)
local = datetime.fromisoformat
Connection: TypeAlias = psycopg.Connection[Any]


def add(
    connection: Connection,
    name: str = "gate",
    kind: Kind = "zk",
    address: str | None = "192.0.2.7",
    *,
    comm_key: int = 0,
    time_zone: str = "Asia/Jakarta",
) -> Terminal:
    return add_terminal(
        connection, name=name, kind=kind, address=address, comm_key=comm_key, time_zone=time_zone, added_at=NOW
    )


def test_what_was_added_is_found(connection: Connection) -> None:
    gate = add(connection, comm_key=999999, time_zone="Asia/Jayapura")
    hall = add(connection, "aula", "mqtt", "1306612")
    stick = add(connection, "stick", "attlog", None)
    assert gate == Terminal(gate.id, "gate", "zk", "192.0.2.7", 999999, "Asia/Jayapura")
    assert list_terminals(connection) == [hall, gate, stick]
    assert terminal_named(connection, "aula") == hall


def test_an_unknown_name_is_told_how_to_register(connection: Connection) -> None:
    with pytest.raises(TerminalRegisterError, match="tepat terminal add nowhere --kind"):
        terminal_named(connection, "nowhere")


@pytest.mark.parametrize(
    ("parts", "cure"),
    [
        ({"name": ""}, "use visible text"),
        ({"name": " gate"}, "use visible text"),
        ({"name": "ga\tte"}, "use visible text"),
        ({"name": "g" * 65}, "has 65 characters: use at most 64"),
        ({"address": None}, "needs --address HOST"),
        ({"kind": "mqtt", "address": None}, "the device id that it sends"),
        ({"kind": "attlog"}, "leave --address out"),
        ({"comm_key": -1}, "not between 0 and 999999"),
        ({"comm_key": 1000000}, "not between 0 and 999999"),
        ({"time_zone": "Asia/Djakarta"}, "did you mean Asia/Jakarta"),
        ({"time_zone": "WIB!"}, "Asia/Makassar"),
    ],
)
def test_what_cannot_work_is_refused_with_its_cure(connection: Connection, parts: dict[str, Any], cure: str) -> None:
    with pytest.raises(TerminalRegisterError, match=cure):
        add(connection, **parts)
    assert list_terminals(connection) == []


def test_names_and_device_ids_are_given_once(connection: Connection) -> None:
    first, second = add(connection), add(connection, "aula", "mqtt", "1306612")
    with pytest.raises(TerminalRegisterError, match="a terminal 'gate' already"):
        add(connection, kind="mqtt", address="7")
    with pytest.raises(TerminalRegisterError, match="device id '1306612' already"):
        add(connection, "door", "mqtt", "1306612")
    same_place = add(connection, "gate 2")
    assert list_terminals(connection) == [second, first, same_place]


def test_what_was_wrong_is_corrected(connection: Connection) -> None:
    gate = add(connection)
    assert change_terminal(connection, "gate", time_zone="Asia/Jayapura") == (gate, terminal_named(connection, "gate"))
    change_terminal(connection, "gate", address="192.0.2.8:4371", comm_key=7)
    assert terminal_named(connection, "gate") == Terminal(gate.id, "gate", "zk", "192.0.2.8:4371", 7, "Asia/Jayapura")


@pytest.mark.parametrize(
    ("parts", "cure"),
    [
        ({"time_zone": "Asia/Djakarta"}, "did you mean Asia/Jakarta"),
        ({"comm_key": 1000000}, "not between 0 and 999999"),
        ({"address": ""}, "needs --address"),
        ({"address": "1306612"}, "device id '1306612' already"),
    ],
)
def test_a_correction_that_cannot_work_changes_nothing(
    connection: Connection, parts: dict[str, Any], cure: str
) -> None:
    add(connection, "aula", "mqtt", "1306612")
    door = add(connection, "door", "mqtt", "7")
    with pytest.raises(TerminalRegisterError, match=cure):
        change_terminal(connection, "door", **parts)
    assert terminal_named(connection, "door") == door
    with pytest.raises(TerminalRegisterError, match="no terminal 'nowhere'"):
        change_terminal(connection, "nowhere", **parts)


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "cp1256", "cp1252", "big5", "iso2022_jp"])
def test_code_pages_of_terminals_are_taken(connection: Connection, encoding: str) -> None:
    add(connection)
    assert change_terminal(connection, "gate", name_encoding=encoding)[1].name_encoding == encoding


@pytest.mark.parametrize("encoding", ["", "klingon", "hex", "idna", "punycode", "utf-16", "cp037", "undefined"])
def test_what_is_no_code_page_of_names_is_refused(connection: Connection, encoding: str) -> None:
    add(connection)
    with pytest.raises(TerminalRegisterError, match="is no code page known here: try utf-8, gbk"):
        change_terminal(connection, "gate", name_encoding=encoding)


def test_health_keeps_what_was_said_and_forgets_the_error_after_a_good_read(connection: Connection) -> None:
    gate = add(connection)
    assert health.of_all(connection)[0].tried_at is None
    said = health.Identity("A1", "Ver 6.60", "ZEM560", 120, 50000, -7)
    health.was_read(connection, gate.id, NOW, local("2026-01-30 16:00"), said)
    later = NOW + timedelta(minutes=5)
    health.failed(connection, gate.id, later, "192.0.2.7 is silent")
    state = health.of_all(connection)[0]
    assert (state.tried_at, state.read_at, state.error) == (later, NOW, "192.0.2.7 is silent")
    assert (state.serial_number, state.record_count, state.record_capacity, state.clock_offset) == (
        "A1",
        120,
        50000,
        -7,
    )
    last = later + timedelta(minutes=5)
    health.was_read(connection, gate.id, last, local("2026-01-29 16:00"), health.Identity(record_count=121))
    state = health.of_all(connection)[0]
    assert (state.tried_at, state.read_at, state.error) == (last, last, None)
    assert (state.serial_number, state.record_count, state.clock_offset) == ("A1", 121, -7)
    assert state.record_at == local("2026-01-30 16:00"), "a log that went back in time does not make the newest older"


def test_health_of_a_terminal_that_never_answered(connection: Connection) -> None:
    gate = add(connection)
    health.failed(connection, gate.id, NOW, "refused")
    state = health.of_all(connection)[0]
    assert (state.tried_at, state.read_at, state.error) == (NOW, None, "refused")


def test_a_longer_name_from_before_keeps_working(connection: Connection) -> None:
    add(connection, "g" * 64)
    connection.execute("UPDATE terminal SET name = %s", ["g" * 100])
    assert change_terminal(connection, "g" * 100, address="192.0.2.9")[1].address == "192.0.2.9"
