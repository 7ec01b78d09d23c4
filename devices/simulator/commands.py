"""The commands that pretend to be terminals."""

import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from devices.simulator.zk.records import RECORD_SIZES, RecordSize, SimulatorError
from devices.simulator.zk.sources import people_of, read_attlog
from devices.simulator.zk.terminal import SimulatedTerminal


def simulate_zk(
    attlog: Annotated[Path, typer.Option(help="attendance log file whose people and punches the terminal holds")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port on 127.0.0.1; 0 takes a free one")] = 4370,
    comm_key: Annotated[int, typer.Option(min=0, max=999_999, help="communication key; 0 asks for none")] = 0,
    record_size: Annotated[int, typer.Option(help="bytes of an attendance record: 8, 16, 40 or 49")] = 40,
) -> None:
    """Pretend to be a ZK terminal until Ctrl-C: real protocol, real port, the punches of an attendance log file."""
    punches, rejected = read_attlog(attlog)
    for _, reason in rejected:
        print(f"{attlog}: left out, {reason}", file=sys.stderr)
    terminal = SimulatedTerminal(
        "SIMULATED0001",
        people_of(punch.pin for punch in punches),
        punches,
        record_size=_known(record_size),
        comm_key=comm_key,
        capacity=max(len(punches), 100_000),
    )
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with terminal.serving(port) as (host, bound):
        print(f"ZK terminal with {len(punches)} punches at {host}:{bound}", flush=True)
        over.wait()


def _known(record_size: int) -> RecordSize:
    for known in RECORD_SIZES:
        if known == record_size:
            return known
    raise SimulatorError(f"No terminal is known whose records have {record_size} bytes: take 8, 16, 40 or 49.")
