"""What the simulated terminal says, held against the bytes that real terminals said."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from devices.simulator.zk.records import Person, StoredPunch, encode_record
from devices.simulator.zk.session import Session
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.frames import PREFIX, Command, Packet, decode_packet, encode_frame
from devices.zk.key import scrambled_key
from devices.zk.log import decode_records
from devices.zk.users import decode_user, user_records

Examples: TypeAlias = Callable[[str], bytes]


@pytest.fixture
def example(field_data: Path) -> Examples:
    """The bytes of the one printed example whose meaning begins with these words."""
    examples = json.loads((field_data / "zk-protocol" / "adrobinoga_examples.json").read_text())["examples"]

    def found(meaning: str) -> bytes:
        (hexadecimal,) = [one["hex"] for one in examples if one["meaning"].startswith(meaning)]
        return bytes.fromhex(hexadecimal)

    return found


@pytest.fixture
def chunks(field_data: Path) -> Callable[[str], list[bytes]]:
    """What a client received in a captured exchange."""
    exchanges = json.loads((field_data / "zk-protocol" / "pyzk_exchanges.json").read_text())["exchanges"]

    def found(name: str) -> list[bytes]:
        (received,) = [one["recv_chunks"] for one in exchanges if one["id"] == name]
        return [bytes.fromhex(chunk) for chunk in received]

    return found


def opened(terminal: SimulatedTerminal, number: int) -> Session:
    session = Session(terminal, number)
    session.answer(Packet(Command.CONNECT, 0, 0))
    return session


def answer(session: Session, frame: bytes) -> bytes:
    (packet,) = session.answer(decode_packet(frame[PREFIX:]))
    return encode_frame(packet)


def test_connect_and_exit(chunks: Callable[[str], list[bytes]]) -> None:
    session = Session(SimulatedTerminal("T1"), 64303)
    assert answer(session, bytes.fromhex("5050827d08000000e80317fc00000000")) == chunks("tcp-connect")[0]
    answer(session, bytes.fromhex("5050827d08000000e903e6002ffb0100"))
    assert session.over


def test_key_45_is_asked_for_and_taken(chunks: Callable[[str], list[bytes]]) -> None:
    asked, taken, _ = chunks("tcp-auth-ok")
    session = Session(SimulatedTerminal("T1", comm_key=45), 0x45CF)
    assert answer(session, bytes.fromhex("5050827d08000000e80317fc00000000")) == asked
    assert answer(session, bytes.fromhex("5050827d0c0000004e044db0cf45010061c9323c")) == taken


@pytest.mark.parametrize(
    ("key", "session", "bytes_"),
    [(12, 0x45CF, "614d323c"), (45, 0x45CF, "61c9323c"), (0, 0x45CF, "617d323c"), (123456, 0x1234, "267f32eb")],
)
def test_keys_travel_scrambled(key: int, session: int, bytes_: str) -> None:
    assert scrambled_key(key, session, b"\x32").hex() == bytes_


def test_sizes_stand_where_a_real_terminal_has_them(chunks: Callable[[str], list[bytes]]) -> None:
    real = chunks("tcp-sizes")[1][16:]
    terminal = SimulatedTerminal("T1", [Person(n, str(n)) for n in range(1, 8)])
    terminal.memory.capacity = 100_000
    (said,) = opened(terminal, 1).answer(Packet(Command.FREE_SIZES, 1, 1))
    assert len(said.data) == 92
    for offset, name in ((16, "users"), (56, "finger capacity"), (60, "user capacity"), (64, "record capacity")):
        assert said.data[offset : offset + 4] == real[offset : offset + 4], name


def test_a_list_of_seven_people(chunks: Callable[[str], list[bytes]]) -> None:
    real = decode_packet(chunks("tcp-users-7")[2][PREFIX:])
    pins = {1: "808", 2: "821", 3: "835", 4: "831", 5: "832", 6: "86", 12: "842"}
    terminal = SimulatedTerminal("T1", [Person(uid, pin, "", 14 if uid == 1 else 0) for uid, pin in pins.items()])
    request = Packet(Command.PREPARE_BUFFER, 1, 1, bytes.fromhex("0109000500000000000000"))
    (said,) = opened(terminal, 1).answer(request)
    assert said.command == real.command == Command.DATA
    assert said.data == real.data


def test_options(example: Examples) -> None:
    session = opened(SimulatedTerminal("T1"), 36339)
    session.answer(Packet(Command.OPTION_WRITE, 36339, 1, b"WorkCode=0\0"))
    for name in ("~Platform", "WorkCode"):
        request = example(f'request: read the option "{name}"')
        expected = example(f'answer to it: "{name}=')
        assert answer(session, request) == expected


def test_options_are_written(example: Examples) -> None:
    terminal = SimulatedTerminal("T1")
    (said,) = opened(terminal, 50564).answer(
        decode_packet(example('request 12 (write an option): "LockOn=5"')[PREFIX:])
    )
    assert said == Packet(Command.OK, 50564, 71)
    assert terminal.memory.options["LockOn"] == "5"


def test_device_state(example: Examples) -> None:
    session = opened(SimulatedTerminal("T1"), 9)
    (said,) = session.answer(Packet(Command.STATE_READ, 9, 55))
    assert encode_frame(said) == example('answer to "device state"')


def test_a_live_event(example: Examples) -> None:
    when = datetime(2018, 6, 25, 17, 41, 5)  # noqa: DTZ001 - as the terminal's clock showed it
    said = opened(SimulatedTerminal("T1"), 9).event(StoredPunch("999111333", when, 0, 1), 13)
    assert encode_frame(said) == example("unasked attendance event, 32-byte form")


def test_a_40_byte_record(example: Examples) -> None:
    real = example("one 40-byte attendance record")
    when = datetime(2018, 6, 25, 17, 50, 35)  # noqa: DTZ001 - as the terminal's clock showed it
    assert encode_record(StoredPunch("999111333", when, 0, 1), 13, 40) == real
    assert decode_records(real, 40) == ([("999111333", when, 0, 1, None, real)], [])


def test_a_72_byte_user(example: Examples) -> None:
    real = example("one 72-byte user record")
    (record,) = user_records(b"\x48\0\0\0" + real, [1])
    assert decode_user(record, "utf-8") == (13, "555", "Usr", 0)


def test_every_captured_exchange_is_known(field_data: Path) -> None:
    exchanges: list[dict[str, Any]] = json.loads((field_data / "zk-protocol" / "pyzk_exchanges.json").read_text())[
        "exchanges"
    ]
    assert {one["id"] for one in exchanges} == {
        *("tcp-connect", "udp-connect", "tcp-auth-ok", "tcp-sizes", "tcp-users-7", "tcp-live-12")
    }
