"""Puts the made-up office into a database: units, people, terminals, targets, activities, through the real imports."""

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from demo import gate
from demo.broker import LocalBroker
from demo.month import PERIOD, TARGET_POINTS, Scan, activities, scans
from demo.people import RULEBOOK, UNITS, Unit, people
from devices.records import Punch
from devices.simulator.mqtt import SimulatedMqttTerminal
from devices.simulator.zk.records import Person as Enrolled
from devices.simulator.zk.records import RecordSize, StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from ingest import tables, terminals

ACTOR = "command:demo"
RECORD_SIZES: tuple[RecordSize, ...] = (40, 16, 49)
"""Of the three ZK terminals, so that the demo reads three kinds of firmware."""
CLOCK_OFFSETS = {40: timedelta(0), 16: timedelta(seconds=-7), 49: timedelta(seconds=95)}
"""How far the clock of each is ahead: no terminal is quite right."""
FACE = 15
MQTT_UNIT = UNITS[-1]
MQTT_DEVICE = "face-0001"
PUNCHES_A_MESSAGE = 10


@dataclass(frozen=True, slots=True)
class Machine:
    """A pretended ZK terminal that serves its log at an address."""

    unit: Unit
    address: str
    punches: int


@contextmanager
def zk_terminals() -> Iterator[list[Machine]]:
    """The three ZK terminals of the office, each with the month in its log."""
    logs = scans()
    with ExitStack() as stack:
        machines = []
        for unit, size in zip((unit for unit in UNITS if unit is not MQTT_UNIT), RECORD_SIZES, strict=True):
            log = [scan for scan in logs[unit.terminal] if not gate.through_gate(unit, scan)]
            host, port = stack.enter_context(_zk_terminal(unit, log, size).serving())
            machines.append(Machine(unit, f"{host}:{port}", len(log)))
        yield machines


def _zk_terminal(unit: Unit, log: Sequence[Scan], size: RecordSize) -> SimulatedTerminal:
    pins = [person.pin for person in people() if person.unit is unit]
    enrolled = [Enrolled(uid, pin) for uid, pin in enumerate(pins, 1)]
    punches = [StoredPunch(scan.pin, scan.at, scan.state) for scan in log]
    zone, fast = ZoneInfo(unit.time_zone), CLOCK_OFFSETS[size]

    def clock() -> datetime:
        return (datetime.now(zone) + fast).replace(tzinfo=None)

    return SimulatedTerminal(f"DEMO-{unit.code}", enrolled, punches, record_size=size, clock=clock)


def mqtt_terminal(broker: LocalBroker) -> tuple[SimulatedMqttTerminal, int]:
    """The face terminal of the office with the month in its buffer, and how many punches that are."""
    terminal = SimulatedMqttTerminal(
        MQTT_DEVICE,
        broker.host,
        broker.port,
        time_zone=MQTT_UNIT.time_zone,
        batch=PUNCHES_A_MESSAGE,
        version=broker.version,
        password=broker.passwords.get(MQTT_DEVICE),
    )
    log: list[Punch] = [(scan.pin, scan.at, scan.state, FACE, None, b"") for scan in scans()[MQTT_UNIT.terminal]]
    terminal.record(log)
    return terminal, len(log)


def found(connection: psycopg.Connection[Any], machines: Sequence[Machine], at: datetime) -> None:
    """Write the office down; once it stands there, only the addresses of its terminals change."""
    addresses = {machine.unit.terminal: machine.address for machine in machines} | {MQTT_UNIT.terminal: MQTT_DEVICE}
    with connection.transaction():
        known = {terminal.name for terminal in terminals.list_terminals(connection)}
        for unit in UNITS:
            name, address = unit.terminal, addresses[unit.terminal]
            if name in known:
                terminals.move_terminal(connection, name, address)
            else:
                kind: terminals.Kind = "mqtt" if unit is MQTT_UNIT else "zk"
                terminals.add_terminal(
                    connection, name=name, kind=kind, address=address, comm_key=0, time_zone=unit.time_zone, added_at=at
                )
        if gate.TERMINAL not in known:
            terminals.add_terminal(
                connection, name=gate.TERMINAL, kind="iclock", address=gate.SERIAL_NUMBER,
                comm_key=0, time_zone=gate.UNIT.time_zone, added_at=at,
            )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for table, rows in office_tables():
            path = Path(folder, f"{table}.csv")
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
            tables.import_table(connection, table, path, at=at, actor=ACTOR)


def office_tables() -> Iterator[tuple[tables.TableName, Iterable[Sequence[object]]]]:
    """The office as the CSV files that an office would import, in their order; the first row is the header."""
    everybody = people()
    yield (
        "units",
        [
            ("code", "name", "parent", "time_zone", "rulebook"),
            *((unit.code, unit.name, unit.parent, unit.time_zone, RULEBOOK) for unit in UNITS),
        ],
    )
    yield (
        "employees",
        [
            ("nip", "name", "unit", "class", "terminal", "pin", "from"),
            *(
                (each.nip, each.name, each.unit.code, each.allowance_class, terminal, each.pin, "2025-01-01")
                for each in everybody
                for terminal in (each.unit.terminal, *([gate.TERMINAL] if gate.through_gate(each.unit, each) else []))
            ),
        ],
    )
    yield "targets", [("nip", "period", "points"), *((each.nip, PERIOD, TARGET_POINTS) for each in everybody)]
    yield (
        "activities",
        [
            ("nip", "reference", "date", "title", "volume", "weight", "status"),
            *(
                (done.nip, done.reference, done.day, done.title, done.volume, done.weight, done.status)
                for done in activities()
            ),
        ],
    )
