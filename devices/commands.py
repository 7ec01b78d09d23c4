"""The command that reads one terminal, without any database."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from devices.records import UNKNOWN_STATE, Punch, Rejected
from devices.zk.link import Arrival
from devices.zk.log import Log
from devices.zk.terminal import Identity, open_terminal

STATES = {0: "in", 1: "out", 2: "break out", 3: "break in", 4: "overtime in", 5: "overtime out", UNKNOWN_STATE: "-"}


def read_terminal(
    address: Annotated[
        str,
        typer.Argument(
            metavar="HOST[:PORT]", help="Where the terminal is; port 4370 if not given; udp:// before it for UDP."
        ),
    ],
    comm_key: Annotated[int, typer.Option(help="Its comm key; 0 = none.")] = 0,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print one JSON object per record and line; who the terminal is, on standard error."
        ),
    ] = False,
) -> None:
    """Read one ZK terminal and print who it is and its punches. Changes nothing on it and needs no database."""
    with open_terminal(address, comm_key) as terminal:
        identity = terminal.read_identity()
        _print_identity(identity, address, sys.stderr if as_json else sys.stdout)
        with _arrivals() as on_arrival:
            log = terminal.read_log(on_arrival)
    if as_json:
        _print_json(log)
    else:
        _print_table(log)


@contextmanager
def _arrivals() -> Iterator[Arrival | None]:
    """A running count of bytes, on a terminal window only."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("reading the attendance log"), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda size: progress.advance(task, size)


def _print_identity(identity: Identity, address: str, out: TextIO) -> None:
    sizes = identity.sizes
    lines = {
        "terminal": address,
        "serial number": identity.serial_number,
        "device": identity.device_name,
        "platform": identity.platform,
        "firmware": identity.firmware,
        "people": f"{sizes.users} of {sizes.users_capacity}",
        "records": f"{sizes.records} of {sizes.records_capacity}",
        "clock": _clock(identity),
    }
    for name, value in lines.items():
        print(f"{name + ':':<15}{value or 'not said'}", file=out)


def _clock(identity: Identity) -> str | None:
    here = datetime.now(UTC).astimezone().tzinfo
    assert here is not None
    moment = identity.moment
    offset = moment.offset(here)
    if offset is None:
        return "shows a time that does not exist" if moment.no_such_day else None
    seconds = round(offset.total_seconds())
    compared = (
        f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} this machine" if seconds else "as this machine"
    )
    return f"{moment.clock} ({compared})"


def punch_as_json(punch: Punch) -> dict[str, str | int | None]:
    """A punch as `terminal read --json` prints it."""
    pin, local_time, state, verify, work_code, _ = punch
    time = local_time.isoformat(timespec="seconds")
    return {"pin": pin, "local_time": time, "state": state, "verify": verify, "work_code": work_code}


def rejected_as_json(rejected: Rejected) -> dict[str, str]:
    """A record that cannot be read as `terminal read --json` prints it."""
    raw, reason = rejected
    return {"rejected": reason, "bytes": raw.hex()}


def _print_json(log: Log) -> None:
    for punch in log.punches:
        print(json.dumps(punch_as_json(punch), ensure_ascii=False))
    for rejected in log.rejected:
        print(json.dumps(rejected_as_json(rejected)))


def _print_table(log: Log) -> None:
    print(f"\n{'pin':<24} {'local time':<19}  {'state':<12}  {'verify':>6}  work code")
    for pin, local_time, state, verify, work_code, _ in log.punches:
        said = STATES.get(state, str(state))
        print(f"{pin:<24} {local_time}  {said:<12}  {'-' if verify is None else verify:>6}  {work_code or '-'}")
    for raw, reason in log.rejected:
        print(f"rejected: {reason} Bytes: {raw.hex()}")
    print(f"\n{len(log.punches)} punches, {len(log.rejected)} rejected records")
