"""USB exports on their whole way into the database, on each kind of server."""

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import psycopg
import pytest

from collector import commands, terminal_commands
from collector.import_file import ImportFileError, believed, import_attlog
from ingest import health
from ingest.accept import Counts
from ingest.terminals import Terminal, TerminalRegisterError, add_terminal

NOW = datetime(2026, 1, 31, tzinfo=UTC)
Connection: TypeAlias = psycopg.Connection[Any]
Table: TypeAlias = Callable[[str], list[tuple[Any, ...]]]
TABLES = ("punch", "punch_variant", "rejected", "day_to_score", "audit", "terminal_health")


@pytest.fixture
def terminal(connection: Connection) -> Terminal:
    added = add_terminal(
        connection, name="usb", kind="attlog", address=None, comm_key=0, time_zone="Asia/Jakarta", added_at=NOW
    )
    connection.commit()
    return added


@pytest.fixture
def table(connection: Connection) -> Table:
    def rows(query: str) -> list[tuple[Any, ...]]:
        with connection.transaction():
            return connection.execute(query).fetchall()

    return rows


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "1_attlog.dat"
    path.write_bytes(
        b"   1\t2026-01-05 07:28:00\t1\t0\t1\t0\r\n"
        b"   1\t2026-01-05 16:01:00\t1\t1\t1\t0\r\n"
        b"broken\r\n"
        b"   2\t2000-01-01 00:00:14\t1\t0\t1\t0\r\n"
        b"   1\t2026-01-05 07:28:00\t1\t0\t1\t0\r\n"
    )
    return path


def sizes(table: Table) -> dict[str, int]:
    return {name: table(f"SELECT count(*) FROM {name}")[0][0] for name in TABLES}


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("Aurelius91_hr/1_attlog.dat", Counts(4506, 4506, 0, 0)),
        ("Thrawn1_Time_work_table/1_attlog.dat", Counts(14360, 14338, 0, 22)),
        ("hafidzSabri_Project-JakartaNEWS/1_attlog.dat", Counts(384, 384, 0, 0)),
        ("tankwanghow_full_circle/1_attlog.dat", Counts(13, 13, 0, 0)),
    ],
)
@pytest.mark.usefixtures("terminal")
def test_real_files_are_stored_whole_and_once(
    connection: Connection, table: Table, field_data: Path, name: str, counts: Counts
) -> None:
    path = field_data / "attlog" / name
    assert import_attlog(connection, path, "usb", NOW) == counts
    before = sizes(table)
    assert (before["punch"], before["rejected"], before["audit"]) == (counts.accepted, counts.rejected, 1)
    assert import_attlog(connection, path, "usb", NOW) == Counts(counts.read, 0, counts.accepted, counts.rejected)
    assert sizes(table) == before


def test_every_record_is_counted_once_and_keeps_its_bytes(
    connection: Connection, terminal: Terminal, table: Table, export: Path
) -> None:
    assert import_attlog(connection, export, "usb", NOW) == Counts(5, 2, 1, 2)
    assert table("SELECT terminal_id, pin, state, source, received_at, raw FROM punch ORDER BY local_time") == [
        (terminal.id, "1", 0, "file", NOW, b"1\t2026-01-05 07:28:00\t1\t0\t1\t0"),
        (terminal.id, "1", 1, "file", NOW, b"1\t2026-01-05 16:01:00\t1\t1\t1\t0"),
    ]
    assert table("SELECT raw, reason FROM rejected ORDER BY raw") == [
        (b"2\t2000-01-01 00:00:14\t1\t0\t1\t0", "implausible time 2000-01-01 00:00:14: before 2005"),
        (b"broken", "line 3: 1 columns, at least 5 are needed"),
    ]
    state = health.of_all(connection)[0]
    assert (state.read_at, state.record_at) == (NOW, datetime.fromisoformat("2026-01-05 16:01"))
    assert (state.seen_at, state.synced_until) == (NOW, datetime.fromisoformat("2026-01-05 16:01+07:00"))


def test_an_import_is_audited_only_when_it_brought_something(
    connection: Connection, terminal: Terminal, table: Table, export: Path
) -> None:
    import_attlog(connection, export, "usb", NOW)
    import_attlog(connection, export, "usb", NOW)
    assert table("SELECT at, action, object, detail FROM audit") == [
        (
            NOW,
            "import attlog",
            f"terminal:{terminal.name}",
            {"file": "1_attlog.dat", "read": 5, "accepted": 2, "duplicate": 1, "rejected": 2},
        )
    ]
    export.write_bytes(b"also broken\n")
    import_attlog(connection, export, "usb", NOW)
    assert table("SELECT count(*) FROM audit") == [(2,)], "a new rejected record is a change"


@pytest.mark.parametrize("kind", ["zk", "mqtt"])
def test_any_kind_of_terminal_takes_a_file(connection: Connection, export: Path, kind: Any) -> None:
    add_terminal(connection, name="gate", kind=kind, address="7", comm_key=0, time_zone="Asia/Jayapura", added_at=NOW)
    connection.commit()
    assert import_attlog(connection, export, "gate", NOW).accepted == 2


def test_an_unknown_terminal_is_refused_before_anything_is_stored(
    connection: Connection, table: Table, export: Path
) -> None:
    with pytest.raises(TerminalRegisterError, match="tepat terminal add nowhere"):
        import_attlog(connection, export, "nowhere", NOW)
    connection.rollback()
    assert set(sizes(table).values()) == {0}


@pytest.mark.usefixtures("terminal")
def test_a_file_that_is_none_is_said(connection: Connection, table: Table, tmp_path: Path) -> None:
    workbook = tmp_path / "january.xlsx"
    workbook.write_bytes(b"PK\x03\x04...")
    for path, said in (
        (tmp_path / "not there.dat", "No such file"),
        (tmp_path, "Is a directory"),
        (workbook, "is a ZIP file or an Excel workbook, not the attendance log"),
    ):
        with pytest.raises(ImportFileError, match=said) as raised:
            import_attlog(connection, path, "usb", NOW)
        assert str(path) in str(raised.value)
    assert set(sizes(table).values()) == {0}


@pytest.mark.usefixtures("command_line", "terminal")
def test_a_file_whose_name_is_no_text_is_imported_and_audited(
    table: Table, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = export.rename(os.fsdecode(os.fsencode(export.parent) + b"/caf\xe9.dat"))
    commands.import_attlog(odd, "usb")
    said = capsys.readouterr().out
    assert said.startswith("caf\\udce9.dat: 5 records read, 2 new, 1 known already, 2 rejected.\n")
    assert table("SELECT detail ->> 'file' FROM audit") == [("caf\\udce9.dat",)]


@pytest.mark.usefixtures("terminal")
def test_an_empty_file_is_no_record(connection: Connection, tmp_path: Path) -> None:
    path = tmp_path / "1_attlog.dat"
    path.write_bytes(b"\r\n\0\n")
    assert import_attlog(connection, path, "usb", NOW) == Counts()


@pytest.mark.usefixtures("terminal")
def test_progress_is_told_in_bytes(connection: Connection, tmp_path: Path) -> None:
    path = tmp_path / "1_attlog.dat"
    path.write_bytes(b"".join(b"%d\t2026-01-05 07:28:00\t1\t0\t1\t0\n" % pin for pin in range(5001)))
    told: list[int] = []
    assert import_attlog(connection, path, "usb", NOW, told.append).accepted == 5001
    assert len(told) == 2
    assert told[-1] == path.stat().st_size


@pytest.mark.usefixtures("command_line", "terminal")
def test_the_command_prints_one_object_for_machines(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands.import_attlog(export, "usb", as_json=True)
    commands.import_attlog(export, "usb", as_json=True)
    out, err = capsys.readouterr()
    whole = {"first": "2026-01-05", "last": "2026-01-05", "without": []}
    assert [json.loads(line) for line in out.splitlines()] == [
        {"read": 5, "accepted": 2, "duplicate": 1, "rejected": 2, "believed_whole": whole},
        {"read": 5, "accepted": 0, "duplicate": 3, "rejected": 2, "believed_whole": whole},
    ]
    assert err == "", "no progress bar where no person watches"


@pytest.mark.usefixtures("command_line", "terminal")
def test_the_command_tells_a_person(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands.import_attlog(export, "usb")
    assert capsys.readouterr().out == (
        "1_attlog.dat: 5 records read, 2 new, 1 known already, 2 rejected.\n"
        "Believed whole from 2026-01-05 to 2026-01-05: nobody's days there wait for this terminal.\n"
    )


@pytest.mark.usefixtures("command_line")
def test_terminals_are_added_and_listed(
    connection: Connection, table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal_commands.list_terminals()
    assert "tepat terminal add NAME" in capsys.readouterr().out
    terminal_commands.add_terminal("gate", "zk", "192.0.2.7:4370", comm_key=1234, time_zone="Asia/Makassar")
    terminal_commands.add_terminal("usb", "attlog")
    assert capsys.readouterr().out.splitlines()[0] == "Terminal gate (zk, Asia/Makassar) is registered."
    audited = table("SELECT action, object, detail FROM audit ORDER BY id")
    assert audited[0] == (
        "add terminal",
        "terminal:gate",
        {"kind": "zk", "address": "192.0.2.7:4370", "time_zone": "Asia/Makassar"},
    )
    assert "1234" not in str(audited), "a comm key is a secret"
    number, zone, key = table("SELECT id, time_zone, comm_key FROM terminal WHERE name = 'gate'")[0]
    assert (zone, key) == ("Asia/Makassar", 1234)
    with connection.transaction():
        health.was_read(connection, number, NOW, None, health.Identity("A1", None, None, 120, 50000, -7))
        health.failed(connection, number, NOW, "192.0.2.7 is silent: is it switched on?")
    terminal_commands.list_terminals()
    heads, first, second = capsys.readouterr().out.splitlines()
    assert heads.split()[:6] == ["NAME", "KIND", "ADDRESS", "ZONE", "SEEN", "(UTC)"]
    assert heads.split()[6:] == ["SYNCED", "UNTIL", "CLOCK", "RECORDS", "UNREAD", "STATE"]
    assert first.split("  ")[0] == "gate"
    for cell in ("192.0.2.7:4370", "2026-01-31 00:00:00", "7 s slow", "120 of 50000", "is silent: is it switched on?"):
        assert cell in first
    assert second.split()[:4] == ["usb", "attlog", "-", "Asia/Jakarta"]
    assert second.split()[4:] == [*"-----", "never", "heard", "of"]
    terminal_commands.list_terminals(as_json=True)
    listed = json.loads(capsys.readouterr().out)
    shown = ("name", "clock_offset", "read_at", "condition", "days_waiting")
    assert [tuple(terminal[part] for part in shown) for terminal in listed] == [
        ("gate", -7, "2026-01-31T00:00:00+00:00", "needs_you", 0),
        ("usb", None, None, "never", 0),
    ]


@pytest.mark.parametrize(
    ("offset", "words"), [(None, "-"), (0, "right"), (1, "1 s fast"), (-1, "1 s slow"), (86400, "86400 s fast")]
)
def test_clock_words(offset: int | None, words: str) -> None:
    assert terminal_commands.clock_words(offset) == words


@pytest.mark.usefixtures("command_line")
def test_a_terminal_is_corrected_and_the_correction_audited(table: Table, capsys: pytest.CaptureFixture[str]) -> None:
    terminal_commands.add_terminal("gate", "zk", "192.0.2.7")
    terminal_commands.set_terminal("gate", time_zone="Asia/Jayapura", comm_key=1234)
    terminal_commands.set_terminal("gate", time_zone="Asia/Jayapura")
    said = capsys.readouterr().out.splitlines()[1:]
    assert said == ["Terminal gate: comm key, time zone changed.", "Nothing changed."]
    assert table("SELECT action, object, detail FROM audit WHERE action = 'set terminal'") == [
        (
            "set terminal",
            "terminal:gate",
            {"changed": ["comm_key", "time_zone"], "time_zone": ["Asia/Jakarta", "Asia/Jayapura"]},
        )
    ]
    assert table("SELECT address, comm_key, time_zone FROM terminal") == [("192.0.2.7", 1234, "Asia/Jayapura")]


def test_a_clock_ahead_makes_no_terminal_synced_in_the_future(
    connection: Connection, terminal: Terminal, tmp_path: Path
) -> None:
    path, local = tmp_path / "1_attlog.dat", NOW.astimezone(ZoneInfo(terminal.time_zone))
    times = [local - timedelta(days=3), local + timedelta(hours=5)]
    path.write_text("".join(f"1\t{time:%Y-%m-%d %H:%M:%S}\t1\t0\t1\t0\r\n" for time in times))
    days: set[date] = set()
    assert import_attlog(connection, path, terminal.name, NOW, days=days).accepted == 2
    assert health.of_all(connection)[0].synced_until == NOW
    assert believed(days) == {"first": "2026-01-28", "last": "2026-01-31", "without": ["2026-01-29", "2026-01-30"]}
