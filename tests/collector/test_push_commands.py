"""The commands around pushing terminals, and the collector that takes their pushes."""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import structlog
from psycopg_pool import ConnectionPool

from collector.push import commands
from collector.push.server import PushAddressError
from devices.errors import RetriableTerminalError
from devices.simulator.commands import simulate_iclock
from ingest.terminals import TerminalRegisterError
from tests.collector.pushing import SERIAL, ask, endpoint, register, rows
from tests.collector.test_push_killed import answers, free_port
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("command_line")

ROOT = Path(__file__).parent.parent.parent
DAY = datetime.fromisoformat("2026-01-05")


def listed(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str, str | None, str | None]]:
    capsys.readouterr()
    commands.list_pushing(as_json=True)
    found = json.loads(capsys.readouterr().out)
    return [(each["serial_number"], each["status"], each["name"], each["network"]) for each in found]


def test_a_terminal_that_asks_is_seen_approved_and_blocked(
    pool: ConnectionPool, capsys: pytest.CaptureFixture[str]
) -> None:
    with endpoint(pool) as url:
        assert ask(url, "GET", f"/iclock/getrequest?SN={SERIAL}")[0] == 503
        assert listed(capsys) == [(SERIAL, "pending", None, None)]
        commands.list_pushing()
        assert f"{SERIAL}  pending" in capsys.readouterr().out
        commands.approve_terminal(SERIAL, name="Lobi", network="127.0.0.0/8")
        assert listed(capsys) == [(SERIAL, "approved", "Lobi", "127.0.0.0/8")]
        assert ask(url, "GET", f"/iclock/getrequest?SN={SERIAL}")[0] == 200
        commands.block_terminal(SERIAL)
        assert listed(capsys) == [(SERIAL, "blocked", "Lobi", "127.0.0.0/8")]
        assert ask(url, "GET", f"/iclock/getrequest?SN={SERIAL}")[0] == 403
        commands.approve_terminal(SERIAL)
        assert listed(capsys) == [(SERIAL, "approved", "Lobi", "127.0.0.0/8")]
    assert [action for (action,) in rows(pool, "SELECT action FROM audit ORDER BY id")] == [
        "approve terminal", "block terminal", "push refused", "approve terminal",
    ]  # fmt: skip


def test_a_stamp_is_forgotten_when_a_terminal_is_approved_again(pool: ConnectionPool) -> None:
    register(pool)
    with endpoint(pool) as url:
        ask(url, "POST", f"/iclock/cdata?SN={SERIAL}&table=ATTLOG&Stamp=2026-07-11T10:15:00", b"7\t2026-01-05 07:28:00")
        assert "\nATTLOGStamp=2026-07-11T10:15:00\n" in ask(url, "GET", f"/iclock/cdata?SN={SERIAL}")[1]
        commands.approve_terminal(SERIAL)
        assert "\nATTLOGStamp=0\n" in ask(url, "GET", f"/iclock/cdata?SN={SERIAL}")[1]


@pytest.mark.usefixtures("pool")
def test_what_cannot_work_is_refused_with_its_cure() -> None:
    with pytest.raises(TerminalRegisterError, match="--name NAME"):
        commands.approve_terminal(SERIAL)
    with pytest.raises(TerminalRegisterError, match=r"10\.20\.0\.0/16"):
        commands.approve_terminal(SERIAL, name="Lobi", network="10.20.0.1/16")
    with pytest.raises(TerminalRegisterError, match="no serial number"):
        commands.block_terminal("A/../B")
    with pytest.raises(TerminalRegisterError, match="swap them"):
        commands.fetch_terminal("Lobi", DAY, DAY.replace(day=4))


def test_days_are_fetched_again_by_an_order(pool: ConnectionPool) -> None:
    register(pool)
    commands.fetch_terminal("Lobi", DAY, DAY)
    with endpoint(pool) as url:
        given = ask(url, "GET", f"/iclock/getrequest?SN={SERIAL}")[1].splitlines()
    assert given[0].endswith("DATA QUERY ATTLOG StartTime=2026-01-05 00:00:00\tEndTime=2026-01-05 23:59:59")


def test_a_simulated_terminal_that_nobody_approved_says_where_to_look(pool: ConnectionPool) -> None:
    with endpoint(pool) as url, pytest.raises(RetriableTerminalError, match="tepat terminal pushing"):
        simulate_iclock(url=url, serial="NEW1", people=2, seconds=0.2)


def test_the_collector_takes_pushes_and_ends_cleanly(pool: ConnectionPool, capsys: pytest.CaptureFixture[str]) -> None:
    register(pool)
    port = free_port()
    command = [sys.executable, "-P", "-m", "tepat", "collect"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"TEPAT_PUSH_PORT": str(port)}) as process:
        try:
            until(lambda: answers(port))
            for access in (False, True):
                simulate_iclock(url=f"http://127.0.0.1:{port}", serial=SERIAL, people=3, access=access)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert "3 punches in 1 posts acknowledged" in capsys.readouterr().out
    assert {pin for (pin,) in rows(pool, "SELECT pin FROM punch")} == {"1", "2", "3"}


def test_a_taken_port_is_said(pool: ConnectionPool) -> None:
    with structlog.testing.capture_logs(), endpoint(pool) as url:
        port = int(url.rsplit(":", 1)[1])
        with pytest.raises(PushAddressError, match="TEPAT_PUSH_PORT"), endpoint(pool, port):
            pass
