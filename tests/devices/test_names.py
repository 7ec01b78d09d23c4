"""A name server that does not answer holds up nobody longer than the time given, and no name but its own."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Literal

import pytest

from devices import names
from devices.errors import FatalTerminalError, RetriableTerminalError
from devices.mqtt.probe import probe
from devices.mqtt.session import BrokerAccess, connect, durable_client
from devices.names import Names, UnansweredNameError, system_look_up
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.terminal import open_terminal
from tests.devices.name_server import SilentNameServer
from tests.devices.zk.sessions import PATIENCE, SOON, no_longer_than
from tests.waiting import until

HANGING = "lobi.kantor.example"


@pytest.fixture
def server() -> Iterator[SilentNameServer]:
    with SilentNameServer() as silent:
        yield silent


def test_a_name_that_nobody_answers_for_is_given_up_in_time(server: SilentNameServer) -> None:
    with no_longer_than(SOON), pytest.raises(UnansweredNameError, match=rf"within 0\.2 s where {HANGING} is"):
        Names(server.look_up).addresses(HANGING, 0.2)
    assert HANGING.encode().split(b".")[0] in server.heard()


def test_a_name_under_way_is_asked_for_once_and_its_late_answer_serves_all(server: SilentNameServer) -> None:
    asked = Names(server.look_up)
    waiting = [asked.asked(HANGING) for _ in range(5)]
    until(lambda: server.look_ups == 1)
    server.give_up()
    assert [answer.exception(SOON) is not None for answer in waiting] == [True] * 5
    assert server.look_ups == 1


def test_other_names_go_on_beside_hanging_ones(server: SilentNameServer) -> None:
    asked = Names(server.look_up, most=4)
    for number in range(3):
        asked.asked(f"gate-{number}.example")
    with no_longer_than(SOON):
        assert asked.addresses("localhost", SOON)


def test_no_more_threads_than_said_though_all_hang(server: SilentNameServer) -> None:
    asked = Names(server.look_up, most=3)
    answers = [asked.asked(f"gate-{number}.example") for number in range(10)]
    until(lambda: server.look_ups == 3)
    assert sum(thread.name == "names" for thread in threading.enumerate()) >= 3
    with no_longer_than(SOON):
        assert asked.addresses("127.0.0.1", 0.1) == ["127.0.0.1"], "an address needs nobody"
    server.give_up()
    assert all(answer.exception(SOON) is not None for answer in answers)
    assert server.most_at_once == 3


def test_a_name_is_looked_up_anew_after_its_answer() -> None:
    given = iter([["127.0.0.1"], ["127.0.0.2"]])
    asked = Names(lambda _host: next(given))
    assert [asked.addresses("gate.example", SOON) for _ in range(2)] == [["127.0.0.1"], ["127.0.0.2"]]


def test_a_fault_in_a_look_up_is_told_to_whoever_asked_and_stops_no_other() -> None:
    def faulty(host: str) -> list[str]:
        if host == "bad.example":
            raise RuntimeError(host)
        return ["127.0.0.1"]

    asked = Names(faulty, most=1)
    with pytest.raises(RuntimeError, match=r"bad\.example"):
        asked.addresses("bad.example", SOON)
    assert asked.addresses("good.example", SOON) == ["127.0.0.1"]


def test_the_next_address_is_tried_and_all_of_them_within_the_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as here, socket.create_server(("127.0.0.2", 0), backlog=0) as full:
        port = here.getsockname()[1]
        with Names(lambda _host: ["127.0.0.3", "127.0.0.1"]).connected("gate.example", port, SOON) as connection:
            assert (connection.getpeername()[0], connection.gettimeout()) == ("127.0.0.1", SOON)
        with socket.create_connection(full.getsockname()), no_longer_than(SOON), pytest.raises(TimeoutError):
            Names(lambda _host: ["127.0.0.2"] * 4).connected("gate.example", full.getsockname()[1], PATIENCE)


@pytest.mark.parametrize("host", ["no-such-name.invalid", "x" * 64 + ".example", "a\0b"])
def test_what_is_no_name_is_said(host: str) -> None:
    with pytest.raises(socket.gaierror):
        Names(system_look_up).addresses(host, SOON * 4)


@pytest.mark.parametrize("scheme", ["", "udp://"])
def test_a_terminal_with_a_hanging_name_says_so_in_time(
    server: SilentNameServer, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "SYSTEM", Names(server.look_up))
    begun = time.monotonic()
    with (
        pytest.raises(
            RetriableTerminalError, match=rf"DNS did not say within 0\.8 s where {HANGING} is.*DNS server"
        ) as said,
        open_terminal(f"{scheme}{HANGING}", patience=PATIENCE),
    ):
        pytest.fail("the session opened")
    assert said.value.trouble == "unanswered_name"
    assert PATIENCE <= time.monotonic() - begun < SOON


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_broker_with_a_hanging_name_is_given_up_in_time(
    server: SilentNameServer, version: Literal["5", "3.1.1"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "SYSTEM", Names(server.look_up))
    access = BrokerAccess(HANGING, 1883, "collector", version)
    client = durable_client(access)
    client.connect_timeout = PATIENCE
    with no_longer_than(SOON), pytest.raises(UnansweredNameError, match=HANGING):
        connect(client, access, 10)


@pytest.mark.parametrize("tls", [None, ssl.create_default_context()], ids=["plain", "TLS"])
def test_the_doctor_of_a_broker_with_a_hanging_name_says_so(
    server: SilentNameServer, tls: ssl.SSLContext | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "SYSTEM", Names(server.look_up))
    with no_longer_than(SOON), pytest.raises(RetriableTerminalError, match=rf"DNS did not say .* where {HANGING} is"):
        probe(BrokerAccess(HANGING, 8883, "collector", tls=tls), PATIENCE)


def test_a_terminal_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "SYSTEM", Names(lambda _host: ["127.0.0.1"]))
    with SimulatedTerminal("T1").serving() as (_, port), open_terminal(f"{HANGING}:{port}") as terminal:
        assert terminal.read_sizes().records == 0


def test_a_name_that_does_not_exist_is_another_trouble() -> None:
    with pytest.raises(FatalTerminalError) as said, open_terminal("no-such-terminal.invalid"):
        pytest.fail("the session opened")
    assert said.value.trouble == "unknown_name"
