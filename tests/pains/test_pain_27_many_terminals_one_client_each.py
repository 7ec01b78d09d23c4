"""Pain 27: many terminals at once, each of which serves one client at a time, and drops those that are idle."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from collector.rounds import poll_all
from collector.turn import turn
from devices import names
from devices.names import Names
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.many import ManyTerminals
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.terminal import open_terminal
from ingest.database import ConnectionPool
from tests.collector.test_live import agree, impatient, listened_to, live_terminal
from tests.collector.test_poll import START, count, register
from tests.devices.name_server import SilentNameServer
from tests.waiting import until

__all__ = ["impatient"]

MANY = 200


def test_hundreds_are_read_together(pool: ConnectionPool, tmp_path: Path) -> None:
    log = [StoredPunch("1", START + timedelta(minutes=each)) for each in range(30)]
    terminals = [SimulatedTerminal(f"SN{number}", (), log) for number in range(MANY)]
    with ManyTerminals(terminals, [0.0] * MANY).serving() as ports:
        for number, port in enumerate(ports):
            register(pool, f"lobi {number}", f"127.0.0.1:{port}")
        assert [poll.error for poll in poll_all(pool, tmp_path) if poll.error] == []
    assert count(pool, "punch") == 30 * MANY


def test_a_silent_name_server_delays_no_terminal_with_an_address(
    pool: ConnectionPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = SimulatedTerminal("SN1", (), [StoredPunch("1", START)])
    with SilentNameServer() as server, here.serving() as (host, port), ThreadPoolExecutor(1) as worker:
        monkeypatch.setattr(names, "SYSTEM", Names(server.look_up))
        for number in range(names.MOST + 8):
            register(pool, f"cabang {number}", f"cabang-{number}.example")
        register(pool, "lobi", f"{host}:{port}")
        polls = worker.submit(poll_all, pool, tmp_path)
        until(lambda: count(pool, "punch") == 1)
        assert not polls.done(), "the others still wait for the name server"
        server.give_up()
        errors = {poll.terminal: poll.error for poll in polls.result(60)}
    assert errors.pop("lobi") is None
    assert len(errors) == names.MOST + 8
    assert all(
        error and ("not known to the network" in error or "DNS did not say" in error) for error in errors.values()
    )


def test_a_terminal_that_is_listened_to_serves_another_command_in_between(pool: ConnectionPool, tmp_path: Path) -> None:
    with live_terminal(pool, tmp_path, faults=Faults(refuse_second_client=True)) as (simulated, terminal):
        assert terminal.address is not None
        for number in range(3):
            until(lambda: agree(pool, simulated) and listened_to(simulated))
            with turn(tmp_path, terminal.id, wait_seconds=20), open_terminal(terminal.address) as device:
                assert device.read_sizes().records == 5 + number
                assert simulated.punch("1", START + timedelta(days=1, seconds=number))
        until(lambda: agree(pool, simulated))


def test_an_idle_session_is_kept_alive(pool: ConnectionPool, tmp_path: Path) -> None:
    with live_terminal(pool, tmp_path) as (simulated, _):
        until(lambda: agree(pool, simulated))
        asked = simulated.received.count(201)
        until(lambda: simulated.received.count(201) >= asked + 3)
        assert simulated.connections == 1
