"""MQTT terminals -> real broker -> listen() -> real database."""

import contextlib
import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import psycopg
import pytest
import structlog
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from collector.listen import access_of, listen
from config.errors import TepatError
from config.settings import Settings
from demo.broker import Mosquitto
from devices.records import Batch
from devices.simulator.mqtt import SimulatedMqttTerminal
from ingest import health
from ingest.accept import Counts, accept
from tests.collector.listening import (
    left_in_session,
    listening,
    pins,
    punches,
    registered,
    rejected,
    say,
    settings_for,
    stored,
    subscribed,
)
from tests.waiting import until

__all__ = ["registered"]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize("batch", [1, 50])
def test_punches_of_a_terminal_are_stored_and_then_acknowledged(
    broker: Mosquitto, registered: ConnectionPool, version: Literal["5", "3.1.1"], batch: int
) -> None:
    subscribed(broker)
    terminal = SimulatedMqttTerminal("gate-1", broker.host, broker.port, batch=batch)
    with listening(settings_for(broker, version), registered):
        delivery = terminal.send(punches(120))
        assert (delivery.punches, delivery.buffered) == (120, 0)
        until(lambda: len(stored(registered)) == 120)
    assert [(name, pin, at) for name, pin, at in stored(registered)] == [
        ("Lobi", pin, at) for pin, at, *_ in punches(120)
    ]
    assert rejected(registered) == []
    assert left_in_session(broker) == []


