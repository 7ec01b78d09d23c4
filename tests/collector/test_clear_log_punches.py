"""People who punch while a log is cleared: each punch that the terminal took is one punch in the end."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.clear_log import ClearLogError, Proof, clear_log
from collector.poll import poll
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import RecordSize
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk import clearing
from devices.zk import terminal as zk
from devices.zk.frames import Command
from ingest.database import ConnectionPool
from tests.collector.clearing import START, cleared, log_of, rows, terminal_with


class Witnessed(SimulatedTerminal):
    """Remembers whom it told that their punch was taken, whatever becomes of its log; its clock never stands still."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.taken: list[tuple[str, datetime]] = []
        self.refused = 0

    def punch(self, pin: str, when: datetime | None = None, state: int = 0, **options: Any) -> bool:
        when = when or START + timedelta(days=1, seconds=len(self.taken))
        taken = super().punch(pin, when, state, **options)
        if taken:
            self.taken.append((pin, when))
        else:
            self.refused += 1
        return taken


def pins_and_times(pool: ConnectionPool) -> list[tuple[Any, ...]]:
    return rows(pool, "SELECT pin, local_time FROM punch ORDER BY local_time, pin")


STEPS = [
    Command.DISABLE,
    Command.PREPARE_BUFFER,
    Command.READ_BUFFER,
    Command.FREE_DATA,
    Command.FREE_SIZES,
    Command.CLEAR_ATTENDANCE,
    Command.ENABLE,
]


@pytest.mark.parametrize("heedless", [False, True], ids=["disabled", "heedless"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_punch_at_any_step_is_not_lost(pool: ConnectionPool, tmp_path: Path, step: int, heedless: bool) -> None:
    """heedless: the terminal says that it is disabled, and takes punches all the same."""
    faults = Faults(punch_before={step: "7"}, takes_while_disabled=heedless)
    with terminal_with(pool, kind=Witnessed, faults=faults) as (simulated, terminal):
        with suppress(ClearLogError):
            done = cleared(terminal, pool, tmp_path)
            assert done.heard == (heedless and step == Command.CLEAR_ATTENDANCE)
        assert heedless or Command.CLEAR_ATTENDANCE in simulated.received
        simulated.faults = Faults()
        assert simulated.enabled
        poll(terminal, pool)
        assert simulated.taken or simulated.refused
    held = {(punch.pin, punch.local_time) for punch in log_of(300)} | set(simulated.taken)
    assert set(pins_and_times(pool)) == held


@pytest.mark.parametrize("size", [8, 16, 22, 40, 49])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_punch_heard_around_the_clearing_is_one_punch(
    pool: ConnectionPool, tmp_path: Path, moment: str, size: RecordSize, monkeypatch: pytest.MonkeyPatch
) -> None:
    """before: only the event tells it; after: the log does too, without a state where its records have none."""
    with terminal_with(pool, kind=Witnessed, record_size=size) as (simulated, terminal):
        clear = clearing.clear_log

        def cleared_and_punched(device: zk.Terminal) -> None:
            simulated.faults = Faults(takes_while_disabled=True)
            for pin in ("7", "8") if moment == "before" else ():
                simulated.punch(pin)
            clear(device)
            for pin in ("7", "8") if moment == "after" else ():
                simulated.punch(pin)

        monkeypatch.setattr(clearing, "clear_log", cleared_and_punched)
        done = cleared(terminal, pool, tmp_path)
        assert (done.heard, len(simulated.taken)) == (2, 2)
        assert poll(terminal, pool).error is None
    assert rows(pool, "SELECT count(*) FROM punch") == [(302,)]


def test_a_punch_that_pushes_another_out_of_a_full_log_stops_the_clearing(pool: ConnectionPool, tmp_path: Path) -> None:
    faults = Faults(punch_before={Command.FREE_DATA: "7"}, takes_while_disabled=True)
    with terminal_with(pool, kind=Witnessed, capacity=300) as (simulated, terminal):

        def careless(_: Proof) -> bool:
            simulated.faults = faults
            return True

        with pytest.raises(ClearLogError, match="Somebody punched on lobi"):
            clear_log(terminal, pool, tmp_path, agreed=careless)
        assert simulated.memory.records() == 300
