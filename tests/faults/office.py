"""An office of real processes over loopback: terminals of every kind, database, `tepat collect`, and Mosquitto with the
configuration, accounts and access list that offices get.

People punch all the time. Whatever strikes it, at the end the table holds what the terminals hold, each punch once.
"""

import contextlib
import itertools
import os
import random
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeAlias
from urllib.parse import urlsplit

import psycopg

from config.broker_files import COLLECTOR
from demo.broker import Mosquitto
from devices.records import Punch
from ingest.migrate import migrate
from ingest.terminals import Kind, add_terminal
from tests.faults.databases import StruckDatabase
from tests.faults.proxy import HOST, Link
from tests.faults.senders import IclockSender, MqttSender
from tests.faults.zk_process import PINS, ROOT, ZkProcess

ZK_KINDS = ("40", "16", "49u")
"""Record sizes; the last one speaks UDP, which passes no link."""
SECONDS_BETWEEN_PUNCHES = 0.03
RECOVERY_SECONDS = 10.0
"""How long after the last part is back every punch is stored (issue: never losing)."""
SETTLE_SECONDS = 30.0
"""As RECOVERY_SECONDS, where broker or links suffered too: a connection cut often is made anew only after 10 s."""
START_SECONDS = 60.0
LOG_LINES = 40

Key: TypeAlias = tuple[str, str, datetime, int]
"""(terminal, pin, local time, state)."""


