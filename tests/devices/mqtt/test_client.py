"""The consumer against a real broker. Findings are those of the operations notes that shaped it."""

import contextlib
import itertools
import socket
import time
from collections.abc import Iterator
from typing import Literal

import pytest
from paho.mqtt import publish
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from demo.broker import Mosquitto
from devices.errors import RetriableTerminalError
from devices.mqtt import client as client_module
from devices.mqtt.client import Consumer
from devices.mqtt.connection import CHUNK
from devices.mqtt.frames import Publish
from devices.mqtt.inbox import Arrival
from devices.mqtt.session import BrokerAccess, refusal
from tests.waiting import SECONDS, until

Version = Literal["5", "3.1.1"]
TOPIC = "tepat/gate-1/punch"


@contextlib.contextmanager
def consuming(broker: Mosquitto, *, batch: int = 1000, version: Version = "5") -> Iterator[Consumer]:
    """A consumer that has its subscription."""
    with Consumer(BrokerAccess(broker.host, broker.port, "collector", version), ["tepat/+/punch"], batch=batch) as it:
        until(lambda: it.error is None)
        yield it


def settle(broker: Mosquitto) -> None:
    """Until the broker has read all that a consumer sent before it left; a new one could come in between."""
    until(lambda: broker.log.read_text(encoding="utf-8").rstrip().endswith("Client collector disconnected."))


def published(broker: Mosquitto, payloads: list[str], qos: int = 1) -> None:
    """Returns when the broker has acknowledged all of them."""
    publish.multiple(
        [{"topic": TOPIC, "payload": payload, "qos": qos} for payload in payloads], broker.host, broker.port
    )


def numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def payloads(arrivals: list[Arrival]) -> list[str]:
    return [arrival.payload.decode() for arrival in arrivals]


def taken(consumer: Consumer, count: int, *, acknowledge: bool) -> list[Arrival]:
    arrivals: list[Arrival] = []
    deadline = time.monotonic() + SECONDS
    while len(arrivals) < count:
        assert time.monotonic() < deadline, f"{len(arrivals)} of {count} came"
        batch = consumer.take(0.1)
        assert len(batch) <= consumer.batch
        if acknowledge:
            consumer.acknowledge(batch)
        arrivals += batch
    return arrivals


def test_finding_3_receive_maximum_lets_a_batch_of_more_than_20_form(broker: Mosquitto) -> None:
    with consuming(broker, batch=150) as consumer:
        published(broker, numbers(450))
        first = taken(consumer, 450, acknowledge=False)
        assert payloads(first) == numbers(450)
        published(broker, ["one more"])
        assert consumer.take(0.2) == []
        consumer.acknowledge(first)
        assert payloads(taken(consumer, 1, acknowledge=True)) == ["one more"]


def test_finding_3_with_3_1_1_a_batch_closes_before_the_20_unacknowledged_messages(broker: Mosquitto) -> None:
    with consuming(broker, version="3.1.1") as consumer:
        published(broker, numbers(50))
        first = taken(consumer, 20, acknowledge=False)
        assert consumer.take(0.2) == []
        consumer.acknowledge(first)
        assert payloads(first + taken(consumer, 30, acknowledge=True)) == numbers(50)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_finding_4_a_restart_of_the_collector_finds_what_came_while_it_was_away(
    broker: Mosquitto, version: Version
) -> None:
    with consuming(broker, version=version):
        pass
    published(broker, numbers(200))
    with consuming(broker, version=version) as consumer:
        assert payloads(taken(consumer, 200, acknowledge=True)) == numbers(200)


def test_finding_5_the_session_survives_a_kill_9_of_the_broker(broker: Mosquitto) -> None:
    with consuming(broker):
        pass
    sent = [f"message {number}" for number in range(50)]
    published(broker, sent)
    saved = broker.folder / "mosquitto.db"
    until(lambda: sent[-1].encode() in saved.read_bytes())
    assert broker.process is not None
    broker.process.kill()
    broker.stop()
    broker.start()
    with consuming(broker) as consumer:
        assert payloads(taken(consumer, 50, acknowledge=True)) == sent


def test_finding_6_an_exception_in_the_handler_costs_no_message_and_no_thread(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = client_module._topic

    def failing(message: Publish) -> str:
        if message.payload == b"3":
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "made for this test")
        return plain(message)

    monkeypatch.setattr(client_module, "_topic", failing)
    with consuming(broker) as consumer:
        published(broker, numbers(10))
        arrivals = taken(consumer, 10, acknowledge=True)
        assert payloads(arrivals) == numbers(10)
        assert [arrival.failure is not None for arrival in arrivals] == [number == 3 for number in range(10)]
        assert "UnicodeDecodeError" in str(arrivals[3].failure)
    settle(broker)
    with consuming(broker) as consumer:
        assert consumer.take(0.2) == []


def test_finding_6_an_exception_that_ends_the_connection_is_followed_by_a_new_one(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = itertools.count()
    plain = Consumer._read

    def failing(consumer: Consumer, *arguments: object, **options: object) -> None:
        if next(failures) == 5:
            raise ZeroDivisionError("made for this test")
        plain(consumer, *arguments, **options)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(Consumer, "_read", failing)
    with consuming(broker) as consumer:
        published(broker, numbers(10))
        until(lambda: next(failures) > 6)
        arrivals = taken(consumer, 10, acknowledge=True)
        assert set(payloads(arrivals)) == set(numbers(10))


def test_finding_6_a_network_thread_that_stands_still_is_noticed(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    with consuming(broker) as consumer:
        monkeypatch.setattr(client_module, "DEAD_SECONDS", 0.0)
        monkeypatch.setattr(client_module, "TURN_SECONDS", 5.0)
        with pytest.raises(RetriableTerminalError, match="stood still"):
            consumer.take(0.1)
        monkeypatch.setattr(client_module, "DEAD_SECONDS", 60.0)
    with pytest.raises(RetriableTerminalError, match="stood still"):
        consumer.take(0.1)


def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(broker: Mosquitto) -> None:
    with consuming(broker) as consumer:
        published(broker, numbers(10))
        consumer.acknowledge(taken(consumer, 10, acknowledge=False)[:4])
    settle(broker)
    with consuming(broker) as consumer:
        assert payloads(taken(consumer, 6, acknowledge=True)) == numbers(10)[4:]
    settle(broker)
    with consuming(broker) as consumer:
        assert consumer.take(0.2) == []


def test_an_acknowledgement_is_never_sent_across_a_reconnect(broker: Mosquitto) -> None:
    with consuming(broker) as consumer:
        published(broker, numbers(5))
        before = taken(consumer, 5, acknowledge=False)
        broker.stop()
        until(lambda: consumer.error is not None)
        broker.start()
        again = taken(consumer, 5, acknowledge=False)
        assert payloads(again) == numbers(5)
        assert {arrival.epoch for arrival in before}.isdisjoint(arrival.epoch for arrival in again)
        consumer.acknowledge(before)
        published(broker, ["a packet on the same connection"])
        assert len(taken(consumer, 1, acknowledge=False)) == 1
    settle(broker)
    with consuming(broker) as consumer:
        assert payloads(taken(consumer, 6, acknowledge=False))[:5] == numbers(5)


def test_a_broker_that_goes_and_comes_back_is_found_again(broker: Mosquitto) -> None:
    with consuming(broker) as consumer:
        broker.stop()
        until(lambda: consumer.error is not None and "refused" in consumer.error)
        assert consumer.take(0.1) == []
        broker.start()
        until(lambda: consumer.error is None)
        published(broker, ["1"])
        assert payloads(taken(consumer, 1, acknowledge=True)) == ["1"]


def test_the_broker_waits_while_nothing_is_acknowledged(broker: Mosquitto) -> None:
    with consuming(broker, batch=1) as consumer:
        published(broker, numbers(10))
        held = taken(consumer, 3, acknowledge=False)
        assert consumer.take(0.2) == []
        for _ in range(7):
            consumer.acknowledge(held[:1])
            held = held[1:] + taken(consumer, 1, acknowledge=False)
        assert payloads(held) == ["7", "8", "9"]


def test_a_full_inbox_stops_reading_and_loses_nothing(broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "HELD_BYTES", 3 * 2**12)
    with consuming(broker) as consumer:
        published(broker, [f"{number:04096}" for number in range(200)])
        until(lambda: not consumer._inbox.has_room())
        assert len(consumer._inbox) <= 2 + CHUNK / 2**12 + 1  # what had come, what is read at once, and one in pieces
        assert [int(payload) for payload in payloads(taken(consumer, 200, acknowledge=True))] == list(range(200))


def test_messages_of_terminals_that_publish_with_qos_0_wait_for_the_collector_too(broker: Mosquitto) -> None:
    with consuming(broker):
        pass
    published(broker, numbers(30), qos=0)
    with consuming(broker) as consumer:
        arrivals = taken(consumer, 30, acknowledge=False)
        assert all(arrival.packet for arrival in arrivals)
    with consuming(broker) as consumer:
        assert payloads(taken(consumer, 30, acknowledge=True)) == numbers(30)


def test_a_second_collector_with_the_same_client_id_is_named_as_the_trouble(broker: Mosquitto) -> None:
    with consuming(broker) as first, consuming(broker):
        until(lambda: "another collector uses the client id collector" in (first.error or ""))


def test_a_broker_that_keeps_silent_is_told_with_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "ANSWER_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        access = BrokerAccess("127.0.0.1", silent.getsockname()[1], "collector")
        with Consumer(access, ["tepat/+/punch"]) as consumer:
            until(lambda: "TEPAT_MQTT_VERSION=3.1.1" in (consumer.error or ""))


@pytest.mark.parametrize(
    ("reason", "cure"),
    [
        ("Unsupported protocol version", "TEPAT_MQTT_VERSION=3.1.1"),
        ("Not authorized", "TEPAT_MQTT_PASSWORD"),
        ("Bad user name or password", "TEPAT_MQTT_PASSWORD"),
        ("Server busy", "Server busy"),
    ],
)
def test_a_refusal_is_told_with_its_cure(reason: str, cure: str) -> None:
    assert cure in refusal(ReasonCode(PacketTypes.CONNACK, reason))


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(BrokerAccess("h", 1, "c", password="secret"))
