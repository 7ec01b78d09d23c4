"""A terminal that plays captured bytes, and small logs to read."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from devices.simulator.zk.records import StoredPunch
from devices.zk.frames import HEADER, PREFIX, Packet, announced_length, decode_packet, encode_frame

Player: TypeAlias = Callable[[Sequence[Sequence[bytes]]], AbstractContextManager[tuple[str, list[Packet]]]]
"""answers -> (address, packets the client sent): answers[n] are the frames that answer request n."""

FIRST = datetime(2026, 1, 5, 7, 20, 0)  # noqa: DTZ001 - as a terminal's clock shows it


@pytest.fixture
def punches() -> Callable[[int], list[StoredPunch]]:
    """So many punches of twenty people, all different."""

    def made(count: int) -> list[StoredPunch]:
        return [
            StoredPunch(str(100 + n % 20), FIRST + timedelta(seconds=67 * n), n % 2, 1 + n % 3, n % 5)
            for n in range(count)
        ]

    return made


@pytest.fixture
def captured(field_data: Path) -> Callable[[str], dict[str, Any]]:
    """A captured exchange by its id."""
    exchanges = json.loads((field_data / "zk-protocol" / "pyzk_exchanges.json").read_text())["exchanges"]
    return {exchange["id"]: exchange for exchange in exchanges}.__getitem__


@pytest.fixture
def examples(field_data: Path) -> list[dict[str, Any]]:
    """The packets and records printed in a protocol description."""
    found: list[dict[str, Any]] = json.loads((field_data / "zk-protocol" / "adrobinoga_examples.json").read_text())[
        "examples"
    ]
    return found


@pytest.fixture
def played() -> Player:
    """Plays recorded frames from a real socket; their reply numbers become those of the requests.

    A frame shorter than its announced length is padded with zeros (field-data README); an event keeps its numbers.
    """

    @contextmanager
    def playing(answers: Sequence[Sequence[bytes]]) -> Iterator[tuple[str, list[Packet]]]:
        sent: list[Packet] = []
        with socket.create_server(("127.0.0.1", 0)) as listening:
            thread = threading.Thread(target=_play, args=(listening, answers, sent))
            thread.start()
            yield f"127.0.0.1:{listening.getsockname()[1]}", sent
            thread.join(timeout=20)
            assert not thread.is_alive(), "the client asked less than was recorded"

    return playing


def _play(listening: socket.socket, answers: Sequence[Sequence[bytes]], sent: list[Packet]) -> None:
    client, _ = listening.accept()
    with client, client.makefile("rb") as stream:
        for frames in answers:
            request = _next(stream)
            while request.command == 2000:  # an acknowledgement is not answered
                request = _next(stream)
            sent.append(request)
            client.sendall(b"".join(_adapted(frame, request) for frame in frames))
        assert not stream.read(1), "the client asked more than was recorded"


def _next(stream: Any) -> Packet:
    length = announced_length(stream.read(PREFIX))
    assert length is not None
    return decode_packet(stream.read(length))


def _adapted(frame: bytes, request: Packet) -> bytes:
    length = announced_length(frame[:PREFIX])
    assert length is not None
    packet = decode_packet(frame[PREFIX:].ljust(length, b"\0"))
    assert len(packet.data) == length - HEADER
    return encode_frame(packet if packet.command == 500 else packet._replace(reply=request.reply))
