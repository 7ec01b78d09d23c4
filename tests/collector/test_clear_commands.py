"""tepat terminal clear-log: asks, proves, keeps a file if told to, and clears only then."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.clear_commands import clear_terminal_log
from collector.import_file import import_attlog
from collector.people_commands import push_people
from config.errors import TepatError
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from ingest.accept import Counts
from ingest.database import ConnectionPool
from ingest.terminals import add_terminal

START = datetime(2026, 1, 5, 7, 0, 12)  # noqa: DTZ001 - a terminal's own time has no zone
LOG = [StoredPunch(str(1 + n % 5), START + timedelta(seconds=37 * n), n % 2, 1, 3) for n in range(60)]


class Window(io.StringIO):
    """Somebody at a terminal window who types this."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def simulated(pool: ConnectionPool, command_line: dict[str, str]) -> Iterator[SimulatedTerminal]:
    assert command_line
    terminal = SimulatedTerminal("SN-lobi", log=LOG, record_size=16)
    with terminal.serving() as (host, port):
        with pool.connection() as connection:
            add_terminal(
                connection, name="lobi", kind="zk", address=f"{host}:{port}", comm_key=0, time_zone="Asia/Jakarta",
                added_at=datetime.now(UTC),
            )  # fmt: skip
        yield terminal


def test_it_says_what_was_proved_and_cleared(simulated: SimulatedTerminal, capsys: pytest.CaptureFixture[str]) -> None:
    clear_terminal_log("lobi", yes=True)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("lobi: all 60 records are stored (60 new now, 0 kept as rejected), SHA-256 ")
    assert second == "lobi: the log of 60 records is cleared."
    assert simulated.memory.records() == 0


def test_a_dry_run_stores_and_proves_and_clears_nothing(
    simulated: SimulatedTerminal, capsys: pytest.CaptureFixture[str]
) -> None:
    clear_terminal_log("lobi", dry_run=True, yes=True)
    assert capsys.readouterr().out.endswith("\nNothing was cleared.\n")
    assert simulated.memory.records() == 60


def test_the_name_must_be_typed(simulated: SimulatedTerminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("lobi\n"))
    with pytest.raises(TepatError, match="with --yes"):
        clear_terminal_log("lobi")
    monkeypatch.setattr("sys.stdin", Window("lobby\n"))
    with pytest.raises(TepatError, match="not the name of the terminal"):
        clear_terminal_log("lobi")
    assert simulated.memory.records() == 60
    monkeypatch.setattr("sys.stdin", Window("lobi\n"))
    clear_terminal_log("lobi")
    assert simulated.memory.records() == 0


def test_the_file_kept_holds_the_log_as_tepat_imports_it(
    simulated: SimulatedTerminal, pool: ConnectionPool, tmp_path: Path
) -> None:
    simulated.memory.store_raw(bytes(16))
    file = tmp_path / "lobi.dat"
    clear_terminal_log("lobi", yes=True, keep_file=file)
    assert file.stat().st_mode & 0o077 == 0
    with pool.connection() as connection:
        assert import_attlog(connection, file, "lobi", datetime.now(UTC)) == Counts(61, 0, 60, 1)


def test_a_file_that_is_there_is_never_written_over(simulated: SimulatedTerminal, tmp_path: Path) -> None:
    file = tmp_path / "lobi.dat"
    file.write_text("precious")
    with pytest.raises(TepatError, match="is there already"):
        clear_terminal_log("lobi", yes=True, keep_file=file)
    with pytest.raises(TepatError, match=r"There is no folder .*no for folder\.dat: make it.*Nothing was cleared"):
        clear_terminal_log("lobi", yes=True, keep_file=tmp_path / "no" / "folder.dat")
    assert (file.read_text(), simulated.received) == ("precious", [])


def test_terminals_of_other_kinds_are_refused_with_what_to_do(
    simulated: SimulatedTerminal, pool: ConnectionPool
) -> None:
    assert simulated
    with pool.connection() as connection:
        add_terminal(
            connection, name="gerbang", kind="iclock", address="CKJF1", comm_key=0, time_zone="Asia/Jakarta",
            added_at=datetime.now(UTC),
        )  # fmt: skip
    with pytest.raises(TepatError, match="Other kinds are never told to clear anything"):
        clear_terminal_log("gerbang", yes=True)


def test_one_record_is_one_record(simulated: SimulatedTerminal, capsys: pytest.CaptureFixture[str]) -> None:
    simulated.memory.clear_log()
    simulated.memory.store(LOG[0])
    clear_terminal_log("lobi", yes=True)
    said = capsys.readouterr().out
    assert said.startswith("lobi: its one record is stored (1 new now, 0 kept as rejected)")
    assert said.endswith("\nlobi: the log of 1 record is cleared.\n")


@pytest.mark.parametrize("name", ["lobi [/utara]", "lobi [bold]", "lobi [1"])
def test_a_terminal_may_have_brackets_in_its_name(
    simulated: SimulatedTerminal, pool: ConnectionPool, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE terminal SET name = %s", [name])
    push_people(name, dry_run=True)
    clear_terminal_log(name, yes=True)
    assert f"{name}: the log of 60 records is cleared." in capsys.readouterr().out
    assert simulated.memory.records() == 0
