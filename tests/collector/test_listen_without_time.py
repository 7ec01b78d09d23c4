"""Messages that say no time, and may come again: each scan is one punch, at the time of its first receipt."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg_pool import ConnectionPool

from collector.reread import reread_all
from demo.broker import Mosquitto
from devices.simulator.mqtt import SimulatedMqttTerminal
from tests.collector.listening import listening, punches, registered, rejected, settings_for, stored, subscribed
from tests.collector.speaking import FINGER, add, asked, health_at_once, say
from tests.collector.test_listen_killed import COLLECTOR, KILLED_BEFORE_ACKNOWLEDGING, collector
from tests.waiting import until

__all__ = ["health_at_once", "registered"]


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


@pytest.mark.parametrize("version", ["5", pytest.param("3.1.1", marks=pytest.mark.long)])
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
