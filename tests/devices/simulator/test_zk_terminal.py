"""The simulated terminal behaves as a real one: what it refuses, stores, forgets and tells."""

import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from devices.simulator.zk.records import RecordSize, SimulatorError, StoredPunch, encode_time
from devices.simulator.zk.session import Session
from devices.simulator.zk.sources import Duty, log_of_roster, people_of, read_attlog
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.simulator.zk.transfer import PACKET_BYTES
from devices.zk.frames import Command, Packet, decode_packet, encode_frame
from devices.zk.terminal import open_terminal

NOON = datetime(2026, 1, 5, 12, 0, 0)  # noqa: DTZ001 - as a terminal's clock shows it
READ_LOG = bytes.fromhex("010d000000000000000000")


def at_noon(**rest: object) -> SimulatedTerminal:
    return SimulatedTerminal("T1", people_of(["1", "2"]), clock=lambda: NOON, **rest)  # type: ignore[arg-type]


def ask(session: Session, command: int, data: bytes = b"") -> list[Packet]:
    return session.answer(Packet(command, session.number, 3, data))


def opened(terminal: SimulatedTerminal) -> Session:
    session = Session(terminal, 500)
    session.answer(Packet(Command.CONNECT, 0, 0))
    return session


@pytest.fixture
def log_read() -> Callable[[SimulatedTerminal], int]:
    """The number of punches a client reads."""

    def read(terminal: SimulatedTerminal) -> int:
        with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as client:
            return len(client.read_log().punches)

    return read


def test_nothing_is_answered_before_connect_or_in_a_foreign_session() -> None:
    terminal = at_noon()
    (before,) = ask(Session(terminal, 500), Command.FREE_SIZES)
    (foreign,) = opened(terminal).answer(Packet(Command.FREE_SIZES, 501, 3))
    assert before.command == foreign.command == Command.UNAUTHENTICATED


def test_nothing_is_answered_before_the_key_is_right() -> None:
    session = opened(at_noon(comm_key=45))
    for command, data in (
        (Command.FREE_SIZES, b""),
        (Command.PREPARE_BUFFER, READ_LOG),
        (Command.AUTHENTICATE, b"abcd"),
    ):
        assert [packet.command for packet in ask(session, command, data)] == [Command.UNAUTHENTICATED]


@pytest.mark.parametrize(
    ("command", "data", "expected"),
    [
        (Command.OPTION_READ, b"NoSuchOption\0", Command.ERROR),
        (Command.READ_BUFFER, b"\0" * 8, Command.ERROR),  # nothing prepared
        (Command.PREPARE_BUFFER, bytes.fromhex("0107000200000000000000"), Command.ERROR),  # templates are not held
        (88, b"", Command.UNKNOWN),
    ],
)
def test_what_a_terminal_does_not_know_it_declines(command: int, data: bytes, expected: Command) -> None:
    assert [packet.command for packet in ask(opened(at_noon()), command, data)] == [expected]


def test_a_large_log_comes_in_numbered_packets() -> None:
    stored = [StoredPunch("1", NOON + timedelta(minutes=n)) for n in range(100)]
    terminal = SimulatedTerminal("T1", (), stored)
    session = opened(terminal)
    (prepared,) = ask(session, Command.PREPARE_BUFFER, READ_LOG)
    assert (prepared.command, len(prepared.data)) == (Command.OK, 13)
    size = int.from_bytes(prepared.data[1:5], "little")
    assert size == 4 + 100 * 40
    begin, *parts, end = ask(session, Command.READ_BUFFER, b"\0\0\0\0" + prepared.data[1:5])
    assert begin == Packet(Command.PREPARE_DATA, 500, 3, prepared.data[1:5] + PACKET_BYTES.to_bytes(4, "little"))
    assert [part.session for part in parts] == [0, 1, 2, 3]
    assert max(len(part.data) for part in parts) == PACKET_BYTES == 1008
    assert b"".join(part.data for part in parts)[4:] == terminal.memory.log_bytes()
    assert end == Packet(Command.OK, 3, 3)
    (beyond,) = ask(session, Command.READ_BUFFER, prepared.data[1:5] * 2)
    assert beyond.command == Command.ERROR


