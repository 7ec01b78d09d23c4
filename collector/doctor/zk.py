"""The steps of a ZK terminal: one session, and what breaks it tells which step is broken."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.doctor.finding import Finding
from collector.turn import NotItsTurnError, turn
from config.conditions import likely
from config.troubles import Trouble
from devices.errors import TerminalError
from devices.zk import tail
from devices.zk import terminal as zk
from ingest import log_memory, serial_numbers
from ingest.clock_flags import RIGHT
from ingest.database import ConnectionPool
from ingest.health import Health
from ingest.terminals import Terminal

TURN_SECONDS = 30.0
"""A poll that only reads the end of a log is over by then; live capture gives way at once."""
PATIENCE_SECONDS = 5.0

OPENING = ("turn", "name", "port", "speaks_zk", "key")
"""The steps up to an open session, in their order."""
BROKEN_BY: Mapping[Trouble, str] = {
    "busy": "turn",
    "bad_address": "name",
    "unknown_name": "name",
    "unanswered_name": "name",
    "refused": "port",
    "no_connection": "port",
    "no_route": "port",
    "no_udp": "port",
    "held": "speaks_zk",
    "not_zk": "speaks_zk",
    "wrong_key": "key",
    "door_mode": "mode",
}

THEN = {"serial": "log"}
"""What is looked at after a step, where that can fail."""


def steps(terminal: Terminal, known: Health, pool: ConnectionPool, data_dir: Path) -> Iterator[Finding]:
    """From the name of its address to the records that it holds; ends at the first step that is broken for sure."""
    doing = "turn"
    values = {"name": terminal.name, "address": terminal.address}
    try:
        with turn(data_dir, terminal.id, wait_seconds=TURN_SECONDS):
            doing = "speaks_zk"
            assert terminal.address is not None
            with zk.open_terminal(terminal.address, terminal.comm_key, patience=PATIENCE_SECONDS) as device:
                for step in OPENING:
                    yield Finding(step, "good", values)
                doing = "talks"
                for finding in _inside(device, terminal, known, pool):
                    yield finding
                    doing = THEN.get(finding.step, finding.step)
    except TerminalError as error:
        trouble: Trouble | None = "busy" if isinstance(error, NotItsTurnError) else error.trouble
        broken = BROKEN_BY.get(trouble, doing) if trouble else doing
        if broken in OPENING:
            for step in OPENING[: OPENING.index(broken)]:
                yield Finding(step, "good", values)
        yield Finding(broken, "broken", values, trouble, error.what)


def _inside(device: zk.Terminal, terminal: Terminal, known: Health, pool: ConnectionPool) -> Iterator[Finding]:
    said = device.read_identity()
    values = {"name": terminal.name, "address": terminal.address}
    yield Finding("talks", "good", {**values, "firmware": said.firmware or said.platform or "ZK"})
    number = serial_numbers.told(said.serial_number)
    if terminal.serial_number and number != terminal.serial_number:
        machine = f"The machine {number}" if number else "A machine that says no serial number"
        error = f"{machine} answers, and not {terminal.serial_number}, which is registered."
        yield Finding("serial", "broken", values, "another_machine", error)
        return
    yield Finding(
        "serial", "good" if number == terminal.serial_number else "unknown", {**values, "said": number or "-"}
    )
    records = _records(device, said)
    yield Finding("mode", "good", values)
    yield Finding("log", "good", {**values, "records": records})
    offset = said.moment.offset(ZoneInfo(terminal.time_zone))
    seconds = None if offset is None else round(offset.total_seconds())
    right = offset is not None and abs(offset) <= RIGHT
    yield Finding("clock", "good" if right else "broken", {**values, "seconds": seconds})
    yield _unread(records, terminal, known, pool)


def _records(device: zk.Terminal, said: zk.Identity) -> int:
    """How many records it holds, once it has shown that it hands them out."""
    if said.sizes.records == 0:
        device.read_log()  # one in another mode holds none, and says so only when asked
    else:
        with device.prepared_log():
            pass
    return said.sizes.records


def _unread(records: int, terminal: Terminal, known: Health, pool: ConnectionPool) -> Finding:
    with pool.connection() as connection:
        remembered = log_memory.recall(connection, terminal.id, tail.Remembered)
    unread = max(0, records - (remembered.records if remembered else 0))
    late, _ = likely("zk", known.poll_seconds or 0)
    fresh = known.read_at is not None and datetime.now(UTC) - known.read_at <= max(late, timedelta(minutes=15))
    state = "good" if fresh or not unread else "broken"
    return Finding("unread", state, {"name": terminal.name, "unread": unread, "read_at": known.read_at})  # type: ignore[arg-type]  # one of two states
