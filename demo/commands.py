"""`tepat demo`: an office in a box. Everything is real but the people, the terminals' bodies and their fingers."""

import os
import secrets
import shlex
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

import config.log
import config.settings
from api import accounts, serving
from collector.listen import listen
from collector.rounds import poll_all
from config.broker_files import COLLECTOR
from config.errors import TepatError
from config.only_one import only_one
from config.settings import Settings
from demo import gate, office
from demo.broker import LocalBroker, local_broker
from demo.month import PERIOD, scans
from demo.penalties import PENALTIES, worst_penalties
from demo.people import RULEBOOK, people
from ingest.database import ConnectionPool, opened
from scoring.job import score_period

ACCOUNT = "demo"
DELIVERY_SECONDS = 60.0
AFTER_THE_MONTH = date(2026, 2, 1)
STORED = """
SELECT count(*) FROM punch p JOIN terminal t ON t.id = p.terminal_id
WHERE t.name = %s
"""


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after printing the worst penalties.")] = False,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of the pages; 0 takes a free one; default: TEPAT_LISTEN_PORT."),
    ] = None,
) -> None:
    """An office in a box: terminals, people, a month of punches, scores and pages. It touches no real office."""
    config.log.configure("WARNING")
    settings = _settings(port)
    with _pages(settings, wanted=not once) as listening:
        _run(settings, listening)


@contextmanager
def _pages(settings: Settings, *, wanted: bool) -> Iterator[socket.socket | None]:
    """The address of the pages, taken before the work begins; None when the demo ends before them."""
    if not wanted:
        yield None
        return
    try:
        listening = serving.listening(settings)
    except serving.AddressError as error:
        raise TepatError(f"{error} For the demo: --port 0 (make demo ARGS='--port 0') takes a free one.") from error
    with listening:
        yield listening


def _run(settings: Settings, listening: socket.socket | None) -> None:
    taken = f"A demo is running in {settings.data_dir} already. End it, or set TEPAT_DATA_DIR to another folder."
    with only_one(settings.data_dir / "demo.lock", taken), _broker(settings) as broker:
        settings = _listening_to(settings, broker)
        _say(f"Starting the database in {settings.data_dir} …")
        with office.zk_terminals() as machines, opened(settings) as pool:
            with pool.connection() as connection:
                office.found(connection, machines, datetime.now(UTC))
            _collect(settings, pool, broker)
            _score(pool)
            _print_worst(pool)
            _hint(settings)
            if listening is not None:
                _serve(settings, pool, listening)


def _settings(port: int | None) -> Settings:
    """The demo never touches an office: its own folder, its own embedded database, its own broker."""
    settings = config.settings.load()
    changes: dict[str, object] = {"data_dir": settings.data_dir / "demo", "database_url": None}
    if port is not None:
        changes["listen_port"] = port
    return settings.model_copy(update=changes)


def _broker(settings: Settings) -> LocalBroker:
    return local_broker(settings.data_dir / "broker", accounts=(COLLECTOR, office.MQTT_DEVICE))


def _listening_to(settings: Settings, broker: LocalBroker) -> Settings:
    changes: dict[str, object] = {"mqtt_host": broker.host, "mqtt_port": broker.port, "mqtt_version": broker.version}
    changes |= {"mqtt_username": None, "mqtt_password": None, "mqtt_tls_ca": None}
    if COLLECTOR in broker.passwords:
        changes |= {"mqtt_username": COLLECTOR, "mqtt_password": SecretStr(broker.passwords[COLLECTOR])}
    return settings.model_copy(update=changes)


def _collect(settings: Settings, pool: ConnectionPool, broker: LocalBroker) -> None:
    for done in poll_all(pool, settings.data_dir):
        if done.error is not None:
            raise TepatError(done.error)
        _say(f"  {done.terminal}: {done.counts.read} punches read over the ZK protocol, {done.counts.accepted} new")
    pushed = gate.push(settings, pool, scans()[gate.UNIT.terminal], DELIVERY_SECONDS)
    _say(f"  {gate.TERMINAL}: {pushed.punches} punches pushed in {pushed.posts} HTTP posts, each answered once stored")
    stop_event, ready = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1, "listen") as executor:
        listening = executor.submit(listen, settings, pool, stop_event, ready)
        try:
            if not ready.wait(DELIVERY_SECONDS):
                raise TepatError(f"The MQTT broker at {broker.host}:{broker.port} does not answer.")
            terminal, punches = office.mqtt_terminal(broker)
            delivery = terminal.send(seconds=DELIVERY_SECONDS)
            if delivery.buffered:
                raise TepatError(f"The MQTT broker did not take {delivery.buffered} messages: {delivery.refusal}")
            _await_stored(pool, office.MQTT_UNIT.terminal, punches, listening)
        finally:
            stop_event.set()
    listening.result()
    name, messages = office.MQTT_UNIT.terminal, delivery.messages
    _say(f"  {name}: {punches} punches in {messages} MQTT messages, acknowledged after they were stored")


def _await_stored(pool: ConnectionPool, terminal: str, punches: int, listening: "Future[None]") -> None:
    deadline = time.monotonic() + DELIVERY_SECONDS
    stored = -1
    while time.monotonic() < deadline and not listening.done():
        with pool.connection() as connection:
            row = connection.execute(STORED, [terminal]).fetchone()
        assert row is not None
        stored = row[0]
        if stored >= punches:
            return
        time.sleep(0.05)
    if listening.done():
        listening.result()
    raise TepatError(f"Only {stored} of {punches} punches of {terminal} arrived within {DELIVERY_SECONDS:.0f} s.")


def _score(pool: ConnectionPool) -> None:
    begin = time.monotonic()
    summary = score_period(pool, PERIOD, until=lambda _zone: AFTER_THE_MONTH, at=datetime.now(UTC))
    seconds = time.monotonic() - begin
    _say(f"Scored {PERIOD}: {summary.employees} employees, {summary.scores_changed} scores changed, {seconds:.1f} s")


def _print_worst(pool: ConnectionPool) -> None:
    print(f"\nThe worst {PENALTIES} penalties of {PERIOD} (rulebook {RULEBOOK}: an ASSUMPTION, not the law):\n")
    with pool.connection() as connection:
        for line in worst_penalties(connection):
            print(line)


def _hint(settings: Settings) -> None:
    first = people()[0]
    where = f"TEPAT_DATA_DIR={shlex.quote(str(settings.data_dir))}"
    print(f"\nAsk for any day:  {where} .venv/bin/tepat explain {first.nip} 2026-01-12")


def _serve(settings: Settings, pool: ConnectionPool, listening: socket.socket) -> None:
    password = _account(settings.data_dir / "hr-password", pool)
    _say(f"\nThe pages: {serving.address(listening)}   (Ctrl-C ends the demo)")
    _say(f"Log in as: {ACCOUNT}   Password: {password}")
    serving.server(pool).run(sockets=[listening])


def _account(file: Path, pool: ConnectionPool) -> str:
    """The password of the demo's account, made once and kept in a file that only its owner can read."""
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as new:
            new.write(secrets.token_urlsafe(12))
    password = file.read_text(encoding="utf-8")
    with pool.connection() as connection:
        if connection.execute("SELECT FROM account WHERE name = %s", [ACCOUNT]).rowcount == 0:
            accounts.add_account(connection, ACCOUNT, password, role="hr", unit=None, actor=office.ACTOR)
    return password


def _say(text: str) -> None:
    typer.echo(text, err=True)
