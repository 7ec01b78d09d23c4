"""The steps of terminals that send by themselves, and of those whose files are brought."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

import psycopg

from collector.doctor.finding import Finding, State
from collector.listen import access_of
from config.conditions import likely
from config.settings import Settings
from devices.errors import TerminalError
from devices.mqtt.probe import probe
from devices.mqtt.tls import TlsError
from ingest import broker_health, push_terminals
from ingest.health import Health
from ingest.terminals import Terminal

STATUS_ID = {"pending": "belum diizinkan", "approved": "diizinkan", "blocked": "diblokir"}
"""How a pushing terminal stands, in Indonesian."""
LET_IN = timedelta(minutes=5)
"""A collector that is let in notes what the broker counts every minute."""


def broker_steps(terminal: Terminal, settings: Settings) -> Iterator[Finding]:
    """MQTT: from the setting to a broker that answers."""
    values = {"name": terminal.name, "broker": f"{settings.mqtt_host}:{settings.mqtt_port}"}
    if settings.mqtt_host is None:
        yield Finding("broker_set", "broken", values)
        return
    yield Finding("broker_set", "good", values)
    try:
        probe(access_of(settings))
    except TerminalError as error:
        yield Finding("broker", "broken", values, error.trouble, error.what)
    except TlsError as error:
        yield Finding("broker", "broken", values, "broker_refuses_us", str(error))
    else:
        yield Finding("broker", "good", values)


def broker_account(connection: psycopg.Connection[Any], settings: Settings, now: datetime) -> Iterator[Finding]:
    """MQTT: whether the broker takes Tepat's account, by what the running collector last heard from it."""
    broker = f"{settings.mqtt_host}:{settings.mqtt_port}"
    if settings.mqtt_host is not None:
        at = broker_health.counted_at(connection, broker)
        fresh = at is not None and now - at <= LET_IN
        yield Finding("broker_account", "good" if fresh else "unknown", {"broker": broker, "at": at})


def broker_drops(connection: psycopg.Connection[Any], now: datetime) -> Iterator[Finding]:
    """MQTT: whether a broker dropped messages lately; those may be of any terminal."""
    for drops in broker_health.drops(connection, now):
        values = {"broker": drops.broker, "count": drops.messages, "since": drops.first}
        yield Finding("broker_drops", "unknown", values)


def push_steps(connection: psycopg.Connection[Any], terminal: Terminal, settings: Settings) -> Iterator[Finding]:
    """iclock: from the setting to a terminal that asks, is approved, and asks from where it may."""
    values: dict[str, object] = {"name": terminal.name, "serial": terminal.address}
    where = None if settings.push_port is None else f"{settings.push_host}:{settings.push_port}"
    yield Finding("push_set", "broken" if where is None else "good", {**values, "address": where})
    found = [each for each in push_terminals.list_pushers(connection) if each.serial_number == terminal.address]
    asked = bool(found) and found[0].last_from != NOWHERE
    values |= {"seen": found[0].last_seen, "host": found[0].last_from} if asked else {}
    yield Finding("asked", "good" if asked else "broken", values)
    if not asked:
        return
    (pusher,) = found
    approved = pusher.status == "approved"
    yield Finding(
        "approved",
        "good" if approved else "broken",
        {**values, "status": pusher.status, "keadaan": STATUS_ID[pusher.status]},
    )
    if approved and pusher.network is not None:
        inside = ip_address(pusher.last_from) in ip_network(pusher.network)
        yield Finding("network", "good" if inside else "broken", {**values, "network": pusher.network})


NOWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound: an address that is not known yet


def last_heard(terminal: Terminal, known: Health) -> Finding:
    """Whether a terminal was heard of, or a file of it imported, as lately as is likely of its kind."""
    late, silent = likely(terminal.kind, known.poll_seconds or 0)
    silence = None if known.seen_at is None else datetime.now(UTC) - known.seen_at
    state: State = "broken"
    if silence is not None and silence <= silent:
        state = "good" if silence <= late else "unknown"
    values = {"name": terminal.name, "address": terminal.address, "seen": known.seen_at}
    return Finding("imported" if terminal.kind == "attlog" else "heard", state, values)
