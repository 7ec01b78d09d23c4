"""What the shipped access list lets whom do, asked of a real Mosquitto."""

import contextlib
import time

import pytest

from config.broker_files import COLLECTOR
from demo.broker import Mosquitto
from devices.mqtt import registry
from devices.mqtt.client import Consumer
from devices.mqtt.inbox import Arrival
from devices.mqtt.push_ack import PushAck
from devices.mqtt.session import BrokerAccess
from tests.demo.broker_clients import PlainClient, RefusedError, connected
from tests.waiting import SECONDS, until

TAKEN = {"Success", "No matching subscribers"}
FIXED = tuple(topic for topic in registry.FILTERS if "+" not in topic)


def as_account(
    broker: Mosquitto, name: str, topic: str | None = None, client_id: str = ""
) -> contextlib.AbstractContextManager[PlainClient]:
    return connected(broker.host, broker.port, name, broker.passwords[name], topic=topic, client_id=client_id)


def collecting(broker: Mosquitto) -> Consumer:
    access = BrokerAccess(broker.host, broker.port, "any", username=COLLECTOR, password=broker.passwords[COLLECTOR])
    return Consumer(access, registry.FILTERS)


def first_heard(consumer: Consumer) -> list[Arrival]:
    heard: list[Arrival] = []
    deadline = time.monotonic() + SECONDS
    while not heard:
        assert time.monotonic() < deadline, "nothing came"
        heard += consumer.take(0.1)
    return heard


def test_a_terminal_speaks_on_its_own_topics_of_every_dialect_and_on_no_other_s(guarded_broker: Mosquitto) -> None:
    with as_account(guarded_broker, "gate-1") as gate:
        for topic in registry.FILTERS:
            if "+" in topic:
                assert gate.publish(topic.replace("+", "gate-1"), b"mine") in TAKEN, topic
                assert gate.publish(topic.replace("+", "gate-2"), b"not mine") == "Not authorized", topic


def test_what_one_terminal_says_for_another_reaches_nobody(guarded_broker: Mosquitto) -> None:
    with collecting(guarded_broker) as consumer, as_account(guarded_broker, "gate-1") as gate:
        until(lambda: consumer.error is None)
        assert gate.publish("tepat/gate-2/punch", b"not mine") == "Not authorized"
        assert gate.publish("tepat/gate-1/punch", b"mine") == "Success"
        arrivals = first_heard(consumer)
        assert [(it.topic, it.payload) for it in arrivals] == [("tepat/gate-1/punch", b"mine")]


