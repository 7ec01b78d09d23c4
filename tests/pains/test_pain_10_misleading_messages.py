"""Pain 10: cannot connect, and the message misleads. Each cause is told apart, also in Indonesian, with its cure."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool

from collector.doctor.finding import Finding
from collector.doctor.walk import examine
from collector.poll import poll
from collector.visit import visit
from config.settings import Settings
from config.troubles import Trouble
from devices.errors import TerminalError
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.terminal import SimulatedTerminal
from ingest import health
from tests.collector.test_poll import register


def first_broken(pool: ConnectionPool, data_dir: Path, address: str, comm_key: int = 0) -> Finding:
    register(pool, "lobi", address, comm_key)
    settings = Settings.model_validate({"data_dir": data_dir})
    return next(finding for finding in examine("lobi", pool, settings) if finding.state == "broken")


@contextmanager
def listening(backlog: int = 5) -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as server:
        yield server


def address_of(server: socket.socket) -> str:
    return f"127.0.0.1:{server.getsockname()[1]}"


def told(found: Finding, step: str, trouble: Trouble, indonesian: str) -> bool:
    cures = {found.cure("id"), found.cure("en")}
    return (found.step, found.trouble) == (step, trouble) and indonesian in found.sentence("id") and None not in cures


def test_nothing_listens_there(pool: ConnectionPool, tmp_path: Path) -> None:
    with listening() as server:
        address = address_of(server)
    found = first_broken(pool, tmp_path, address)
    assert told(found, "port", "refused", "menolak sambungan")


def test_the_name_is_not_known(pool: ConnectionPool, tmp_path: Path) -> None:
    found = first_broken(pool, tmp_path, "no-such-terminal.invalid")
    assert told(found, "name", "unknown_name", "tidak dikenal di jaringan")


def test_packets_vanish(pool: ConnectionPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full backlog drops what asks for a connection, as a firewall does."""
    monkeypatch.setattr("collector.doctor.zk.PATIENCE_SECONDS", 1.0)
    with listening(backlog=0) as server:
        held = [socket.socket() for _ in range(4)]
        for each in held:
            each.setblocking(False)
            each.connect_ex(server.getsockname())
        try:
            found = first_broken(pool, tmp_path, address_of(server))
        finally:
            for each in held:
                each.close()
    assert told(found, "port", "no_connection", "Tidak ada yang menjawab")


def test_another_service_answers(pool: ConnectionPool, tmp_path: Path) -> None:
    with listening() as server:
        thread = threading.Thread(target=_web_server, args=(server,))
        thread.start()
        found = first_broken(pool, tmp_path, address_of(server))
        thread.join(10)
    assert told(found, "speaks_zk", "not_zk", "bukan mesin presensi ZK")


def _web_server(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1024)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_somebody_else_holds_the_terminal(
    pool: ConnectionPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.doctor.zk.PATIENCE_SECONDS", 0.5)
    with listening() as server:
        found = first_broken(pool, tmp_path, address_of(server))
    assert told(found, "speaks_zk", "held", "tidak ada jawaban")


@pytest.mark.parametrize("given", [0, 8])
def test_the_key_is_wrong(pool: ConnectionPool, tmp_path: Path, given: int) -> None:
    with SimulatedTerminal("T1", comm_key=77).serving() as (host, port):
        found = first_broken(pool, tmp_path, f"{host}:{port}", given)
    assert told(found, "key", "wrong_key", "kunci komunikasi")
    assert "tepat terminal set lobi --comm-key" in (found.cure("id") or "")


def test_it_is_a_door_controller(pool: ConnectionPool, tmp_path: Path) -> None:
    with SimulatedTerminal("T1", faults=Faults(door_mode=True)).serving() as (host, port):
        found = first_broken(pool, tmp_path, f"{host}:{port}")
    assert told(found, "mode", "door_mode", "pengendali pintu")


def test_what_is_advised_can_be_typed_as_it_stands(pool: ConnectionPool, tmp_path: Path) -> None:
    """In health and at commands the terminal's own name stands in it, not the word NAME."""
    with SimulatedTerminal("T1", comm_key=77).serving() as (host, port):
        lobi = register(pool, "lobi utara", f"{host}:{port}")
        advice = "tepat terminal set 'lobi utara' --comm-key KEY"
        assert advice in (poll(lobi, pool).error or "")
        with pool.connection() as connection:
            assert advice in (health.of_all(connection)[0].error or "")
        with pytest.raises(TerminalError) as told, visit(lobi, pool, tmp_path):
            pass
        assert advice in str(told.value)
