"""MQTT messages that wait in the broker: stored, committed, acknowledged; against a paho client that only counts them.

And, fifty punches a message, against psycopg's binary COPY of the same rows.
"""

import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import structlog
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from benchmarks.mqtt_office import PATIENCE, MqttOffice, NoBrokerError, messages, mqtt_office
from config.broker_files import COLLECTOR
from devices.mqtt import registry
from devices.mqtt.client import BATCH, BATCH_BYTES
from devices.mqtt.session import connect, subscribe
from ingest import store

NAME = "mqtt"
RUNS = 5
SINGLE = 6_000
BATCHES, PUNCHES = 2_000, 50
"""Enough for the start of a listener to be a small part of the time."""
ONE_GOAL, MANY_GOAL, MANY_PUNCHES = 0.80, 0.40, 150_000

Pair = tuple[float, float]
"""Seconds of ours and of the peer."""


def run() -> Iterator[dict[str, Any]]:
    """Alternating, on the same messages."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    try:
        with mqtt_office() as office:
            yield result("one", SINGLE, [one(office, n) for n in range(RUNS + 1)][1:], ONE_GOAL)
            many = [fifty(office, n) for n in range(RUNS + 1)][1:]
            counted = result("noop-50", BATCHES * PUNCHES, [(ours, noop) for ours, noop, _ in many], None)
            yield counted
            copied = result("copy-50", BATCHES * PUNCHES, [(ours, copy) for ours, _, copy in many], MANY_GOAL)
            yield {**copied, "goal_punches": MANY_PUNCHES}
    except NoBrokerError:
        sys.stderr.write(f"{NAME}: left out, Mosquitto is not installed\n")


def result(name: str, punches: int, pairs: Sequence[Pair], goal: float | None) -> dict[str, Any]:
    ratios = [peer / ours for ours, peer in pairs]
    return {
        "name": f"{NAME}-{name}",
        "ours": round(punches / statistics.median(ours for ours, _ in pairs)),
        "peer": round(punches / statistics.median(peer for _, peer in pairs)),
        "unit": "punches/s",
        "ratio": round(statistics.median(ratios), 2),
        "min": round(min(ratios), 2),
        "max": round(max(ratios), 2),
        "runs": len(pairs),
        "goal": goal,
        "better": "higher",
    }


def one(office: MqttOffice, number: int) -> Pair:
    made = messages(SINGLE)
    sides = {}
    for side in ("ours", "noop") if number % 2 else ("noop", "ours"):
        office.emptied()
        office.queued(made)
        sides[side] = office.listened(SINGLE) if side == "ours" else counted(office, SINGLE)
    return sides["ours"], sides["noop"]


def fifty(office: MqttOffice, number: int) -> tuple[float, float, float]:
    """Seconds of ours, of the counting client and of COPY."""
    made = messages(BATCHES, PUNCHES)
    sides = {}
    for side in ("ours", "noop") if number % 2 else ("noop", "ours"):
        office.emptied()
        office.queued(made)
        if side == "ours":
            sides["ours"] = office.listened(BATCHES, PUNCHES)
            sides["copy"] = copied(office)
        else:
            sides["noop"] = counted(office, BATCHES)
    return sides["ours"], sides["noop"], sides["copy"]


def counted(office: MqttOffice, count: int) -> float:
    """Seconds of the peer, paho as it is: acknowledges each message as it comes and looks at nothing."""
    client = Client(CallbackAPIVersion.VERSION2, COLLECTOR, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True)
    client.username_pw_set(office.access.username, office.access.password)
    left = [count]
    done = threading.Event()

    def on_connect(*_: object) -> None:
        subscribe(client, office.access, registry.FILTERS)

    def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
        if message.qos:
            client.ack(message.mid, message.qos)
            left[0] -= 1
            if not left[0]:
                done.set()

    client.on_connect, client.on_message = on_connect, on_message
    begun = time.perf_counter()
    connect(client, office.access, 3 * BATCH)
    client.loop_start()
    try:
        assert done.wait(PATIENCE), f"{left[0]} messages did not come"
        return time.perf_counter() - begun
    finally:
        client.disconnect()
        client.loop_stop()


def copied(office: MqttOffice) -> float:
    """Seconds of COPY for the rows that are stored by now, in transactions as large as those of ours."""
    with office.pool.connection() as connection:
        rows = connection.execute(
            "SELECT pin, local_time, state, verify, work_code, raw, terminal_id, source, received_at FROM punch"
        ).fetchall()
    office.emptied()
    begun = time.perf_counter()
    size = BATCH_BYTES // len(messages(1, PUNCHES)[0][1]) * PUNCHES
    for first in range(0, len(rows), size):
        with (
            office.pool.connection() as connection,
            connection.cursor() as cursor,
            cursor.copy(store.COPY_PUNCH) as copy,
        ):
            copy.set_types(store.TYPES)
            for row in rows[first : first + size]:
                copy.write_row(row)
    return time.perf_counter() - begun
