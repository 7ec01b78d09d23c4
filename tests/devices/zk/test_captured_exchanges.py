"""The exchanges captured from real terminals, played to the client call that makes them (field-data README)."""

import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, TypeAlias

from devices.zk.frames import PREFIX, Command, Packet, decode_packet, encode_frame, encode_packet, frame
from devices.zk.sizes import Sizes
from devices.zk.terminal import open_terminal

Captured: TypeAlias = Callable[[str], dict[str, Any]]
Player: TypeAlias = Callable[[Sequence[Sequence[bytes]]], AbstractContextManager[tuple[str, list[Packet]]]]

ACKNOWLEDGED = encode_frame(Packet(Command.OK, 0x45CF, 0))


def chunks(exchange: dict[str, Any]) -> list[bytes]:
    return [bytes.fromhex(chunk) for chunk in exchange["recv_chunks"]]


def asserted(exchange: dict[str, Any]) -> list[Packet]:
    return [decode_packet(bytes.fromhex(sent)[PREFIX:]) for sent in exchange["asserted_sends"]]


def in_order(expected: list[Packet], sent: list[Packet]) -> bool:
    """Whether the expected packets were sent in this order; their reply numbers follow re-used answers, ours do not."""
    rest = iter(packet._replace(reply=0) for packet in sent)
    return all(packet._replace(reply=0) in rest for packet in expected)


def test_tcp_connect(captured: Captured, played: Player) -> None:
    exchange = captured("tcp-connect")
    with played([chunks(exchange), [ACKNOWLEDGED]]) as (address, sent), open_terminal(address):
        pass
    assert sent == asserted(exchange)
    assert sent[1].session == exchange["expected"]["conn_id"]


def test_udp_connect(captured: Captured) -> None:
    exchange = captured("udp-connect")
    (connected,) = chunks(exchange)
    sent: list[bytes] = []

    def answer(machine: socket.socket) -> None:
        for reply in (connected, encode_packet(Packet(Command.OK, exchange["expected"]["conn_id"], 1))):
            request, client = machine.recvfrom(1024)
            sent.append(request)
            machine.sendto(reply, client)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as machine:
        machine.bind(("127.0.0.1", 0))
        machine.settimeout(10)
        thread = threading.Thread(target=answer, args=(machine,))
        thread.start()
        with open_terminal(f"udp://127.0.0.1:{machine.getsockname()[1]}"):
            pass
        thread.join()
    assert [packet.hex() for packet in sent] == exchange["asserted_sends"]


def test_tcp_auth_ok(captured: Captured, played: Player) -> None:
    exchange = captured("tcp-auth-ok")
    key = exchange["expected"]["password"]
    with played([[chunk] for chunk in chunks(exchange)]) as (address, sent), open_terminal(address, key):
        pass
    assert sent[1:] == asserted(exchange)


def test_tcp_sizes(captured: Captured, played: Player) -> None:
    exchange = captured("tcp-sizes")
    with played([[chunk] for chunk in chunks(exchange)]) as (address, sent), open_terminal(address) as terminal:
        sizes = terminal.read_sizes()
    said = exchange["expected"]
    assert sizes == Sizes(
        users=said["users"],
        users_capacity=said["users_cap"],
        fingers=said["fingers"],
        fingers_capacity=said["fingers_cap"],
        records=said["records"],
        records_capacity=said["records_cap"],
    )
    assert in_order(asserted(exchange), sent)


def test_tcp_users_7(captured: Captured, played: Player) -> None:
    exchange = captured("tcp-users-7")
    with played([[chunk] for chunk in chunks(exchange)]) as (address, sent), open_terminal(address) as terminal:
        users = terminal.read_users()
    said = exchange["expected"]["users"]
    assert [(user.uid, user.privilege, user.pin, user.name) for user in users] == [
        (user["uid"], user["privilege"], user["user_id"], user["name"]) for user in said
    ]
    assert len(users) == exchange["expected"]["user_count"]
    assert in_order(asserted(exchange), sent)


def test_tcp_live_12(captured: Captured, played: Player) -> None:
    exchange = captured("tcp-live-12")
    connected, *_, spliced, _, acknowledged = chunks(exchange)
    said = exchange["expected"]["live_event"]
    event = frame(spliced[PREFIX : PREFIX + 8] + spliced[-said["payload_len"] :])
    answers = [[connected], [acknowledged, event], [acknowledged], [acknowledged]]
    with played(answers) as (address, sent), open_terminal(address) as terminal:
        (punch,), rejected = terminal.read_live(5)
    assert (punch[0], punch[1]) == (said["user_id"], datetime.fromisoformat(said["time"]))
    assert not rejected
    assert [packet.command for packet in sent] == [Command.CONNECT, Command.EVENT, Command.EVENT, Command.EXIT]
    assert in_order(asserted(exchange), sent)
