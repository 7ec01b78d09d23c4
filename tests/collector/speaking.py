"""What the tests of MQTT dialects share: somebody who says one message, and looks at what became of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from paho.mqtt import publish
from psycopg_pool import ConnectionPool

from demo.broker import Mosquitto
from ingest import health
from ingest.terminals import add_terminal

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
