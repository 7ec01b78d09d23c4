"""Tampering on a terminal, tables of access terminals, and until when a terminal is synced."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool

from collector.push import commands as push_commands
from collector.push.quiet import LONGEST_GAP, QUIET, Quiet
from devices.simulator.iclock import SimulatedIclockTerminal
from ingest import push_terminals
from tests.collector.pushing import SERIAL, ask, endpoint, registered, rows
from tests.collector.test_push import NOW, recent

__all__ = ["registered"]

OPERATIONS = (
    b"OPLOG 4\t0\t2026-01-05 08:01:02\t0\t0\t0\t0\n"
    b"OPLOG 21\t7\t2026-01-05 08:02:00\t0\t0\t0\t0\n"
    b"OPLOG 13\t0\t2026-01-05 08:03:00\t0\t0\t0\t0\n"
    b"OPLOG 5\t7\t2026-01-05 08:04:00\t3\t1\t0\t0\n"
)
OPERLOG = f"/iclock/cdata?SN={SERIAL}&table=OPERLOG&Stamp=1"
ROWS = f"/iclock/cdata?SN={SERIAL}&table=tabledata&tablename=user&count=2"


@pytest.mark.usefixtures("command_line")
def test_each_operation_is_told_once_however_often_it_is_pushed(
    registered: ConnectionPool, capsys: pytest.CaptureFixture[str]
) -> None:
    with endpoint(registered) as url:
        for _ in range(3):
            assert ask(url, "POST", OPERLOG, OPERATIONS)[:2] == (200, "OK:4")
    told = "SELECT actor, action, object, detail->>'local_time', detail->>'who' FROM audit ORDER BY id"
    assert rows(registered, told) == [
        ("terminal:Lobi", "clock set", "terminal:Lobi", "2026-01-05T08:02:00", "7"),
        ("terminal:Lobi", "data cleared", "terminal:Lobi", "2026-01-05T08:03:00", "0"),
        ("terminal:Lobi", "settings changed", "terminal:Lobi", "2026-01-05T08:04:00", "7"),
    ]
    assert len(rows(registered, "SELECT * FROM rejected")) == 4, "its bytes are kept like those of any operation"
    capsys.readouterr()
    push_commands.list_operations()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(", told")[0] for line in lines] == [
        "2026-01-05 08:04:00  Lobi  settings changed, by pin 7",
        "2026-01-05 08:03:00  Lobi  data cleared, nobody logged in",
        "2026-01-05 08:02:00  Lobi  clock set, by pin 7",
    ]
    push_commands.list_operations(terminal="Lobi", limit=1, as_json=True)
    assert [each["values"] for each in json.loads(capsys.readouterr().out)] == [["3", "1", "0", "0"]]
    push_commands.list_operations(terminal="Aula")
    assert capsys.readouterr().out == "No terminal has told of such work.\n"


@pytest.mark.parametrize(("counted", "answer"), [(None, "OK"), (False, "OK"), (True, "user=2")])
def test_tables_are_answered_as_the_terminal_wants_it(
    registered: ConnectionPool, counted: bool | None, answer: str
) -> None:
    with registered.connection() as connection:
        push_terminals.approve(connection, SERIAL, None, NOW, counted_answer=counted)
    with endpoint(registered) as url:
        assert ask(url, "POST", ROWS, b"user pin=1\tname=A\nuser pin=2\tname=B\n")[:2] == (200, answer)
        assert ask(url, "POST", ROWS, b"")[:2] == (200, "OK")
    assert len(rows(registered, "SELECT * FROM rejected")) == 2


def test_an_access_terminal_counts_and_uploads_its_whole_log_when_asked(registered: ConnectionPool) -> None:
    with endpoint(registered) as url:
        terminal = SimulatedIclockTerminal(url, SERIAL, dialect="access")
        terminal.send(recent(7))
        assert [order.split(":", 2)[2] for order in terminal.orders] == ["DATA COUNT transaction"]
        assert rows(registered, "SELECT record_count FROM terminal_health") == [(7,)]
        with registered.connection() as connection:
            connection.execute("DELETE FROM punch WHERE pin < '0003'")
            day = datetime.fromisoformat("2026-01-05")
            connection.execute(
                "INSERT INTO push_order (terminal_id, kind, first_time, last_time, asked_at) "
                "SELECT id, 'upload', %s, %s, now() FROM terminal",
                [day, day],
            )
        terminal.send()
        assert terminal.orders[1].endswith("DATA QUERY tablename=transaction,fielddesc=*,filter=*")
    assert len(rows(registered, "SELECT * FROM punch")) == 7
    assert rows(registered, "SELECT kind, result FROM push_order ORDER BY id") == [("count", 7), ("upload", 0)]


def test_transactions_that_cannot_be_read_are_kept_whole(registered: ConnectionPool) -> None:
    packed = b"eJw" + b"Q" * 400 + b"\n\x00\xff" + b"Zm9v" * 100
    with endpoint(registered) as url:
        path = f"/iclock/cdata?SN={SERIAL}&table=tabledata&tablename=transaction&count=9"
        assert ask(url, "POST", f"{path}&datafmt=3", packed)[:2] == (200, "OK")
        assert ask(url, "POST", path, b"transaction pin=7\ttime_second=836380800")[:2] == (200, "OK")
        assert ask(url, "POST", path, b"7\t2026-01-05 07:28:00\t0")[:2] == (200, "OK")
        assert ask(url, "POST", f"/iclock/querydata?SN={SERIAL}&type=count&cmdid=x", b"")[:2] == (200, "OK")
    kept = rows(registered, "SELECT raw, reason FROM rejected ORDER BY first_seen, reason")
    assert kept[0][0] == packed
    assert [reason.split(",")[0] for _, reason in kept] == [
        "compressed records of table transaction",
        "no time",
        "no fields time= and pin= in a record of table transaction",
    ]
    assert rows(registered, "SELECT * FROM punch") == []


def test_a_terminal_that_counts_more_says_so_in_its_health(registered: ConnectionPool) -> None:
    with endpoint(registered) as url:
        number = ask(url, "GET", f"/iclock/getrequest?SN={SERIAL}")[1].split(":")[1]
        body = f"ID={number}&Return=0&CMD=VERIFY SUM&AttLogCount=12".encode()
        ask(url, "POST", f"/iclock/devicecmd?SN={SERIAL}", body)
        assert rows(registered, "SELECT unread, cure FROM terminal_health") == [(12, "punches_missing")]
        assert "DATA QUERY ATTLOG" in ask(url, "GET", f"/iclock/getrequest?SN={SERIAL}")[1]


START = datetime(2026, 1, 5, tzinfo=UTC)
STEP = timedelta(seconds=10)


def asked(quiet: Quiet, first: datetime, until: datetime) -> datetime | None:
    """Ask for orders every ten seconds; what the last question tells."""
    synced, at = None, first
    while at <= until:
        synced = quiet.asked("A1", at)
        at += STEP
    return synced


def test_a_terminal_that_asks_and_sends_nothing_is_synced() -> None:
    quiet = Quiet()
    assert asked(quiet, START, START + QUIET - STEP) is None
    assert asked(quiet, START + QUIET, START + QUIET) == START
    assert quiet.asked("B2", START + QUIET) is None, "of each by itself"


def test_one_that_sends_or_was_away_is_not_synced_yet() -> None:
    quiet = Quiet()
    asked(quiet, START, START + 2 * QUIET)
    sent = START + 2 * QUIET + STEP
    quiet.sent("A1", sent)
    assert asked(quiet, sent + STEP, sent + QUIET - STEP) is None
    assert asked(quiet, sent + QUIET, sent + QUIET) == sent
    back = sent + QUIET + LONGEST_GAP + STEP
    assert asked(quiet, back, back + QUIET - STEP) is None
    assert asked(quiet, back + QUIET, back + QUIET) == back


def test_it_is_written_into_its_health(registered: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.push.quiet.QUIET", timedelta(0))
    monkeypatch.setattr("collector.push.work.HEARD_SECONDS", -1)
    with endpoint(registered) as url:
        ask(url, "GET", f"/iclock/getrequest?SN={SERIAL}")
        ask(url, "GET", f"/iclock/getrequest?SN={SERIAL}")
    ((synced, seen),) = rows(registered, "SELECT synced_until, seen_at FROM terminal_health")
    assert synced == seen


def test_the_code_of_push_knows_no_shell() -> None:
    """The way to the terminal could run a shell: no file of the push side even names the means."""
    root = Path(__file__).parents[2]
    for path in [
        *root.glob("collector/push/*.py"),
        *root.glob("devices/iclock/*.py"),
        root / "devices/simulator/iclock.py",
    ]:
        assert not {"subprocess", "os.system", "eval("} & set(path.read_text(encoding="utf-8").split())
