"""Clearing a terminal's log: only what is proved to be stored, and nothing punched meanwhile is lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import pytest

from collector.clear_log import Cleared, ClearLogError, Proof, clear_log
from collector.poll import poll
from devices.errors import RetriableTerminalError, TerminalError
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import RecordSize, StoredPunch
from devices.simulator.zk.sources import people_of
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk import clearing
from devices.zk import terminal as zk
from devices.zk.frames import Command
from ingest.accept import Counts
from ingest.database import ConnectionPool
from ingest.proof import unstored
from ingest.terminals import Terminal, add_terminal, change_terminal, terminal_named
from tests.waiting import until

START = datetime(2026, 1, 5, 7, 0, 12)  # noqa: DTZ001 - a terminal's own time has no zone
NOW = datetime(2026, 2, 1, tzinfo=UTC)


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


def log_of(punches: int) -> list[StoredPunch]:
    return [StoredPunch(str(1 + n % 50), START + timedelta(seconds=37 * n), n % 2) for n in range(punches)]


@contextmanager
def terminal_with(
    pool: ConnectionPool, punches: int = 300, kind: type[SimulatedTerminal] = SimulatedTerminal, **options: Any
) -> Iterator[tuple[Any, Terminal]]:
    log = log_of(punches)
    simulated = kind("SN-lobi", people_of(punch.pin for punch in log), log, **options)
    with simulated.serving() as (host, port), pool.connection() as connection:
        terminal = add_terminal(
            connection, name="lobi", kind="zk", address=f"{host}:{port}", comm_key=0, time_zone="Asia/Jakarta",
            added_at=NOW,
        )  # fmt: skip
        connection.commit()
        yield simulated, terminal


def cleared(terminal: Terminal, pool: ConnectionPool, folder: Path, **options: Any) -> Cleared:
    done = clear_log(terminal, pool, folder, agreed=lambda _: True, **options)
    assert done is not None
    return done


def rows(pool: ConnectionPool, query: LiteralString) -> list[tuple[Any, ...]]:
    with pool.connection() as connection:
        return connection.execute(query).fetchall()


def pins_and_times(pool: ConnectionPool) -> list[tuple[Any, ...]]:
    return rows(pool, "SELECT pin, local_time FROM punch ORDER BY local_time, pin")


@pytest.mark.parametrize("size", [8, 16, 22, 40, 49])
def test_a_log_is_stored_proved_and_cleared(pool: ConnectionPool, tmp_path: Path, size: RecordSize) -> None:
    with terminal_with(pool, record_size=size) as (simulated, terminal):
        done = cleared(terminal, pool, tmp_path)
        assert (done.proof.records, done.left, done.heard) == (300, 0, 0)
        assert simulated.memory.records() == 0
        assert simulated.enabled
        assert rows(pool, "SELECT count(*) FROM punch") == [(300,)]
        entries = rows(pool, "SELECT action, detail ->> 'records', detail ->> 'sha256' FROM audit ORDER BY id")
    assert entries[1:] == [(action, "300", done.proof.sha256) for action in ("prove log", "clear log")]


def test_the_next_poll_knows_and_brings_what_is_new(pool: ConnectionPool, tmp_path: Path) -> None:
    with terminal_with(pool) as (simulated, terminal):
        assert poll(terminal, pool).counts.accepted == 300
        cleared(terminal, pool, tmp_path)
        for second in range(400):
            simulated.memory.store(StoredPunch("7", START + timedelta(days=2, seconds=second), 0))
        assert poll(terminal, pool).counts == Counts(400, 400, 0, 0)
        assert poll(terminal, pool).counts == Counts(0, 0, 0, 0)


def test_rejected_records_are_proved_too(pool: ConnectionPool, tmp_path: Path) -> None:
    with terminal_with(pool) as (simulated, terminal):
        simulated.memory.store_raw(bytes(40))
        simulated.memory.store(StoredPunch("1", datetime(2000, 1, 1, 0, 0, 17), 0))  # noqa: DTZ001
        assert cleared(terminal, pool, tmp_path).proof.rejected == 2
    assert rows(pool, "SELECT count(*) FROM rejected") == [(2,)]


def test_nothing_is_cleared_when_nobody_agrees(pool: ConnectionPool, tmp_path: Path) -> None:
    told: list[Proof] = []

    def disagree(proof: Proof) -> bool:
        told.append(proof)
        return False

    with terminal_with(pool) as (simulated, terminal):
        assert clear_log(terminal, pool, tmp_path, agreed=disagree) is None
        assert simulated.memory.records() == 300
        assert not {Command.DISABLE, Command.CLEAR_ATTENDANCE, Command.CLEAR_DATA} & set(simulated.received)
    assert [proof.records for proof in told] == [300]


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


def test_a_record_that_is_in_no_table_is_found(pool: ConnectionPool) -> None:
    with terminal_with(pool, 5) as (simulated, terminal):
        poll(terminal, pool)
        raws = simulated.memory.log_records()
    stored = rows(pool, "SELECT pin, local_time, state, verify, work_code, raw FROM punch ORDER BY local_time")
    with pool.connection() as connection:
        assert unstored(connection, terminal, stored, [], NOW) == (0, None)
        connection.execute("DELETE FROM punch WHERE raw = %s", [raws[3]])
        connection.commit()
        assert unstored(connection, terminal, stored, [], NOW) == (1, raws[3].hex())
        connection.commit()
        other_verify = [(*stored[0][:3], 99, None, b"other bytes")]
        assert unstored(connection, terminal, other_verify, [], NOW) == (1, b"other bytes".hex())
        connection.commit()
        assert unstored(connection, terminal, [], [(b"odd", "why")], NOW)[0] == 1


def test_a_terminal_that_declines_one_way_of_clearing_is_asked_the_other_and_never_for_everything(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    faults = Faults(declines=(Command.CLEAR_ATTENDANCE,))
    with terminal_with(pool, faults=faults) as (simulated, terminal):
        cleared(terminal, pool, tmp_path)
        assert simulated.memory.records() == 0
        assert len(simulated.memory.people) == 50


def test_a_terminal_that_declines_both_keeps_its_log_and_is_enabled_again(pool: ConnectionPool, tmp_path: Path) -> None:
    faults = Faults(declines=(Command.CLEAR_ATTENDANCE, Command.CLEAR_DATA))
    with terminal_with(pool, faults=faults) as (simulated, terminal):
        with pytest.raises(TerminalError, match="declines to clear its attendance log"):
            cleared(terminal, pool, tmp_path)
        assert simulated.memory.records() == 300
        assert simulated.enabled
    assert "declines" in str(rows(pool, "SELECT detail ->> 'error' FROM audit WHERE action = 'clear log'"))


def test_a_connection_cut_while_disabled_is_made_again_to_enable_it(pool: ConnectionPool, tmp_path: Path) -> None:
    with terminal_with(pool, 3000) as (simulated, terminal):

        def cut_from_now_on(_: Proof) -> bool:
            simulated.faults = Faults(close_after=50_000)
            return True

        with pytest.raises(ClearLogError, match=r"Nothing was cleared\.$"):
            clear_log(terminal, pool, tmp_path, agreed=cut_from_now_on)
        assert simulated.enabled
        assert Command.DISABLE in simulated.received
        assert simulated.memory.records() == 3000


def test_the_machine_of_another_is_never_cleared(pool: ConnectionPool, tmp_path: Path) -> None:
    with terminal_with(pool) as (simulated, terminal):
        poll(terminal, pool)
        simulated.memory.options["~SerialNumber"] = "SN-other"
        with pool.connection() as connection:
            known = terminal_named(connection, "lobi")
        with pytest.raises(ClearLogError, match="the machine SN-other answers"):
            cleared(known, pool, tmp_path)
        assert simulated.memory.records() == 300
        with pool.connection() as connection:
            _, replaced = change_terminal(connection, "lobi", serial_number=None)
        assert cleared(replaced, pool, tmp_path).proof.records == 300
        assert simulated.memory.records() == 0


def test_a_database_that_fails_while_it_is_proved_is_told_and_nothing_is_cleared(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    with terminal_with(pool) as (simulated, terminal):

        def agreed(_: Proof) -> bool:
            with pool.connection() as connection:
                connection.execute("ALTER TABLE audit RENAME TO audit_away")
            return True

        try:
            with pytest.raises(ClearLogError, match=r"audit.*Nothing was cleared\.$"):
                clear_log(terminal, pool, tmp_path, agreed=agreed)
        finally:
            with pool.connection() as connection:
                connection.execute("ALTER TABLE audit_away RENAME TO audit")
        assert (simulated.memory.records(), simulated.enabled) == (300, True)


def test_a_connection_that_breaks_at_the_clearing_is_not_called_untouched(
    pool: ConnectionPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with terminal_with(pool) as (_, terminal):
        clear = clearing.clear_log

        def cleared_and_cut(device: zk.Terminal) -> None:
            clear(device)
            raise RetriableTerminalError("The connection broke off.", "interrupted")

        monkeypatch.setattr(clearing, "clear_log", cleared_and_cut)
        with pytest.raises(TerminalError) as told:
            cleared(terminal, pool, tmp_path)
        assert "Nothing was cleared" not in str(told.value)


@pytest.mark.parametrize("moment", ["before", "at the prompt"])
def test_the_machine_of_a_retired_terminal_is_never_cleared(pool: ConnectionPool, tmp_path: Path, moment: str) -> None:
    """It may be another terminal's by now, under whose name its punches belong."""
    with terminal_with(pool) as (simulated, terminal):
        poll(terminal, pool)
        with pool.connection() as connection:
            known = terminal_named(connection, "lobi")

        def replaced(_: Proof) -> bool:
            with pool.connection() as connection:
                change_terminal(connection, "lobi", retired_at=NOW)
                add_terminal(
                    connection, name="aula", kind="zk", address=known.address, comm_key=0, time_zone="Asia/Jakarta",
                    added_at=NOW,
                )  # fmt: skip
            simulated.memory.store(StoredPunch("7", START + timedelta(days=2), 0))
            return True

        if moment == "before":
            with pool.connection() as connection:
                change_terminal(connection, "lobi", retired_at=NOW)
            simulated.received.clear()
        with pytest.raises(ClearLogError, match="'lobi' is retired"):
            clear_log(known, pool, tmp_path, agreed=replaced)
        assert simulated.memory.records() == 300 + (moment == "at the prompt")
        assert Command.DISABLE not in simulated.received
    assert rows(pool, "SELECT count(*) FROM punch") == [(300,)]


