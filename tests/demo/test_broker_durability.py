"""What the shipped configuration keeps, when the collector is away and when the broker is killed with -9.

Findings 1, 2 and 5 of the operations notes, on a real Mosquitto.
"""

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from config import broker_files
from config.broker_files import COLLECTOR, CONFIGURATION
from demo.broker import Mosquitto
from devices.mqtt.client import Consumer
from devices.mqtt.session import BrokerAccess
from devices.records import Punch
from devices.simulator.mqtt import KEPT_SECONDS, SimulatedMqttTerminal
from tests.waiting import SECONDS, until

SAVED_AFTER_SECONDS = 2.0
"""The most between two savings: Mosquitto saves when more than autosave_interval, in whole seconds, has passed."""
FIRST = datetime.fromisoformat("2026-01-05T07:00:00")


def punches(count: int) -> list[Punch]:
    return [(f"{number:05}", FIRST + timedelta(seconds=number), 0, 1, None, b"") for number in range(count)]


@contextlib.contextmanager
def collecting(broker: Mosquitto) -> Iterator[Consumer]:
    access = BrokerAccess(
        broker.host, broker.port, "collector", username=COLLECTOR, password=broker.passwords[COLLECTOR]
    )
    with Consumer(access, ["tepat/+/punch"]) as consumer:
        until(lambda: consumer.error is None)
        yield consumer


def terminal(broker: Mosquitto) -> SimulatedMqttTerminal:
    return SimulatedMqttTerminal("gate-1", broker.host, broker.port, password=broker.passwords["gate-1"])


def taken(consumer: Consumer, messages: int) -> set[bytes]:
    """The different messages that come."""
    came: set[bytes] = set()
    deadline = time.monotonic() + SECONDS
    while len(came) < messages:
        assert time.monotonic() < deadline, f"{len(came)} of {messages} came"
        arrivals = consumer.take(0.1)
        consumer.acknowledge(arrivals)
        came |= {it.payload for it in arrivals}
    return came


def saved(broker: Mosquitto) -> int:
    return (broker.folder / "mosquitto.db").stat().st_mtime_ns


def kill(broker: Mosquitto) -> None:
    assert broker.process is not None
    broker.process.kill()
    broker.process.wait()
    broker.process = None


def test_finding_1_what_5000_messages_meet_no_collector_are_all_kept(guarded_broker: Mosquitto) -> None:
    with collecting(guarded_broker):
        pass
    assert terminal(guarded_broker).send(punches(5000)).buffered == 0
    with collecting(guarded_broker) as consumer:
        assert len(taken(consumer, 5000)) == 5000
        assert consumer.dropped in {None, 0}


def test_finding_2_and_5_what_was_acknowledged_before_the_last_saving_survives_a_kill_9(
    guarded_broker: Mosquitto,
) -> None:
    with collecting(guarded_broker):
        pass
    assert terminal(guarded_broker).send(punches(500)).buffered == 0
    acknowledged = time.time_ns()
    until(lambda: saved(guarded_broker) > acknowledged)
    assert (saved(guarded_broker) - acknowledged) / 1e9 < SAVED_AFTER_SECONDS + 0.5
    kill(guarded_broker)
    guarded_broker.start()
    with collecting(guarded_broker) as consumer:
        assert len(taken(consumer, 500)) == 500


def test_what_is_lost_in_between_comes_again_from_a_terminal_that_keeps_the_contract(
    guarded_broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed the moment the last message was acknowledged, while the terminal is still connected."""
    assert KEPT_SECONDS > 2 * SAVED_AFTER_SECONDS
    with collecting(guarded_broker):
        pass
    before = saved(guarded_broker)
    until(lambda: saved(guarded_broker) > before)  # the session; none of the messages
    gate = terminal(guarded_broker)
    deliver = gate._deliver_some
    kills: list[int] = []

    def deliver_and_kill(*arguments: object) -> None:
        deliver(*arguments)  # type: ignore[arg-type]
        if not gate.buffered and not kills:
            kills.append(len(gate._acknowledged))
            kill(guarded_broker)
            until(lambda: gate.buffered > 0)
            guarded_broker.start()

    monkeypatch.setattr(gate, "_deliver_some", deliver_and_kill)
    assert gate.send(punches(100)).buffered == 0
    assert kills == [100]
    with collecting(guarded_broker) as consumer:
        assert len(taken(consumer, 100)) == 100


def test_a_full_queue_drops_and_acknowledges_all_the_same_but_the_collector_is_told(
    mosquitto: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a limit of 1,000 (Mosquitto's own) in the place of ours, and a count each second."""
    whole = broker_files.configuration

    def small(*arguments: object, **named: object) -> str:
        text = whole(*arguments, **named)  # type: ignore[arg-type]
        assert "max_queued_messages 2000000" in text
        return text.replace("max_queued_messages 2000000", "max_queued_messages 1000") + "sys_interval 1\n"

    monkeypatch.setattr(broker_files, "configuration", small)
    accounts = (COLLECTOR, "gate-1")
    with Mosquitto(mosquitto, tmp_path_factory.mktemp("broker"), accounts=accounts) as broker:
        assert "max_queued_messages 1000\n" in (broker.folder / CONFIGURATION).read_text(encoding="utf-8")
        with collecting(broker):
            pass
        assert terminal(broker).send(punches(5000)).buffered == 0
        with collecting(broker) as consumer:
            kept = len(taken(consumer, 1000))
            until(lambda: consumer.dropped is not None and consumer.dropped >= 1000)
            while arrivals := consumer.take(0.5):
                consumer.acknowledge(arrivals)
                kept += len(arrivals)
            until(lambda: (consumer.dropped or 0) >= 5000 - kept > 0)
