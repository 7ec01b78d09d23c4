"""`tepat collect`: one at a time in an office, and told like any other bringing in."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector import commands
from config.errors import TepatError
from config.only_one import only_one
from devices.records import Batch
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.sources import people_of
from devices.simulator.zk.terminal import SimulatedTerminal
from ingest.accept import accept
from ingest.database import ConnectionPool
from ingest.terminals import add_terminal

START = datetime(2026, 1, 5, 7, 0, 12)  # noqa: DTZ001 - a terminal's own time has no zone


@pytest.fixture
def data_dir(command_line: dict[str, str]) -> Path:
    return Path(command_line["TEPAT_DATA_DIR"])


@pytest.mark.usefixtures("data_dir")
def test_a_reading_tells_what_became_of_every_record(pool: ConnectionPool, capsys: pytest.CaptureFixture[str]) -> None:
    times = [START, START + timedelta(hours=9), START.replace(year=2000)]
    log = [StoredPunch("7", time, 0) for time in times]
    with SimulatedTerminal("SN", people_of({"7"}), log).serving() as (host, port):
        with pool.connection() as connection:
            add_terminal(
                connection, name="lobi", kind="zk", address=f"{host}:{port}", comm_key=0, time_zone="Asia/Jakarta",
                added_at=datetime.now(UTC),
            )  # fmt: skip
            connection.commit()
            accept(connection, [Batch("lobi", "file", datetime.now(UTC), [("7", START, 0, 1, None, b"from a stick")])])
        commands.collect(once=True)
        commands.collect(once=True, as_json=True)
    printed = capsys.readouterr().out.splitlines()
    told, counted = [line for line in printed if line.startswith(("lobi: ", "{"))]
    assert told == "lobi: 3 records read, 1 new, 1 known already, 1 rejected."
    counts = json.loads(counted)["counts"]
    assert counts["accepted"] == 0
    assert counts["read"] == counts["duplicate"] + counts["rejected"]


@pytest.mark.parametrize("once", [True, False])
def test_a_second_collector_in_the_same_data_folder_is_refused(data_dir: Path, once: bool) -> None:
    with only_one(data_dir / "collector.lock", "held by this test"):
        with pytest.raises(TepatError, match="A collector runs already") as raised:
            commands.collect(once=once)
        assert str(data_dir) in str(raised.value)
    commands.collect(once=True)


def test_json_without_once_is_refused_before_anything_begins(data_dir: Path) -> None:
    with pytest.raises(TepatError, match="--once"):
        commands.collect(as_json=True)
    assert not data_dir.exists()
