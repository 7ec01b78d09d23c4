"""When what a run over all units found still stands: changes beside it, late commits, dumps, runs that fail."""

from pathlib import Path
from typing import Any

import pytest
from psycopg_pool import ConnectionPool

from ingest.tables import TableName, import_table
from scoring import store
from tests.scoring.database import AT, add_office, found, nip, run
from tests.scoring.whole_runs import Count, all_read, assert_as_from_nothing, execute, office, transfer

__all__ = ["all_read", "office"]


def test_a_change_not_committed_yet_is_seen_once_it_is(office: ConnectionPool, all_read: Count) -> None:
    """Its number is lower than those of transactions that the run had seen, and of the run itself."""
    with office.connection() as importer:
        importer.execute("UPDATE unit SET rulebook = 'kementan-2012' WHERE code = 'W'")
        execute(office, "UPDATE unit SET name = 'T' WHERE code = 'T'")
        run(office)
        run(office)
        assert all_read() == 1
    run(office)
    run(office)
    assert all_read() == 2
    assert_as_from_nothing(office)


def test_a_change_while_the_members_are_read_is_seen_the_next_time(
    office: ConnectionPool, all_read: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(office, "UPDATE unit SET name = 'T' WHERE code = 'T'")
    counted = store.members

    def members(*said: Any) -> Any:
        before = counted(*said)
        transfer(office)
        monkeypatch.setattr(store, "members", counted)
        return before

    monkeypatch.setattr(store, "members", members)
    run(office)
    run(office)
    assert all_read() == 2
    assert_as_from_nothing(office)


def test_the_months_stand_each_for_itself(office: ConnectionPool, all_read: Count) -> None:
    run(office, "2025-12")
    run(office)
    assert all_read() == 1, "another month spoils nothing"
    transfer(office)
    for period in ("2025-12", "2026-01", "2025-12", "2026-01"):
        run(office, period)
    assert all_read() == 3
    assert found(office, "SELECT count(*) FROM member_change") == [(0,)], "all that were seen are gone"


def test_changes_do_not_pile_up_where_only_units_are_scored(pool: ConnectionPool) -> None:
    add_office(pool)
    assert found(pool, "SELECT count(*) FROM member_change") == [(1,)], "one row a transaction"
    run(pool, unit="W")
    assert found(pool, "SELECT count(*) FROM member_change") == [(0,)]
    assert found(pool, "SELECT count(*) FROM whole_run") == [(0,)]


def test_what_a_dump_brought_is_not_trusted(office: ConnectionPool, all_read: Count) -> None:
    """Neither a run noted by another server's transactions, nor one that a row of it would end for ever."""
    columns = "period, by, seen, found, employees, who, other_spans, counted_from, counted_to"
    execute(office, f"CREATE TABLE dump AS SELECT {columns} FROM whole_run")
    execute(office, "DELETE FROM whole_run")
    execute(office, f"INSERT INTO whole_run ({columns}) SELECT {columns} FROM dump")
    execute(office, "INSERT INTO member_change VALUES ('999999999999')")
    for _ in range(2):
        run(office)
    assert all_read() == 1
    assert found(office, "SELECT count(*) FROM member_change") == [(0,)]


def test_an_import_that_changes_nothing_has_nobody_read(
    office: ConnectionPool, all_read: Count, tmp_path: Path
) -> None:
    people = f"nip,name,unit,terminal,pin,from\n{nip(0)},Employee 0,W,terminal-W,0,2020-01-01\n"
    units = "code,name,parent,time_zone,rulebook\nW,W,HQ,Asia/Jakarta,kemenkeu-2011\n"
    tables: list[tuple[TableName, str]] = [("employees", people), ("units", units)]
    for table, content in tables:
        path = tmp_path / f"{table}.csv"
        path.write_text(content, encoding="utf-8")
        with office.connection() as connection:
            import_table(connection, table, path, at=AT, actor="command:test")
    run(office)
    assert all_read() == 0


def test_a_run_that_fails_notes_nothing(office: ConnectionPool) -> None:
    before = found(office, "SELECT * FROM whole_run")
    execute(office, "UPDATE unit SET rulebook = 'nobody'")
    with pytest.raises(Exception, match="no rulebook 'nobody'"):
        run(office)
    assert found(office, "SELECT * FROM whole_run") == before
