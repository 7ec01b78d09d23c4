"""What the tests of the MQTT listener share: a registered device, a running listener, looks at broker and database."""

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from paho.mqtt import publish
from psycopg_pool import ConnectionPool

from collector.listen import access_of, listen
from config.settings import Settings
from demo.broker import Mosquitto
from devices.mqtt import registry
from devices.mqtt.client import Consumer
from devices.records import Punch
from ingest.terminals import add_terminal
from tests.waiting import SECONDS, until

MORNING = datetime.fromisoformat("2026-01-05T07:00:00")


def settings_for(broker: Mosquitto, version: Literal["5", "3.1.1"] = "5") -> Settings:
    return Settings.model_validate(
        {"mqtt_host": broker.host, "mqtt_port": broker.port, "mqtt_version": version, "mqtt_client_id": "collector"}
    )


def punches(count: int) -> list[Punch]:
    return [(f"{number:04}", MORNING + timedelta(seconds=number), 0, 1, None, b"") for number in range(count)]


def pins(rows: list[tuple[Any, ...]]) -> set[str]:
    return {row[1] for row in rows}


def stored(pool: ConnectionPool) -> list[tuple[Any, ...]]:
    with pool.connection() as connection:
        return connection.execute(
            "SELECT terminal.name, pin, local_time FROM punch JOIN terminal ON terminal.id = terminal_id ORDER BY 3, 2"
        ).fetchall()


def rejected(pool: ConnectionPool) -> list[tuple[Any, ...]]:
    with pool.connection() as connection:
        return connection.execute("SELECT terminal, raw, reason, times_seen FROM rejected ORDER BY raw").fetchall()


@pytest.fixture
def registered(pool: ConnectionPool) -> ConnectionPool:
    """A database that knows the device gate-1 as the terminal Lobi, and a ZK terminal with the name gate-2."""
    common: dict[str, Any] = {"comm_key": 0, "time_zone": "Asia/Jakarta", "added_at": datetime(2026, 1, 1, tzinfo=UTC)}
    with pool.connection() as connection:
        add_terminal(connection, name="Lobi", kind="mqtt", address="gate-1", **common)
        add_terminal(connection, name="gate-2", kind="zk", address="127.0.0.1", **common)
    return pool


@contextlib.contextmanager
def listening(settings: Settings, pool: ConnectionPool) -> Iterator[None]:
    """listen() in a thread; at the end it has returned without an error."""
    stop = threading.Event()
    ended: list[BaseException | None] = []

    def run() -> None:
        try:
            listen(settings, pool, stop)
            ended.append(None)
        except BaseException as error:
            ended.append(error)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(SECONDS)
    assert ended == [None]


def subscribed(broker: Mosquitto) -> None:
    """Make the broker keep messages for the collector from now on, as it does since the first `tepat collect`."""
    with Consumer(access_of(settings_for(broker)), registry.FILTERS) as consumer:
        until(lambda: consumer.error is None)


def left_in_session(broker: Mosquitto) -> list[bytes]:
    """What the broker would send the collector again."""
    until(lambda: broker.log.read_text(encoding="utf-8").rstrip().endswith("Client collector disconnected."))
    with Consumer(access_of(settings_for(broker)), registry.FILTERS) as consumer:
        until(lambda: consumer.error is None)
        return [arrival.payload for arrival in consumer.take(0.3)]


def say(broker: Mosquitto, *payloads: bytes, topic: str = "tepat/gate-1/punch") -> None:
    publish.multiple([{"topic": topic, "payload": it, "qos": 1} for it in payloads], broker.host, broker.port)
