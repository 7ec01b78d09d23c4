"""Several collectors share the terminals: each message is stored by exactly one, also when one of them dies."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg_pool import ConnectionPool

from collector import commands
from collector.rounds import poll_all
from collector.share import ALONE, Share, mine, parse_share
from config.errors import TepatError
from config.only_one import only_one
from config.settings import SettingsError, load
from demo.broker import Mosquitto
from devices.simulator.mqtt import SimulatedMqttTerminal
from ingest.terminals import add_terminal
from tests.collector.listening import punches, rejected, stored
from tests.waiting import SECONDS, until

COLLECTOR = """
import os, threading
from pathlib import Path
from collector import listen
from config.settings import load
from ingest.database import opened

taken = listen._Listener._take

def counted(self, heard):
    counts = taken(self, heard)
    with open(os.environ["COUNTED"], "a") as file:
        file.write(f"{counts.accepted} {counts.duplicate}\\n")
    return counts

listen._Listener._take = counted
ready = threading.Event()
threading.Thread(target=lambda: (ready.wait(), Path(os.environ["READY"]).touch()), daemon=True).start()
settings = load()
with opened(settings, migrate=False) as pool:
    listen.listen(settings, pool, threading.Event(), ready)
"""
DEVICES = [f"gate-{number}" for number in range(12)]
EACH = 25
START_SECONDS = 120.0
"""A process whose programs must be loaded first takes long on a busy machine."""
FIXED = [3, 2, 3]
"""The shares of three well-known names: another hash would leave what waits at the broker to nobody."""


@given(st.text(), st.integers(1, 20))
def test_each_terminal_belongs_to_exactly_one_share(name: str, of: int) -> None:
    assert sum(mine(name, Share(number, of)) for number in range(1, of + 1)) == 1
    assert mine(name, ALONE)


def test_the_assignment_is_fixed_and_even() -> None:
    assert [next(n for n in (1, 2, 3) if mine(name, Share(n, 3))) for name in ("lobi", "gate-1", "1026700")] == FIXED
    of_three = [sum(mine(f"terminal {number}", Share(n, 3)) for number in range(3000)) for n in (1, 2, 3)]
    assert all(900 < count < 1100 for count in of_three)


@pytest.mark.parametrize("text", ["0/1", "2/1", "1/0", "1", "a/b", "1/1000", "-1/2", "1/2/3", "\u0661/2"])
def test_a_share_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="TEPAT_COLLECTOR_SHARE"):
        load({"TEPAT_COLLECTOR_SHARE": text})


def test_a_share_names_its_own_session_and_its_own_lock() -> None:
    second = parse_share(load({"TEPAT_COLLECTOR_SHARE": " 2/3 "}).collector_share)
    assert (second, second.client_id("c"), second.lock) == (Share(2, 3), "c-2of3", "collector-2of3.lock")
    assert (ALONE.client_id("c"), ALONE.lock) == ("c", "collector.lock")


def test_collectors_of_different_shares_run_beside_each_other_and_of_the_same_do_not(
    command_line: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEPAT_COLLECTOR_SHARE", "2/3")
    folder = Path(command_line["TEPAT_DATA_DIR"])
    with only_one(folder / "collector-2of3.lock", "held"), pytest.raises(TepatError, match="2/3 runs already"):
        commands.collect(once=True)
    with only_one(folder / "collector-1of3.lock", "held"):
        commands.collect(once=True)


def test_zk_terminals_are_shared_too(pool: ConnectionPool, tmp_path: Path) -> None:
    names = [f"t{number}" for number in range(6)]
    with pool.connection() as connection:
        for number, name in enumerate(names):
            add_terminal(
                connection, name=name, kind="zk", address=f"127.0.0.{number + 2}:9", comm_key=0,
                time_zone="Asia/Jakarta", added_at=datetime.now(UTC),
            )  # fmt: skip
    polled = [[poll.terminal for poll in poll_all(pool, tmp_path, Share(number, 2))] for number in (1, 2)]
    assert sorted(polled[0] + polled[1]) == names
    assert all(polled)


class Collector:
    """A collector process of its own, started anew under the same session after it was killed."""

    def __init__(self, share: str, broker: Mosquitto, database_url: str, folder: Path) -> None:
        name = share.replace("/", "of")
        self._ready, self._counted = folder / f"{name}.ready", folder / f"{name}.counted"
        self._environment = os.environ | {
            "TEPAT_DATABASE_URL": database_url,
            "TEPAT_MQTT_HOST": broker.host,
            "TEPAT_MQTT_PORT": str(broker.port),
            "TEPAT_COLLECTOR_SHARE": share,
            "READY": str(self._ready),
            "COUNTED": str(self._counted),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._ready.unlink(missing_ok=True)
        self.process = subprocess.Popen([sys.executable, "-c", COLLECTOR], env=self._environment)

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "it died at its start"
        return self._ready.exists()

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def counts(self) -> tuple[int, int]:
        """New punches and duplicates that it stored."""
        lines = self._counted.read_text(encoding="utf-8").splitlines() if self._counted.exists() else []
        pairs = [tuple(map(int, line.split())) for line in lines]
        return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)


@contextlib.contextmanager
def three(broker: Mosquitto, database_url: str, folder: Path) -> Iterator[list[Collector]]:
    collectors = [Collector(f"{number}/3", broker, database_url, folder) for number in (1, 2, 3)]
    try:
        for each in collectors:
            each.start()
        reaches(lambda: sum(each.is_ready() for each in collectors), 3, START_SECONDS)
        yield collectors
    finally:
        for each in collectors:
            each.kill()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_three_collectors_store_every_punch_once_though_one_is_killed_in_the_middle(
    broker: Mosquitto, pool: ConnectionPool, database_url: str, tmp_path: Path
) -> None:
    with pool.connection() as connection:
        for device in DEVICES:
            add_terminal(
                connection, name=f"T {device}", kind="mqtt", address=device, comm_key=0, time_zone="Asia/Jakarta",
                added_at=datetime.now(UTC),
            )  # fmt: skip
    expected = {(f"T {device}", punch[0]) for device in DEVICES for punch in punches(2 * EACH)}
    with three(broker, database_url, tmp_path) as collectors:
        send_all(broker, DEVICES, 0)
        until(lambda: len(stored(pool)) > len(DEVICES), START_SECONDS)
        collectors[1].kill()
        send_all(broker, [*DEVICES, "nobody-registered-it"], EACH)
        of_the_dead = {device for device in DEVICES if mine(device, Share(2, 3))}
        others = len(expected) - len(of_the_dead) * 2 * EACH
        reaches(lambda: sum(row[0][2:] not in of_the_dead for row in stored(pool)), others)
        missing = expected - {row[:2] for row in stored(pool)}
        assert len(missing) >= len(of_the_dead) * EACH, "nobody else stores what is its own"
        collectors[1].start()
        until(collectors[1].is_ready, START_SECONDS)
        reaches(lambda: len(stored(pool)), len(expected))
        reaches(lambda: len(rejected(pool)), EACH)
        counted = [each.counts() for each in collectors]
    assert {row[:2] for row in stored(pool)} == expected
    for number, (accepted, duplicate) in enumerate(counted, 1):
        share = [device for device in DEVICES if mine(device, Share(number, 3))]
        assert share, "a test of sharing needs devices of each share"
        if number != 2:
            assert (accepted, duplicate) == (len(share) * 2 * EACH, 0)
    assert {times for *_, times in rejected(pool)} == {1}


def reaches(count: Callable[[], int], wanted: int, seconds: float = SECONDS) -> None:
    """Wait as long as it goes on: a machine may be slow, but what stands still for so many seconds is lost."""
    seen, deadline = -1, time.monotonic() + seconds
    while (now := count()) != wanted:
        if now > seen:
            seen, deadline = now, time.monotonic() + seconds
        assert time.monotonic() < deadline, f"{now} of {wanted}"
        time.sleep(0.05)


def send_all(broker: Mosquitto, devices: list[str], first: int) -> None:
    """All at the same time; each has its punches taken by the broker."""
    buffered: list[int] = []

    def send(device: str) -> None:
        terminal = SimulatedMqttTerminal(device, broker.host, broker.port)
        buffered.append(terminal.send(punches(first + EACH)[first:], seconds=START_SECONDS).buffered)

    threads = [threading.Thread(target=send, args=[device]) for device in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert buffered == [0] * len(devices)
