"""The gate of the head office: its terminal pushes over HTTP, and those with the highest pins punch there."""

import threading
from collections.abc import Iterable

from collector.push.server import serving
from config.errors import TepatError
from config.settings import Settings
from demo.month import Scan
from demo.people import UNITS, Person, Unit
from devices.records import Punch
from devices.simulator.iclock import Delivery, SimulatedIclockTerminal
from ingest.database import ConnectionPool

UNIT = UNITS[0]
TERMINAL = "jakarta-gerbang"
SERIAL_NUMBER = "DEMO-GERBANG"
FIRST_PIN = 61
FINGER = 1


def through_gate(unit: Unit, who: Person | Scan) -> bool:
    """Whether somebody of a unit, or a scan there, comes in by the gate."""
    return unit is UNIT and int(who.pin) >= FIRST_PIN


def push(settings: Settings, pool: ConnectionPool, log: Iterable[Scan], seconds: float) -> Delivery:
    """Have the terminal at the gate push its part of the unit's log to an endpoint that is served meanwhile.

    Raises:
        TepatError: not all of it was taken in time.
    """
    held: list[Punch] = [(scan.pin, scan.at, scan.state, FINGER, None, b"") for scan in log if through_gate(UNIT, scan)]
    local = settings.model_copy(update={"push_host": "127.0.0.1", "push_port": 0})
    with serving(local, pool, threading.Event()) as port:
        terminal = SimulatedIclockTerminal(f"http://127.0.0.1:{port}", SERIAL_NUMBER)
        delivery = terminal.send(held, seconds=seconds)
    if delivery.buffered:
        raise TepatError(f"The push endpoint did not take {delivery.buffered} punches: {delivery.refusal}")
    return delivery
