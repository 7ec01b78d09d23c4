"""The commands around terminals: register them, list them, bring in what a USB stick carries."""

import json
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

import config.settings
from collector.import_file import import_attlog as import_attlog_file
from collector.listen import listen
from collector.poll import Poll, Rounds, poll_all
from collector.push_server import serving
from collector.register import check_reachable
from collector.reread import reread
from config.errors import TepatError
from config.only_one import only_one
from config.settings import Settings
from ingest import audit, health, terminals
from ingest.accept import Counts
from ingest.check import writable
from ingest.database import ConnectionPool, opened


def add_terminal(
    name: Annotated[str, typer.Argument(help="Name of the terminal, free to choose; never changed later.")],
    kind: Annotated[
        terminals.Kind, typer.Option(help="How it is read: zk (polled), mqtt and iclock (send), attlog (USB).")
    ],
    address: Annotated[
        str | None,
        typer.Option(
            help="zk: HOST or HOST:PORT, udp:// before it for UDP. mqtt: the device id that it sends. "
            "iclock: serial number."
        ),
    ] = None,
    comm_key: Annotated[int, typer.Option(help="The comm key set on a zk terminal; 0 = none.")] = 0,
    time_zone: Annotated[str, typer.Option(help="Time zone of the place where it hangs.")] = "Asia/Jakarta",
) -> None:
    """Register a terminal, so that its punches are taken."""
    now = datetime.now(UTC)
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        check_reachable(connection, name=name, kind=kind, address=address, comm_key=comm_key)
        terminal = terminals.add_terminal(
            connection,
            name=name,
            kind=kind,
            address=address,
            comm_key=comm_key,
            time_zone=time_zone,
            added_at=now,
        )
        audit.record(
            connection,
            at=now,
            actor=audit.command_actor(),
            action="add terminal",
            object_=f"terminal:{terminal.name}",
            detail={"kind": kind, "address": address, "time_zone": time_zone},
        )
        connection.commit()
        kept = reread(connection, terminal, now)
    typer.echo(f"Terminal {terminal.name} ({kind}, {time_zone}) is registered.")
    _tell_kept(kept)


def _tell_kept(kept: Counts) -> None:
    if kept.read:
        typer.echo(f"What its device said before has been taken: {_counted(kept)}")


def set_terminal(
    name: Annotated[str, typer.Argument(help="Name of the terminal, as tepat terminal list shows it.")],
    address: Annotated[
        str | None,
        typer.Option(help="zk: HOST or HOST:PORT, udp:// before it for UDP. mqtt: the device id that it sends."),
    ] = None,
    comm_key: Annotated[int | None, typer.Option(help="The comm key set on a zk terminal; 0 = none.")] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Time zone of the place where it hangs; its people's days are scored again.")
    ] = None,
) -> None:
    """Correct what is known of a registered terminal."""
    now = datetime.now(UTC)
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        kind = terminals.terminal_named(connection, name).kind
        check_reachable(connection, name=name, kind=kind, address=address, comm_key=comm_key or 0)
        before, after = terminals.change_terminal(
            connection, name, address=address, comm_key=comm_key, time_zone=time_zone
        )
        was, now_is = asdict(before), asdict(after)
        altered = [part for part in ("address", "comm_key", "time_zone") if was[part] != now_is[part]]
        if altered:
            shown = {part: [was[part], now_is[part]] for part in altered if part != "comm_key"}
            audit.record(
                connection,
                at=now,
                actor=audit.command_actor(),
                action="set terminal",
                object_=f"terminal:{name}",
                detail={"changed": altered, **shown},
            )
        connection.commit()
        kept = reread(connection, after, now)
    typer.echo(f"Terminal {name}: {', '.join(altered).replace('_', ' ')} changed." if altered else "Nothing changed.")
    _tell_kept(kept)


def list_terminals(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array for machines.")] = False,
) -> None:
    """List the registered terminals and what is last known of each."""
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        found = health.of_all(connection)
    if as_json:
        typer.echo(json.dumps([asdict(terminal) for terminal in found], default=datetime.isoformat))
    elif found:
        heads = ("NAME", "KIND", "ADDRESS", "ZONE", "LAST READ (UTC)", "CLOCK", "RECORDS", "STATE")
        lines = [heads, *map(_cells, found)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    else:
        typer.echo("No terminal is registered yet: tepat terminal add NAME --kind zk --address HOST")


def _cells(terminal: health.Health) -> tuple[str, ...]:
    records = "-" if terminal.record_count is None else str(terminal.record_count)
    if terminal.record_count is not None and terminal.record_capacity:
        records += f" of {terminal.record_capacity}"
    state = terminal.error or ("good" if terminal.read_at else "never read")
    read_at = f"{terminal.read_at:%Y-%m-%d %H:%M:%S}" if terminal.read_at else "-"
    clock = clock_words(terminal.clock_offset)
    return (terminal.name, terminal.kind, terminal.address or "-", terminal.time_zone, read_at, clock, records, state)


def clock_words(offset: int | None) -> str:
    """How far a terminal's clock is off, in words; offset in seconds, terminal minus server."""
    if offset is None:
        return "-"
    if offset == 0:
        return "right"
    return f"{abs(offset)} s {'fast' if offset > 0 else 'slow'}"


def collect(
    once: Annotated[bool, typer.Option("--once", help="Read every ZK terminal once and end.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --once: print one JSON object per terminal and line.")
    ] = False,
) -> None:
    """Keep all terminals read: poll the ZK terminals, listen to the MQTT terminals, until Ctrl-C or SIGTERM."""
    if as_json and not once:
        raise TepatError("--json tells what one reading of each terminal brought: use it together with --once.")
    settings = config.settings.load()
    taken = f"A collector runs already for the office in {settings.data_dir}. It reads all terminals; stop it first."
    with only_one(settings.data_dir / "collector.lock", taken), opened(settings) as pool:
        if once:
            _report(poll_all(pool), as_json=as_json)
        else:
            _keep_collecting(settings, pool)


def _report(polls: list[Poll], *, as_json: bool) -> None:
    for done in polls:
        if as_json:
            typer.echo(json.dumps(asdict(done)))
        elif done.error is None:
            typer.echo(f"{done.terminal}: {_counted(done.counts)}")
        else:
            typer.echo(f"{done.terminal}: {done.error}")
    failed = sum(done.error is not None for done in polls)
    if failed:
        raise TepatError(f"{failed} of {len(polls)} terminals could not be read.")


def _keep_collecting(settings: Settings, pool: ConnectionPool) -> None:
    stop_event = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stop_event.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with ThreadPoolExecutor(1, "listen") as listener:
        listening: Future[None] | None = None
        if settings.mqtt_host is not None:
            listening = listener.submit(listen, settings, pool, stop_event)
            listening.add_done_callback(lambda _: stop_event.set())  # without its ears a collector is no collector
        try:
            with serving(settings, pool, stop_event):
                Rounds(pool, settings.poll_seconds).run(stop_event)
        finally:
            stop_event.set()
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
        counts = import_attlog_file(
            connection, file, terminal, received_at, lambda done: bar.update(task, completed=done)
        )
    if as_json:
        typer.echo(json.dumps(asdict(counts)))
    else:
        typer.echo(f"{name}: {_counted(counts)}")


def _counted(counts: Counts) -> str:
    return (
        f"{counts.read} records read, {counts.accepted} new, {counts.duplicate} known already, "
        f"{counts.rejected} rejected."
    )
