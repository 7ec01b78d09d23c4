"""What other dialects say, through a real broker into a real database: punches, marks, and health."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from psycopg_pool import ConnectionPool

from collector.reread import reread_all
from demo.broker import Mosquitto
from devices.simulator.mqtt import SimulatedMqttTerminal
from tests.collector.listening import listening, punches, registered, rejected, settings_for, stored, subscribed
from tests.collector.speaking import FINGER, add, asked, health_at_once, of_lobi, say
from tests.waiting import until

__all__ = ["health_at_once", "registered"]


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