def test_a_prepared_log_is_a_snapshot() -> None:
    terminal = SimulatedTerminal("T1", (), [StoredPunch("1", NOON + timedelta(minutes=n)) for n in range(100)])
    session = opened(terminal)
    (prepared,) = ask(session, Command.PREPARE_BUFFER, READ_LOG)
    terminal.memory.clear_log()
    _, *parts, _ = ask(session, Command.READ_BUFFER, b"\0\0\0\0" + prepared.data[1:5])
    assert sum(len(part.data) for part in parts) == 4 + 100 * 40


def test_a_small_log_comes_whole() -> None:
    terminal = SimulatedTerminal("T1", (), [StoredPunch("1", NOON)] * 25)
    (said,) = ask(opened(terminal), Command.PREPARE_BUFFER, READ_LOG)
    assert (said.command, said.data[:4], len(said.data)) == (Command.DATA, (1000).to_bytes(4, "little"), 1004)


def test_a_full_log_forgets_its_oldest_record() -> None:
    terminal = at_noon(capacity=3)
    for minute in range(5):
        terminal.punch("1", NOON + timedelta(minutes=minute))
    assert terminal.memory.records() == 3
    assert terminal.memory.log_bytes()[27:31] == encode_time(NOON + timedelta(minutes=2)).to_bytes(4, "little")


def test_a_second_finger_within_the_repeat_time_is_not_stored() -> None:
    terminal = at_noon(repeat=timedelta(minutes=1))
    taken = [terminal.punch("1", NOON + timedelta(seconds=seconds)) for seconds in (0, 59, 60)]
    assert taken == [True, False, True]
    assert terminal.punch("2", NOON)


def test_a_disabled_terminal_takes_no_punch_until_its_time_is_over() -> None:
    now = NOON
    terminal = SimulatedTerminal("T1", clock=lambda: now)
    session = opened(terminal)
    ask(session, Command.DISABLE, (30).to_bytes(4, "little"))
    assert not terminal.punch("1")
    now += timedelta(seconds=30)
    assert terminal.punch("1")
    ask(session, Command.DISABLE)
    assert not terminal.punch("1")
    ask(session, Command.ENABLE)
    assert terminal.punch("1")


def test_the_clock_can_be_set_and_not_to_a_day_that_does_not_exist() -> None:
    terminal = at_noon()
    session = opened(terminal)
    new_year = datetime(2026, 1, 1, 0, 0, 0)  # noqa: DTZ001 - as a terminal's clock shows it
    assert ask(session, Command.SET_TIME, encode_time(new_year).to_bytes(4, "little"))[0].command == Command.OK
    assert ask(session, Command.SET_TIME, (840_873_600).to_bytes(4, "little"))[0].command == Command.ERROR
    assert ask(session, Command.GET_TIME)[0].data == encode_time(new_year).to_bytes(4, "little")


@pytest.mark.parametrize(("command", "data", "left"), [(15, b"", 0), (14, b"\x01", 0), (14, b"", 0), (14, b"\x02", 1)])
def test_a_log_can_be_cleared_as_on_a_real_terminal(command: int, data: bytes, left: int) -> None:
    terminal = at_noon()
    terminal.punch("1")
    ask(opened(terminal), command, data)
    assert terminal.memory.records() == left


def test_only_those_who_registered_are_told_of_a_punch() -> None:
    terminal = at_noon()
    sessions: list[int] = []
    with (
        terminal.serving() as address,
        socket.create_connection(address) as deaf,
        socket.create_connection(address) as listener,
    ):
        for client, mask in ((deaf, 2), (listener, 1)):
            client.settimeout(5)
            client.sendall(encode_frame(Packet(Command.CONNECT, 0, 0)))
            sessions.append(decode_packet(client.recv(100)[8:]).session)
            client.sendall(encode_frame(Packet(Command.EVENT, sessions[-1], 1, mask.to_bytes(4, "little"))))
            assert decode_packet(client.recv(100)[8:]).command == Command.OK
        terminal.punch("1")
        assert decode_packet(listener.recv(100)[8:]).command == Command.EVENT
        deaf.sendall(encode_frame(Packet(Command.STATE_READ, sessions[0], 2)))
        assert decode_packet(deaf.recv(100)[8:]).command == Command.OK, "its answer is the next thing it hears"


def test_a_frame_with_a_wrong_checksum_ends_the_connection() -> None:
    with at_noon().serving() as address, socket.create_connection(address, timeout=5) as client:
        client.sendall(bytes.fromhex("5050827d08000000e803000000000000"))
        assert client.recv(100) == b""


