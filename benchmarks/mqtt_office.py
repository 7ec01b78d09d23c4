"""What the MQTT benchmarks share: a broker as offices have it, a database with terminals, messages, a fast sender."""

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from benchmarks.accept import embedded_server, new_database
from collector.listen import listen
from config.broker_files import COLLECTOR
from config.settings import Settings
from demo.broker import Mosquitto, mosquitto_program
from devices.mqtt import registry
from devices.mqtt.client import Consumer
from devices.mqtt.session import BrokerAccess
from ingest.database import ConnectionPool, opened
from ingest.terminals import add_terminal

TERMINALS = 20
PEOPLE = 977
ZONE = timezone(timedelta(hours=7))
FIRST = datetime.fromisoformat("2026-01-01 07:00:00")
WINDOW = 20
"""Messages that one sender has under way, as most clients do."""
PATIENCE = 120.0
LOOK_SECONDS = 0.05
"""Looking costs the listener a tenth of its time when done every 20 ms."""
QOS_1 = b"\x32"
COMPLETE = """
SELECT count(*) FROM unnest(%s::text[], %s::timestamp[]) last(name, at)
JOIN terminal t ON t.name = last.name JOIN punch p ON p.terminal_id = t.id AND p.local_time = last.at
"""

Message = tuple[str, bytes]
"""(device, payload)"""


class NoBrokerError(Exception):
    """Mosquitto is not installed."""


@dataclass(frozen=True, slots=True)
class MqttOffice:
    broker: Mosquitto
    pool: ConnectionPool
    settings: Settings

    @property
    def access(self) -> BrokerAccess:
        password = self.broker.passwords[COLLECTOR]
        return BrokerAccess(self.broker.host, self.broker.port, COLLECTOR, username=COLLECTOR, password=password)

    def subscribed(self) -> None:
        """The broker keeps messages from now on."""
        with Consumer(self.access, registry.FILTERS) as consumer:
            wait_until(lambda: consumer.error is None)

    def queued(self, messages: Sequence[Message]) -> None:
        """All of them wait in the broker for a collector that is away."""
        self.subscribed()
        send(self.broker, messages)

    def emptied(self) -> None:
        """No rows, and no session at the broker: its last acknowledgements may have been lost with the connection."""
        with socket.create_connection((self.broker.host, self.broker.port)) as connection:
            deliver(connection, COLLECTOR, self.broker.passwords[COLLECTOR], [])
        with self.pool.connection() as connection:
            connection.execute("TRUNCATE punch, punch_variant, rejected, day_to_score, punch_mark, mqtt_receipt")
        with self.pool.connection() as connection:
            connection.autocommit = True
            connection.execute("CHECKPOINT")
            connection.autocommit = False

    def stored(self) -> int:
        """Records that ended in punch or rejected."""
        with self.pool.connection() as connection:
            row = connection.execute("SELECT (SELECT count(*) FROM punch) + (SELECT count(*) FROM rejected)").fetchone()
        assert row is not None
        return int(row[0])

    def complete(self, count: int, punches: int) -> bool:
        """Whether the last message of each terminal is stored; they come in order. Cheap, to disturb nothing."""
        last = [(devices()[n % TERMINALS], local_time((n + 1) * punches - 1)) for n in range(count - TERMINALS, count)]
        names, times = zip(*last, strict=True)
        with self.pool.connection() as connection:
            row = connection.execute(COMPLETE, [list(names), list(times)]).fetchone()
        assert row is not None
        return bool(row[0] == TERMINALS)

    def listened(self, count: int, punches: int = 1) -> float:
        """Seconds until listen() has stored so many messages of `messages`, from its start on."""
        stop = threading.Event()
        thread = threading.Thread(target=listen, args=(self.settings, self.pool, stop))
        begun = time.perf_counter()
        thread.start()
        try:
            wait_until(lambda: self.complete(count, punches))
            seconds = time.perf_counter() - begun
        finally:
            stop.set()
            thread.join()
        assert self.stored() == count * punches
        return seconds


