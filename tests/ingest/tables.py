"""What the tests of the office's tables share: a way to import one, an office, a look at the days to score."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest

from ingest.changes import Changes
from ingest.tables import TableName, import_table
from ingest.terminals import Terminal

NOW = datetime(2026, 1, 31, tzinfo=UTC)
SARI, BUDI = "198001012006041001", "198506152010011002"
Load: TypeAlias = Callable[[TableName, str], Changes]
Rows: TypeAlias = Callable[[str], list[tuple[Any, ...]]]

UNITS = """code,name,parent,time_zone,rulebook
C,Cabang,P,Asia/Jayapura,kemenag-2014
P,Pusat,,Asia/Jakarta,kemensos-eperformance
"""
EMPLOYEES = f"""nip,name,unit,class,terminal,pin,from
{SARI},Sari,P,7,gate,0042,2026-01-01
{BUDI},Budi,C,,,,
"""


@pytest.fixture
def load(connection: psycopg.Connection[Any], tmp_path: Path) -> Load:
    def write_and_import(table: TableName, content: str) -> Changes:
        path = tmp_path / f"{table}.csv"
        path.write_text(content, encoding="utf-8")
        return import_table(connection, table, path, at=NOW, actor="command:sari")

    return write_and_import


@pytest.fixture
def office(load: Load, terminal: Terminal, connection: psycopg.Connection[Any]) -> Terminal:
    """Two units, two employees, Sari enrolled, both with computed days of January; nothing waits to be scored."""
    load("units", UNITS)
    load("employees", EMPLOYEES)
    connection.execute(
        "INSERT INTO work_day (employee_id, day, kind, minutes_late, minutes_early, absent, codes, steps, law_id) "
        "SELECT e.id, d, 'work', 0, 0, false, '', '[]', 1 "
        "FROM employee e, generate_series('2026-01-01'::date, '2026-01-10', '1 day') d"
    )
    connection.execute("DELETE FROM day_to_score")
    connection.commit()
    return terminal


def marked(rows: Rows) -> list[tuple[str, list[int]]]:
    """Name and days of January that wait to be scored."""
    found = rows(
        "SELECT e.name, array_agg(DISTINCT extract(day FROM d.day)::integer ORDER BY extract(day FROM d.day)::integer) "
        "FROM day_to_score d JOIN employee e ON e.id = d.employee_id GROUP BY 1 ORDER BY 1"
    )
    return [(name, list(days)) for name, days in found]


ALL_DAYS = list(range(1, 11))
