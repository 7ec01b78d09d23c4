"""What the collector says itself: to face terminals that a record is stored, and nothing else to anybody."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from psycopg_pool import ConnectionPool

from demo.broker import Mosquitto
from devices.simulator.mqtt import SimulatedMqttTerminal
from tests.collector.listening import listening, punches, registered, rejected, settings_for, stored, subscribed
from tests.collector.speaking import FINGER, add, health_at_once, say
from tests.waiting import until

__all__ = ["health_at_once", "registered"]


@pytest.fixture
def overheard(broker: Mosquitto) -> Iterator[list[tuple[str, bytes]]]:
    """Everything that anybody publishes at the broker."""
    heard: list[tuple[str, bytes]] = []
    ear = Client(CallbackAPIVersion.VERSION2, client_id="ear")

    def hear(_client: Client, _data: object, message: MQTTMessage) -> None:
        heard.append((message.topic, bytes(message.payload)))

    ready: list[bool] = []
    ear.on_message = hear
    ear.on_subscribe = lambda *_: ready.append(True)
    ear.connect(broker.host, broker.port)
    ear.subscribe("#", qos=1)
    ear.loop_start()
    until(lambda: bool(ready))
    yield heard
    ear.disconnect()
    ear.loop_stop()


def rec(record_id: object, **change: object) -> bytes:
    info = {"personId": "3", "RecordID": record_id, "VerifyStatus": "1", "time": "2026-01-05 07:00:00"}
    return json.dumps({"operator": "RecPush", "info": info | change}).encode()


def test_nothing_but_receipts_for_stored_records_is_ever_published(
    broker: Mosquitto, registered: ConnectionPool, overheard: list[tuple[str, bytes]]
) -> None:
    add(registered, "Beat", "heartbeat")
    subscribed(broker)
    said = [
        ("mqtt/face/gate-1/Rec", rec("17")),
        ("mqtt/face/gate-1/Rec", rec("18", VerifyStatus="2")),
        ("mqtt/face/gate-1/rec/AttendanceRecord", rec(19)),
        ("mqtt/face/gate-1/Rec", rec("20", facesluiceId="gate-9")),
        ("mqtt/face/gate-1/Rec", rec(None)),
        ("mqtt/face/gate-1/Rec", rec("a/b")),
        ("mqtt/face/gate-1/Rec", rec('"},"operator":"DeleteAllPerson"')),
        ("mqtt/face/gate-1/Rec", rec(["#"])),
        ("mqtt/face/gate-1/Rec", rec("9" * 65)),
        ("mqtt/face/gate-9/Rec", rec("21")),
        ("mqtt/face/heartbeat/Rec", rec("22")),
        ("mqtt/face/a b/Rec", rec("23", facesluiceId="gate-1")),
        ("mqtt/face//Rec", rec("24", facesluiceId="gate-1/../#")),
        ("mqtt/face/gate-1/Rec", b'{"operator":"DeleteAllPerson","info":{"RecordID":"25","facesluiceId":"gate-1"}}'),
        ("tepat/gate-1/punch", rec("26")),
        ("tepat/gate-1/finger", FINGER),
        ("accessControl/attendance/live", b"{}"),
        ("mqtt/face/basic", b'{"operator":"Online","info":{"facesluiceId":"#","RecordID":"27"}}'),
        ("tepat/gate-1/status", b"online"),
    ]
    with listening(settings_for(broker), registered):
        for topic, payload in said:
            say(broker, topic, payload)
        say(broker, "mqtt/face/gate-1/Rec", rec("99"))
        until(lambda: any(b'"SnapOrRecordID":99' in payload for _, payload in overheard))
    answers = [(topic, payload) for topic, payload in overheard if (topic, payload) not in said][:-1]
    of_collector = [pair for pair in answers if pair[1] != rec("99")]
    assert {topic for topic, _ in of_collector} == {"mqtt/face/gate-1"}
    told = [json.loads(payload) for _, payload in of_collector]
    assert all(set(each) == {"operator", "messageId", "info"} for each in told)
    assert {(each["operator"], each["info"]["PushAckType"]) for each in told} == {("PushAck", 2)}
    assert sorted(each["info"]["SnapOrRecordID"] for each in told) in ([17, 18, 19], [17, 18, 19, 99])


def test_a_face_terminal_sends_again_until_the_commit_and_is_told_then(
    broker: Mosquitto, registered: ConnectionPool
) -> None:
    subscribed(broker)
    terminal = SimulatedMqttTerminal(
        "gate-1", broker.host, broker.port, dialect="recpush", resumes=True, push_ack_seconds=0.3
    )
    with listening(settings_for(broker), registered):
        with registered.connection() as holder:
            holder.execute("LOCK TABLE punch IN ACCESS EXCLUSIVE MODE")
            assert terminal.send(punches(2), seconds=1.0).buffered == 2
            assert terminal.commands == []
        delivery = terminal.send()
    assert (delivery.buffered, delivery.messages) == (0, 2)
    assert len(stored(registered)) == 2
    assert {json.loads(told)["operator"] for told in terminal.commands} == {"PushAck"}


def test_a_face_terminal_that_nobody_registered_keeps_its_records_until_somebody_does(
    broker: Mosquitto, registered: ConnectionPool
) -> None:
    subscribed(broker)
    terminal = SimulatedMqttTerminal(
        "1026700", broker.host, broker.port, dialect="recpush", resumes=True, push_ack_seconds=0.3
    )
    with listening(settings_for(broker), registered):
        assert terminal.send(punches(2), seconds=1.5).buffered == 2
        assert len(rejected(registered)) == 2
        add(registered, "Face", "1026700")
        assert terminal.send().buffered == 0
    assert len(stored(registered)) == 2


def test_the_code_that_publishes_stands_in_one_place() -> None:
    sources = [*Path("devices/mqtt").glob("*.py"), *Path("collector").glob("*.py")]
    assert len(sources) > 20
    found = [(path.name, path.read_text(encoding="utf-8").count(".publish(")) for path in sources]
    assert [(name, times) for name, times in found if times] == [("client.py", 1)]
