"""`tepat terminal read` and `tepat simulate zk` as their users meet them."""

import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from config.errors import TepatError
from devices.commands import read_terminal
from devices.simulator.commands import simulate_zk
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import RECORD_SIZES, RecordSize, SimulatorError, StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.terminal import open_terminal

ROOT = Path(__file__).parent.parent.parent
WHEN = datetime(2026, 1, 5, 7, 28, 30)  # noqa: DTZ001 - as a terminal's clock shows it
GARBLED = b"\x01\0" + b"\xff" * 24 + b"\0" * 14

app = typer.Typer()
app.command()(read_terminal)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@contextmanager
def serving(size: RecordSize = 40, **rest: object) -> Iterator[str]:
    log = [StoredPunch("1007", WHEN, 0, 15, 53), StoredPunch("42", WHEN.replace(hour=16), 255)]
    terminal = SimulatedTerminal("CKJF1", (), log, record_size=size, **rest)  # type: ignore[arg-type]
    with terminal.serving() as (host, port):
        yield f"{host}:{port}"


@pytest.mark.parametrize("size", RECORD_SIZES)
def test_json_is_one_object_a_line_and_the_identity_apart(size: RecordSize) -> None:
    with serving(size) as address:
        result = run(address, "--json")
    code = "53" if size == 16 else None
    pins = ("uid:1", "uid:2") if size == 8 else ("1007", "42")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"pin": pins[0], "local_time": "2026-01-05T07:28:30", "state": 0, "verify": 15, "work_code": code},
        {"pin": pins[1], "local_time": "2026-01-05T16:28:30", "state": 255, "verify": 1, "work_code": code and "0"},
    ]
    assert "serial number: CKJF1" in result.stderr
    assert result.exit_code == 0


def test_json_of_a_record_that_cannot_be_read() -> None:
    terminal = SimulatedTerminal("T1", (), [GARBLED])
    with terminal.serving() as (host, port):
        result = run(f"{host}:{port}", "--json")
    assert json.loads(result.stdout) == {
        "rejected": "The person's number is not readable text, or looks like an internal number (uid:).",
        "bytes": GARBLED.hex(),
    }
    assert result.exit_code == 0


def test_a_person_sees_the_identity_the_punches_and_their_number() -> None:
    with serving(comm_key=45) as address:
        result = run(address, "--comm-key", "45")
    assert "records:       2 of 100000" in result.stdout
    assert "1007                     2026-01-05 07:28:30  in                15  -" in result.stdout
    assert "42                       2026-01-05 16:28:30  -                  1  -" in result.stdout
    assert result.stdout.endswith("\n2 punches, 0 rejected records\n")


def test_a_person_sees_rejected_records_too() -> None:
    with SimulatedTerminal("T1", (), [GARBLED]).serving() as (host, port):
        result = run(f"{host}:{port}")
    assert f"looks like an internal number (uid:). Bytes: {GARBLED.hex()}" in result.stdout


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        (Faults(foreign=b"HTTP/1.1 400\r\n"), "is not a ZK terminal"),
        (Faults(close_after=10), "broke off while reading its attendance log"),
        (Faults(reset_after=10), "broke off while reading its attendance log"),
        (Faults(door_mode=True), "door controller"),
    ],
    ids=["foreign", "closed", "reset", "door"],
)
def test_what_is_wrong_is_said_in_one_plain_sentence_and_the_command_fails(faults: Faults, message: str) -> None:
    with serving(faults=faults) as address:
        result = run(address)
    assert isinstance(result.exception, TepatError)
    assert message in str(result.exception)
    assert address in str(result.exception)
    assert result.exit_code != 0


def test_a_silent_terminal_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.commands.open_terminal", functools.partial(open_terminal, patience=0.2))
    with serving(faults=Faults(silent=True)) as address:
        result = run(address)
    assert "took the connection but did not answer within 0.2 s" in str(result.exception)
    assert result.exit_code != 0


def test_a_closed_port_fails_the_command() -> None:
    with serving() as address:
        pass
    result = run(address)
    assert f"{address} refused the connection" in str(result.exception)
    assert result.exit_code != 0


def test_a_wrong_key_fails_the_command() -> None:
    with serving(comm_key=45) as address:
        result = run(address, "--comm-key", "46", "--json")
    assert "refuses the communication key that is set here" in str(result.exception)
    assert (result.exit_code, result.stdout) == (1, "")


@pytest.fixture
def simulating(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Starts `simulate zk` as a process of its own; its first line says where it is."""
    started: list[subprocess.Popen[str]] = []
    attlog = tmp_path / "1_attlog.dat"
    attlog.write_text(
        "   1007\t2026-01-05 07:28:30\t1\t0\t15\t53\r\nnonsense\r\n   42\t2026-01-05 16:28:30\t1\t255\t1\t0\r\n"
    )
    program = "import typer; from devices.simulator.commands import simulate_zk; typer.run(simulate_zk)"

    def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-c", program, "--attlog", str(attlog), "--port", "0", *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("size", "ending"),
    [
        pytest.param(size, ending, marks=pytest.mark.long if (number + turn) % 2 else ())
        for number, size in enumerate(RECORD_SIZES)
        for turn, ending in enumerate([signal.SIGINT, signal.SIGTERM])
    ],
)
def test_a_simulated_terminal_is_read_and_ends_when_told(
    simulating: Callable[..., tuple[subprocess.Popen[str], str]], size: RecordSize, ending: signal.Signals
) -> None:
    process, line = simulating("--record-size", str(size), "--comm-key", "45")
    assert line.startswith("ZK terminal with 2 punches at 127.0.0.1:")
    result = run(line.split()[-1], "--comm-key", "45", "--json")
    assert len(result.stdout.splitlines()) == 2
    process.send_signal(ending)
    rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, "")
    assert "1_attlog.dat: left out, line 2: 1 columns, at least 5 are needed" in errors


def test_an_impossible_record_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.dat").write_text("1\t2026-01-05 07:28:30\t1\t0\t15\t53\n")
    with pytest.raises(SimulatorError, match="take 8, 16, 22, 40 or 49"):
        simulate_zk(tmp_path / "log.dat", 0, 0, 20)


def test_a_zone_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.dat").write_text("1\t2026-01-05 07:28:30\t1\t0\t15\t53\n")
    with pytest.raises(SimulatorError, match="'WIB' is no time zone: in Indonesia Asia/Jakarta"):
        simulate_zk(tmp_path / "log.dat", 0, time_zone="WIB")
