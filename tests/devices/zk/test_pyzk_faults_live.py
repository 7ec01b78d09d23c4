"""The faults of pyzk with live events and out-of-turn packets (docs/zk.md)."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from devices.errors import RetriableTerminalError
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.events import UNKNOWN_SIZE
from devices.zk.frames import Command, Packet, encode_frame
from devices.zk.terminal import Terminal, open_terminal

PATIENCE = 0.8
SOON = 10.0


@contextmanager
def live(*answers: bytes | None) -> Iterator[tuple[Terminal, socket.socket]]:
    """An open terminal, and the other end of its connection after it has answered the connect."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        peers: list[socket.socket] = []

        def greet() -> None:
            peer, _ = listening.accept()
            peer.recv(100)
            peer.sendall(encode_frame(Packet(Command.OK, 77, 0)))
            peer.recv(100)
            peer.sendall(encode_frame(Packet(Command.OK, 77, 1)) + b"".join(filter(None, answers)))
            peers.append(peer)

        thread = threading.Thread(target=greet)
        thread.start()
        with open_terminal(f"127.0.0.1:{listening.getsockname()[1]}", patience=PATIENCE) as opened:
            opened._zk.reg_event(1)
            opened._listening = True
            thread.join()
            with peers[0]:
                yield opened, peers[0]
                peers[0].close()


def event(data: bytes) -> bytes:
    return encode_frame(Packet(Command.EVENT, 1, 0, data))


def event_of(pin: str) -> bytes:
    return struct.pack("24sBB6B", pin.encode(), 1, 0, 26, 1, 5, 8, 0, 0)


def test_two_live_events_in_one_segment() -> None:
    with live(event(event_of("1")) + event(event_of("2"))) as (opened, _):
        punches, _ = opened.read_live(SOON)
    assert [punch[0] for punch in punches] == ["1", "2"]


def test_live_events_of_14_and_20_bytes() -> None:
    known, unknown = struct.pack("<HBB6B4x", 7, 1, 0, 26, 1, 5, 8, 0, 0), b"x" * 20
    with live(event(known) + event(unknown)) as (opened, _):
        punches, rejected = opened.read_live(SOON)
    assert [punch[0] for punch in punches] == ["uid:7"]
    assert rejected == [(unknown, UNKNOWN_SIZE)]


def test_live_event_from_an_unknown_alphanumeric_user() -> None:
    with live(event(event_of("A-17"))) as (opened, _):
        punches, _ = opened.read_live(SOON)
    assert punches[0][0] == "A-17"


def test_device_closes_in_live_mode() -> None:
    with live() as (opened, peer):
        peer.close()
        with pytest.raises(RetriableTerminalError, match="broke off while listening for live punches"):
            opened.read_live(SOON)


def test_device_silently_gone_in_live_mode() -> None:
    with (
        live() as (opened, _),
        pytest.raises(RetriableTerminalError, match=r"fell silent for 0\.8 s while listening"),
    ):
        opened.read_live(0.05)


def test_event_before_every_reply(punches: Callable[[int], list[StoredPunch]]) -> None:
    terminal = SimulatedTerminal("T1", (), punches(3000), faults=Faults(event_before_reply="100"))
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        assert opened.read_identity().serial_number == "T1"
        assert len(opened.read_log().punches) == 3000
        punches_told, _ = opened.read_live(0)
    assert {punch[0] for punch in punches_told} == {"100"}, "events wait in a queue"


def test_reply_to_another_request_is_dropped() -> None:
    stale = encode_frame(Packet(Command.OK, 77, 9, b"stale\0"))
    with live(stale) as (opened, peer):
        peer.sendall(encode_frame(Packet(Command.OK, 77, 2, b"Ver 1\0")))
        assert opened._zk.ask(Command.VERSION) == b"Ver 1\0"
