"""What HR and IT see of rejected records at the command line, and that reading them again is safe and noted."""

import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from collector import rejected_commands
from collector.rejected_commands import RejectedRecordError
from collector.terminal_commands import add_terminal
from devices.records import Batch
from ingest.accept import accept
from tests.collector.pushing import rows

CAME = datetime(2026, 1, 5, 1, tzinfo=UTC)
NIP = b"198001012006041001"
GOOD = b"0042\t2026-01-05 07:28:00\t1\t0\t1\t0"
RECORDS = [
    (b"1\t2", "line 3: 2 columns, at least 5 are needed"),
    (b"1\t3", "line 9: 2 columns, at least 5 are needed"),
    (NIP + b"\tOdd \xff\x1b[2J", "not UTF-8 text"),
    (b"7\tx", "time not readable: '2026-99-01 07:00:00'"),
    (b"8\tx", "time not readable: '2026-99-02 07:00:00'"),
    (b"OPLOG 5", "table 'operlog': no attendance"),
    (GOOD, "line 4: odd"),
]


@pytest.fixture(autouse=True)
def database(pool: ConnectionPool, command_line: dict[str, str]) -> None:
    assert command_line
    with pool.connection() as connection:
        keep(connection)


def keep(connection: psycopg.Connection[Any]) -> None:
    for day, record in enumerate(RECORDS):
        accept(connection, [Batch("stick", "file", CAME + timedelta(days=day), rejected=[record])])
    accept(connection, [Batch("gate", "poll", CAME, rejected=[(b"\x00\x01", "odd")])])
    accept(connection, [Batch("gate", "poll", CAME, rejected=[(b"\x00\x01", "odd")])])


def listed(capsys: pytest.CaptureFixture[str], **wanted: Any) -> dict[str, Any]:
    capsys.readouterr()
    rejected_commands.list_rejected(**wanted, as_json=True)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_reasons_are_counted_without_what_differs_from_record_to_record(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys)
    assert [(each["records"], each["times"], each["source"], each["reason"]) for each in found["reasons"]] == [
        (2, 2, "file", "2 columns, at least 5 are needed"),
        (2, 2, "file", "time not readable: …"),
        (1, 1, "file", "not UTF-8 text"),
        (1, 1, "file", "odd"),
        (1, 2, "poll", "odd"),
        (1, 1, "file", "table 'operlog': no attendance"),
    ]
    assert [each["text"] for each in found["records"]][:2] == [GOOD.decode().replace("\t", "\\x09"), "OPLOG 5"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"terminal": "gate"}, 1),
        ({"reason": "TIME not"}, 2),
        ({"text": "oplog"}, 1),
        ({"text": "\t3"}, 1),
        ({"source": "poll"}, 1),
        ({"since": date.fromisoformat("2026-01-10")}, 2),
        ({"until": date.fromisoformat("2026-01-05")}, 2),
        ({"since": date.fromisoformat("2026-01-06"), "until": date.fromisoformat("2026-01-06")}, 1),
        ({"state": "resolved"}, 0),
        ({"state": "all"}, 8),
        ({"limit": 3}, 3),
    ],
)
def test_records_are_found_by_what_is_asked(
    capsys: pytest.CaptureFixture[str], wanted: dict[str, Any], found: int
) -> None:
    assert len(listed(capsys, **wanted)["records"]) == found


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"terminal": "gate"},
        {"reason": "time NOT"},
        {"text": "oplog"},
        {"source": "poll"},
        {"since": date.fromisoformat("2026-01-10")},
        {"until": date.fromisoformat("2026-01-05")},
        {"terminal": "stick", "text": "2", "since": date.fromisoformat("2026-01-06")},
    ],
)
def test_those_that_are_listed_are_those_read_again(capsys: pytest.CaptureFixture[str], wanted: dict[str, Any]) -> None:
    found = listed(capsys, **wanted)["records"]
    rejected_commands.retry_rejected(**wanted, dry_run=True, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert len(found) == told["resolved"] + sum(each["records"] for each in told["left"]) > 0


def test_what_was_asked_stands_in_the_audit(pool: ConnectionPool, capsys: pytest.CaptureFixture[str]) -> None:
    add_terminal("other", "attlog")
    with pool.connection() as connection:
        connection.execute("UPDATE terminal SET name = 'stick'")
    rejected_commands.retry_rejected(reason="odd", since=date.fromisoformat("2026-01-11"), source="file")
    assert "1 of 1 record taken." in capsys.readouterr().out
    assert rows(pool, "SELECT detail FROM audit WHERE action = 'retry rejected'") == [
        (
            {
                "reason": "odd", "since": "2026-01-11 00:00:00+00:00", "source": "file",
                "resolved": 1, "left": 0, "new_punches": 1,
            },
        )
    ]  # fmt: skip


def test_long_work_shows_how_far_it_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    rejected_commands.retry_rejected(dry_run=True)
    told = capsys.readouterr()
    assert "8/8" in told.err
    assert "8/8" not in told.out
    monkeypatch.delenv("FORCE_COLOR")
    rejected_commands.retry_rejected(dry_run=True)
    assert capsys.readouterr().err == ""


def test_bytes_are_shown_safely(capsys: pytest.CaptureFixture[str]) -> None:
    rejected_commands.list_rejected(limit=3)
    out = capsys.readouterr().out
    assert "3 of 8 records shown: --limit shows more." in out
    rejected_commands.list_rejected(text="Odd")
    out = capsys.readouterr().out
    assert "1980***1001\\x09Odd \\xff\\x1b[2J" in out
    assert "\x1b" not in out
    rejected_commands.list_rejected(terminal="gate")
    assert "poll, 2 times" in capsys.readouterr().out
    for command in (rejected_commands.list_rejected, rejected_commands.retry_rejected):
        with pytest.raises(RejectedRecordError, match="There is no terminal 'nobody'"):
            command(terminal="nobody")


def test_one_record_is_shown_by_the_begin_of_its_digest(capsys: pytest.CaptureFixture[str]) -> None:
    digest = listed(capsys, text="Odd")["records"][0]["sha256"]
    rejected_commands.show_rejected(digest[:8].upper())
    out = capsys.readouterr().out
    assert f"sha256:      {digest}" in out
    assert "1980***1001" in out
    assert NIP.hex() not in out
    assert "times seen:  1" in out
    rejected_commands.show_rejected(digest, as_json=True)
    assert json.loads(capsys.readouterr().out)["bytes"] == (b"1980***1001\tOdd \xff\x1b[2J").hex()


def test_a_digest_that_cannot_be_told_says_why(pool: ConnectionPool) -> None:
    for digest, said in (("abc", "at least 4"), ("xyzxyz", "no digest"), ("0000000000", "tepat rejected list")):
        with pytest.raises(RejectedRecordError, match=said):
            rejected_commands.show_rejected(digest)
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO rejected SELECT 'gate', decode('abcdef0' || n || repeat('00', 28), 'hex'), '', 'r', 'poll', "
            "now(), now() FROM generate_series(1, 2) n"
        )
    with pytest.raises(RejectedRecordError, match=r"Several records begin with abcd: abcdef01, abcdef02"):
        rejected_commands.show_rejected("abcd")


