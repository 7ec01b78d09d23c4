"""Pain 17: the communication key is not known to many programs, or wrongly told apart from a dead terminal."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.rounds import poll_all
from config.errors import TepatError
from devices.errors import FatalTerminalError
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.terminal import open_terminal
from ingest import health
from ingest.database import ConnectionPool
from ingest.terminals import add_terminal


@pytest.mark.parametrize(("given", "said"), [(0, "asks for a communication key"), (8, "refuses the communication key")])
def test_a_missing_and_a_wrong_key_are_said_apart(given: int, said: str) -> None:
    with (
        SimulatedTerminal("T1", comm_key=77).serving() as (host, port),
        pytest.raises(FatalTerminalError, match=said),
        open_terminal(f"{host}:{port}", given),
    ):
        pass


@pytest.mark.parametrize("key", [1, 77, 999_999])
def test_the_right_key_opens(key: int) -> None:
    with (
        SimulatedTerminal("T1", comm_key=key).serving() as (host, port),
        open_terminal(f"{host}:{port}", key) as opened,
    ):
        assert opened.read_identity().serial_number == "T1"


def test_a_wrong_key_stands_in_clear_nowhere(
    pool: ConnectionPool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not in the error, not in health (list, JSON and page show that), not in the log, not in a terminal's repr."""
    with SimulatedTerminal("T1", comm_key=77).serving() as (host, port), pool.connection() as connection:
        terminal = add_terminal(
            connection, name="lobi", kind="zk", address=f"{host}:{port}", comm_key=736152, time_zone="Asia/Jakarta",
            added_at=datetime.now(UTC),
        )  # fmt: skip
        connection.commit()
        (done,) = poll_all(pool, tmp_path)
        said = [done.error or "", repr(terminal), *map(str, health.of_all(connection)), *capfd.readouterr()]
    assert "refuses the communication key that is set here" in said[0]
    assert "736152" not in "".join(said)


@pytest.mark.parametrize("key", [-736152, 73615200])
def test_an_impossible_key_is_not_repeated(pool: ConnectionPool, key: int) -> None:
    with pytest.raises(TepatError) as refused, open_terminal("127.0.0.1", key):
        pass
    with pool.connection() as connection, pytest.raises(TepatError) as again:
        add_terminal(
            connection, name="lobi", kind="zk", address="127.0.0.1", comm_key=key, time_zone="Asia/Jakarta",
            added_at=datetime.now(UTC),
        )  # fmt: skip
    assert "736152" not in f"{refused.value} {again.value}"
