"""What other dialects say, through a real broker into a real database: times, repeats, marks, health, answers."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import publish
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from psycopg_pool import ConnectionPool

from collector.reread import reread_all
from demo.broker import Mosquitto
from devices.simulator.mqtt import SimulatedMqttTerminal
from ingest import health
from ingest.terminals import add_terminal
from tests.collector.listening import listening, punches, registered, rejected, settings_for, stored, subscribed
from tests.collector.test_listen_killed import COLLECTOR, KILLED_BEFORE_ACKNOWLEDGING, collector
from tests.waiting import until

__all__ = ["registered"]

FINGER = b'{"finger_id": 5, "confidence": 120}'


def say(broker: Mosquitto, topic: str, payload: bytes, *, retain: bool = False) -> None:
    publish.single(topic, payload, qos=1, retain=retain, hostname=broker.host, port=broker.port)


def add(pool: ConnectionPool, name: str, address: str) -> None:
    with pool.connection() as connection:
        add_terminal(
            connection, name=name, kind="mqtt", address=address, comm_key=0, time_zone="Asia/Jakarta",
            added_at=datetime.now(UTC),
        )  # fmt: skip


def asked(pool: ConnectionPool, query: str) -> list[tuple[Any, ...]]:
    with pool.connection() as connection:
        return connection.execute(query.encode()).fetchall()


def of_lobi(pool: ConnectionPool) -> health.Health:
    with pool.connection() as connection:
        return next(each for each in health.of_all(connection) if each.name == "Lobi")


@pytest.fixture(autouse=True)
def health_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.heard.WRITE_SECONDS", 0.0)


def test_a_finger_that_lies_on_the_sensor_is_one_punch_at_the_time_of_its_first_receipt(
    broker: Mosquitto, registered: ConnectionPool
) -> None:
    subscribed(broker)
    begin = datetime.now(UTC)
    with listening(settings_for(broker), registered):
        for _ in range(3):
            say(broker, "tepat/gate-1/finger", FINGER)
        say(broker, "tepat/gate-1/finger", b'{"finger_id": 6}')
        until(lambda: len(stored(registered)) == 2)
    assert [row[1] for row in stored(registered)] in (["5", "6"], ["6", "5"])
    assert asked(registered, "SELECT count(*) FROM punch_mark WHERE mark = 'time_of_receipt'") == [(2,)]
    ((earliest,),) = asked(registered, "SELECT min(local_time AT TIME ZONE 'Asia/Jakarta') FROM punch")
    assert begin.replace(microsecond=0) <= earliest <= datetime.now(UTC)
    assert rejected(registered) == []


def test_receipts_of_a_former_session_at_the_broker_are_forgotten(
    broker: Mosquitto, registered: ConnectionPool
) -> None:
    with registered.connection() as connection:
        connection.execute("INSERT INTO mqtt_receipt SELECT 'collector', number, sha256(''), now()"
                           " FROM generate_series(1, 100) AS number")  # fmt: skip

    def heard() -> bool:
        """What is said before the collector has subscribed is lost."""
        say(broker, "tepat/gate-1/finger", FINGER)
        return len(stored(registered)) == 1

    with listening(settings_for(broker), registered):
        until(heard)
    assert asked(registered, "SELECT count(*) < 100 FROM mqtt_receipt") == [(True,)]
    ((kept,),) = asked(registered, "SELECT count(*) FROM mqtt_receipt")
    subscribed(broker)
    with listening(settings_for(broker), registered):
        say(broker, "tepat/gate-1/finger", b'{"finger_id": 6}')
        until(lambda: len(stored(registered)) == 2)
    assert asked(registered, "SELECT count(*) FROM mqtt_receipt")[0][0] >= kept, "the session was there: nothing goes"


def test_a_card_that_a_reader_sends_twice_at_once_stays_visible(broker: Mosquitto, registered: ConnectionPool) -> None:
    subscribed(broker)
    with listening(settings_for(broker), registered):
        for _ in range(2):
            say(broker, "access/gate-1/scan", b'{"device": "gate-1", "uid": "04a1b2c3"}')
        until(lambda: len(rejected(registered)) == 1)
    assert len(stored(registered)) == 1
    assert "offline" in rejected(registered)[0][2]
    with registered.connection() as connection:
        connection.commit()
        assert reread_all(connection, datetime.now(UTC)).accepted == 0


def test_a_retained_message_without_time_is_no_new_punch_at_each_start(
    broker: Mosquitto, registered: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.mqtt_intake.REPEAT_SECONDS", 0.0)
    subscribed(broker)
    with listening(settings_for(broker), registered):
        say(broker, "tepat/gate-1/finger", FINGER, retain=True)
        until(lambda: len(stored(registered)) == 1)
    for _ in range(3):
        before = sum(row[3] for row in rejected(registered))
        with listening(settings_for(broker), registered):
            until(lambda before=before: sum(row[3] for row in rejected(registered)) > before)  # type: ignore[misc]  # bound at once
    assert len(rejected(registered)) == 1
    assert len(stored(registered)) == 1
    assert "retained" in rejected(registered)[0][2]


def test_the_same_finger_later_is_another_punch(
    broker: Mosquitto, registered: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.mqtt_intake.REPEAT_SECONDS", 1.0)
    subscribed(broker)
    with listening(settings_for(broker), registered):
        say(broker, "tepat/gate-1/finger", FINGER)
        until(lambda: len(stored(registered)) == 1)
        first = stored(registered)[0][2]
        until(lambda: (datetime.now(UTC).replace(tzinfo=None) - first).total_seconds() > 2.5 - 7 * 3600)
        say(broker, "tepat/gate-1/finger", FINGER)
        until(lambda: len(stored(registered)) == 2)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_finger_sensor_s_message_that_comes_again_after_kill_9_is_one_punch(
    broker: Mosquitto,
    registered: ConnectionPool,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    version: Any,
) -> None:
    """The repeat time plays no part: the second delivery is later than that."""
    monkeypatch.setattr("collector.mqtt_intake.REPEAT_SECONDS", 0.0)
    subscribed(broker)
    with collector(KILLED_BEFORE_ACKNOWLEDGING + COLLECTOR, broker, database_url) as process:
        say(broker, "tepat/gate-1/finger", FINGER)
        assert process.wait(30) == -9
    ((_, _, first),) = stored(registered)
    until(lambda: (datetime.now(UTC).replace(tzinfo=None) - first).total_seconds() > 2.5 - 7 * 3600)
    with listening(settings_for(broker, version), registered):
        say(broker, "tepat/gate-1/punch", SimulatedMqttTerminal("gate-1", "", 0)._message(punches(1)).payload)
        until(lambda: len(stored(registered)) == 2)
    assert [row[2] for row in stored(registered) if row[1] == "5"] == [first]
    assert asked(registered, "SELECT count(*) FROM punch_variant") == [(0,)]


def test_equal_messages_without_time_of_an_unregistered_sensor_are_told_apart_and_taken_once_it_is_registered(
    broker: Mosquitto, registered: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.mqtt_intake.REPEAT_SECONDS", 0.0)
    subscribed(broker)
    with listening(settings_for(broker), registered):
        for expected in (1, 2):
            say(broker, "tepat/gate-9/finger", FINGER)
            until(lambda expected=expected: len(rejected(registered)) == expected)  # type: ignore[misc]  # bound at once
            second = time.time() // 1
            until(lambda second=second: time.time() // 1 > second)  # type: ignore[misc]  # the next punch is later
    add(registered, "Sensor", "gate-9")
    with registered.connection() as connection:
        connection.commit()
        assert reread_all(connection, datetime.now(UTC)).accepted == 2
    assert [row[:2] for row in stored(registered)] == [("Sensor", "5"), ("Sensor", "5")]
    assert asked(registered, "SELECT DISTINCT mark FROM punch_mark") == [("time_of_receipt",)]
    assert asked(registered, "SELECT count(*) FROM rejected WHERE resolved_at IS NULL") == [(0,)]


@pytest.mark.parametrize(
    ("dialect", "address"),
    [("gateway", "accessControl:device_1"), ("esp-rfid", "door-7"), ("finger-snap", "absensi"), ("dahua", "lobby"),
     ("recpush", "1026700")],
)  # fmt: skip
def test_punches_of_each_dialect_are_stored_also_when_they_came_before_the_terminal_was_registered(
    broker: Mosquitto, registered: ConnectionPool, dialect: Any, address: str
) -> None:
    subscribed(broker)
    terminal = SimulatedMqttTerminal(address, broker.host, broker.port, dialect=dialect)
    with listening(settings_for(broker), registered):
        assert terminal.send(punches(2)).buffered == 0
        until(lambda: len(rejected(registered)) == 2)
        assert f"tepat terminal add NAME --kind mqtt --address {address}" in rejected(registered)[0][2]
        add(registered, "New", address)
        with registered.connection() as connection:
            connection.commit()
            assert reread_all(connection, datetime.now(UTC)).accepted == 2
        assert terminal.send(punches(4)[2:]).buffered == 0
        until(lambda: len(stored(registered)) == 4)
    assert [row[2] for row in stored(registered)] == [punch[1] for punch in punches(4)]


def test_what_a_record_says_against_its_own_time_is_marked(broker: Mosquitto, registered: ConnectionPool) -> None:
    subscribed(broker)
    once = json.loads(SimulatedMqttTerminal("gate-1", "", 0)._message(punches(1)).payload)
    say(broker, "tepat/gate-1/punch", json.dumps(once | {"clock_ok": False}).encode())
    say(broker, "tepat/gate-1/punch", json.dumps(once | {"pin": "2", "time": "2026-01-05T07:00:00+09:00"}).encode())
    with listening(settings_for(broker), registered):
        until(lambda: len(stored(registered)) == 2)
    marks = asked(registered, "SELECT pin, mark FROM punch_mark ORDER BY pin")
    assert marks == [("0000", "clock_doubted"), ("2", "other_offset")]


def test_a_last_will_shows_in_health_until_the_terminal_is_back(broker: Mosquitto, registered: ConnectionPool) -> None:
    subscribed(broker)
    with listening(settings_for(broker), registered):
        say(broker, "tepat/gate-1/status", b"online", retain=True)
        until(lambda: of_lobi(registered).seen_at is not None)
        assert of_lobi(registered).read_at is None
        say(broker, "tepat/gate-1/status", b"offline", retain=True)
        until(lambda: of_lobi(registered).cure == "went_offline")
        say(broker, "tepat/gate-1/status", b"online", retain=True)
        until(lambda: of_lobi(registered).cure is None)
        say(broker, "mqtt/face/basic", b'{"operator":"Offline","info":{"facesluiceId":"gate-1"}}')
        until(lambda: of_lobi(registered).cure == "went_offline")
        SimulatedMqttTerminal("gate-1", broker.host, broker.port).send(punches(1))
        until(lambda: of_lobi(registered).cure is None)
    assert len(stored(registered)) == 1
    assert rejected(registered) == []


def test_a_status_kept_by_the_broker_is_no_sign_of_life_and_a_last_will_is_heard_when_the_terminal_dies(
    broker: Mosquitto, registered: ConnectionPool
) -> None:
    say(broker, "tepat/gate-1/status", b"online", retain=True)
    add(registered, "Other", "gate-5")
    with listening(settings_for(broker), registered):
        dying = Client(CallbackAPIVersion.VERSION2, client_id="gate-5")
        dying.will_set("tepat/gate-5/status", b"offline", qos=1, retain=True)
        dying.connect(broker.host, broker.port)
        dying.loop_start()
        until(dying.is_connected)
        until(lambda: "collector" in broker.log.read_text(encoding="utf-8"))
        connection = dying.socket()
        assert connection is not None
        connection.close()
        dying.loop_stop()
        until(lambda: asked(registered, "SELECT cure FROM terminal_health") == [("went_offline",)])
    assert of_lobi(registered).seen_at is None


def test_only_the_gateway_says_that_it_is_gone(broker: Mosquitto, registered: ConnectionPool) -> None:
    add(registered, "Door", "accessControl:device_1")
    subscribed(broker)
    with listening(settings_for(broker), registered):
        said = {"operator": "Offline", "info": {"facesluiceId": "accessControl:"}}
        say(broker, "mqtt/face/basic", json.dumps(said).encode())
        say(broker, "tepat/gate-1/finger", FINGER)
        until(lambda: of_lobi(registered).seen_at is not None)
    assert asked(registered, "SELECT count(*) FROM terminal_health WHERE cure = 'went_offline'") == [(0,)]


def test_a_gateway_that_is_gone_takes_its_terminals_along(broker: Mosquitto, registered: ConnectionPool) -> None:
    add(registered, "Front", "accessControl:device_1")
    subscribed(broker)
    with listening(settings_for(broker), registered):
        say(broker, "accessControl/system/status", b'{"status": "offline"}')
        until(lambda: asked(registered, "SELECT name FROM terminal JOIN terminal_health ON terminal_id = id") != [])
    assert asked(registered, "SELECT name, cure FROM terminal JOIN terminal_health ON terminal_id = id") == [
        ("Front", "went_offline")
    ]


def test_a_device_that_speaks_in_another_s_name_is_rejected_and_shows_in_that_one_s_health(
    broker: Mosquitto, registered: ConnectionPool
) -> None:
    subscribed(broker)
    message = json.loads(SimulatedMqttTerminal("gate-1", "", 0)._message(punches(1)).payload)
    with listening(settings_for(broker), registered):
        say(broker, "tepat/gate-9/punch", json.dumps(message).encode())
        until(lambda: of_lobi(registered).cure == "impersonated")
        assert of_lobi(registered).seen_at is None, "it did not speak itself"
        SimulatedMqttTerminal("gate-1", broker.host, broker.port).send(punches(1))
        until(lambda: of_lobi(registered).read_at is not None)
        found = of_lobi(registered)
    assert found.cure == "impersonated", "its own punch does not silence the alarm"
    assert "gate-9" in str(found.error)
    assert [row[0] for row in rejected(registered)] == ["gate-9"]
    assert len(stored(registered)) == 1


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
