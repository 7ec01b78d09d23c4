"""The batch that is read while another is stored: in order, acknowledged after its own commit, never lost."""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool

from collector import listen_ahead
from collector.listen import access_of, listen
from collector.listen_ahead import ReadAhead
from demo.broker import Mosquitto
from devices.errors import RetriableTerminalError
from devices.mqtt import client, registry
from devices.mqtt.client import Consumer
from devices.mqtt.inbox import Arrival
from devices.mqtt.reading import Reading
from devices.simulator.mqtt import SimulatedMqttTerminal
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
from tests.collector.test_listen_killed import COLLECTOR, collector, waiting_for_a_lock
from tests.waiting import SECONDS, until

__all__ = ["registered"]

TELLING = """
import os
from collector import listen_ahead
read = listen_ahead.reading

def telling(arrival):
    found = read(arrival)
    with open(os.environ["TEPAT_TEST_READ"], "a") as file:
        file.write(arrival.topic + "\\n")
    return found

listen_ahead.reading = telling
"""


def payloads(count: int) -> list[bytes]:
    return [SimulatedMqttTerminal("gate-1", "", 0)._message([punch]).payload for punch in punches(count)]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The messages that have been read."""
    done: list[bytes] = []
    truly = listen_ahead.reading

    def noted(arrival: Arrival) -> Reading:
        found = truly(arrival)
        done.append(arrival.payload)
        return found

    monkeypatch.setattr(listen_ahead, "reading", noted)
    return done


@contextlib.contextmanager
def one_batch_waiting_to_be_stored(pool: ConnectionPool, broker: Mosquitto) -> Iterator[list[bytes]]:
    """Inside, the table is locked, one message waits for it, and one more has been sent: several may be two batches."""
    said = payloads(2)
    with pool.connection() as holder:
        holder.execute("LOCK TABLE punch IN ACCESS EXCLUSIVE MODE")
        say(broker, said[0])
        until(lambda: waiting_for_a_lock(pool))
        say(broker, said[1])
        yield said


def end_the_session_that_waits(pool: ConnectionPool) -> None:
    with pool.connection() as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")


def test_batches_come_in_order_each_once_and_one_is_read_ahead(broker: Mosquitto, read: list[bytes]) -> None:
    subscribed(broker)
    said = payloads(40)
    say(broker, *said)
    came: list[Arrival] = []
    with (
        Consumer(access_of(settings_for(broker)), registry.FILTERS, batch=10) as consumer,
        ReadAhead(consumer, lambda arrival: arrival.payload != said[7], 1.0) as ahead,
    ):
        while len(came) < len(said):
            batch = ahead.take()
            came += batch.arrivals
            assert [arrival for arrival, _ in batch.heard] == [it for it in batch.arrivals if it.payload != said[7]]
            if len(came) < len(said):
                following = said[len(came)]
                until(lambda following=following: following in read)  # type: ignore[misc]  # bound now, called now
            consumer.acknowledge(batch.arrivals)
    assert [arrival.payload for arrival in came] == said
    assert read == said[:7] + said[8:]
    assert left_in_session(broker) == []


def test_a_commit_that_fails_while_the_next_batch_is_read_costs_neither(
    broker: Mosquitto, registered: ConnectionPool, read: list[bytes]
) -> None:
    subscribed(broker)
    with listening(settings_for(broker), registered):
        with one_batch_waiting_to_be_stored(registered, broker) as said:
            until(lambda: said[-1] in read)
            end_the_session_that_waits(registered)
        until(lambda: len(stored(registered)) == 2)
    assert read == said, "each message is read once, however often it is stored"
    assert rejected(registered) == []
    assert left_in_session(broker) == []


def test_a_listener_stopped_with_a_batch_read_ahead_leaves_it_to_the_next(
    broker: Mosquitto, registered: ConnectionPool, read: list[bytes]
) -> None:
    subscribed(broker)
    stop = threading.Event()
    thread = threading.Thread(target=listen, args=(settings_for(broker), registered, stop))
    thread.start()
    with one_batch_waiting_to_be_stored(registered, broker) as said:
        until(lambda: said[-1] in read)
        stop.set()
        end_the_session_that_waits(registered)
        thread.join(SECONDS)
        assert not thread.is_alive()
        assert left_in_session(broker) == said
    assert stored(registered) == []
    with listening(settings_for(broker), registered):
        until(lambda: len(stored(registered)) == 2)
    assert left_in_session(broker) == []


def test_killed_with_a_batch_read_ahead_all_of_it_comes_again(
    broker: Mosquitto, registered: ConnectionPool, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "TEPAT_TEST_READ", str(tmp_path / "read"))
    subscribed(broker)
    with collector(TELLING + COLLECTOR, broker, database_url) as process:
        with one_batch_waiting_to_be_stored(registered, broker):
            until(lambda: (tmp_path / "read").read_text().count("\n") == 2)
            process.kill()
            process.wait()
        assert stored(registered) == []
    with listening(settings_for(broker), registered):
        until(lambda: len(stored(registered)) == 2)
    assert pins(stored(registered)) == {f"{number:04}" for number in range(2)}
    assert left_in_session(broker) == []


def take_on_and_on(ahead: ReadAhead) -> None:
    while True:
        ahead.take()


def test_a_network_thread_that_stands_still_is_told_to_whoever_takes(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Consumer(access_of(settings_for(broker)), registry.FILTERS) as consumer:
        until(lambda: consumer.error is None)
        with ReadAhead(consumer, lambda _: True, 0.01) as ahead:
            assert ahead.take().arrivals == []
            monkeypatch.setattr(client, "DEAD_SECONDS", -1.0)
            with pytest.raises(RetriableTerminalError, match="stood still"):
                take_on_and_on(ahead)
            monkeypatch.undo()


def test_an_error_of_reading_costs_the_message_only(
    broker: Mosquitto, registered: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = payloads(5)
    truly = registry.read

    def failing(topic: str, payload: bytes, *rest: object) -> Reading:
        if payload == said[2]:
            raise MemoryError
        return truly(topic, payload, *rest)  # type: ignore[arg-type]  # the time of receipt

    monkeypatch.setattr(registry, "read", failing)
    subscribed(broker)
    say(broker, *said)
    with listening(settings_for(broker), registered):
        until(lambda: len(stored(registered)) == 4 and len(rejected(registered)) == 1)
    ((name, raw, reason, _),) = rejected(registered)
    assert (name, raw) == ("Lobi", said[2])
    assert "MemoryError" in reason