def test_registering_the_terminal_and_reading_again_heals(
    pool: ConnectionPool, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(pool, "SELECT count(*) FROM rejected")
    rejected_commands.retry_rejected(dry_run=True)
    assert "0 of 8 records could be taken.\n       7  The terminal stick is not registered" in capsys.readouterr().out
    add_terminal("stick", "attlog")
    assert "1 records read, 1 new" in capsys.readouterr().out
    rejected_commands.retry_rejected(terminal="stick", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["resolved"], sum(each["records"] for each in told["left"])) == (0, 6)
    assert rows(pool, "SELECT pin FROM punch") == [("0042",)]
    assert rows(pool, "SELECT count(*) FROM rejected") == before
    assert len(listed(capsys, state="resolved")["records"]) == 1


def test_a_retry_that_took_something_is_noted(pool: ConnectionPool, capsys: pytest.CaptureFixture[str]) -> None:
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO terminal (name, kind, time_zone, added_at) VALUES ('stick', 'attlog', 'Asia/Jakarta', now())"
        )
    rejected_commands.retry_rejected()
    assert "1 of 8 records taken." in capsys.readouterr().out
    rejected_commands.retry_rejected()
    assert "0 of 7 records taken." in capsys.readouterr().out
    assert rows(pool, "SELECT action, object, detail FROM audit") == [
        ("retry rejected", "terminals", {"resolved": 1, "left": 7, "new_punches": 1})
    ]


def test_a_terminal_is_found_by_its_device_id_its_serial_number_and_its_address(
    pool: ConnectionPool, capsys: pytest.CaptureFixture[str]
) -> None:
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO terminal (name, kind, address, serial_number, time_zone, added_at) VALUES"
            " ('gate', 'zk', '192.0.2.7', 'SN7', 'Asia/Jakarta', now()),"
            " ('gate-2', 'zk', '192.0.2.8', 'stick', 'Asia/Jakarta', now()),"
            " ('stick', 'mqtt', 'device-1', NULL, 'Asia/Jakarta', now())"
        )
    for said in ("gate", "192.0.2.7", "SN7"):
        assert [each["terminal"] for each in listed(capsys, terminal=said)["records"]] == ["gate"]
        rejected_commands.retry_rejected(terminal=said, dry_run=True)
        assert "of 1 record could be taken" in capsys.readouterr().out
    assert len(listed(capsys, terminal="device-1")["records"]) == 7
    assert {each["terminal"] for each in listed(capsys, terminal="stick")["records"]} == {"stick"}, "a name comes first"
    with pytest.raises(RejectedRecordError, match="There is no terminal 'gate-1'"):
        rejected_commands.list_rejected(terminal="gate-1")


def test_the_last_day_of_the_calendar_is_no_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(listed(capsys, until=date.max, since=date.min)["records"]) == 8
    rejected_commands.retry_rejected(until=date.max, dry_run=True)
    assert "of 8 records" in capsys.readouterr().out


def test_a_span_that_is_upside_down_is_told() -> None:
    since, until = date(2026, 11, 23), date(2026, 11, 20)
    for command in (rejected_commands.list_rejected, rejected_commands.retry_rejected):
        with pytest.raises(RejectedRecordError, match="--since 2026-11-23 is after --until 2026-11-20: swap them"):
            command(since=since, until=until)


def test_registering_says_so_before_it_reads_many_records_again(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = io.StringIO()
    monkeypatch.setattr("sys.stdout", told)
    monkeypatch.setattr("sys.stderr", told)
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO rejected SELECT 'hall', sha256(n::text::bytea), n::text::bytea, 'odd', 'file', now(), now()"
            " FROM generate_series(1, 1001) n"
        )
    add_terminal("hall", "attlog")
    said = told.getvalue()
    assert said.index("Terminal hall (attlog, Asia/Jakarta) is registered.") < said.index("Reading 1001 records again")
