"""Rejected records are read again by the dialect that they came by; what heals becomes a punch, all of them stay."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import psycopg
import pytest

from collector.reread import Rereading, retry
from devices import attlog
from devices.iclock import uploads
from devices.records import Batch, Source
from devices.simulator.zk.records import StoredPunch, encode_record, encode_time
from devices.zk import again, log
from devices.zk.clock import IMPOSSIBLE_TIME
from ingest.accept import Counts, accept
from ingest.rejected import Wanted
from ingest.terminals import Kind, add_terminal

NOW = datetime(2026, 1, 31, tzinfo=UTC)
CAME = datetime(2026, 1, 5, 1, tzinfo=UTC)
AT = datetime.fromisoformat("2026-01-05T07:28:00")
Connection: TypeAlias = psycopg.Connection[Any]
Rows: TypeAlias = Callable[[str], list[tuple[Any, ...]]]

ATTLOG = b"7\t2026-01-05 07:28:00\t1\t1\t0\t0"
FILE = b"0042\t2026-01-05 07:28:00\t1\t0\t1\t0"


@pytest.fixture
def rows(connection: Connection) -> Rows:
    def read(query: str) -> list[tuple[Any, ...]]:
        with connection.transaction():
            return connection.execute(query).fetchall()

    return read


def register(connection: Connection, kind: Kind, name: str = "gate", address: str | None = None) -> None:
    add_terminal(connection, name=name, kind=kind, address=address, comm_key=0, time_zone="Asia/Jakarta", added_at=CAME)
    connection.commit()


def keep(connection: Connection, raw: bytes, source: Source, reason: str = "odd", terminal: str = "gate") -> None:
    accept(connection, [Batch(terminal, source, CAME, rejected=[(raw, reason)])])


def event(size: int, pin: bytes) -> bytes:
    when = struct.pack("8B", 1, 0, 26, 1, 5, 7, 28, 0)
    width = {32: 24, 12: 4}[size]
    return (pin.ljust(width, b"\0") + when).ljust(size, b"\0")


def record(size: Any) -> bytes:
    return encode_record(StoredPunch("7", AT, 1), 7, size)


@pytest.mark.parametrize(
    ("kind", "source", "raw", "pin"),
    [
        ("zk", "poll", record(40), "7"),
        ("zk", "poll", record(16), "7"),
        ("zk", "live", event(32, b"0042"), "0042"),
        ("iclock", "push", ATTLOG, "7"),
        ("iclock", "push", b"time=2026-01-05 07:28:00\tpin=9\tevent=0\tinoutstatus=1", "9"),
        ("attlog", "file", FILE, "0042"),
    ],
)
def test_what_an_unknown_terminal_brought_is_taken_once_somebody_registers_it(  # noqa: PLR0917 - parts of one case
    connection: Connection, rows: Rows, kind: Kind, source: Source, raw: bytes, pin: str
) -> None:
    keep(connection, raw, source)
    found = retry(connection, Wanted(), NOW)
    assert (found.resolved, list(found.left)) == (0, ["The terminal gate is not registered: tepat terminal add."])
    register(connection, kind, address=None if kind == "attlog" else "192.0.2.7" if kind == "zk" else "A1")
    before = rows("SELECT terminal, sha256, raw, reason, source, first_seen, last_seen, times_seen FROM rejected")
    assert retry(connection, Wanted(), NOW, dry_run=True).resolved == 1
    assert rows("SELECT * FROM punch") == []
    assert retry(connection, Wanted(), NOW).resolved == 1
    assert rows("SELECT pin, local_time, source, received_at, raw FROM punch") == [(pin, AT, source, CAME, raw)]
    assert rows("SELECT resolved_at FROM rejected") == [(NOW,)]
    assert (
        rows("SELECT terminal, sha256, raw, reason, source, first_seen, last_seen, times_seen FROM rejected") == before
    )
    assert retry(connection, Wanted(), NOW) == Rereading(), "again: nothing is left to do"


def test_a_serial_number_counts_as_the_name_of_an_iclock_terminal(connection: Connection, rows: Rows) -> None:
    keep(connection, ATTLOG, "push", terminal="A1")
    register(connection, "iclock", "Lobi", "A1")
    assert retry(connection, Wanted(), NOW).resolved == 1
    assert rows("SELECT name FROM punch JOIN terminal ON terminal.id = terminal_id") == [("Lobi",)]


@pytest.mark.parametrize(
    ("time", "why"),
    [
        ("2000-01-01 00:00:10", "implausible time 2000-01-01 00:00:10: before 2005"),
        ("2026-01-20 07:28:00", "implausible time 2026-01-20 07:28:00: more than a day after it was received"),
    ],
)
def test_a_time_that_was_implausible_when_it_came_stays_so(
    connection: Connection, rows: Rows, time: str, why: str
) -> None:
    """NOW is after the second one: that a day has come since does not make a wrong clock right."""
    register(connection, "iclock", address="A1")
    keep(connection, ATTLOG.replace(b"2026-01-05 07:28:00", time.encode()), "push")
    assert retry(connection, Wanted(), NOW).left == {why: 1}
    assert rows("SELECT resolved_at, times_seen FROM rejected") == [(None, 1)]


def test_a_reader_that_has_learnt_a_table_takes_what_it_did_not_know(
    connection: Connection, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(connection, "iclock", address="A1")
    for table in ("newlog", "OPERLOG"):
        refused = uploads.read(uploads.Upload("A1", table, None, ATTLOG + table.encode()), ZoneInfo("Asia/Jakarta"))
        for raw, reason in refused.rejected:
            keep(connection, raw, "push", reason)
    assert retry(connection, Wanted(), NOW).resolved == 0, "a line of another table is no punch, whatever it looks like"
    monkeypatch.setattr(uploads, "PUNCH_TABLES", uploads.PUNCH_TABLES | {"newlog"})
    found = retry(connection, Wanted(), NOW)
    assert (found.resolved, found.left) == (1, {"table 'operlog': no attendance": 1})
    assert rows("SELECT pin FROM punch") == [("7",)]


def test_8_bytes_are_read_only_where_the_layout_of_the_log_is_known(connection: Connection, rows: Rows) -> None:
    register(connection, "zk", address="192.0.2.7")
    raw = record(8)
    keep(connection, raw, "poll")
    assert retry(connection, Wanted(), NOW).left == {again.NO_LAYOUT: 1}
    with connection.transaction():
        connection.execute(
            "INSERT INTO terminal_log (terminal_id, head, record_size, time_last, records, anchor, whole_at, tails, "
            "offset_reads) SELECT id, 4, 8, false, 1, '', now(), 0, 'good' FROM terminal"
        )
    assert retry(connection, Wanted(), NOW).resolved == 1
    assert rows("SELECT pin FROM punch") == [("uid:7",)]


def test_bytes_without_a_known_begin_are_not_guessed_at(connection: Connection) -> None:
    register(connection, "zk", address="192.0.2.7")
    keep(connection, record(40), "poll", log.SURPLUS)
    keep(connection, record(16), "poll", log.ODD_TAIL)
    keep(connection, b"12345", "poll", log.ODD_TAIL.replace("fewer", "less"))
    last_of_february = encode_time(AT.replace(month=2, day=28)) + 3 * 86400
    broken = record(40)[:27] + last_of_february.to_bytes(4, "little") + record(40)[31:]
    keep(connection, broken, "poll")
    assert retry(connection, Wanted(), NOW).left == {
        log.SURPLUS: 1, log.ODD_TAIL: 1, again.NO_SIZE: 1, IMPOSSIBLE_TIME: 1,
    }  # fmt: skip


def test_a_terminal_of_another_kind_is_given_nothing(connection: Connection) -> None:
    register(connection, "attlog")
    keep(connection, ATTLOG, "push")
    assert retry(connection, Wanted(), NOW).left == {
        "The terminal gate is of kind attlog, which does not send by push.": 1
    }


def test_a_device_is_not_taken_for_a_terminal_that_has_its_name(connection: Connection) -> None:
    register(connection, "mqtt", "face-1", "other")
    told = b'{"device": "face-1", "boot": "b", "seq": 1, "pin": "7", "time": "2026-01-05T07:28:00+07:00"}'
    keep(connection, told, "mqtt", "The MQTT device face-1 is not registered: tepat terminal add …", "face-1")
    assert retry(connection, Wanted(), NOW).resolved == 0


def test_one_record_that_the_database_refuses_holds_up_no_other(connection: Connection, rows: Rows) -> None:
    register(connection, "attlog")
    for pin in (b"7", b"8", b"9"):
        keep(connection, FILE.replace(b"0042", pin), "file")
    with connection.transaction():
        connection.execute("ALTER TABLE punch ADD CONSTRAINT made_for_this_test CHECK (pin <> '8')")
    try:
        found = retry(connection, Wanted(), NOW)
    finally:
        with connection.transaction():
            connection.execute("ALTER TABLE punch DROP CONSTRAINT made_for_this_test")
    assert (found.resolved, found.left) == (2, {"The database refuses this record: CheckViolation.": 1})
    assert rows("SELECT pin FROM punch ORDER BY pin") == [("7",), ("9",)]
    assert rows("SELECT count(*) FROM rejected WHERE resolved_at IS NULL") == [(1,)]


def test_every_rejected_line_of_collected_exports_stays_what_it_is(connection: Connection, field_data: Path) -> None:
    """What the reader refuses today it refuses again, with the same reason: reading again invents no punch."""
    register(connection, "attlog")
    lines = b"".join(path.read_bytes() + b"\n" for path in sorted((field_data / "attlog").rglob("*.dat"))).split(b"\n")
    refused = {raw: reason for (_, rejected), _ in attlog.read(lines) for raw, reason in rejected}
    accept(connection, [Batch("gate", "file", CAME, rejected=list(refused.items()))])
    found = retry(connection, Wanted(), NOW)
    assert refused
    assert (found.resolved, found.left.total()) == (0, len(refused))


def test_it_ends_promptly_when_told_to_and_goes_on_where_it_was(
    connection: Connection, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.reread.ROWS", 2)
    for minute in range(5):
        keep(connection, b"7\t2026-01-05 07:2%d:00\t1\t1\t0\t0" % minute, "push")
    register(connection, "iclock", address="A1")
    assert retry(connection, Wanted(), NOW, stopped=lambda: True) == Rereading(Counts(2, 2, 0, 0), resolved=2)
    assert rows("SELECT count(*) FROM punch") == [(2,)]
    assert rows("SELECT count(*) FROM rejected WHERE resolved_at IS NULL") == [(3,)], "nothing is lost"
    assert retry(connection, Wanted(), NOW).resolved == 3


def test_records_that_must_be_stored_one_by_one_do_not_hold_up_the_end(connection: Connection, rows: Rows) -> None:
    for minute in range(5):
        keep(connection, b"7\t2026-01-05 07:2%d:00\t1\t1\t0\t0" % minute, "push")
    register(connection, "iclock", address="A1")
    with connection.transaction():
        connection.execute("ALTER TABLE punch ADD CONSTRAINT made_for_this_test CHECK (local_time > '2026-01-06')")
    told = iter([False, False, True, True])
    try:
        done = retry(connection, Wanted(), NOW, stopped=lambda: next(told))
    finally:
        with connection.transaction():
            connection.execute("ALTER TABLE punch DROP CONSTRAINT made_for_this_test")
    assert done.left == {"The database refuses this record: CheckViolation.": 2}
    assert rows("SELECT count(*) FROM rejected WHERE resolved_at IS NULL") == [(5,)]