class Office:
    """Everything runs within `with`. links: what passes between the collector and each part, by the part's name."""

    def __init__(self, folder: Path, database: StruckDatabase, mosquitto: str, chance: random.Random) -> None:
        self.database = database
        self.chance = chance
        self.zk_terminals = len(ZK_KINDS)
        self.held: set[Key] = set()
        self.links: dict[str, Link] = {}
        self.broker = Mosquitto(mosquitto, folder / "broker", accounts=(COLLECTOR, "gate"))
        self.collector: subprocess.Popen[bytes] | None = None
        self.log = folder / "collector.log"
        self._folder = folder
        self._push_port = free_port()
        self._stack = contextlib.ExitStack()
        self._numbers = itertools.count()
        self._first = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(days=20)
        self._punching = threading.Event()
        self._failure: BaseException | None = None
        self._log_start = 0

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.zk = stack.enter_context(ZkProcess(ZK_KINDS))
            stack.enter_context(self.broker)
            stack.callback(self.kill_collector)
            self._link(stack, "broker", (HOST, self.broker.port))
            self._link(stack, "database", (HOST, urlsplit(self.database.url).port or 5432))
            self._link(stack, "push", (HOST, self._push_port))
            for number, address in enumerate(self.zk.addresses):
                if not ZK_KINDS[number].endswith("u"):
                    self._link(stack, f"zk{number}", address)
            self._register()
            self.start_collector()
            self._let_it_begin()
            self.mqtt = stack.enter_context(MqttSender("gate", (HOST, self.broker.port), self.broker.passwords["gate"]))
            self.iclock = stack.enter_context(IclockSender("PUSHER1", f"http://{self.links['push'].address}"))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start_collector(self) -> None:
        """As its supervisor does. It reads each ZK terminal every second."""
        url = urlsplit(self.database.url)
        behind_link = url._replace(netloc=f"{url.username}:{url.password}@{self.links['database'].address}")
        settings = {
            "TEPAT_DATA_DIR": str(self._folder / "data"),
            "TEPAT_DATABASE_URL": behind_link.geturl(),
            "TEPAT_MQTT_HOST": HOST,
            "TEPAT_MQTT_PORT": str(self.links["broker"].port),
            "TEPAT_MQTT_USERNAME": COLLECTOR,
            "TEPAT_MQTT_PASSWORD": self.broker.passwords[COLLECTOR],
            "TEPAT_PUSH_PORT": str(self._push_port),
            "TEPAT_POLL_SECONDS": "1",
        }
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self.collector = subprocess.Popen(
                [sys.executable, "-P", "-m", "tepat", "collect"],
                cwd=ROOT, env=os.environ | settings, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def kill_collector(self) -> None:
        if self.collector is not None:
            self.collector.kill()
            self.collector.wait()
            self.collector = None

    def kill_broker(self) -> None:
        assert self.broker.process is not None
        self.broker.process.kill()
        self.broker.process.wait()
        self.broker.process = None

    def tend(self) -> None:
        """As `tepat up`: a collector that met no database at its start is started again; no other ends by itself."""
        assert self.collector is not None
        if self.collector.poll() is not None:
            assert not self.collector_is_ready(), f"the collector ended by itself:\n{self.last_words()}"
            self.start_collector()

    def collector_is_ready(self) -> bool:
        """Whether the one started last has begun to work."""
        return b"push.listening" in self.log.read_bytes()[self._log_start :]

    @contextlib.contextmanager
    def people_punching(self) -> Any:
        """Punches at every terminal, on and on, while inside."""
        self._punching.set()
        thread = threading.Thread(target=self._punch_on)
        thread.start()
        try:
            yield
        finally:
            self._punching.clear()
            thread.join()
        assert self._failure is None, self._failure

    def wait(self, longest: float) -> None:
        """A random moment within so many seconds."""
        threading.Event().wait(self.chance.uniform(0, longest))

    def require_nothing_lost(self, seconds: float = SETTLE_SECONDS) -> float:
        """Set algebra of what terminals hold or got acknowledged, and of the table. Returns how long it took.

        The time counts from when a collector works.
        """
        self._let_it_begin()
        begin = time.monotonic()
        while (stored := self._stored()) != self._expected() and time.monotonic() - begin < seconds:
            self.tend()
            time.sleep(0.05)
        took = time.monotonic() - begin
        rows, rejected = stored
        table = set(rows)
        lost = self.held - table
        assert lost == set(), f"after {took:.1f} s {len(lost)} are lost: {sorted(lost)[:20]}\n{self.last_words()}"
        assert table - self.held == set(), "invented"
        assert len(rows) == len(table), "twice"
        assert rejected == 0, "no record was unreadable"
        assert self.mqtt.held + self.iclock.held == 0, "everything is acknowledged"
        return took

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])

    def _expected(self) -> tuple[list[Key], int]:
        if self.mqtt.held + self.iclock.held:
            return [], -1
        return sorted(self.held), 0

    def _stored(self) -> tuple[list[Key], int]:
        with psycopg.connect(self.database.url, connect_timeout=5) as connection:
            rows = connection.execute(
                "SELECT name, pin, local_time, state FROM punch JOIN terminal ON terminal.id = terminal_id"
            ).fetchall()
            (rejected,) = connection.execute("SELECT count(*) FROM rejected").fetchone() or (0,)
        return sorted(rows), rejected

    def _punch_on(self) -> None:
        try:
            while self._punching.is_set():
                self.punch_once()
                time.sleep(SECONDS_BETWEEN_PUNCHES)
        except BaseException as error:
            self._failure = error
            raise

    def made_up(self) -> Punch:
        """Times differ, so each is a punch of its own."""
        number = next(self._numbers)
        return PINS[number % len(PINS)], self._first + timedelta(seconds=number), number % 2, 1, None, b""

    def punch_at_zk(self, terminal: int, punches: list[Punch]) -> None:
        self.zk.punch(terminal, punches)
        self.held |= {(f"zk{terminal}", pin, when, state) for pin, when, state, *_ in punches}

    def punch_once(self) -> None:
        """One person at one terminal."""
        punch = self.made_up()
        place = self.chance.randrange(len(ZK_KINDS) + 2)
        if place < len(ZK_KINDS):
            self.punch_at_zk(place, [punch])
            return
        sender, name = (self.mqtt, "mqtt") if place == len(ZK_KINDS) else (self.iclock, "iclock")
        sender.punch(punch)
        self.held.add((name, *punch[:3]))

    def _link(self, stack: contextlib.ExitStack, name: str, target: tuple[str, int]) -> None:
        self.links[name] = stack.enter_context(Link(target))

    def _register(self) -> None:
        migrate(self.database.url)
        zk = [
            f"udp://{host}:{port}" if kind.endswith("u") else self.links[f"zk{number}"].address
            for number, (kind, (host, port)) in enumerate(zip(ZK_KINDS, self.zk.addresses, strict=True))
        ]
        terminals: list[tuple[str, Kind, str]] = [(f"zk{number}", "zk", address) for number, address in enumerate(zk)]
        terminals += [("mqtt", "mqtt", "gate"), ("iclock", "iclock", "PUSHER1")]
        with psycopg.connect(self.database.url) as connection:
            for name, kind, address in terminals:
                add_terminal(
                    connection, name=name, kind=kind, address=address, comm_key=0, time_zone="Asia/Jakarta",
                    added_at=datetime.now(UTC),
                )  # fmt: skip

    def _let_it_begin(self) -> None:
        """Wait until the collector works and the broker knows it: from then on it keeps messages for it."""
        deadline = time.monotonic() + START_SECONDS
        while not (self.collector_is_ready() and "mqtt.connected" in self.log.read_text(encoding="utf-8")):
            self.tend()
            assert time.monotonic() < deadline, self.last_words()
            time.sleep(0.05)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])
