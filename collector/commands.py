"""The commands that bring punches in: keep all terminals read, import what a USB stick carries."""

import json
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

import config.settings
from collector.import_file import Span, believed
from collector.import_file import import_attlog as import_attlog_file
from collector.listen import listen
from collector.open_files import allow_many
from collector.poll import Poll
from collector.push.server import serving
from collector.rounds import Rounds, poll_all
from collector.share import parse_share
from collector.watch import Watch
from config.errors import TepatError
from config.only_one import only_one
from config.settings import Settings
from ingest.check import writable
from ingest.database import ConnectionPool, opened

SHOWN_DAYS = 10
"""Days without a record that an import lists."""


def collect(
    once: Annotated[bool, typer.Option("--once", help="Read every ZK terminal once and end.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --once: print one JSON object for machines per terminal and line.")
    ] = False,
) -> None:
    """Keep all terminals read: poll the ZK terminals, listen to the MQTT terminals, until Ctrl-C or SIGTERM."""
    if as_json and not once:
        raise TepatError("--json tells what one reading of each terminal brought: use it together with --once.")
    settings = config.settings.load()
    lock = settings.data_dir / parse_share(settings.collector_share).lock
    taken = f"A collector runs already for the office in {settings.data_dir}. It reads all terminals; stop it first."
    if settings.collector_share != "1/1":
        taken = f"A collector with TEPAT_COLLECTOR_SHARE={settings.collector_share} runs already: stop it first."
    with only_one(lock, taken), opened(settings) as pool:
        if once:
            _report(poll_all(pool, settings.data_dir, parse_share(settings.collector_share)), as_json=as_json)
        else:
            _keep_collecting(settings, pool)


def _report(polls: list[Poll], *, as_json: bool) -> None:
    for done in polls:
        if as_json:
            typer.echo(json.dumps(asdict(done)))
        elif done.error is None:
            typer.echo(f"{done.terminal}: {done.counts}")
        else:
            typer.echo(f"{done.terminal}: {done.error}")
    failed = sum(done.error is not None for done in polls)
    if failed:
        raise TepatError(f"{failed} of {len(polls)} terminals could not be read.")


def _keep_collecting(settings: Settings, pool: ConnectionPool) -> None:
    allow_many()
    stop_event = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stop_event.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with ThreadPoolExecutor(2, "beside") as beside:
        watching = beside.submit(Watch(pool, settings.poll_seconds).run, stop_event)
        watching.add_done_callback(lambda _: stop_event.set())  # whoever starts it again, has a whole collector
        listening: Future[None] | None = None
        if settings.mqtt_host is not None:
            listening = beside.submit(listen, settings, pool, stop_event)
            listening.add_done_callback(lambda _: stop_event.set())  # without its ears a collector is no collector
        try:
            with serving(settings, pool, stop_event):
                Rounds(settings, pool).run(stop_event)
        finally:
            stop_event.set()
    watching.result()
    if listening is not None:
        listening.result()


def import_attlog(
    file: Annotated[Path, typer.Argument(help="The file that the terminal wrote, like 1_attlog.dat.")],
    terminal: Annotated[str, typer.Option(help="Name of the terminal that wrote it; any kind of terminal will do.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")] = False,
) -> None:
    """Import the USB export of a terminal. Importing a file again changes nothing."""
    received_at = datetime.now(UTC)
    name = writable(file.name)
    columns = (TextColumn(name, markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with (
        opened(config.settings.load()) as pool,
        pool.connection() as connection,
        Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar,
    ):
        task = bar.add_task("", total=file.stat().st_size if file.is_file() else None)
        days: set[date] = set()
        counts = import_attlog_file(
            connection, file, terminal, received_at, lambda done: bar.update(task, completed=done), days=days
        )
    span = believed(days)
    if as_json:
        typer.echo(json.dumps({**asdict(counts), "believed_whole": span}))
    else:
        typer.echo(f"{name}: {counts}")
        _tell_span(span)


def _tell_span(span: Span | None) -> None:
    """What an export is believed to be, so that one cut short is noticed."""
    if span is None:
        return
    typer.echo(f"Believed whole from {span['first']} to {span['last']}: nobody's days there wait for this terminal.")
    if without := span["without"]:
        more = f" and {len(without) - SHOWN_DAYS} more" if len(without) > SHOWN_DAYS else ""
        typer.echo(f"No record on: {', '.join(without[:SHOWN_DAYS])}{more}. If people worked then, export it again.")