def test_serving_ends_with_clients_connected_and_can_begin_again() -> None:
    terminal = at_noon()
    for _ in range(2):
        with terminal.serving() as (host, port), socket.create_connection((host, port), timeout=5) as client:
            client.sendall(encode_frame(Packet(Command.CONNECT, 0, 0)))
            assert client.recv(100)


def test_a_taken_port_is_said_to_be_taken() -> None:
    with (
        at_noon().serving() as (_, port),
        pytest.raises(SimulatorError, match=rf"Port {port} on 127\.0\.0\.1 cannot be served: .* Choose another"),
        at_noon().serving(port),
    ):
        pytest.fail("it served")


@pytest.mark.parametrize(
    ("pin", "size"), [("A1", 8), ("007", 16), ("4294967296", 16), ("²", 8), ("", 40), ("x" * 25, 40), ("é" * 13, 49)]
)
def test_a_pin_that_the_kind_cannot_hold_is_refused(pin: str, size: RecordSize) -> None:
    with pytest.raises(SimulatorError, match=r"pin"):
        SimulatedTerminal("T1", (), [StoredPunch(pin, NOON)], record_size=size)


@pytest.mark.parametrize(
    "punch",
    [
        StoredPunch("1", NOON.replace(year=1999)),
        StoredPunch("1", NOON, 256),
        StoredPunch("1", NOON, 0, -1),
        StoredPunch("1", NOON, 0, 1, -1),
    ],
)
def test_a_punch_that_no_terminal_stored_is_refused(punch: StoredPunch) -> None:
    with pytest.raises(SimulatorError, match="cannot have stored"):
        SimulatedTerminal("T1", (), [punch])


def test_people_must_be_told_apart() -> None:
    with pytest.raises(SimulatorError, match="numbers and pins are unique"):
        SimulatedTerminal("T1", [*people_of(["1"]), *people_of(["2"])])


def test_raw_records_must_have_the_size_of_the_terminal() -> None:
    with pytest.raises(SimulatorError, match="has 40 bytes, not 3"):
        SimulatedTerminal("T1", (), [b"xyz"])


def test_a_roster_becomes_a_log_in_order_of_time() -> None:
    end = NOON + timedelta(hours=4)
    log = log_of_roster([Duty("1", NOON, end), Duty("2", NOON - timedelta(hours=4), end)], seed=7)
    assert log == log_of_roster([Duty("1", NOON, end), Duty("2", NOON - timedelta(hours=4), end)], seed=7)
    assert [punch.local_time for punch in log] == sorted(punch.local_time for punch in log)
    assert {(punch.pin, punch.state) for punch in log} == {("1", 0), ("1", 1), ("2", 0), ("2", 1)}
    assert all(punch.local_time <= NOON if punch.state == 0 else punch.local_time >= end for punch in log)


@pytest.mark.parametrize(
    "name", ["Aurelius91_hr", "Thrawn1_Time_work_table", "hafidzSabri_Project-JakartaNEWS", "tankwanghow_full_circle"]
)
def test_a_real_export_fills_a_terminal_of_any_kind(
    field_data: Path, name: str, log_read: Callable[[SimulatedTerminal], int]
) -> None:
    stored, rejected = read_attlog(field_data / "attlog" / name / "1_attlog.dat")
    assert len(rejected) == (name == "Thrawn1_Time_work_table")
    sizes: tuple[RecordSize, ...] = (8, 16, 40, 49)
    for size in sizes:
        terminal = SimulatedTerminal("T1", people_of(punch.pin for punch in stored), stored, record_size=size)
        assert log_read(terminal) == len(stored)


def test_what_is_no_attendance_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.xlsx").write_bytes(b"PK\x03\x04")
    (tmp_path / "code.dat").write_text("1\t2026-01-05 08:00:00\t1\t0\t1\tGATE\n")
    with pytest.raises(SimulatorError, match="Excel"):
        read_attlog(tmp_path / "log.xlsx")
    with pytest.raises(SimulatorError, match="work codes as numbers, so not 'GATE'"):
        read_attlog(tmp_path / "code.dat")
    with pytest.raises(SimulatorError, match=r"missing\.dat cannot be read"):
        read_attlog(tmp_path / "missing.dat")
