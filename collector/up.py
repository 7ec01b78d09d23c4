"""`tepat up`: one parent that keeps collector, scorer, pages and the embedded database alive."""

import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import structlog
import typer

import config.settings
from config.errors import TepatError
from config.only_one import only_one
from config.orphans import dies_with_parent
from ingest import database, embedded
from ingest.migrate import migrate

RESTART_SECONDS = 1.0
"""First pause before a dead child is started again; doubled at each death in a row, at most RESTART_SECONDS_MOST."""
RESTART_SECONDS_MOST = 30.0
HEALTHY_SECONDS = 60.0
"""A child that lived this long starts from the first pause again."""
LOOK_SECONDS = 2.0
"""How often the children and the embedded server are looked after."""
STOP_SECONDS = 20.0
"""How long children have after SIGTERM before they are killed."""


@dataclass
class Child:
    """One supervised process: a tepat command of its own."""

    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    start_at: float = 0
    pause: float = field(default=RESTART_SECONDS)

    def tend(self, now: float) -> None:
        """Start it when it is due, notice its death, choose the pause before the next start."""
        if self.process is None:
            if now >= self.start_at:
                command = [sys.executable, "-P", "-m", "tepat", *self.arguments]
                self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=dies_with_parent())  # noqa: PLW1509, S603 - our own command; the parent has one thread
                self.started = now
        elif (status := self.process.poll()) is not None:
            self.pause = RESTART_SECONDS if now - self.started > HEALTHY_SECONDS else self.pause
            ended = (logging.WARNING, "child ended") if status == 0 else (logging.ERROR, "child died")
            structlog.get_logger().log(*ended, command=self.arguments[0], status=status, restart_in=self.pause)
            self.process, self.start_at = None, now + self.pause
            self.pause = min(2 * self.pause, RESTART_SECONDS_MOST)


def require_free(host: str, port: int) -> None:
    """Raises: TepatError: nothing can be served there, so that it is said once and not at each start of a child."""
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[:1]:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except OSError as error:
        raise TepatError(
            f"Cannot serve on {host} port {port}: {error.strerror or error}. "
            "Set TEPAT_LISTEN_HOST and TEPAT_LISTEN_PORT to an address of this machine and a free port."
        ) from error


def up() -> None:
    """Run collector, scorer and pages together until Ctrl-C or SIGTERM; a process that dies is started again."""
    settings = config.settings.load()
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    children = [Child(["collect"]), Child(["score", "--follow"]), Child(["serve"])]
    taken = f"`tepat up` runs already for the office in {settings.data_dir}. Stop that one first."
    with only_one(settings.data_dir / "up.lock", taken), database.address(settings) as first_address:
        require_free(settings.listen_host, settings.listen_port)
        migrate(first_address)
        typer.echo(f"Tepat: http://{settings.listen_host}:{settings.listen_port}/ (Ctrl-C stops)", err=True)
        address = first_address
        try:
            while not stop.is_set():
                if settings.database_url is None and (moved := _database_again(settings.data_dir, address)) != address:
                    stop_children(children)  # they are started again below, and find the new address
                    address = moved
                for child in children:
                    child.tend(time.monotonic())
                stop.wait(LOOK_SECONDS)
        finally:
            stop_children(children)


def _database_again(data_dir: Path, address: str) -> str:
    """The address of the embedded server, started again if it had died; the former one where that failed for now."""
    try:
        return database.session(embedded.revived(data_dir))
    except TepatError as error:
        structlog.get_logger().error("database.down", problem=str(error))
        return address


def stop_children(children: list[Child]) -> None:
    """SIGTERM to all, then SIGKILL to those that are still there after STOP_SECONDS."""
    processes = [child.process for child in children if child.process is not None]
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
