"""A push key, networks and blocks: who is refused keeps everything, and is counted, audited and told, not flooded."""

import io
from pathlib import Path

import pytest
import structlog
from psycopg_pool import ConnectionPool

from collector.push import commands as push_commands
from collector.push.refusals import Refusals
from devices.simulator.iclock import SimulatedIclockTerminal
from ingest import push_terminals
from ingest.terminals import TerminalRegisterError
from tests.collector.listening import punches
from tests.collector.pushing import SERIAL, ask, endpoint, registered, rows
from tests.collector.test_push import LINE, NOW, POST

__all__ = ["registered"]

GREET = f"/iclock/cdata?SN={SERIAL}&options=all&pushver=2.4.1"
ORDERS = f"/iclock/getrequest?SN={SERIAL}"
AUDIT = "SELECT actor, object, detail->>'why', detail->>'from' FROM audit WHERE action = 'push refused' ORDER BY id"


def approve(pool: ConnectionPool, push_key: str | None = None, network: str | None = None) -> None:
    with pool.connection() as connection:
        push_terminals.approve(connection, SERIAL, network, NOW, push_key=push_key)


@pytest.mark.parametrize("said", [None, "", "other", "k3y ", "K3Y", "k\u00e9y", "k3y&pushcommkey=other"])
def test_a_terminal_that_names_no_key_or_another_is_told_to_keep_its_punches(
    registered: ConnectionPool, said: str | None
) -> None:
    approve(registered, "k3y")
    key = "" if said is None else "&pushcommkey=" + said.replace(" ", "%20").replace("\u00e9", "%C3%A9")
    with endpoint(registered) as url:
        for method, path, body in (("GET", GREET + key, None), ("POST", POST, LINE), ("GET", ORDERS, None)):
            status, text, _ = ask(url, method, path, body)
            assert (status, "k3y" in text) == (503, False)
    assert rows(registered, "SELECT * FROM punch") == []
    assert rows(registered, AUDIT) == [("terminal:Lobi", "terminal:Lobi", "push_key", "127.0.0.1")]
    assert rows(registered, "SELECT cure FROM terminal_health") == [("push_key",)]


def test_one_that_greets_with_its_key_is_heard_from_there(registered: ConnectionPool) -> None:
    approve(registered, "k3y")
    with endpoint(registered) as url:
        wrong = SimulatedIclockTerminal(url, SERIAL, push_key="other", error_delay=0.05)
        assert wrong.send(punches(3), seconds=0.3).buffered == 3
        right = SimulatedIclockTerminal(url, SERIAL, push_key="k3y")
        assert right.send(punches(3)).buffered == 0
        assert rows(registered, "SELECT error FROM terminal_health") == [(None,)], "what was wrong is forgotten"
        with registered.connection() as connection:
            connection.execute("UPDATE push_terminal SET greeted_from = '10.9.9.9'")
        assert ask(url, "POST", POST, LINE)[0] == 503, "it never named its key from here"
        assert ask(url, "GET", f"{GREET}&pushcommkey=k3y")[0] == 200
        assert ask(url, "POST", POST, LINE)[0] == 200
        approve(registered)
        assert ask(url, "POST", POST, LINE)[0] == 503, "approved again: it is to greet again, with the same key"
        approve(registered, "")
        assert ask(url, "POST", POST, LINE)[0] == 200
    assert len(rows(registered, "SELECT * FROM punch")) == 4


def test_a_wrong_network_and_a_block_are_counted_and_told_once(registered: ConnectionPool) -> None:
    with structlog.testing.capture_logs() as log, endpoint(registered) as url:
        approve(registered, network="10.0.0.0/8")
        assert {ask(url, "POST", POST, LINE)[0] for _ in range(20)} == {403}
        with registered.connection() as connection:
            push_terminals.block(connection, SERIAL, NOW)
        assert {ask(url, "GET", ORDERS)[0] for _ in range(20)} == {403}
    assert [row[2] for row in rows(registered, AUDIT)] == ["push_elsewhere", "push_blocked"]
    assert [entry["times"] for entry in log if entry["event"] == "push.refused"] == [1, 1]
    assert rows(registered, "SELECT refused FROM push_terminal") == [(2,)], "those told so far"


