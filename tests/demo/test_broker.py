"""The local brokers of the demonstration: real processes."""

import os
import pwd
import shutil
import socket
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from config import broker_files
from demo import broker as broker_module
from demo.broker import Amqtt, BrokerError, LocalBroker, Mosquitto, free_port, local_broker
from devices.mqtt import registry
from devices.mqtt.client import Consumer
from devices.mqtt.session import BrokerAccess
from devices.simulator.mqtt import SimulatedMqttTerminal
from tests.waiting import SECONDS, until

NOBODY = "nobody"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give folders away")


def carry(broker: LocalBroker, count: int) -> list[str]:
    """Pins of punches that go from a pretended terminal through the broker into a consumer."""
    start = datetime.fromisoformat("2026-01-05T07:00:00")
    punches = [(str(number), start + timedelta(seconds=number), 0, 1, None, b"") for number in range(count)]
    access = BrokerAccess(broker.host, broker.port, "collector", broker.version)
    pins: list[str] = []
    with Consumer(access, registry.FILTERS) as consumer:
        until(lambda: consumer.error is None)
        terminal = SimulatedMqttTerminal("gate-1", broker.host, broker.port, version=broker.version)
        assert terminal.send(punches).buffered == 0
        deadline = time.monotonic() + SECONDS
        while len(pins) < count:
            assert time.monotonic() < deadline, f"only {pins} came"
            arrivals = consumer.take(0.1)
            consumer.acknowledge(arrivals)
            for it in arrivals:
                batch = registry.read(it.topic, it.payload, it.received_at).batch
                pins += [punch[0] for punch in batch.punches]
    return pins


def program(broker: Mosquitto) -> str:
    """Of the running broker; asking the fixture for it skips the test where there is no Mosquitto."""
    return broker.command()[0]


def test_mosquitto_carries_punches_and_listens_to_this_machine_only(broker: Mosquitto) -> None:
    assert carry(broker, 30) == [str(number) for number in range(30)]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", broker.port), timeout=1)


def test_mosquitto_works_in_a_folder_with_blanks_in_its_name(broker: Mosquitto, tmp_path: Path) -> None:
    with Mosquitto(program(broker), tmp_path / "a broker's own folder") as other:
        assert carry(other, 1) == ["0"]
        assert (other.folder / "mosquitto.db").exists()


def test_stopping_ends_the_process_and_starting_again_keeps_the_port(broker: Mosquitto) -> None:
    port, process = broker.port, broker.process
    assert process is not None
    broker.stop()
    assert process.returncode is not None
    assert not broker.answers()
    broker.start()
    assert broker.port == port
    assert broker.answers()


def test_a_broker_that_cannot_save_does_not_start(
    broker: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "blocked"
    (folder / "mosquitto.db" / "in the way").mkdir(parents=True)
    os.utime(folder / "mosquitto.db", (0, 0))
    blocked = Mosquitto(program(broker), folder)
    monkeypatch.setattr(broker_module, "START_SECONDS", 1.0)
    with pytest.raises(BrokerError, match="cannot save its messages"), blocked:
        pass
    assert blocked.process is None


@as_root
def test_as_root_the_broker_runs_as_the_owner_of_its_folder_and_saves_there(
    broker: Mosquitto, open_folder: Path
) -> None:
    folder = open_folder / "of nobody"
    folder.mkdir()
    shutil.chown(folder, NOBODY)
    with Mosquitto(program(broker), folder) as other:
        assert other.process is not None
        status = Path(f"/proc/{other.process.pid}/status").read_text(encoding="utf-8")
        uid = str(pwd.getpwnam(NOBODY).pw_uid)
        assert next(line.split() for line in status.splitlines() if line.startswith("Uid:"))[1:] == [uid] * 4
        assert (folder / "mosquitto.db").owner() == NOBODY


@as_root
def test_as_root_an_account_that_cannot_write_the_folder_is_told_and_not_silently_kept(
    broker: Mosquitto, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_files, "owner_of", lambda _: NOBODY)
    monkeypatch.setattr(broker_module, "START_SECONDS", 1.0)
    with (
        pytest.raises(BrokerError, match="cannot save its messages there"),
        Mosquitto(program(broker), open_folder / "of root"),
    ):
        pass


def test_a_taken_port_is_told(broker: Mosquitto, tmp_path: Path) -> None:
    with (
        pytest.raises(BrokerError, match=f"port {broker.port} .*Address already in use"),
        Mosquitto(program(broker), tmp_path / "second", broker.port),
    ):
        pass


def test_without_mosquitto_amqtt_carries_punches_with_3_1_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(broker_module, "SYSTEM_FOLDERS", ())
    with local_broker(tmp_path / "broker") as broker:
        assert isinstance(broker, Amqtt)
        assert broker.version == "3.1.1"
        assert carry(broker, 100) == [str(number) for number in range(100)]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", broker.port), timeout=1)
        process = broker.process
    assert process is not None
    assert process.returncode == 0


def test_the_best_broker_is_mosquitto(broker: Mosquitto, tmp_path: Path) -> None:
    assert isinstance(local_broker(tmp_path), type(broker))


def test_a_free_port_is_free() -> None:
    with socket.create_server(("127.0.0.1", free_port())):
        pass
