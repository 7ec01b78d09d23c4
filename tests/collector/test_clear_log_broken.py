"""A clearing that breaks off or must not be: the log stays, no terminal stays disabled, and what is said is true."""

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collector.clear_log import ClearLogError, Proof, clear_log
from collector.poll import poll
from devices.errors import RetriableTerminalError, TerminalError
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import StoredPunch
from devices.zk import clearing
from devices.zk import terminal as zk
from devices.zk.frames import Command
from ingest.database import ConnectionPool
from ingest.terminals import add_terminal, change_terminal, terminal_named
from tests.collector.clearing import NOW, START, cleared, rows, terminal_with
from tests.waiting import until


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
