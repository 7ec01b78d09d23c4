"""The pretended MQTT terminal against a real broker, and its messages against the contract and the field data."""

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
import typer
from typer.testing import CliRunner

from demo.broker import Mosquitto
from devices.errors import RetriableTerminalError
from devices.mqtt import registry
from devices.mqtt.client import Consumer
from devices.mqtt.session import BrokerAccess
from devices.records import Batch, Punch
from devices.simulator.commands import simulate_mqtt
from devices.simulator.mqtt import SimulatedMqttTerminal
from devices.simulator.mqtt_messages import Dialect
from tests.waiting import SECONDS, until

APP = typer.Typer()
APP.command()(simulate_mqtt)
PUNCHES: list[Punch] = [
    ("0042", datetime.fromisoformat("2026-01-05T07:31:02"), 0, 15, None, b""),
    ("7", datetime.fromisoformat("2026-01-05T16:02:00"), 1, 4, None, b""),
    ("7", datetime.fromisoformat("2026-01-05T16:02:01"), 255, None, None, b""),
]


def heard(consumer: Consumer, count: int) -> list[Batch]:
    """What the collector reads of the next `count` records."""
    batches: list[Batch] = []
    until(lambda: consumer.error is None)
    deadline = time.monotonic() + SECONDS
    while sum(len(batch.punches) + len(batch.rejected) for batch in batches) < count:
        assert time.monotonic() < deadline, f"only {batches} came"
        arrivals = consumer.take(0.1)
        consumer.acknowledge(arrivals)
        batches += [registry.read(it.topic, it.payload, it.received_at).batch for it in arrivals]
    return batches


@pytest.fixture
def consumer(broker: Mosquitto) -> Any:
    access = BrokerAccess(broker.host, broker.port, "collector")
    with Consumer(access, registry.FILTERS) as consumer:
        until(lambda: consumer.error is None)
        yield consumer


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize("batch", [1, 2, 50])
def test_its_punches_arrive_as_they_were_made(
    broker: Mosquitto, consumer: Consumer, batch: int, version: Literal["5", "3.1.1"]
) -> None:
    terminal = SimulatedMqttTerminal(
        "gate-1", broker.host, broker.port, batch=batch, version=version, time_zone="Asia/Jayapura"
    )
    delivery = terminal.send(PUNCHES)
    assert (delivery.punches, delivery.messages, delivery.buffered) == (3, -(-3 // batch), 0)
    batches = heard(consumer, 3)
    assert {it.terminal for it in batches} == {"gate-1"}
    assert [punch[:5] for it in batches for punch in it.punches] == [punch[:5] for punch in PUNCHES]
    assert all("+09:00" in json.loads(punch[5])["time"] for it in batches for punch in it.punches)
    assert [json.loads(punch[5])["seq"] for it in batches for punch in it.punches] == [0, 1, 2]


def test_a_face_terminal_sends_what_the_recorded_ones_send(field_data: Path) -> None:
    lines = (field_data / "mqtt" / "payloads.jsonl").read_text(encoding="utf-8").splitlines()
    real = next(message for message in map(json.loads, lines) if message["id"] == "fras-8")
    terminal = SimulatedMqttTerminal("1026700", "", 0, dialect="recpush", batch=50)
    message = terminal._message(PUNCHES[:1])
    made = json.loads(message.payload)
    assert message.topic == real["topic"]
    assert made["operator"] == real["payload"]["operator"]
    assert set(made["info"]) <= set(real["payload"]["info"])
    assert {name: type(value) for name, value in made["info"].items()} == {
        name: type(real["payload"]["info"][name]) for name in made["info"]
    }
    batch = registry.read(message.topic, message.payload, datetime(2026, 1, 5, tzinfo=UTC)).batch
    assert [punch[:5] for punch in batch.punches] == [("0042", PUNCHES[0][1], 255, 15, None)]


def test_it_keeps_its_punches_while_nobody_has_subscribed(broker: Mosquitto) -> None:
    terminal = SimulatedMqttTerminal("gate-1", broker.host, broker.port)
    delivery = terminal.send(PUNCHES, seconds=0.5)
    assert (delivery.messages, delivery.buffered) == (0, 3)
    assert "No matching subscribers" in str(delivery.refusal)
    with Consumer(BrokerAccess(broker.host, broker.port, "collector"), registry.FILTERS) as consumer:
        until(lambda: consumer.error is None)
        assert terminal.send().messages == 3
        assert terminal.buffered == 0
        assert len(heard(consumer, 3)) == 3


def test_it_keeps_its_punches_while_the_broker_is_away_and_sends_them_when_it_is_back(
    broker: Mosquitto, consumer: Consumer
) -> None:
    terminal = SimulatedMqttTerminal("gate-1", broker.host, broker.port)
    broker.stop()
    assert terminal.send(PUNCHES[:1], seconds=0.2).buffered == 1
    threading.Timer(0.5, broker.start).start()
    assert terminal.send(PUNCHES[1:]).messages == 3
    assert [punch[0] for it in heard(consumer, 3) for punch in it.punches] == ["0042", "7", "7"]


@pytest.mark.parametrize("dialect", ["tepat", "recpush"])
def test_the_command_sends_what_people_do_just_now(broker: Mosquitto, consumer: Consumer, dialect: Dialect) -> None:
    options = ["--port", str(broker.port), "--device", "gate-1", "--people", "4", "--dialect", dialect]
    result = CliRunner().invoke(APP, options)
    assert result.output == "MQTT terminal gate-1: 4 punches in 4 messages acknowledged\n"
    assert [punch[0] for it in heard(consumer, 4) for punch in it.punches] == ["1", "2", "3", "4"]


def test_the_command_sends_an_attendance_log_and_names_the_lines_it_leaves_out(
    broker: Mosquitto, consumer: Consumer, tmp_path: Path
) -> None:
    log = tmp_path / "1_attlog.dat"
    log.write_text("0042\t2026-01-05 07:31:02\t1\t0\t15\t0\nrubbish\n7\t2026-01-05 16:02:00\t1\t1\t1\t0\n", "utf-8")
    options = ["--port", str(broker.port), "--device", "gate-1", "--attlog", str(log), "--batch", "50"]
    result = CliRunner().invoke(APP, options)
    assert "2 punches in 1 messages acknowledged" in result.output
    assert "left out, line 2" in result.output
    (batch,) = heard(consumer, 2)
    assert [punch[:4] for punch in batch.punches] == [
        ("0042", datetime.fromisoformat("2026-01-05T07:31:02"), 0, 15),
        ("7", datetime.fromisoformat("2026-01-05T16:02:00"), 1, 1),
    ]


def test_the_command_fails_with_a_cure_when_no_broker_takes_its_punches(broker: Mosquitto) -> None:
    broker.stop()
    options = ["--port", str(broker.port), "--device", "gate-1", "--seconds", "0.2"]
    result = CliRunner().invoke(APP, options)
    assert isinstance(result.exception, RetriableTerminalError)
    assert "10 messages are still in its buffer" in str(result.exception)
    assert "tepat collect" in str(result.exception)
