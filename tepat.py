"""The command line: reads settings, builds a process, runs it."""

import ctypes
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import structlog
import typer

import api.commands
import collector.commands
import config.commands
import config.log
import config.settings
import demo.commands
import devices.commands
import devices.simulator.commands
import ingest.commands
import ingest.database
import ingest.embedded
import ingest.migrate
import scoring.commands
from config.errors import TepatError
from config.only_one import only_one

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Tepat pulls punches from attendance terminals and turns them into scores that explain themselves.",
    epilog="Settings are TEPAT_… variables; docs/settings.md lists them. All state lives under TEPAT_DATA_DIR.",
)


def group(name: str, summary: str) -> typer.Typer:
    """A command with sub-commands, such as `tepat terminal`."""
    sub = typer.Typer(no_args_is_help=True, help=summary)
    app.add_typer(sub, name=name)
    return sub


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
                command = [sys.executable, "-m", "tepat", *self.arguments]
                self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent)  # noqa: PLW1509, S603 - our own command; the parent has one thread
                self.started = now
        elif (status := self.process.poll()) is not None:
            self.pause = RESTART_SECONDS if now - self.started > HEALTHY_SECONDS else self.pause
            structlog.get_logger().error("child died", command=self.arguments[0], status=status, restart_in=self.pause)
            self.process, self.start_at = None, now + self.pause
            self.pause = min(2 * self.pause, RESTART_SECONDS_MOST)


def _die_with_parent() -> None:
    """Have the kernel end a child whose parent was killed (Linux; elsewhere it goes on until it is stopped)."""
    prctl: Callable[[int, int], int] | None = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(1, signal.SIGTERM)


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
    with only_one(settings.data_dir / "up.lock", taken), ingest.database.address(settings) as first_address:
        ingest.migrate.migrate(first_address)
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
        return ingest.database.session(ingest.embedded.revived(data_dir))
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


terminal = group("terminal", "Attendance terminals: add, list, read.")
terminal.command("add")(collector.commands.add_terminal)
terminal.command("list")(collector.commands.list_terminals)
terminal.command("read")(devices.commands.read_terminal)

imports = group("import", "Bring in files: USB exports of terminals, and CSV tables of the office.")
imports.command("attlog")(collector.commands.import_attlog)
imports.command("units")(ingest.commands.import_units)
imports.command("employees")(ingest.commands.import_employees)
imports.command("activities")(ingest.commands.import_activities)
imports.command("targets")(ingest.commands.import_targets)

rulebook = group("rulebook", "The regulations that scores are computed from.")
rulebook.command("check")(config.commands.check_rulebooks)
rulebook.command("show")(config.commands.show_rulebook)

simulate = group("simulate", "Pretended terminals that speak the real protocols.")
simulate.command("zk")(devices.simulator.commands.simulate_zk)
simulate.command("mqtt")(devices.simulator.commands.simulate_mqtt)

user = group("user", "People who may log in to the pages.")
user.command("add")(api.commands.add_user)

key = group("key", "Keys of machines that read the API.")
key.command("add")(api.commands.add_key)

app.command("up")(up)
app.command("collect")(collector.commands.collect)
app.command("score")(scoring.commands.score)
app.command("explain")(scoring.commands.explain)
app.command("serve")(api.commands.serve)
app.command("migrate")(ingest.commands.migrate)
app.command("demo")(demo.commands.demo)


@app.callback()
def start() -> None:
    config.log.configure(config.settings.load().log_level)


def main() -> None:
    """Run one command; an error that a person can mend is one plain line and exit status 1."""
    try:
        app()
    except TepatError as error:
        sys.exit(f"tepat: {error}")


if __name__ == "__main__":
    main()
