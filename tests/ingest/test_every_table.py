"""Every table that can be imported keeps the same promises, as CSV and as JSON rows."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest.changes import Changes
from ingest.sheet import FaultyRowsError
from ingest.tables import TABLES, TableName, import_rows, import_table
from tests.ingest.every_table import SAMPLES
from tests.ingest.tables import NOW

pytestmark = pytest.mark.timescale

EVERYTHING = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE '%yoyo%' ORDER BY 1
"""
COUNTED_TWICE = {"weeks": 7}
"""A row of a week is seven days."""


def held(connection: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """All there is in the database."""
    return {
        name: sorted(connection.execute(f"SELECT one::text FROM {name} AS one".encode()).fetchall())
        for (name,) in connection.execute(EVERYTHING).fetchall()
    }


def as_csv(path: Path, rows: list[dict[str, object]]) -> Path:
    columns = list({name: None for row in rows for name in row})
    said = {True: "yes", False: "no", None: ""}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            cells = [row.get(name) for name in columns]
            writer.writerow([said[cell] if cell is None or isinstance(cell, bool) else cell for cell in cells])
    return path


def test_there_are_rows_of_every_table() -> None:
    assert SAMPLES.keys() == TABLES.keys()


def test_all_or_nothing_and_the_same_again_is_nothing(connection: psycopg.Connection[Any], tmp_path: Path) -> None:
    """One office that grows table by table, each first rehearsed, then with a fault in its last row, then whole."""
    for table, rows in SAMPLES.items():
        sizes = COUNTED_TWICE.get(table, 1) * len(rows)
        before = held(connection)
        assert bring(connection, table, rows, dry_run=True) == told(table, Changes(sizes, 0, 0))
        for fault in faulty(table, rows[-1]):
            with pytest.raises(FaultyRowsError) as raised:
                bring(connection, table, [*rows, fault])
            assert {one.row for one in raised.value.faults} == {len(rows) + 1}, table
            assert all(one.cure for one in raised.value.faults)
            assert held(connection) == before, table
        assert bring(connection, table, rows) == told(table, Changes(sizes, 0, 0))
        after = held(connection)
        assert after != before
        assert bring(connection, table, rows) == told(table, Changes(0, 0, sizes))
        assert bring(connection, table, list(reversed(rows))) == told(table, Changes(0, 0, sizes))
        path = as_csv(tmp_path / f"{table}.csv", [dict(row) for row in rows])
        done = import_table(connection, table, path, at=NOW, actor="command:sari")
        assert done == told(table, Changes(0, 0, sizes)), f"{table}: CSV says the same as JSON"
        again = held(connection)
        if table == "ratings":
            assert len(again.pop("audit")) == len(after.pop("audit")) + 3, "silence would tell that nothing was new"
        assert again == after, table


def test_no_rows_change_nothing(connection: psycopg.Connection[Any], tmp_path: Path) -> None:
    before = held(connection)
    for table, kind in TABLES.items():
        said = "0 taken" if table == "ratings" else "0 added, 0 changed, 0 unchanged"
        for columns in (kind.required, (*kind.required, *kind.optional)):
            path = tmp_path / f"{table}.csv"
            path.write_text(",".join(columns) + "\n", encoding="utf-8")
            assert str(import_table(connection, table, path, at=NOW, actor="command:sari")) == said, table
        assert str(bring(connection, table, [])) == said, table
    assert held(connection) == before


def told(table: TableName, done: Changes) -> Changes:
    """What an import says of it: of ratings only how many came."""
    return Changes(taken=done.added + done.unchanged) if table == "ratings" else done


def bring(connection: psycopg.Connection[Any], table: TableName, rows: Any, *, dry_run: bool = False) -> Changes:
    return import_rows(connection, table, rows, at=NOW, actor="key:test", dry_run=dry_run)


def faulty(table: TableName, good: Mapping[str, object]) -> list[dict[str, object]]:
    """The row again, with a needed column empty of sense, lacking, with one too many, and with a NUL."""
    first, last = TABLES[table].required[0], TABLES[table].required[-1]
    odd = "no such thing \0" if table in {"units", "shifts", "catalogue"} else "2026-02-31 x"
    return [
        {**good, first: odd, last: odd},
        {name: cell for name, cell in good.items() if name != first},
        {**good, first: odd, "no such column": 1},
    ]


ODD: tuple[object, ...] = (
    "", "x" * 300, -1, 10**30, "0001-01-01", "9999-12-31", "9999", "24:00", "٣٣", "²⁰²⁶", "²⁰²⁶-01-05",
    "2999-01-01", "\ud800", True,
)  # fmt: skip


def test_nothing_odd_in_any_cell_does_anything_but_come_in_or_be_named(connection: psycopg.Connection[Any]) -> None:
    """Each odd value in each cell of a good row: it is taken, or it is a fault of that row, and never an accident."""
    taken = refused = 0
    rows_at_fault: set[int] = set()
    for table, rows in SAMPLES.items():
        bring(connection, table, rows)
    for table, rows in SAMPLES.items():
        for column in (*TABLES[table].required, *TABLES[table].optional):
            for odd in ODD:
                try:
                    bring(connection, table, [{**rows[-1], column: odd}], dry_run=True)
                    taken += 1
                except FaultyRowsError as error:
                    refused += 1
                    rows_at_fault |= {fault.row for fault in error.faults}
    assert rows_at_fault == {1}
    assert taken > len(SAMPLES)
    assert refused > taken
