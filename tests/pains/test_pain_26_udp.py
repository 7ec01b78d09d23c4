"""Pain 26: over UDP, datagrams are lost, doubled and out of order, and logs come in pieces or not at all."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from collector.poll import poll
from devices.errors import RetriableTerminalError
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import RecordSize, StoredPunch
from devices.simulator.zk.sources import people_of
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.address import parse_address
from devices.zk.datagrams import DatagramLink
from devices.zk.frames import Command, Packet, encode_packet
from devices.zk.terminal import open_terminal
from ingest.accept import Counts
from ingest.database import ConnectionPool
from tests.collector.test_poll import log_of, register
from tests.collector.test_poll_end import punch_more

START = datetime(2026, 1, 5, 7, 0, 0)  # noqa: DTZ001 - as a terminal's clock shows it
TROUBLES = {
    "none": Faults(),
    "loss": Faults(lose=0.05),
    "twice": Faults(duplicate=0.3),
    "any order": Faults(reorder=True),
    "all": Faults(lose=0.05, duplicate=0.2, reorder=True),
}


def terminal_of(count: int, **options: Any) -> SimulatedTerminal:
    log = [StoredPunch(str(1 + n % 9), START + timedelta(seconds=61 * n), n % 2) for n in range(count)]
    return SimulatedTerminal("SN-udp", people_of(punch.pin for punch in log), log, **options)


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("count", [0, 3, 1500])
@pytest.mark.parametrize("size", [16, 40])
def test_the_log_comes_whole_and_in_order(size: RecordSize, count: int, trouble: str) -> None:
    terminal = terminal_of(count, record_size=size, faults=TROUBLES[trouble], comm_key=77)
    with terminal.serving(udp=True) as (host, port), open_terminal(f"udp://{host}:{port}", 77) as opened:
        assert opened.read_identity().serial_number == "SN-udp"
        log = opened.read_log()
    assert b"".join(punch[5] for punch in log.punches) == terminal.memory.log_bytes()


def test_people_and_live_punches_come_over_udp_too() -> None:
    terminal = terminal_of(0)
    terminal.memory.people.extend(people_of(str(1000 + n) for n in range(70)))
    with terminal.serving(udp=True) as (host, port), open_terminal(f"udp://{host}:{port}") as opened:
        assert [user.pin for user in opened.read_users()] == [str(1000 + n) for n in range(70)]
        assert opened.read_live(0.01) == ([], [])
        assert terminal.punch("7", START, 1)
        ((pin, when, state, *_),), _ = opened.read_live(5)
    assert (pin, when, state) == ("7", START, 1)


def test_polls_over_udp_read_the_end_of_the_log(pool: ConnectionPool) -> None:
    log = log_of(2000)
    simulated = SimulatedTerminal("SN", people_of(p.pin for p in log), log, faults=Faults(lose=0.02, reorder=True))
    with simulated.serving(udp=True) as (host, port):
        terminal = register(pool, "lobi", f"udp://{host}:{port}")
        assert poll(terminal, pool).counts == Counts(2000, 2000, 0, 0)
        punch_more(simulated, 7)
        assert poll(terminal, pool).counts == Counts(7, 7, 0, 0)


def test_one_that_is_silent_or_away_over_udp_is_said_to_be_so() -> None:
    with terminal_of(0, faults=Faults(silent=True)).serving(udp=True) as (host, port):
        address = f"udp://{host}:{port}"
        with pytest.raises(RetriableTerminalError, match="did not answer over UDP within 1 s"):
            open_terminal(address, patience=1.0).__enter__()
    with pytest.raises(RetriableTerminalError, match="is not served over UDP"):
        open_terminal(address, patience=1.0).__enter__()


def test_silence_is_told_as_such_also_where_the_time_for_all_is_over_first() -> None:
    with terminal_of(0, faults=Faults(silent=True)).serving(udp=True) as (host, port):
        link = DatagramLink(parse_address(f"udp://{host}:{port}"), 60.0)
        link.begin("opening a session", 0.0)
        with pytest.raises(RetriableTerminalError, match="did not answer over UDP within 60 s"):
            link.sendto(encode_packet(Packet(Command.CONNECT, 0, 0, b"")), None)
