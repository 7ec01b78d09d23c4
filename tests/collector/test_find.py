"""Looking through a network for terminals: who is where, by serial number, and whose address moved."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from collector.find import addresses_in, find
from collector.find_commands import find_terminals
from collector.turn import turn
from config.errors import TepatError
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.address import parse_address
from ingest.database import ConnectionPool
from ingest.terminals import change_terminal, move_terminal
from tests.collector.test_machine import named, register

pytestmark = pytest.mark.usefixtures("command_line")


@pytest.fixture
def port() -> Iterator[int]:
    """Of a terminal at 127.0.0.1; nobody is at the other addresses of 127.0.0.0/29."""
    with SimulatedTerminal("SN-lobi").serving() as (_, port):
        yield port


def told(capsys: pytest.CaptureFixture[str], port: int, **options: Any) -> list[dict[str, Any]]:
    capsys.readouterr()
    find_terminals("127.0.0.0/29", port=port, as_json=True, **options)
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def with_machine(pool: ConnectionPool, name: str, address: str, serial: str) -> None:
    register(pool, name, address)
    with pool.connection() as connection:
        change_terminal(connection, name, serial_number=serial)


def test_a_moved_terminal_is_found_and_its_address_corrected_only_when_told(
    pool: ConnectionPool, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with_machine(pool, "lobi", f"127.0.0.6:{port}", "SN-lobi")
    here = {
        "address": f"127.0.0.1:{port}",
        "serial_number": "SN-lobi",
        "terminal": "lobi",
        "twice": False,
        "problem": None,
    }
    missing = told(capsys, port)[1]
    assert (missing["address"], "refused" in missing["problem"]) == (f"127.0.0.6:{port}", True)
    assert told(capsys, port)[0] == here | {"registered_at": f"127.0.0.6:{port}", "moved": True}
    assert named(pool, "lobi").address == f"127.0.0.6:{port}"
    told(capsys, port, take=True)
    assert named(pool, "lobi").address == f"127.0.0.1:{port}"
    assert told(capsys, port) == [here | {"registered_at": f"127.0.0.1:{port}", "moved": False}]
    with pool.connection() as connection:
        entries = connection.execute("SELECT action, object, detail FROM audit").fetchall()
    assert entries == [
        (
            "move terminal",
            "terminal:lobi",
            {"address": [f"127.0.0.6:{port}", f"127.0.0.1:{port}"], "serial_number": "SN-lobi"},
        )
    ]


def test_swapped_addresses_are_corrected_at_once(pool: ConnectionPool, capsys: pytest.CaptureFixture[str]) -> None:
    with ExitStack() as stack:
        ports = [stack.enter_context(SimulatedTerminal(f"SN-{name}").serving())[1] for name in ("aula", "lobi")]
        with_machine(pool, "aula", f"127.0.0.1:{ports[1]}", "SN-aula")
        with_machine(pool, "lobi", f"127.0.0.1:{ports[0]}", "SN-lobi")
        for port in ports:
            assert told(capsys, port, take=True)[0]["moved"]
    assert [named(pool, name).address for name in ("aula", "lobi")] == [f"127.0.0.1:{port}" for port in ports]


def test_a_second_machine_with_the_same_number_moves_nothing(
    pool: ConnectionPool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether the registered address is looked through too, or another network alone, or answers no more."""
    with ExitStack() as stack:
        ports = [stack.enter_context(SimulatedTerminal("SN-lobi").serving())[1] for _ in range(2)]
        addresses = [f"127.0.0.1:{port}" for port in ports]
        with_machine(pool, "lobi", addresses[0], "SN-lobi")
        find_terminals("127.0.0.1/32", port=ports[1], take=True)
        assert "two machines say this number" in capsys.readouterr().out
        for registered in (addresses[0], f"127.0.0.6:{ports[0]}"):
            with pool.connection() as connection:
                move_terminal(connection, "lobi", registered)
            found = find([parse_address(each) for each in addresses], [named(pool, "lobi")], tmp_path, lambda: None)
            assert [(each.twice, each.moved) for each in found] == [(True, False)] * 2
            assert named(pool, "lobi").address == registered