def test_what_was_held_back_is_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = Refusals()
    assert [refusals.note("log", "503") for _ in range(5)] == [1, None, None, None, None]
    monkeypatch.setattr("collector.push.refusals.QUIET_SECONDS", 0.0)
    assert refusals.note("log", "503") == 5


def test_invented_kinds_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.push.refusals.KINDS_MOST", 3)
    refusals = Refusals()
    assert [refusals.note(f"{number}") for number in range(6)] == [1, 1, 1, 1, None, None]
    assert len(refusals._kinds) == 4


def test_a_terminal_is_blocked_before_it_ever_asks(pool: ConnectionPool) -> None:
    with endpoint(pool) as url:
        with pool.connection() as connection:
            push_terminals.block(connection, "STOLEN1", NOW)
        assert ask(url, "GET", "/iclock/getrequest?SN=STOLEN1")[0] == 403
    assert rows(pool, AUDIT) == [("terminal:STOLEN1", "terminal:STOLEN1", "push_blocked", "127.0.0.1")]


def test_pending_ones_that_ask_no_more_make_room(pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_terminals, "PENDING_MOST", 1)
    with endpoint(pool) as url:
        for serial in ("OLD1", "NEW1"):
            assert ask(url, "GET", f"/iclock/getrequest?SN={serial}")[0] == 503
        assert rows(pool, "SELECT serial_number FROM push_terminal") == [("OLD1",)]
        with pool.connection() as connection:
            connection.execute("UPDATE push_terminal SET last_seen = last_seen - interval '8 days'")
        assert ask(url, "GET", "/iclock/getrequest?SN=NEW1")[0] == 503
    assert rows(pool, "SELECT serial_number FROM push_terminal") == [("NEW1",)]


@pytest.mark.usefixtures("command_line")
def test_the_list_says_who_never_asked(pool: ConnectionPool, capsys: pytest.CaptureFixture[str]) -> None:
    push_commands.block_terminal("STOLEN1")
    push_commands.list_pushing()
    assert "STOLEN1  blocked  -  never asked, allowed from anywhere\n" in capsys.readouterr().out
    assert rows(pool, "SELECT action FROM audit") == [("block terminal",)]


@pytest.mark.usefixtures("command_line")
def test_a_key_is_read_from_a_file_or_unseen_and_stands_in_no_audit(
    registered: ConnectionPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = "SELECT push_key, counted_answer FROM push_terminal"
    (tmp_path / "key").write_text("from-file\nrest\n", encoding="utf-8")
    push_commands.approve_terminal(SERIAL, push_key_file=tmp_path / "key", counted_answer=True)
    assert rows(registered, stored) == [("from-file", True)]
    push_commands.approve_terminal(SERIAL)
    assert rows(registered, stored) == [("from-file", True)]
    monkeypatch.setattr("sys.stdin", io.StringIO("from-stdin\n"))
    push_commands.approve_terminal(SERIAL, push_key=True, counted_answer=False)
    assert rows(registered, stored) == [("from-stdin", False)]
    capsys.readouterr()
    push_commands.list_pushing()
    assert ", names a push key" in capsys.readouterr().out
    push_commands.list_pushing(as_json=True)
    push_commands.approve_terminal(SERIAL, push_key=False)
    assert rows(registered, stored) == [(None, False)]
    assert "from-" not in capsys.readouterr().out
    assert "from-" not in str(rows(registered, "SELECT detail FROM audit"))


@pytest.mark.usefixtures("command_line")
def test_a_key_that_cannot_be_one_is_refused(registered: ConnectionPool, tmp_path: Path) -> None:
    with pytest.raises(TerminalRegisterError, match="cannot be read"):
        push_commands.approve_terminal(SERIAL, push_key_file=tmp_path / "none")
    for text, said in (("\n", "is empty"), ("two words\n", "visible signs"), ("x" * 65, "1 to 64")):
        (tmp_path / "key").write_text(text, encoding="utf-8")
        with pytest.raises(TerminalRegisterError, match=said):
            push_commands.approve_terminal(SERIAL, push_key_file=tmp_path / "key")
    assert rows(registered, "SELECT * FROM push_terminal") == []
