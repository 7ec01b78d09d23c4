"""Terminals that could never be read are refused; what a device said before it was registered is taken in."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest

from collector import terminal_commands as commands
from collector.lookup import addresses_of
from collector.mqtt_intake import take_in
from collector.reread import reread_all, retry
from config.errors import TepatError
from devices import names
from devices.mqtt import registry
from devices.mqtt.inbox import Arrival
from devices.names import Names
from ingest.accept import Counts
from ingest.rejected import Wanted, identities
from ingest.terminals import TerminalRegisterError, add_terminal
from tests.devices.name_server import SilentNameServer
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("command_line")

NOW = datetime(2026, 1, 31, tzinfo=UTC)
Connection: TypeAlias = psycopg.Connection[Any]
Table: TypeAlias = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def table(connection: Connection) -> Table:
    def rows(query: str) -> list[tuple[Any, ...]]:
        with connection.transaction():
            return connection.execute(query).fetchall()

    return rows


@pytest.mark.parametrize(
    ("kind", "address", "comm_key", "said"),
    [
        ("zk", "192.0.2.7:", 0, "Write HOST or HOST:PORT"),
        ("zk", "192.0.2.7:70000", 0, "Write HOST or HOST:PORT"),
        ("zk", "http://192.0.2.7", 0, "Write HOST or HOST:PORT"),
        ("zk", "192.0.2.8 ", 0, "The terminal 'here' has the address 192.0.2.8:4370 already"),
        ("zk", "GATE.example:99", 0, "The terminal 'named' has the address gate.example:99 already"),
        ("zk", "[2001:DB8::0:1]:4370", 0, "The terminal 'six' has the address [2001:db8::1]:4370 already"),
        ("mqtt", "gate 1", 0, "is no device id"),
        ("mqtt", "a/b", 0, "is no device id"),
        ("mqtt", "x" * 65, 0, "is no device id"),
        ("mqtt", "gate-1", 5, "of kind mqtt has no comm key"),
        ("attlog", None, 5, "of kind attlog has no comm key"),
    ],
)
def test_what_can_never_work_is_refused(table: Table, kind: Any, address: str | None, comm_key: int, said: str) -> None:
    for name, taken in (("here", "192.0.2.8:4370"), ("named", "gate.Example:99"), ("six", "2001:db8::1")):
        commands.add_terminal(name, "zk", taken)
    with pytest.raises(TerminalRegisterError) as raised:
        commands.add_terminal("new", kind, address, comm_key=comm_key)
    assert said in str(raised.value)
    assert table("SELECT count(*) FROM terminal") == [(3,)]
    commands.add_terminal("other port", "zk", "192.0.2.8:4371", comm_key=5)


def test_a_changed_terminal_is_checked_like_a_new_one_but_not_against_itself() -> None:
    commands.add_terminal("a", "zk", "192.0.2.8")
    commands.add_terminal("b", "zk", "192.0.2.9")
    with pytest.raises(TerminalRegisterError, match="'a' has the address"):
        commands.set_terminal("b", "192.0.2.8:4370")
    commands.set_terminal("a", "192.0.2.8:4370")


@pytest.mark.parametrize(("first", "second"), [("localhost", "127.0.0.1"), ("127.0.0.1", "localhost:4370")])
def test_a_name_and_the_address_that_it_leads_to_are_one_terminal(first: str, second: str) -> None:
    commands.add_terminal("a", "zk", first)
    with pytest.raises(TerminalRegisterError, match="'a' has the address"):
        commands.add_terminal("b", "zk", second)
    commands.add_terminal("b", "zk", "192.0.2.9")
    with pytest.raises(TerminalRegisterError, match="'a' has the address"):
        commands.set_terminal("b", second)


def test_names_that_are_not_known_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with SilentNameServer() as server:
        monkeypatch.setattr(names, "SYSTEM", Names(server.look_up))
        found = addresses_of({"one.example", "two.example", "10.0.0.1"}, seconds=0.1)
        until(lambda: server.look_ups == 2)
    assert found == {"one.example": set(), "two.example": set(), "10.0.0.1": {"10.0.0.1"}}


def test_a_comm_key_comes_from_a_file_or_is_typed(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text("736152\n")
    commands.add_terminal("a", "zk", "192.0.2.8", comm_key_file=file)
    monkeypatch.setattr("sys.stdin", io.StringIO("77\n"))
    commands.add_terminal("b", "zk", "192.0.2.9", comm_key_file=Path("-"))
    file.write_text("78")
    commands.set_terminal("a", comm_key_file=file)
    assert table("SELECT name, comm_key FROM terminal ORDER BY name") == [("a", 78), ("b", 77)]


@pytest.mark.parametrize(
    ("content", "number", "said"),
    [("73615x", None, "is no comm key"), ("", None, "is no comm key"), ("7361520", None, "is no comm key"),
     (None, None, "cannot be read"), ("1", 2, "not by both")],
)  # fmt: skip
def test_a_file_without_a_comm_key_is_refused_and_not_repeated(
    tmp_path: Path, content: str | None, number: int | None, said: str
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_text(content)
    with pytest.raises(TepatError, match=said) as refused:
        commands.add_terminal("a", "zk", "192.0.2.8", comm_key=number, comm_key_file=file)
    assert "7361" not in str(refused.value)


def message(pin: str, minute: int) -> bytes:
    time = f"2026-01-05T07:{minute:02}:00+07:00"
    punch = {"device": "gate-1", "boot": "b", "seq": minute, "pin": pin, "time": time, "clock_ok": True}
    return json.dumps(punch).encode()


def face(pin: str) -> bytes:
    info = {"personId": pin, "VerifyStatus": "1", "time": "2026-01-05 07:00:00", "pic": "/9j/4AAQ"}
    return json.dumps({"operator": "RecPush", "info": info}).encode()


def said_unregistered(connection: Connection) -> Counts:
    """Two good punches of each dialect, a batch, and what can be no punch, of a device that nobody registered."""
    batch = {"device": "gate-1", "boot": "c", "punches": [json.loads(message("0003", 3)), {"pin": "0004"}]}
    arrivals = [
        ("tepat/gate-1/punch", message("0001", 1)),
        ("tepat/gate-1/punch", message("0001", 1)),
        ("tepat/gate-1/punch", message("", 2)),
        ("tepat/gate-1/punch", json.dumps(batch).encode()),
        ("tepat/gate-1/punch", message("0005", 5).replace(b"2026", b"2036")),
        ("mqtt/face/gate-1/Rec", face("0006")),
        ("mqtt/face/gate-2/Rec", face("0007")),
    ]
    counts = Counts()
    for later, (topic, payload) in enumerate(arrivals):
        at = datetime(2026, 1, 5, 1, tzinfo=UTC) + timedelta(minutes=later)
        arrival = Arrival(topic, payload, at, 1, 0)
        counts += take_in(connection, [(arrival, registry.read(topic, payload, at))], "collector").counts
    return counts


TAKEN = [("0001", datetime(2026, 1, 5, 1, tzinfo=UTC)), ("0003", datetime(2026, 1, 5, 1, 3, tzinfo=UTC)),
         ("0006", datetime(2026, 1, 5, 1, 5, tzinfo=UTC))]  # fmt: skip
UNRESOLVED = "SELECT count(*) FROM rejected WHERE resolved_at IS NULL"


def test_registering_a_device_takes_what_it_said_before(
    connection: Connection, table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said_unregistered(connection) == Counts(8, 0, 0, 8)
    commands.add_terminal("Lobi", "mqtt", "gate-1")
    assert "has been taken: 3 records read, 3 new, 0 known already, 0 rejected." in capsys.readouterr().out
    assert table("SELECT pin, received_at FROM punch ORDER BY pin") == TAKEN
    assert table("SELECT DISTINCT source FROM punch") == [("mqtt",)]
    assert table("SELECT count(*) FROM day_to_score") != [(0,)]
    assert table("SELECT count(*) FROM rejected WHERE terminal = 'gate-1' AND resolved_at IS NOT NULL") == [(3,)]
    assert table(UNRESOLVED) == [(4,)], "no pin, half a punch, a time in 2036, another device"
    before = table("SELECT * FROM punch"), table("SELECT * FROM rejected ORDER BY sha256")
    assert reread_all(connection, NOW) == Counts()
    assert (table("SELECT * FROM punch"), table("SELECT * FROM rejected ORDER BY sha256")) == before


def test_it_is_taken_too_when_an_address_is_corrected(connection: Connection, table: Table) -> None:
    commands.add_terminal("Lobi", "mqtt", "gate-9")
    said_unregistered(connection)
    commands.set_terminal("Lobi", "gate-1")
    assert table("SELECT pin, received_at FROM punch ORDER BY pin") == TAKEN


@pytest.mark.usefixtures("connection")
def test_many_are_taken_in_parts(connection: Connection, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.reread.ROWS", 2)
    said_unregistered(connection)
    terminal = add_terminal(
        connection, name="gate-1", kind="mqtt", address="gate-1", comm_key=0, time_zone="Asia/Jakarta", added_at=NOW
    )
    connection.commit()
    assert retry(connection, Wanted(terminals=identities(terminal)), NOW).counts == Counts(3, 3, 0, 0)
    assert table("SELECT pin, received_at FROM punch ORDER BY pin") == TAKEN


def test_a_terminal_of_another_kind_takes_nothing_of_a_device_with_its_address(
    connection: Connection, table: Table
) -> None:
    said_unregistered(connection)
    commands.add_terminal("Lobi", "zk", "gate-1")
    assert table("SELECT count(*) FROM punch") == [(0,)]
    assert table(UNRESOLVED) == [(7,)]
