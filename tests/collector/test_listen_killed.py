"""A collector killed with -9 before the commit, and between the commit and the acknowledgement."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from psycopg_pool import ConnectionPool

from demo.broker import Mosquitto
from devices.simulator.mqtt import SimulatedMqttTerminal
from tests.collector.listening import (
    left_in_session,
    listening,
    punches,
    registered,
    rejected,
    settings_for,
    stored,
    subscribed,
)
from tests.waiting import until

__all__ = ["registered"]

COLLECTOR = """
import threading
from collector.listen import listen
from config.settings import load
from ingest.database import opened

settings = load()
with opened(settings, migrate=False) as pool:
    listen(settings, pool, threading.Event())
"""
KILLED_BEFORE_ACKNOWLEDGING = """
import os, signal
from devices.mqtt.client import Consumer
Consumer.acknowledge = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""


@contextlib.contextmanager
def collector(program: str, broker: Mosquitto, database_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A collector process of its own."""
    settings = {
        "TEPAT_DATABASE_URL": database_url,
        "TEPAT_MQTT_HOST": broker.host,
        "TEPAT_MQTT_PORT": str(broker.port),
        "TEPAT_MQTT_CLIENT_ID": "collector",
    }
    with subprocess.Popen([sys.executable, "-c", program], env=os.environ | settings) as process:
        try:
            yield process
        finally:
            process.kill()


def test_killed_between_receiving_and_committing_the_message_comes_again_and_is_one_row(
    broker: Mosquitto, registered: ConnectionPool, database_url: str
) -> None:
    subscribed(broker)
    with registered.connection() as holder, collector(COLLECTOR, broker, database_url) as process:
        holder.execute("LOCK TABLE punch IN ACCESS EXCLUSIVE MODE")
        assert SimulatedMqttTerminal("gate-1", broker.host, broker.port).send(punches(1)).buffered == 0
        until(lambda: waiting_for_a_lock(registered))
        process.kill()
        process.wait()
    assert stored(registered) == []
    with listening(settings_for(broker), registered):
        until(lambda: len(stored(registered)) == 1)
    assert left_in_session(broker) == []
    assert rejected(registered) == []


def test_killed_between_committing_and_acknowledging_the_message_comes_again_and_is_one_row(
    broker: Mosquitto, registered: ConnectionPool, database_url: str
) -> None:
    subscribed(broker)
    with collector(KILLED_BEFORE_ACKNOWLEDGING + COLLECTOR, broker, database_url) as process:
        assert SimulatedMqttTerminal("gate-1", broker.host, broker.port).send(punches(1)).buffered == 0
        assert process.wait(30) == -9
    assert len(stored(registered)) == 1
    with listening(settings_for(broker), registered):
        assert SimulatedMqttTerminal("gate-1", broker.host, broker.port).send(punches(2)[1:]).buffered == 0
        until(lambda: len(stored(registered)) == 2)
    assert left_in_session(broker) == []
    assert rejected(registered) == []


def waiting_for_a_lock(pool: ConnectionPool) -> bool:
    with pool.connection() as connection:
        return connection.execute("SELECT FROM pg_locks WHERE NOT granted").fetchone() is not None