def test_topics_without_a_terminal_s_level_belong_to_the_account_of_their_first(
    mosquitto: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    signs = {"mqtt/face/basic", "mqtt/face/heartbeat"}
    owned = {topic: topic.strip("/").split("/")[0] for topic in FIXED if topic not in signs}
    assert owned
    accounts = {COLLECTOR, "gate-1", *owned.values()}
    with Mosquitto(mosquitto, tmp_path_factory.mktemp("broker"), accounts=accounts) as broker:
        for topic, account in owned.items():
            with as_account(broker, account) as owner, as_account(broker, "gate-1") as other:
                assert owner.publish(topic, b"mine") in TAKEN
                assert other.publish(topic, b"not mine") == "Not authorized"
        with as_account(broker, "gate-1") as gate:
            assert {gate.publish(topic, b"{}") for topic in signs} <= TAKEN


def test_a_terminal_hears_its_own_receipts_and_nothing_else(guarded_broker: Mosquitto) -> None:
    with (
        as_account(guarded_broker, "gate-1", "#") as gate,
        as_account(guarded_broker, "gate-2", "mqtt/face/gate-1") as spy,
        as_account(guarded_broker, COLLECTOR) as collector,
    ):
        assert collector.publish("mqtt/face/gate-2", b"for the other") == "Success"
        assert collector.publish("mqtt/face/gate-1", b"for it") == "Success"
        until(lambda: bool(gate.heard))
        assert spy.publish("tepat/gate-2/punch", b"{}") in TAKEN  # what was meant for it came before this answer
    assert gate.heard == [b"for it"]
    assert spy.heard == []


def test_nobody_but_the_collector_commands_a_terminal_and_the_collector_says_nothing_else(
    guarded_broker: Mosquitto,
) -> None:
    with as_account(guarded_broker, "gate-1") as gate, as_account(guarded_broker, COLLECTOR) as collector:
        assert gate.publish("mqtt/face/gate-2", b"{}") == "Not authorized"
        for topic in ("tepat/gate-1/punch", "mqtt/face/gate-1/Rec", "gate-1/send", "gate-1/cmd", "anything"):
            assert collector.publish(topic, b"{}") == "Not authorized", topic


@pytest.mark.parametrize(("name", "password"), [(None, None), ("gate-1", "wrong"), ("gate-9", "any"), ("gate-1", None)])
def test_strangers_and_wrong_passwords_are_refused(
    guarded_broker: Mosquitto, name: str | None, password: str | None
) -> None:
    with (
        pytest.raises(RefusedError, match=r"Not authorized|Bad user name"),
        connected(guarded_broker.host, guarded_broker.port, name, password, client_id="stranger"),
    ):
        pass


def test_a_terminal_cannot_take_over_the_collector_s_session(guarded_broker: Mosquitto) -> None:
    """Mosquitto alone lets any client of the same id have it, and throws away what that one may not read."""
    with collecting(guarded_broker) as consumer:
        until(lambda: consumer.error is None)
    with as_account(guarded_broker, "gate-1") as gate:
        assert gate.publish("tepat/gate-1/punch", b"kept") == "Success"
    with as_account(guarded_broker, "gate-2", client_id=COLLECTOR):
        pass
    with collecting(guarded_broker) as consumer:
        arrivals = first_heard(consumer)
        assert [it.payload for it in arrivals] == [b"kept"]


def test_what_waits_for_a_collector_of_a_former_division_is_not_lost(
    mosquitto: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    former = f"{COLLECTOR}-1of2"
    with Mosquitto(mosquitto, tmp_path_factory.mktemp("broker"), accounts=(former, "gate-1")) as broker:
        _started_again(broker)
        access = BrokerAccess(broker.host, broker.port, "any", username=former, password=broker.passwords[former])
        with Consumer(access, registry.FILTERS) as consumer:
            until(lambda: consumer.error is None)
        with as_account(broker, "gate-1") as gate:
            assert gate.publish("tepat/gate-1/punch", b"kept") == "Success"
        _started_again(broker)
        with Consumer(access, registry.FILTERS) as consumer:
            assert [it.payload for it in first_heard(consumer)] == [b"kept"]


def _started_again(broker: Mosquitto) -> None:
    """With an access list written anew, now that there are accounts."""
    broker.stop()
    broker.start()


def test_the_collector_hears_all_and_answers_a_face_terminal(guarded_broker: Mosquitto) -> None:
    with collecting(guarded_broker) as consumer, as_account(guarded_broker, "gate-1", "mqtt/face/gate-1") as gate:
        until(lambda: consumer.error is None)
        assert gate.publish("mqtt/face/gate-1/Rec", b"{}") == "Success"
        arrivals = first_heard(consumer)
        consumer.acknowledge(arrivals)
        consumer.answer([PushAck("gate-1", "7")])
        until(lambda: bool(gate.heard))
        assert b"PushAck" in gate.heard[0]


def test_a_message_that_no_terminal_would_send_is_refused_for_its_size(guarded_broker: Mosquitto) -> None:
    with collecting(guarded_broker) as consumer:
        until(lambda: consumer.error is None)
        with as_account(guarded_broker, "gate-1") as gate:
            assert gate.publish("tepat/gate-1/punch", b"x" * 1_000_000) == "Success"
            gate._client.publish("tepat/gate-1/punch", b"y" * 1_100_000, qos=1)
        log = guarded_broker.log
        until(lambda: "oversize packet" in log.read_text(encoding="utf-8"))
