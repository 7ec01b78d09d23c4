"""The client against the simulated terminal: identity, log, people and live punches, in each record size."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from devices.errors import FatalTerminalError
from devices.records import Punch
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import RECORD_SIZES, Person, RecordSize, StoredPunch
from devices.simulator.zk.sources import people_of
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.frames import Command
from devices.zk.terminal import open_terminal

Punches = Callable[[int], list[StoredPunch]]
NOON = datetime(2026, 1, 5, 12, 0, 0)  # noqa: DTZ001 - as a terminal's clock shows it


def expected(stored: list[StoredPunch], size: RecordSize, people: list[Person]) -> list[tuple[object, ...]]:
    uids = {person.pin: person.uid for person in people}
    return [
        (
            f"uid:{uids[punch.pin]}" if size == 8 else punch.pin,
            punch.local_time,
            punch.state,
            punch.verify,
            str(punch.work_code) if size == 16 else None,
        )
        for punch in stored
    ]


def without_raw(punches: list[Punch]) -> list[tuple[object, ...]]:
    return [punch[:5] for punch in punches]


@pytest.mark.parametrize("comm_key", [0, 1, 45, 123456, 999999])
@pytest.mark.parametrize("count", [0, 1, 7, 3000], ids=lambda count: f"{count}-records")
@pytest.mark.parametrize("size", RECORD_SIZES, ids=lambda size: f"{size}-bytes")
def test_a_log_is_read_as_it_was_stored(punches: Punches, size: RecordSize, count: int, comm_key: int) -> None:
    stored = punches(count)
    people = people_of(punch.pin for punch in stored)
    terminal = SimulatedTerminal("T1", people, stored, record_size=size, comm_key=comm_key)
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}", comm_key) as opened:
        log = opened.read_log()
    assert without_raw(log.punches) == expected(stored, size, people)
    assert not log.rejected
    assert log.record_size == (size if count else None)
    assert b"".join(punch[5] for punch in log.punches) == terminal.memory.log_bytes()


def test_what_a_terminal_says_of_itself(punches: Punches) -> None:
    terminal = SimulatedTerminal("CKJF1", people_of(["1", "2"]), punches(5), clock=lambda: NOON)
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        identity = opened.read_identity()
    assert (identity.serial_number, identity.platform, identity.device_name) == ("CKJF1", "ZEM760_TFT", "Simulated")
    assert identity.firmware == "Ver 6.60 Nov 13 2019"
    assert (identity.sizes.users, identity.sizes.records) == (2, 7 - 2)
    assert (identity.sizes.users_capacity, identity.sizes.records_capacity) == (10_000, 100_000)
    assert identity.moment.clock == NOON


def test_the_offset_of_a_clock_is_told_in_the_zone_where_the_terminal_hangs() -> None:
    zone = ZoneInfo("Asia/Jayapura")
    ahead = timedelta(seconds=90)
    terminal = SimulatedTerminal("T1", clock=lambda: (datetime.now(zone) + ahead).replace(tzinfo=None))
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        identity = opened.read_identity()
    offset = identity.moment.offset(zone)
    behind = identity.moment.offset(timezone(timedelta(hours=10)))
    assert offset is not None
    assert abs(offset - ahead) <= identity.moment.uncertainty
    assert behind == offset - timedelta(hours=1)


def test_a_terminal_that_does_not_know_an_option_is_read_all_the_same() -> None:
    terminal = SimulatedTerminal("T1")
    terminal.memory.options.clear()
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        identity = opened.read_identity()
    assert (identity.serial_number, identity.device_name, identity.platform) == (None, None, None)


@pytest.mark.parametrize("size", RECORD_SIZES)
def test_people_are_read_with_their_internal_numbers(size: RecordSize) -> None:
    people = [Person(3, "1007", "Sari"), Person(9, "42", "Budi", 14)] + [
        Person(10 + n, str(2000 + n)) for n in range(60)
    ]
    terminal = SimulatedTerminal("T1", people, record_size=size)
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        users = opened.read_users()
    assert [tuple(user) for user in users] == [(one.uid, one.pin, one.name, one.privilege) for one in people]


@pytest.mark.parametrize("size", RECORD_SIZES)
def test_live_punches_are_the_punches_of_the_next_poll(size: RecordSize) -> None:
    terminal = SimulatedTerminal("T1", people_of(["7"]), record_size=size, clock=lambda: NOON)
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        assert opened.read_live(0.01) == ([], [])
        assert terminal.punch("7", state=1, verify=15)
        live, rejected = opened.read_live(5)
        log = opened.read_log()
    assert [punch[:4] for punch in live] == [punch[:4] for punch in log.punches] == [live[0][:4]]
    assert not rejected


def test_listening_ends_with_the_session() -> None:
    terminal = SimulatedTerminal("T1")
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        opened.read_live(0.01)
        opened.close()
        assert terminal.received[-2:] == [Command.EVENT, Command.EXIT]


def test_one_reading_takes_one_connection_and_never_disables_or_clears(punches: Punches) -> None:
    terminal = SimulatedTerminal("T1", (), punches(200))
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        opened.read_identity()
        opened.read_log()
        opened.read_users()
        opened.read_live(0.01)
    assert terminal.connections == 1
    assert terminal.enabled
    allowed = {
        *(Command.CONNECT, Command.EXIT, Command.OPTION_READ, Command.VERSION, Command.FREE_SIZES, Command.GET_TIME),
        *(Command.PREPARE_BUFFER, Command.READ_BUFFER, Command.FREE_DATA, Command.EVENT, Command.OK),
    }
    assert set(terminal.received) <= allowed


@pytest.mark.parametrize(
    ("comm_key", "said"), [(0, "asks for a communication key"), (46, "refuses the communication key that is set here")]
)
def test_a_wrong_key_is_for_a_person_to_change(comm_key: int, said: str) -> None:
    terminal = SimulatedTerminal("T1", comm_key=45)
    with (
        terminal.serving() as (host, port),
        pytest.raises(FatalTerminalError, match=said),
        open_terminal(f"{host}:{port}", comm_key),
    ):
        pytest.fail("the session opened")


@pytest.mark.parametrize("comm_key", [65535, 131071, 196607, 983039])
def test_a_key_of_many_ones_opens_every_session(comm_key: int) -> None:
    terminal = SimulatedTerminal("T1", comm_key=comm_key)
    with terminal.serving() as (host, port):
        for session in (0, 0x8000, 0xFFFF):
            terminal._numbers = iter([session])
            with open_terminal(f"{host}:{port}", comm_key) as opened:
                assert opened.read_sizes().records == 0


def test_a_key_that_no_terminal_can_have_is_refused_before_connecting() -> None:
    with pytest.raises(FatalTerminalError, match="no number from 0 to 999999"), open_terminal("127.0.0.1:1", 1_000_000):
        pytest.fail("the session opened")


def test_a_terminal_in_door_mode_is_said_to_be_one() -> None:
    terminal = SimulatedTerminal("T1", faults=Faults(door_mode=True))
    with (
        terminal.serving() as (host, port),
        open_terminal(f"{host}:{port}") as opened,
        pytest.raises(FatalTerminalError, match="door controller and keeps no attendance log"),
    ):
        opened.read_log()
