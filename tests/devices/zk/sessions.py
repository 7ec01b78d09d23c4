"""What the tests of pyzk's faults share: a session with a simulated terminal, and a bound on how long a thing takes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.terminal import Terminal, open_terminal

Punches = Callable[[int], list[StoredPunch]]
PATIENCE = 0.8
SOON = 10.0


@contextmanager
def reading(terminal: SimulatedTerminal, patience: float = SOON, transfer: float = 30) -> Iterator[Terminal]:
    with (
        terminal.serving() as (host, port),
        open_terminal(f"{host}:{port}", patience=patience, transfer=transfer) as opened,
    ):
        yield opened


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds
