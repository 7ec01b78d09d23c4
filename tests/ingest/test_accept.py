"""Every record ends, once, in punch or in rejected; on each kind of server."""

import random
import string
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, TypeAlias

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from devices.records import Batch, Mark, Punch, Rejected, Source
from ingest import store
from ingest.accept import PART, Counts, accept
from ingest.terminals import Terminal

pytestmark = pytest.mark.timescale

RECEIVED = datetime(2026, 1, 31, tzinfo=UTC)
START = datetime.fromisoformat("2026-01-05 07:28:00")
Connection: TypeAlias = psycopg.Connection[Any]
Rows: TypeAlias = Callable[[str], list[tuple[Any, ...]]]


def punch(
    minute: int = 0, *, pin: str = "1001", verify: int | None = 1, work_code: str | None = "0", raw: bytes = b"raw"
) -> Punch:
    return (pin, START + timedelta(minutes=minute), 0, verify, work_code, raw)


def batch(*punches: Punch, source: Source = "poll", rejected: tuple[Rejected, ...] = (), name: str = "gate") -> Batch:
    return Batch(name, source, RECEIVED, punches, rejected)


def test_new_punches_are_stored_as_they_came(connection: Connection, terminal: Terminal, rows: Rows) -> None:
    taken = ("0042", START, 255, None, None, b"\0\xff")
    assert accept(connection, [batch(taken, source="live")]) == Counts(1, 1, 0, 0)
    assert rows("SELECT * FROM punch") == [
        (terminal.id, START, "0042", 255, None, None, "live", RECEIVED, b"\0\xff"),
    ]


def test_a_repeat_changes_nothing(connection: Connection, terminal: Terminal, rows: Rows) -> None:
    whole = batch(*map(punch, range(10)))
    assert accept(connection, [whole]) == Counts(10, 10, 0, 0)
    before = [rows(f"SELECT * FROM {table}") for table in ("punch", "punch_variant", "rejected", "day_to_score")]
    assert accept(connection, [whole]) == Counts(10, 0, 10, 0)
    assert [
        rows(f"SELECT * FROM {table}") for table in ("punch", "punch_variant", "rejected", "day_to_score")
    ] == before
    assert before[0][0][0] == terminal.id


@pytest.mark.usefixtures("terminal")
def test_a_log_that_grew_brings_only_its_new_records(connection: Connection, rows: Rows) -> None:
    accept(connection, [batch(*map(punch, range(10)))])
    assert accept(connection, [batch(*map(punch, range(15)))]) == Counts(15, 5, 10, 0)
    assert accept(connection, [batch(*map(punch, range(20, 25)), *map(punch, range(12)))]) == Counts(17, 5, 12, 0)
    assert rows("SELECT count(*) FROM punch") == [(20,)]


@pytest.mark.usefixtures("terminal")
def test_records_of_any_length_are_kept_and_stop_no_other(connection: Connection, rows: Rows) -> None:
    noise = random.Random(7)
    long = "".join(noise.choices(string.ascii_letters, k=9000))
    wide = "".join(chr(noise.randrange(0x20000, 0x2A000)) for _ in range(64))
    first = batch(punch(0, pin=wide, work_code=wide), punch(1, pin=long, raw=b"long pin"), punch(2, work_code=long))
    assert accept(connection, [first]) == Counts(3, 1, 0, 2)
    again = [punch(0, pin=wide, work_code=wide, raw=noise.randbytes(9000)) for _ in range(2)]
    assert accept(connection, [batch(*again, punch(3))]) == Counts(3, 1, 2, 0)
    assert accept(connection, [batch(*again, punch(3))]) == Counts(3, 0, 3, 0)
    assert sorted(rows("SELECT raw FROM punch_variant")) == sorted((record[-1],) for record in again)
    assert rows("SELECT reason FROM rejected WHERE raw = 'long pin'")[0][0].endswith("1 to 64 printable characters")


@pytest.mark.usefixtures("terminal")
def test_repeats_inside_one_batch_and_across_batches_of_a_call_count_once(connection: Connection, rows: Rows) -> None:
    counts = accept(connection, [batch(punch(0), punch(1), punch(0)), batch(punch(1), punch(2), source="live")])
    assert counts == Counts(5, 3, 2, 0)
    assert rows("SELECT count(*) FROM punch") == [(3,)]
    assert rows("SELECT count(*) FROM punch_variant") == [(0,)]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (batch(punch()), batch(punch(verify=15)), True),
        (batch(punch()), batch(punch(work_code="7")), True),
        (batch(punch()), batch(punch(raw=b"other")), True),
        (batch(punch()), batch(punch(raw=b"other"), source="live"), False),
        (batch(punch()), batch(punch(verify=None, work_code=None), source="live"), False),
        (batch(punch(verify=None), source="live"), batch(punch()), True),
        (batch(punch(work_code=None), source="live"), batch(punch()), True),
        (batch(punch()), batch(punch()), False),
    ],
    ids=["verify", "work code", "bytes", "bytes of another way", "says less", "says verify", "says work code", "same"],
)
def test_a_repeat_that_says_something_else_is_kept_beside_once(
    connection: Connection, rows: Rows, first: Batch, second: Batch, kept: bool
) -> None:
    for call in ([first, second], [first], [second]):
        accept(connection, call)
    assert rows("SELECT verify, work_code, source, raw FROM punch") == [
        (first.punches[0][3], first.punches[0][4], first.source, first.punches[0][5])
    ]
    assert rows("SELECT verify, work_code, source, raw FROM punch_variant") == (
        [(second.punches[0][3], second.punches[0][4], second.source, second.punches[0][5])] if kept else []
    )


def test_days_of_new_punches_are_marked_once_a_call(connection: Connection, terminal: Terminal, rows: Rows) -> None:
    day = 24 * 60
    accept(connection, [batch(punch(0), punch(1), punch(day)), batch(punch(2 * day))])
    marks = "SELECT terminal_id, employee_id, day FROM day_to_score ORDER BY day"
    expected = [(terminal.id, None, date(2026, 1, number)) for number in (5, 6, 7)]
    assert rows(marks) == expected
    accept(connection, [batch(punch(0), punch(1), punch(3 * day))])
    assert rows(marks) == [*expected, (terminal.id, None, date(2026, 1, 8))]


@pytest.mark.usefixtures("terminal")
def test_rejected_records_are_kept_by_content_with_first_and_last_sight(connection: Connection, rows: Rows) -> None:
    junk: tuple[Rejected, ...] = ((b"junk", "odd size"), (b"junk", "odd size"), (b"other", "no id"))
    later = RECEIVED + timedelta(hours=1)
    assert accept(connection, [batch(rejected=junk)]) == Counts(3, 0, 0, 3)
    assert accept(connection, [Batch("gate", "file", later, (), junk[:1])]) == Counts(1, 0, 0, 1)
    assert accept(connection, [Batch("gate", "file", RECEIVED - timedelta(1), (), junk[2:])]) == Counts(1, 0, 0, 1)
    assert rows(
        "SELECT terminal, sha256, raw, reason, source, first_seen, last_seen, times_seen, resolved_at "
        "FROM rejected ORDER BY raw"
    ) == [
        ("gate", sha256(b"junk").digest(), b"junk", "odd size", "poll", RECEIVED, later, 3, None),
        ("gate", sha256(b"other").digest(), b"other", "no id", "poll", RECEIVED - timedelta(1), RECEIVED, 2, None),
    ]


@pytest.mark.usefixtures("terminal")
def test_one_bad_record_never_takes_good_ones_along(connection: Connection, rows: Rows) -> None:
    poison: list[Punch] = [
        ("10\x0001", START, 0, 1, "0", b"nul"),
        ("1\udfff", START, 0, 1, "0", b"surrogate"),
        ("1001", datetime.fromisoformat("2004-12-31 23:59:59"), 0, 1, "0", b"old"),
        ("1001", START, 300, 1, "0", b"state"),
    ]
    assert accept(connection, [batch(*poison, punch(0), punch(1))]) == Counts(6, 2, 0, 4)
    assert accept(connection, [batch(punch(1), *poison, punch(0))]) == Counts(6, 0, 2, 4)
    assert {raw for (raw,) in rows("SELECT raw FROM rejected")} == {b"nul", b"surrogate", b"old", b"state"}


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("place", [0, PART - 1, PART, 2 * PART + 1], ids=["first", "end of part", "part 2", "last"])
def test_a_bad_record_anywhere_in_a_long_batch_is_alone_in_rejected(
    connection: Connection, rows: Rows, place: int
) -> None:
    punches = [punch(minute) for minute in range(2 * PART + 2)]
    punches[place] = ("1001", punches[place][1], 0, 40_000, "0", b"verify")
    assert accept(connection, [batch(*punches)]) == Counts(2 * PART + 2, 2 * PART + 1, 0, 1)
    assert rows("SELECT count(*), min(verify), max(verify) FROM punch") == [(2 * PART + 1, 1, 1)]
    assert rows("SELECT raw FROM rejected") == [(b"verify",)]


def test_records_of_an_unknown_terminal_wait_in_rejected_and_are_resolved_when_read(
    connection: Connection, rows: Rows, terminal: Terminal
) -> None:
    counts = accept(connection, [batch(punch(raw=b"early"), name="no\0where", rejected=((b"junk", "odd"),))])
    assert counts == Counts(2, 0, 0, 2)
    found = rows("SELECT terminal, reason, raw FROM rejected ORDER BY raw")
    assert found[0] == ("no\\x00where", "terminal 'no\\x00where' is not registered: tepat terminal add", b"early")
    with connection.transaction():
        connection.execute("UPDATE rejected SET terminal = %s", [terminal.name])
    assert accept(connection, [batch(punch(raw=b"early"))]) == Counts(1, 1, 0, 0)
    assert rows("SELECT raw, resolved_at FROM rejected ORDER BY raw") == [(b"early", RECEIVED), (b"junk", None)]


@pytest.mark.usefixtures("terminal")
def test_a_record_from_the_future_is_taken_and_resolved_once_its_day_has_come(
    connection: Connection, rows: Rows
) -> None:
    early = Batch("gate", "poll", datetime(2026, 1, 1, tzinfo=UTC), [punch()])
    assert accept(connection, [early]) == Counts(1, 0, 0, 1)
    assert accept(connection, [batch(punch())]) == Counts(1, 1, 0, 0)
    assert rows("SELECT resolved_at FROM rejected") == [(RECEIVED,)]


def test_what_a_record_says_against_its_time_is_kept_once_of_a_repeat_also(
    connection: Connection, terminal: Terminal, rows: Rows
) -> None:
    marks: list[Mark] = [("1001", START, 0, "clock_doubted"), ("1001", START, 0, "other_offset")]
    kept = [(terminal.id, START, "1001", 0, doubt) for doubt in ("clock_doubted", "other_offset")]
    table = "SELECT terminal_id, local_time, pin, state, mark FROM punch_mark ORDER BY mark"
    assert accept(connection, [batch(punch(), punch(1))]) == Counts(2, 2, 0, 0)
    assert rows(table) == []
    assert accept(connection, [replace(batch(punch()), marks=marks[:1])]) == Counts(1, 0, 1, 0)
    assert rows(table) == kept[:1]
    assert accept(connection, [replace(batch(punch()), marks=marks), batch(punch(1))]) == Counts(2, 0, 2, 0)
    assert accept(connection, [batch(punch())]) == Counts(1, 0, 1, 0)
    assert rows(table) == kept


@pytest.mark.usefixtures("terminal")
def test_the_mark_of_a_record_that_is_no_punch_is_left_out(connection: Connection, rows: Rows) -> None:
    good, bad, strange = punch(), punch(1, pin=" "), punch(2)
    whole: list[Mark] = [(*record[:3], "time_of_receipt") for record in (good, bad)]
    assert accept(connection, [replace(batch(good, bad), marks=whole)]) == Counts(2, 1, 0, 1)
    elsewhere = replace(batch(strange, name="nowhere"), marks=[(*strange[:3], "clock_doubted")])
    assert accept(connection, [elsewhere]) == Counts(1, 0, 0, 1)
    assert rows("SELECT local_time, pin, mark FROM punch_mark") == [(START, "1001", "time_of_receipt")]


@pytest.mark.usefixtures("terminal")
def test_nothing_is_nothing(connection: Connection) -> None:
    assert accept(connection, []) == Counts()
    assert accept(connection, [batch()]) == Counts()


@pytest.mark.usefixtures("terminal")
def test_it_refuses_to_hide_in_a_transaction_of_others(connection: Connection) -> None:
    with connection.transaction(), pytest.raises(RuntimeError, match="outside of a transaction"):
        accept(connection, [batch(punch())])


@pytest.mark.usefixtures("terminal")
def test_a_failure_leaves_nothing_behind(connection: Connection, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEEP_REJECTED", "SELECT 1/0")
    with pytest.raises(psycopg.Error):
        accept(connection, [batch(punch(), rejected=((b"junk", "odd"),))])
    monkeypatch.undo()
    assert rows("SELECT count(*) FROM punch") == [(0,)]
    assert accept(connection, [batch(punch(), rejected=((b"junk", "odd"),))]) == Counts(2, 1, 0, 1)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("reverse", [False, True], ids=["same order", "opposite order"])
def test_two_at_once_with_the_same_rows_store_each_once(pool: ConnectionPool, rows: Rows, reverse: bool) -> None:
    punches = [punch(minute, raw=str(minute).encode()) for minute in range(3000)]
    junk: list[Rejected] = [(b"junk %d" % number, "odd") for number in range(300)]
    results: list[Counts] = []
    start = threading.Barrier(2)

    def run(turned: bool) -> None:
        step = -1 if turned else 1
        with pool.connection() as own:
            start.wait(timeout=30)
            results.append(accept(own, [Batch("gate", "poll", RECEIVED, punches[::step], junk[::step])]))

    threads = [threading.Thread(target=run, args=(turned,)) for turned in (False, reverse)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sum(results, Counts()) == Counts(6600, 3000, 3000, 600)
    assert rows("SELECT count(*), count(DISTINCT local_time) FROM punch") == [(3000, 3000)]
    assert rows("SELECT count(*), sum(times_seen) FROM rejected") == [(300, 600)]
    assert rows("SELECT count(*) FROM punch_variant") == [(0,)]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("state", ["40P01", "40001"])
def test_a_deadlock_is_tried_again(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, rows: Rows, state: str
) -> None:
    with connection.transaction():
        connection.execute("CREATE SEQUENCE failure_count")
        connection.execute(
            "CREATE FUNCTION fail_twice() RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
            "IF nextval('failure_count') <= 2 THEN "
            f"RAISE EXCEPTION 'made' USING ERRCODE = '{state}'; END IF; END $$"
        )
    monkeypatch.setattr(store, "KEEP_REJECTED", "SELECT fail_twice(), " + "%s::text IS NULL, " * 7 + "%s::text IS NULL")
    try:
        assert accept(connection, [batch(punch(), rejected=((b"junk", "odd"),))]) == Counts(2, 1, 0, 1)
        assert rows("SELECT last_value FROM failure_count") == [(3,)]
        assert rows("SELECT count(*) FROM punch") == [(1,)]
    finally:
        with connection.transaction():
            connection.execute("DROP FUNCTION fail_twice; DROP SEQUENCE failure_count")