def test_a_terminal_whose_registered_address_is_unclear_is_not_moved(
    pool: ConnectionPool, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with SimulatedTerminal("SN-lobi", comm_key=77).serving() as (_, other):
        with_machine(pool, "lobi", f"127.0.0.1:{other}", "SN-lobi")
        found = told(capsys, port, take=True)[0]
        assert (found["terminal"], found["moved"]) == ("lobi", False)
        assert "its registered address is unclear" in found["problem"]
    assert told(capsys, port, take=True)[0]["moved"]


def test_only_the_key_of_the_terminal_registered_there_is_offered(
    pool: ConnectionPool, capsys: pytest.CaptureFixture[str]
) -> None:
    with SimulatedTerminal("SN-lobi", comm_key=77).serving() as (_, port):
        with_machine(pool, "lobi", f"127.0.0.6:{port}", "SN-lobi")
        with pool.connection() as connection:
            change_terminal(connection, "lobi", comm_key=77)
        found = told(capsys, port)[0]
        assert "asks for a communication key" in found["problem"]
        assert "--every-key" in found["problem"]
        found = told(capsys, port, every_key=True)[0]
        assert (found["terminal"], found["moved"]) == ("lobi", True)
        with pool.connection() as connection:
            move_terminal(connection, "lobi", f"127.0.0.1:{port}")
        assert told(capsys, port)[0]["serial_number"] == "SN-lobi"


def test_a_wrong_registered_key_is_called_wrong(pool: ConnectionPool, capsys: pytest.CaptureFixture[str]) -> None:
    with SimulatedTerminal("SN-lobi", comm_key=77).serving() as (_, port):
        with_machine(pool, "lobi", f"127.0.0.1:{port}", "SN-lobi")
        with pool.connection() as connection:
            change_terminal(connection, "lobi", comm_key=78)
        (found,) = told(capsys, port)
        assert "refuses the communication key" in found["problem"]


def test_a_terminal_registered_by_name_has_not_moved_and_is_asked_in_its_turn(
    pool: ConnectionPool, settings_env: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr("collector.find.TURN_SECONDS", 0.1)
    simulated = SimulatedTerminal("SN-lobi")
    with simulated.serving() as (_, port):
        with_machine(pool, "lobi", f"localhost:{port}", "SN-lobi")
        (found,) = told(capsys, port)
        assert (found["terminal"], found["moved"]) == ("lobi", False)
        simulated.received.clear()
        with turn(Path(settings_env["TEPAT_DATA_DIR"]), named(pool, "lobi").id, wait_seconds=1):
            (found,) = told(capsys, port)
        assert "talks with this terminal" in found["problem"]
        assert not simulated.received


def test_it_tells_in_words_who_is_there(pool: ConnectionPool, port: int, capsys: pytest.CaptureFixture[str]) -> None:
    find_terminals("127.0.0.1/32", port=port)
    assert capsys.readouterr().out.splitlines() == [
        f"127.0.0.1:{port}  SN-lobi, not registered",
        "127.0.0.1/32: 1 terminal answers, 0 moved.",
    ]
    with_machine(pool, "lobi", f"127.0.0.6:{port}", "SN-lobi")
    find_terminals("127.0.0.1/32", port=port)
    assert f"SN-lobi, lobi, registered at 127.0.0.6:{port}: --take corrects it" in capsys.readouterr().out
    with pool.connection() as connection:
        move_terminal(connection, "lobi", f"127.0.0.1:{port}")
    find_terminals("127.0.0.1/32", port=port)
    assert f"127.0.0.1:{port}  SN-lobi, lobi\n" in capsys.readouterr().out


def test_where_something_else_answers_no_terminal_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as nobody:
        port = nobody.getsockname()[1]
    assert told(capsys, port) == []


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ("10.0.0.0/21", "at most /22"),
        ("8.8.8.0/24", "not a private network"),
        ("office", "no network of IPv4"),
        ("fe80::/64", "no network of IPv4"),
    ],
)
def test_only_small_networks_of_the_office_are_looked_through(network: str, said: str) -> None:
    with pytest.raises(TepatError, match=said):
        addresses_in(network, 4370)


def test_the_largest_network_has_a_thousand_addresses() -> None:
    assert len(addresses_in("192.168.4.0/22", 4370)) == 1022
    assert [str(address) for address in addresses_in("127.0.0.1/32", 99)] == ["127.0.0.1:99"]