def test_a_terminal_s_health_says_when_it_was_heard_and_its_newest_plausible_punch(
    broker: Mosquitto, registered: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.heard.WRITE_SECONDS", 0.0)
    subscribed(broker)
    begin = datetime.now(UTC)
    in_2099 = ("0009", datetime.fromisoformat("2099-01-01T00:00:00"), 0, 1, None, b"")
    with listening(settings_for(broker), registered):
        SimulatedMqttTerminal("gate-1", broker.host, broker.port).send([*punches(3), in_2099])
        until(lambda: len(rejected(registered)) == 1 and health_of_lobi(registered).record_at is not None)
        say(broker, b'{"operator":"HeartBeat","info":{"facesluiceId":"gate-1"}}', topic="mqtt/face/heartbeat")
        heard = health_of_lobi(registered).seen_at
        until(lambda: health_of_lobi(registered).seen_at != heard)
    found = health_of_lobi(registered)
    assert found.record_at == punches(3)[-1][1]
    assert found.synced_until == punches(3)[-1][1].replace(tzinfo=ZoneInfo("Asia/Jakarta")), (
        "a heartbeat proves nothing"
    )
    assert found.read_at is not None
    assert begin < found.read_at <= datetime.now(UTC)
    assert len(stored(registered)) == 3


def test_the_latest_record_is_known_also_when_the_listener_stops_right_after_it(
    broker: Mosquitto, registered: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.heard.WRITE_SECONDS", 3600.0)
    subscribed(broker)
    terminal = SimulatedMqttTerminal("gate-1", broker.host, broker.port)
    with listening(settings_for(broker), registered):
        terminal.send(punches(1))
        until(lambda: health_of_lobi(registered).record_at == punches(1)[0][1])
        terminal.send(punches(3)[1:])
        until(lambda: len(stored(registered)) == 3)
        assert health_of_lobi(registered).record_at == punches(1)[0][1], "the next writing is an hour away"
    assert health_of_lobi(registered).record_at == punches(3)[-1][1]


def health_of_lobi(pool: ConnectionPool) -> health.Health:
    with pool.connection() as connection:
        return next(terminal for terminal in health.of_all(connection) if terminal.name == "Lobi")


def test_a_face_terminal_s_punches_are_stored_without_pictures(broker: Mosquitto, registered: ConnectionPool) -> None:
    subscribed(broker)
    with listening(settings_for(broker), registered):
        SimulatedMqttTerminal("gate-1", broker.host, broker.port, dialect="recpush").send(punches(5))
        until(lambda: len(stored(registered)) == 5)
    with registered.connection() as connection:
        assert connection.execute("SELECT count(*) FROM punch WHERE position('base64' in raw) > 0").fetchone() == (0,)


def test_a_poison_message_among_good_ones_is_rejected_with_its_bytes(
    broker: Mosquitto, registered: ConnectionPool
) -> None:
    subscribed(broker)
    good = [SimulatedMqttTerminal("gate-1", "", 0)._message([punch]).payload for punch in punches(20)]
    poison = [b"\xff\x00 not json", b"[" * 5000, b'{"device":"gate-1"}']
    say(broker, *good[:10], *poison, *good[10:])
    with listening(settings_for(broker), registered):
        until(lambda: len(stored(registered)) == 20 and len(rejected(registered)) == 3)
    assert {(name, raw) for name, raw, _, _ in rejected(registered)} == {("Lobi", raw) for raw in poison}
    assert left_in_session(broker) == []


def test_a_record_that_the_database_itself_refuses_does_not_stop_the_ones_behind_it(
    broker: Mosquitto, registered: ConnectionPool
) -> None:
    with registered.connection() as connection:
        connection.execute("ALTER TABLE punch ADD CONSTRAINT made_for_this_test CHECK (pin <> '0007')")
    try:
        subscribed(broker)
        with listening(settings_for(broker), registered):
            SimulatedMqttTerminal("gate-1", broker.host, broker.port).send(punches(20))
            until(lambda: len(stored(registered)) == 19 and len(rejected(registered)) == 1)
        ((name, raw, reason, _),) = rejected(registered)
        assert (name, json.loads(raw)["pin"]) == ("Lobi", "0007")
        assert "CheckViolation" in reason
    finally:
        with registered.connection() as connection:
            connection.execute("ALTER TABLE punch DROP CONSTRAINT made_for_this_test")


@pytest.mark.parametrize("device", ["gate-9", "gate-2"])
def test_an_unknown_device_is_rejected_even_if_another_terminal_has_its_id_as_name(
    broker: Mosquitto, registered: ConnectionPool, device: str
) -> None:
    subscribed(broker)
    with listening(settings_for(broker), registered):
        SimulatedMqttTerminal(device, broker.host, broker.port, batch=3).send(punches(6))
        until(lambda: len(rejected(registered)) == 6)
    assert stored(registered) == []
    assert {(name, times) for name, _, _, times in rejected(registered)} == {(device, 1)}
    assert f"tepat terminal add NAME --kind mqtt --address {device}" in rejected(registered)[0][2]


def six_said_before_registering(broker: Mosquitto, pool: ConnectionPool) -> None:
    """No listener runs any more, and the device is known now."""
    subscribed(broker)
    with listening(settings_for(broker), pool):
        SimulatedMqttTerminal("gate-9", broker.host, broker.port, batch=3).send(punches(6))
        until(lambda: len(rejected(pool)) == 6)
    with pool.connection() as connection:
        connection.execute("UPDATE terminal SET address = 'gate-9' WHERE name = 'Lobi'")


def test_what_a_device_said_before_it_was_registered_is_taken_when_the_listener_starts(
    broker: Mosquitto, registered: ConnectionPool
) -> None:
    six_said_before_registering(broker, registered)
    with listening(settings_for(broker), registered):
        until(lambda: len(stored(registered)) == 6)
    with registered.connection() as connection:
        assert connection.execute("SELECT count(*) FROM rejected WHERE resolved_at IS NULL").fetchone() == (0,)


def test_a_listener_stopped_while_it_takes_what_was_refused_ends_and_the_next_one_takes_the_rest(
    broker: Mosquitto, registered: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    six_said_before_registering(broker, registered)
    stop = threading.Event()

    def told_to_stop(connection: psycopg.Connection[Any], batches: Sequence[Batch]) -> Counts:
        stop.set()
        return accept(connection, batches)

    monkeypatch.setattr("collector.reread.ROWS", 2)
    with monkeypatch.context() as patch:
        patch.setattr("collector.reread.accept", told_to_stop)
        listen(settings_for(broker), registered, stop)
    assert len(stored(registered)) == 2, "what was begun is committed, nothing else is begun"
    with listening(settings_for(broker), registered):
        until(lambda: len(stored(registered)) == 6)


def test_a_repeated_punch_with_a_long_field_is_kept_as_its_variant(
    broker: Mosquitto, registered: ConnectionPool
) -> None:
    subscribed(broker)
    once = json.loads(SimulatedMqttTerminal("gate-1", "", 0)._message(punches(1)).payload)
    words = random.Random(7).choices([chr(code) for code in range(33, 127)] + [" "] * 9, k=9000)
    long = json.dumps({**once, "log": "".join(words)}).encode()
    say(broker, json.dumps(once).encode(), long, long)
    with listening(settings_for(broker), registered):
        say(broker, SimulatedMqttTerminal("gate-1", "", 0)._message(punches(2)[1:]).payload)
        until(lambda: len(stored(registered)) == 2)
    assert rejected(registered) == []
    with registered.connection() as connection:
        assert connection.execute("SELECT raw FROM punch_variant").fetchall() == [(long,)]


def test_a_message_delivered_again_is_one_punch(broker: Mosquitto, registered: ConnectionPool) -> None:
    subscribed(broker)
    terminal = SimulatedMqttTerminal("gate-1", "", 0)
    once, last = (terminal._message([punch]).payload for punch in punches(2))
    for _ in range(2):
        say(broker, once, b"poison", once)
    with listening(settings_for(broker), registered):
        say(broker, once, last)
        until(lambda: "0001" in pins(stored(registered)))
    assert [pin for _, pin, _ in stored(registered)] == ["0000", "0001"]
    assert [(raw, times) for _, raw, _, times in rejected(registered)] == [(b"poison", 2)]
    assert left_in_session(broker) == []


def test_a_listener_stopped_while_the_database_is_away_leaves_its_messages_to_the_next(
    server: str,
    broker: Mosquitto,
    registered: ConnectionPool,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collector.listen.CONNECTION_SECONDS", 0.2)
    subscribed(broker)
    with closed_to_all(server, database_url), structlog.testing.capture_logs() as logs:
        with listening(settings_for(broker), registered):
            SimulatedMqttTerminal("gate-1", broker.host, broker.port).send(punches(3))
            until(lambda: any(entry["event"] == "mqtt.database_away" for entry in logs))
        assert len(left_in_session(broker)) == 3
    with listening(settings_for(broker), registered):
        until(lambda: pins(stored(registered)) == {"0000", "0001", "0002"})


def test_a_database_that_goes_away_in_the_middle_loses_nothing(
    server: str, broker: Mosquitto, registered: ConnectionPool, database_url: str
) -> None:
    subscribed(broker)
    terminal = SimulatedMqttTerminal("gate-1", broker.host, broker.port)
    with listening(settings_for(broker), registered):
        terminal.send(punches(10))
        until(lambda: len(stored(registered)) == 10)
        with closed_to_all(server, database_url):
            assert terminal.send(punches(30)).buffered == 0
        begin = time.monotonic()
        until(lambda: len(stored(registered)) == 30)
        assert time.monotonic() - begin < 25, (
            "a pool that looks at one cut connection after the other takes half a minute"
        )
    assert left_in_session(broker) == []


@contextlib.contextmanager
def closed_to_all(server: str, database_url: str) -> Iterator[None]:
    """The database ends all sessions and lets nobody in."""
    name = conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(server, autocommit=True) as connection:
        allow = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
        connection.execute(allow.format(sql.Identifier(str(name)), sql.SQL("false")))
        try:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(database_url)
            yield
        finally:
            connection.execute(allow.format(sql.Identifier(str(name)), sql.SQL("true")))


def test_a_broker_that_restarts_in_the_middle_loses_nothing(broker: Mosquitto, registered: ConnectionPool) -> None:
    subscribed(broker)
    terminal = SimulatedMqttTerminal("gate-1", broker.host, broker.port)
    with listening(settings_for(broker), registered):
        terminal.send(punches(10))
        broker.stop()
        assert terminal.send(punches(20), seconds=0.3).buffered == 20
        broker.start()
        assert terminal.send().buffered == 0
        until(lambda: len(stored(registered)) == 20)
    assert left_in_session(broker) == []


def test_without_a_broker_set_it_says_which_setting_names_it() -> None:
    with pytest.raises(TepatError, match="TEPAT_MQTT_HOST"):
        access_of(Settings.model_validate({}))