def test_a_log_is_kept_as_a_file_before_it_is_cleared(pool: ConnectionPool, tmp_path: Path) -> None:
    kept: list[Any] = []
    with terminal_with(pool, 20, record_size=16) as (simulated, terminal):

        def keep(log: Any) -> None:
            assert simulated.memory.records() == 20
            kept.append(log)

        cleared(terminal, pool, tmp_path, keep=keep)
    assert len(kept[0].punches) == 20


KILLED = """
import os, signal, sys
from pathlib import Path
from collector import clear_log as module
from config.settings import Settings
from ingest.database import opened
from ingest.terminals import terminal_named

def die(_log):
    print("disabled", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

with opened(Settings.model_validate({"database_url": sys.argv[1]})) as pool:
    with pool.connection() as connection:
        terminal = terminal_named(connection, "lobi")
    module.clear_log(terminal, pool, Path(sys.argv[2]), agreed=lambda _: True, keep=die)
"""


def test_a_kill_in_the_middle_leaves_no_disabled_terminal(
    pool: ConnectionPool, database_url: str, tmp_path: Path
) -> None:
    passed = timedelta(0)

    def clock() -> datetime:
        return START + timedelta(days=3) + passed

    with terminal_with(pool, clock=clock) as (simulated, _):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, database_url, str(tmp_path)],
            capture_output=True, text=True, check=False, timeout=60, env=dict(os.environ),
        )  # fmt: skip
        assert (done.stdout, done.returncode) == ("disabled\n", -signal.SIGKILL), done.stderr
        assert not simulated.enabled
        passed = timedelta(minutes=2)
        until(lambda: simulated.enabled)
        assert simulated.memory.records() == 300
        assert simulated.punch("7")
