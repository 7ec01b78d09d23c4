"""Pain 20: the log is full and nobody dares to clear it, or it was cleared before everything was stored."""

from datetime import timedelta
from pathlib import Path

import pytest

from collector.clear_log import ClearLogError, Proof, clear_log
from collector.poll import poll
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import StoredPunch
from devices.zk.frames import Command
from ingest.accept import Counts
from ingest.database import ConnectionPool
from tests.collector.test_poll import START, count, terminal_with

ROOT = Path(__file__).parent.parent.parent


def agree(_: Proof) -> bool:
    return True


def test_a_full_log_is_cleared_and_people_go_on_punching(pool: ConnectionPool, tmp_path: Path) -> None:
    with terminal_with(1000, pool, capacity=1000) as (simulated, terminal):
        done = clear_log(terminal, pool, tmp_path, agreed=agree)
        assert done is not None
        assert (done.proof.records, simulated.memory.records(), count(pool, "punch")) == (1000, 0, 1000)
        assert simulated.punch("1", START + timedelta(days=30))
        assert poll(terminal, pool).counts == Counts(1, 1, 0, 0)


def test_what_is_not_proved_to_be_stored_is_not_cleared(pool: ConnectionPool, tmp_path: Path) -> None:
    with terminal_with(1000, pool) as (simulated, terminal), pool.connection() as connection:
        connection.execute("CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        connection.execute(
            "CREATE TRIGGER forget BEFORE INSERT ON punch FOR EACH ROW WHEN (new.pin = '7') EXECUTE FUNCTION forget()"
        )
        connection.commit()
        try:
            with pytest.raises(ClearLogError, match="20 records of lobi cannot be found in any table"):
                clear_log(terminal, pool, tmp_path, agreed=agree)
        finally:
            connection.execute("DROP FUNCTION forget CASCADE")
        assert simulated.memory.records() == 1000
        assert not {Command.DISABLE, Command.CLEAR_ATTENDANCE, Command.CLEAR_DATA} & set(simulated.received)


def test_only_the_log_is_cleared_people_stay(pool: ConnectionPool, tmp_path: Path) -> None:
    faults = Faults(declines=(Command.CLEAR_ATTENDANCE,))
    with terminal_with(100, pool, faults=faults) as (simulated, terminal):
        simulated.memory.store(StoredPunch("1", START + timedelta(days=1), 0))
        people = list(simulated.memory.people)
        clear_log(terminal, pool, tmp_path, agreed=agree)
        assert (simulated.memory.records(), simulated.memory.people) == (0, people)


def test_no_running_part_knows_how_to_clear_or_disable_a_terminal() -> None:
    """Only clearing.py sends these commands, and only the command line imports it."""
    parts = [
        path
        for folder in ("devices", "collector", "ingest", "api", "scoring")
        for path in ROOT.glob(f"{folder}/**/*.py")
    ]
    spoken = {
        path.relative_to(ROOT).as_posix()
        for path in parts
        if "simulator" not in path.parts
        and any(
            name in path.read_text() for name in ("Command.CLEAR", "Command.DISABLE", "clear_log(", "import clearing")
        )
    }
    assert spoken == {"devices/zk/clearing.py", "collector/clear_log.py", "collector/clear_commands.py"}
