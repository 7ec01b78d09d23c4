"""The push endpoint over real sockets: who gets in, what is answered, and that OK means committed."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import Request
from psycopg_pool import ConnectionPool

from collector.push import door
from collector.push.app import ROUTES, create_app
from devices.records import Punch
from devices.simulator.iclock import SimulatedIclockTerminal
from ingest import push_terminals
from tests.collector.listening import punches
from tests.collector.pushing import SERIAL, ask, endpoint, register, registered, rows
from tests.collector.test_listen import closed_to_all
from tests.waiting import until

__all__ = ["registered"]

LINE = b"7\t2026-01-05 07:28:00\t0\t15\t0\t0\t0"
POST = f"/iclock/cdata?SN={SERIAL}&table=ATTLOG&Stamp=77"
PUNCHES = "SELECT pin, local_time::text, state, verify, work_code, source, raw FROM punch ORDER BY pin, local_time"
REJECTED = "SELECT terminal, raw, reason FROM rejected ORDER BY raw"


NOW = datetime(2026, 1, 5, tzinfo=UTC)


def recent(count: int) -> list[Punch]:
    """Punches of two days ago, a second apart."""
    day = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(days=2)
    return [(f"{number:04}", day + timedelta(seconds=number), 0, 1, None, b"") for number in range(count)]


def test_a_punch_is_stored_as_pushed_and_acknowledged_with_their_number(registered: ConnectionPool) -> None:
    with endpoint(registered) as url:
        status, text, _ = ask(url, "POST", POST, LINE + b"\n" + LINE.replace(b"7\t", b"8\t", 1) + b"\n")
        assert (status, text) == (200, "OK:2")
        assert "\nATTLOGStamp=77\n" in ask(url, "GET", f"/iclock/cdata?SN={SERIAL}&options=all")[1]
    assert rows(registered, PUNCHES)[0] == ("7", "2026-01-05 07:28:00", 0, 15, "0", "push", LINE)
    assert len(rows(registered, PUNCHES)) == 2
    assert rows(registered, "SELECT serial_number, record_at::text FROM terminal_health") == [
        (SERIAL, "2026-01-05 07:28:00")
    ]


def test_the_handshake_sets_clock_and_zone_of_the_place(registered: ConnectionPool) -> None:
    register(registered, "K1", "Kolkata", "Asia/Kolkata")
    with endpoint(registered) as url:
        _, text, headers = ask(url, "GET", f"/iclock/cdata?SN={SERIAL}&options=all&pushver=2.4.1&language=73")
        assert text.startswith(f"GET OPTION FROM: {SERIAL}\nATTLOGStamp=0\n")
        assert "\nTimeZone=7\n" in text
        assert headers["date"].endswith(" GMT")
        assert headers["content-type"].startswith("text/plain")
        assert int(headers["content-length"]) == len(text)
        assert "server" not in headers
        assert "\nTimeZone=330\n" in ask(url, "GET", "/iclock/cdata?SN=K1")[1]


def test_the_collected_exchanges_that_ask_the_endpoint(pool: ConnectionPool, field_data: Path) -> None:
    cases = json.loads((field_data / "adms" / "adms_cases.json").read_text(encoding="utf-8"))["cases"]
    for number, serial in enumerate(["TEST001", "SPK7000000001"]):
        register(pool, serial, f"T{number}")
    asked = [case for case in cases if case["family"] in {"http", "poll"}]
    assert len(asked) == 6
    with endpoint(pool) as url:
        with pool.connection() as connection:
            for serial in ("TEST001", "SPK7000000001"):
                push_terminals.met(connection, serial, "127.0.0.1", NOW)
            connection.execute(
                "INSERT INTO push_order (terminal_id, kind, first_time, last_time, asked_at, answered_at) "
                "SELECT id, 'count', '2026-01-01', '2026-01-01', now(), now() FROM terminal"
            )
        for case in asked:
            status, text, _ = ask(url, case["method"], case["path"])
            assert status == case["expected"]["http"], case["id"]
            assert text == case["expected"].get("body", text), case["id"]


def test_a_terminal_without_an_approval_is_told_to_keep_its_punches(pool: ConnectionPool) -> None:
    """A project answers OK to an unknown serial number; here nothing unstored is acknowledged."""
    with endpoint(pool) as url:
        for method, path in (("GET", "cdata"), ("POST", "cdata"), ("GET", "getrequest"), ("POST", "registry")):
            status, text, _ = ask(
                url, method, f"/iclock/{path}?SN=NEW1&table=ATTLOG", LINE if method == "POST" else None
            )
            assert status == 503
            assert "tepat terminal approve NEW1" in text
    assert rows(pool, "SELECT serial_number, status FROM push_terminal") == [("NEW1", "pending")]
    assert rows(pool, PUNCHES) == rows(pool, REJECTED) == []


def test_held_punches_are_delivered_after_the_approval(pool: ConnectionPool) -> None:
    with endpoint(pool) as url:
        terminal = SimulatedIclockTerminal(url, "NEW1", error_delay=0.05)
        assert terminal.send(punches(120), seconds=0.3).buffered == 120
        register(pool, "NEW1")
        assert terminal.send().buffered == 0
        assert terminal.send().posts == 0
    assert len(rows(pool, PUNCHES)) == 120


@pytest.mark.parametrize("serial", ["", "A/../B", "A%27%20OR%201=1", "x" * 33, "%00"])
def test_what_is_no_serial_number_is_refused(pool: ConnectionPool, serial: str) -> None:
    with endpoint(pool) as url:
        assert ask(url, "POST", f"/iclock/cdata?SN={serial}&table=ATTLOG", LINE)[0] == 400
    assert rows(pool, "SELECT * FROM push_terminal") == []


def test_a_blocked_terminal_and_a_wrong_network_are_refused(registered: ConnectionPool) -> None:
    with endpoint(registered) as url:
        for network, status in (("10.0.0.0/8", 403), ("127.0.0.0/8", 200), (None, 200)):
            with registered.connection() as connection:
                push_terminals.approve(connection, SERIAL, network, NOW)
            assert ask(url, "GET", f"/iclock/getrequest?SN={SERIAL}")[0] == status
        with registered.connection() as connection:
            push_terminals.block(connection, SERIAL, NOW)
        assert ask(url, "POST", POST, LINE)[0] == 403
    assert rows(registered, PUNCHES) == []


def test_invented_serial_numbers_fill_no_table(pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_terminals, "PENDING_MOST", 3)
    with endpoint(pool) as url:
        for number in range(6):
            assert ask(url, "GET", f"/iclock/getrequest?SN=X{number}")[0] == 503
        assert len(rows(pool, "SELECT * FROM push_terminal")) == 3
        register(pool, "X5")
        assert ask(url, "GET", "/iclock/getrequest?SN=X5")[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/iclock", 404),
        ("GET", "/iclock/edata", 404),
        ("GET", "/iclock/querydata", 405),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("POST", "/iclock/exchange", 501),
        ("POST", "/iclock/fdata", 403),
        ("PUT", "/iclock/cdata", 405),
    ],
)
def test_nothing_else_is_there(registered: ConnectionPool, method: str, path: str, status: int) -> None:
    with endpoint(registered) as url:
        assert ask(url, method, f"{path}?SN={SERIAL}", b"PIN=1\nCMD=uploadphoto\0JPEG")[0] == status
    assert rows(registered, REJECTED) == []


def test_the_document_names_every_path_and_no_other() -> None:
    document = (Path(__file__).parents[2] / "docs" / "iclock.md").read_text(encoding="utf-8")
    table = document.split("| request | answer |")[1].split("\n\n")[0]
    assert set(re.findall(r"`(GET|POST) (\w+)`", table)) == {(method, name) for name, method, _ in ROUTES}


def test_a_terminal_on_a_socket_of_ipv6_has_its_ipv4_address(registered: ConnectionPool) -> None:
    scope = {"type": "http", "client": ("::ffff:127.0.0.1", 1), "query_string": b"SN=" + SERIAL.encode(), "headers": []}
    app = create_app(registered)
    with registered.connection() as connection:
        push_terminals.approve(connection, SERIAL, "127.0.0.0/8", NOW)
    assert door.guest(Request(scope | {"app": app})).name == "Lobi"


@pytest.mark.parametrize("name", ["cdata", "cdata.aspx"])
def test_builds_that_ask_for_aspx_are_answered_alike(registered: ConnectionPool, name: str) -> None:
    with endpoint(registered) as url:
        assert ask(url, "POST", f"/iclock/{name}?SN={SERIAL}&table=ATTLOG", LINE)[:2] == (200, "OK:1")
        assert ask(url, "GET", f"/iclock/{name.replace('cdata', 'ping')}?SN={SERIAL}")[:2] == (200, "OK")


def test_a_serial_number_in_the_body_counts(registered: ConnectionPool) -> None:
    body = b"SN=" + SERIAL.encode() + b"&table=ATTLOG&Stamp=9999&data=" + LINE
    with endpoint(registered) as url:
        assert ask(url, "POST", "/iclock/cdata", body)[:2] == (200, "OK:1")
    assert [row[0] for row in rows(registered, PUNCHES)] == ["7"]


def test_a_body_without_end_is_broken_off(registered: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.push.app.LARGEST_BODY", 1000)
    with endpoint(registered) as url:
        assert ask(url, "POST", POST, LINE * 100)[0] == 413
        assert ask(url, "POST", POST, LINE)[0] == 200


def test_other_tables_are_kept_without_passwords_and_templates(registered: ConnectionPool) -> None:
    operations = (
        b"OPLOG 4\t0\t2026-01-05 08:01:02\t0\t0\t0\t0\nUSER PIN=1\tName=USER1\tPasswd=secret\n"
        b"FP PIN=1\tFID=0\tSize=4\tTMP=QUJDRA=="
    )
    with endpoint(registered) as url:
        assert ask(url, "POST", f"/iclock/cdata?SN={SERIAL}&table=OPERLOG&Stamp=1", operations)[:2] == (200, "OK:3")
        assert ask(url, "POST", f"/iclock/cdata?SN={SERIAL}&table=unheard-of", b"a=1")[:2] == (200, "OK:1")
        told = b"~DeviceName=X903,FirmVer=Ver 8.0,TransactionCount=12,ComPwd=4711"
        assert ask(url, "POST", f"/iclock/cdata?SN={SERIAL}&table=options", told)[0] == 200
        biophoto = f"/iclock/cdata?SN={SERIAL}&table=tabledata&tablename=biophoto&count=1"
        assert ask(url, "POST", biophoto, b"biophoto pin=1\tcontent=QUJDRA==")[:2] == (200, "OK")
    assert [(name, raw) for name, raw, _ in rows(registered, REJECTED)] == [
        ("Lobi", b"OPLOG 4\t0\t2026-01-05 08:01:02\t0\t0\t0\t0"),
        ("Lobi", b"USER PIN=1\tName=USER1\tPasswd=(not kept)"),
        ("Lobi", b"a=1"),
    ]
    assert rows(registered, "SELECT platform, firmware, record_count FROM terminal_health") == [("X903", "Ver 8.0", 12)]


def test_an_access_terminal_registers_and_pushes_its_events(registered: ConnectionPool) -> None:
    with endpoint(registered) as url:
        terminal = SimulatedIclockTerminal(url, SERIAL, dialect="access")
        assert terminal.send(punches(3)).buffered == 0
        first = dict(terminal.settings)
        assert ask(url, "POST", f"/iclock/cdata?SN={SERIAL}&table=rtlog", b"")[:2] == (200, "OK")
        state = b"time=2026-01-05 08:00:00\tsensor=00\trelay=00\talarm=00"
        assert ask(url, "POST", f"/iclock/cdata?SN={SERIAL}&table=rtstate", state)[:2] == (200, "OK")
        status, text, headers = ask(url, "GET", f"/iclock/cdata?SN={SERIAL}&options=all&pushver=3.1.2")
        assert (status, headers["content-type"]) == (200, "application/push;charset=UTF-8")
        assert text.startswith("registry=ok\nRegistryCode=")
        assert first["SessionID"] in text
        switched = ask(url, "GET", f"/iclock/cdata?SN={SERIAL}&options=all&DeviceType=att")[1]
        assert switched.startswith("GET OPTION FROM:")
    assert len(rows(registered, PUNCHES)) == 3
    assert rows(registered, REJECTED) == []


def test_a_record_that_the_database_refuses_does_not_hold_up_the_others(registered: ConnectionPool) -> None:
    with registered.connection() as connection:
        connection.execute("ALTER TABLE punch ADD CONSTRAINT made_for_this_test CHECK (pin <> '8')")
    try:
        with endpoint(registered) as url:
            body = b"\n".join(LINE.replace(b"7\t", pin + b"\t", 1) for pin in (b"7", b"8", b"9"))
            assert ask(url, "POST", POST, body)[:2] == (200, "OK:3")
    finally:
        with registered.connection() as connection:
            connection.execute("ALTER TABLE punch DROP CONSTRAINT made_for_this_test")
    assert [row[0] for row in rows(registered, PUNCHES)] == ["7", "9"]
    ((_, raw, reason),) = rows(registered, REJECTED)
    assert (raw[:2], "CheckViolation" in reason) == (b"8\t", True)


def test_while_the_database_is_away_nothing_is_acknowledged_and_later_all_is_stored(
    server: str, registered: ConnectionPool, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.push.door.CONNECTION_SECONDS", 0.2)
    with endpoint(registered) as url:
        terminal = SimulatedIclockTerminal(url, SERIAL, error_delay=0.05)
        assert terminal.send(punches(5)).buffered == 0
        with closed_to_all(server, database_url):
            assert ask(url, "POST", POST, LINE)[:2] == (503, "try again later")
            delivery = terminal.send(recent(5), seconds=0.5)
            assert delivery.buffered == 5
        until(lambda: terminal.send(seconds=0.1).buffered == 0)
    assert len(rows(registered, PUNCHES)) == 10


def test_missing_punches_are_found_by_counting_and_fetched(registered: ConnectionPool) -> None:
    with endpoint(registered) as url:
        terminal = SimulatedIclockTerminal(url, SERIAL)
        terminal.send(recent(40))
        assert [order.split(":")[2].split(" Start")[0] for order in terminal.orders] == ["VERIFY SUM ATTLOG"]
        with registered.connection() as connection:
            connection.execute("DELETE FROM punch WHERE pin < '0005'")
            connection.execute("UPDATE push_order SET asked_at = asked_at - interval '25 hours'")
        terminal.send()
        terminal.send()
        assert terminal.orders[-1].split(":")[2].startswith("DATA QUERY ATTLOG StartTime=")
        assert terminal.send().posts == 0
    assert len(rows(registered, PUNCHES)) == 40
    assert rows(registered, "SELECT kind, result FROM push_order ORDER BY id") == [
        ("count", 40), ("count", 40), ("upload", 0),
    ]  # fmt: skip


def test_an_order_that_a_terminal_does_not_know_is_noted_and_asked_no_more(registered: ConnectionPool) -> None:
    with endpoint(registered) as url:
        _, text, _ = ask(
            url, "GET", f"/iclock/getrequest?SN={SERIAL}&INFO=Ver 6.60,10,12,34,10.0.0.7".replace(" ", "%20")
        )
        number = text.split(":")[1]
        body = f"ID={number}&Return=-1002&CMD=VERIFY SUM".encode()
        assert ask(url, "POST", f"/iclock/devicecmd?SN={SERIAL}", body)[:2] == (200, "OK")
        assert ask(url, "GET", f"/iclock/getrequest?SN={SERIAL}")[1] == "OK"
    assert rows(registered, "SELECT result FROM push_order") == [(-1002,)]
    assert rows(registered, "SELECT firmware, record_count FROM terminal_health") == [("Ver 6.60", 34)]


def test_a_terminal_answers_only_for_its_own_orders(registered: ConnectionPool) -> None:
    register(registered, "B2", "Aula")
    with endpoint(registered) as url:
        number = ask(url, "GET", f"/iclock/getrequest?SN={SERIAL}")[1].split(":")[1]
        ask(url, "POST", "/iclock/devicecmd?SN=B2", f"ID={number}&Return=0".encode())
    assert rows(registered, "SELECT answered_at FROM push_order WHERE id = " + number) == [(None,)]
