"""The faults of pyzk that concern connecting (docs/zk.md)."""

import socket
import warnings

import pytest

from devices.errors import FatalTerminalError, RetriableTerminalError
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.address import Address
from devices.zk.pyzk import FramedZK
from devices.zk.terminal import open_terminal
from tests.devices.zk.sessions import PATIENCE, SOON, Punches, no_longer_than, reading


def opening(address: str, patience: float = PATIENCE) -> None:
    with open_terminal(address, patience=patience):
        pytest.fail("the session opened")


# port closed


def test_port_closed_says_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    with pytest.raises(RetriableTerminalError, match=rf"127\.0\.0\.1:{port} refused the connection\. Check"):
        opening(f"127.0.0.1:{port}")


def test_port_that_takes_no_connection_says_so_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.create_connection(full.getsockname())]
        with no_longer_than(SOON), pytest.raises(RetriableTerminalError, match=r"did not take .* within 0\.8 s"):
            opening(f"127.0.0.1:{full.getsockname()[1]}")
        for one in waiting:
            one.close()


def test_no_route_says_so() -> None:
    with pytest.raises(RetriableTerminalError, match=r"255\.255\.255\.255:4370 cannot be reached: .+\. Check"):
        opening("255.255.255.255")


def test_unknown_name_says_so() -> None:
    with pytest.raises(FatalTerminalError, match=r"The name no-such-terminal\.invalid .* is not known"):
        opening("no-such-terminal.invalid")


def test_something_else_at_the_port_says_so() -> None:
    terminal = SimulatedTerminal("T1", faults=Faults(foreign=b"SSH-2.0-x\r\n"))
    with terminal.serving() as (host, port), pytest.raises(FatalTerminalError, match="is not a ZK terminal"):
        opening(f"{host}:{port}")


def test_silent_peer_says_so() -> None:
    terminal = SimulatedTerminal("T1", faults=Faults(silent=True))
    with (
        terminal.serving() as (host, port),
        no_longer_than(SOON),
        pytest.raises(RetriableTerminalError, match=r"did not answer within 0\.8 s\. Another program.*no ZK terminal"),
    ):
        opening(f"{host}:{port}")


def test_second_client_is_told_that_the_terminal_is_held() -> None:
    terminal = SimulatedTerminal("T1", faults=Faults(refuse_second_client=True))
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as first:
        with pytest.raises(RetriableTerminalError, match="which serves one at a time"):
            opening(f"{host}:{port}")
        assert first.read_sizes().records == 0


# connect, constructor, ping


def test_connect_opens_one_connection(punches: Punches) -> None:
    terminal = SimulatedTerminal("T1", (), punches(10))
    for poll in (1, 2, 3):
        with reading(terminal) as opened:
            assert len(opened.read_log().punches) == 10
        assert terminal.connections == poll


def test_constructor_leaves_no_socket_open() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        zk = FramedZK(Address("127.0.0.1", 4370), 0, PATIENCE)
        assert zk._ZK__sock.fileno() == -1
        del zk


def test_ping_is_never_run() -> None:
    zk = FramedZK(Address("127.0.0.1", 4370), 0, PATIENCE)
    assert zk.ommit_ping
    assert zk.helper is None, "what would ping and probe is gone"
