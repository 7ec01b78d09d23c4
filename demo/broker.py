"""A local MQTT broker: Mosquitto where the machine has it, else amqtt from PyPI, which speaks MQTT 3.1.1 only."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, Self

from config import broker_files
from config.errors import TepatError
from config.orphans import dies_with_parent

HOST = "127.0.0.1"
START_SECONDS = 20.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.02
LOG_LINES = 10
CONNECT = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x05\x00\x00"
"""MQTT 3.1.1, clean session, keep-alive of 5 s, no client id."""
CONNACK = b"\x20\x02\x00"
"""Its beginning; whether it lets us in follows."""
CONNACK_BYTES = 4
DISCONNECT = b"\xe0\x00"
SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
"""Where distributions put Mosquitto; an ordinary user's PATH leaves them out."""


class BrokerError(TepatError):
    """The local broker cannot run; the message has the end of its log."""


class LocalBroker(ABC):
    """A broker process in a folder of its own, on 127.0.0.1. `with` starts and stops it; it keeps its port."""

    host = HOST
    version: Literal["5", "3.1.1"]

    def __init__(self, folder: Path, port: int = 0) -> None:
        """folder: made when missing. port: 0 for a free one."""
        self.folder = folder.absolute()
        self.port = port or free_port()
        self.passwords: dict[str, str] = {}
        """Of the accounts that it asks for; where there are none, it takes anybody on this machine."""
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.folder / "broker.log"

    @abstractmethod
    def command(self) -> list[str]:
        """Its command line; what it needs in the folder is written first."""

    def start(self) -> None:
        """Returns when it takes connections.

        Raises:
            BrokerError: it does not, or it cannot save its messages.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._require_free_port()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - a program we chose, with a configuration we wrote
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parent.parent,
                start_new_session=True,
                preexec_fn=dies_with_parent(),  # noqa: PLW1509 - one system call, which takes no lock
            )
        self.wait_until(self.answers, "does not start")

    def stop(self) -> None:
        """In order, or by force after a while; nothing when it does not run."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answers(self) -> bool:
        """Whether it speaks MQTT by now; a connection alone is taken before it handles signals."""
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), timeout=1) as connection:
            connection.sendall(CONNECT)
            answer = connection.recv(CONNACK_BYTES)
            connection.sendall(DISCONNECT)
            return answer.startswith(CONNACK)
        return False

    def _require_free_port(self) -> None:
        try:
            socket.create_server((self.host, self.port)).close()
        except OSError as error:
            raise BrokerError(
                f"The MQTT broker cannot have port {self.port} on {self.host}: {error.strerror}. Choose another port."
            ) from error

    def wait_until(self, holds: Callable[[], bool], trouble: str) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if holds():
                return
            time.sleep(POLL_SECONDS)
        log = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        end = "\n".join(log[-LOG_LINES:])
        raise BrokerError(f"The MQTT broker in {self.folder} {trouble}. Its log {self.log} ends:\n{end}")


class Mosquitto(LocalBroker):
    """Runs with the configuration that offices get, and proves at each start that it can save what it acknowledged."""

    version = "5"

    def __init__(self, program: str, folder: Path, port: int = 0, accounts: Iterable[str] = ()) -> None:
        """accounts: each gets a new password; without any, anybody may connect and do anything."""
        super().__init__(folder, port)
        self._program = program
        self._saved = self.folder / "mosquitto.db"
        self.passwords = {name: broker_files.new_password() for name in accounts}
        self.doors = broker_files.Doors(self.host, self.port)

    def command(self) -> list[str]:
        if self.passwords:
            broker_files.write(self.folder, self.doors, force=True)
            broker_files.set_passwords(self.folder, self.passwords)
        else:
            text = broker_files.configuration(
                self.folder, broker_files.owner_of(self.folder), self.doors, anonymous=True
            )
            broker_files.write_private(self.folder / broker_files.CONFIGURATION, text)
        return [self._program, "-c", str(self.folder / broker_files.CONFIGURATION)]

    def start(self) -> None:
        before = self._last_saved()
        super().start()
        assert self.process is not None
        self.process.send_signal(signal.SIGUSR1)  # "save now"
        self.wait_until(lambda: self._last_saved() > before, "cannot save its messages there")

    def _last_saved(self) -> int:
        return self._saved.stat().st_mtime_ns if self._saved.exists() else 0


class Amqtt(LocalBroker):
    """Keeps nothing past its own end: enough for a demonstration and for development."""

    version = "3.1.1"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "demo.amqtt_broker", str(self.port)]


def local_broker(folder: Path, port: int = 0, accounts: Iterable[str] = ()) -> LocalBroker:
    """The best broker that this machine has, not started yet. accounts: who may connect, where it can tell."""
    program = mosquitto_program()
    return Mosquitto(program, folder, port, accounts) if program else Amqtt(folder, port)


def mosquitto_program() -> str | None:
    return shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS]))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