@contextmanager
def mqtt_office() -> Iterator[MqttOffice]:
    """Raises NoBrokerError."""
    program = mosquitto_program()
    if program is None:
        raise NoBrokerError
    with (
        tempfile.TemporaryDirectory(prefix="tepat-bench-") as folder,
        Mosquitto(program, Path(folder), accounts=(COLLECTOR, *devices())) as broker,
        embedded_server() as server,
        new_database(server) as url,
    ):
        settings = Settings.model_validate(
            {
                "database_url": url,
                "mqtt_host": broker.host,
                "mqtt_port": broker.port,
                "mqtt_username": COLLECTOR,
                "mqtt_password": broker.passwords[COLLECTOR],
            }
        )
        with opened(settings) as pool:
            with pool.connection() as connection:
                for device in devices():
                    add_terminal(
                        connection,
                        name=device,
                        kind="mqtt",
                        address=device,
                        comm_key=0,
                        time_zone="Asia/Jakarta",
                        added_at=datetime.now(UTC),
                    )
            yield MqttOffice(broker, pool, settings)


def devices() -> list[str]:
    return [f"gate-{number:02}" for number in range(TERMINALS)]


def messages(count: int, punches: int = 1) -> list[Message]:
    """As docs/mqtt.md asks for them, the terminals in turn; no punch twice."""
    made = []
    for number in range(count):
        device = devices()[number % TERMINALS]
        start = {"device": device, "boot": "9f3c21aa"}
        fields = [_punch(number * punches + each) for each in range(punches)]
        whole = {**start, **fields[0]} if punches == 1 else {**start, "punches": fields}
        made.append((device, json.dumps(whole).encode()))
    return made


def local_time(number: int) -> datetime:
    return FIRST + timedelta(seconds=number)


def _punch(number: int) -> dict[str, object]:
    at = local_time(number).replace(tzinfo=ZONE)
    pin, state = f"{number % PEOPLE:04}", ("in", "out")[number % 2]
    return {"seq": number, "pin": pin, "time": at.isoformat(), "clock_ok": True, "state": state, "method": "face"}


def send(broker: Mosquitto, sent: Sequence[Message]) -> None:
    """Each terminal over its own connection, one after the other; returns when all is acknowledged."""
    for device in devices():
        mine = [payload for name, payload in sent if name == device]
        with socket.create_connection((broker.host, broker.port)) as connection:
            deliver(connection, device, broker.passwords[device], mine)


def deliver(connection: socket.socket, device: str, password: str, payloads: Sequence[bytes]) -> None:
    """A bare MQTT 3.1.1 sender: a client library would take a core for itself, and terminals bring their own."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = connection.makefile("rb")
    hello = b"\x00\x04MQTT\x04\xc2\x00\x3c" + _text(device) + _text(device) + _text(password)
    connection.sendall(_packet(b"\x10", hello))
    assert answers.read(4) == b"\x20\x02\x00\x00", "the broker refuses"
    topic = _text(f"tepat/{device}/punch")
    acknowledged = 0
    for number, payload in enumerate(payloads):
        connection.sendall(_packet(QOS_1, topic + struct.pack(">H", number % 65535 + 1) + payload))
        if number - acknowledged >= WINDOW:
            acknowledged += len(answers.read(4)) // 4
    acknowledged += len(answers.read(4 * (len(payloads) - acknowledged))) // 4
    assert acknowledged == len(payloads)


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def _packet(kind: bytes, body: bytes) -> bytes:
    length, rest = bytearray(), len(body)
    while True:
        rest, digit = divmod(rest, 128)
        length.append(digit | (128 if rest else 0))
        if not rest:
            return kind + bytes(length) + body


@contextmanager
def sending(office: MqttOffice, count: int, punches: int) -> Iterator[None]:
    """The same messages from a process of its own, a thread a terminal. Inside, it has begun."""
    told = json.dumps([office.broker.port, office.broker.passwords, count, punches])
    command = [sys.executable, "-c", "import benchmarks.mqtt_office as office; office.send_told()"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
        env=os.environ,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(told + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        try:
            yield
        finally:
            assert process.wait(PATIENCE) == 0


def send_told() -> None:
    """The other end of `sending`."""
    port, passwords, count, punches = json.loads(sys.stdin.readline())
    made = messages(count, punches)
    by_device = {device: [payload for name, payload in made if name == device] for device in devices()}
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()

    def one(device: str) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            deliver(connection, device, passwords[device], by_device[device])

    threads = [threading.Thread(target=one, args=(device,)) for device in by_device]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(LOOK_SECONDS)
