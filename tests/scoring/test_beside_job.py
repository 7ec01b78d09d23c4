"""Exits and assemblies in the database: which days they touch, what waits, what a correction takes back."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest
from psycopg_pool import ConnectionPool

from ingest.tables import TableName, import_rows
from tests.scoring.database import AT, add_office, found, month, nip, punch, run, sync

APEL = {"unit": "HQ", "date": "2026-01-12", "name": "Apel", "presence": "punch", "from": "07:00", "until": "07:10"}
UPACARA = {"unit": "W", "date": "2026-01-13", "name": "Upacara", "presence": "list"}
Bring: TypeAlias = Callable[..., None]


@pytest.fixture
def bring(pool: ConnectionPool) -> Bring:
    """Three employees with a clean month by Kota Serang's rulebook, and a way to bring in rows."""
    add_office(pool, employees=3, rulebook="kota-serang-2023")
    for number in range(3):
        punch(pool, "WTE"[number], number, month())
    run(pool)

    def bring_rows(table: TableName, *rows: dict[str, object]) -> None:
        with pool.connection() as connection:
            import_rows(connection, table, rows, at=AT, actor="command:test")

    return bring_rows


def deducted(pool: ConnectionPool) -> list[Any]:
    query = "SELECT right(nip, 1), extract(day FROM day)::integer, deduction FROM work_day JOIN employee"
    return found(pool, f"{query} ON id = employee_id WHERE deduction <> 0 ORDER BY 1, 2")


def test_an_assembly_touches_its_day_of_its_unit_and_waits_for_terminals(pool: ConnectionPool, bring: Bring) -> None:
    bring("assemblies", APEL)
    punch(pool, "T", 1, ["2026-01-12 07:05"])
    with pool.connection() as connection:
        sync(connection, datetime(2026, 1, 12, tzinfo=UTC), "E")
    done = run(pool)
    assert (done.days_computed, done.days_waiting) == (2, 1), "the third one's terminal may still hold the scan"
    assert deducted(pool) == [("0", 12, 200)]
    with pool.connection() as connection:
        sync(connection)
    assert run(pool).days_computed == 1
    assert deducted(pool) == [("0", 12, 200), ("2", 12, 200)]
    bring("assemblies", {**APEL, "withdrawn": "yes"})
    assert run(pool).days_computed == 3
    assert deducted(pool) == []


def test_a_list_counts_once_it_is_in(pool: ConnectionPool, bring: Bring) -> None:
    row = {"unit": "W", "date": "2026-01-13", "name": "Upacara", "nip": nip(0)}
    bring("assemblies", UPACARA)
    run(pool)
    assert deducted(pool) == []
    bring("attended", {**row, "present": "no"})
    assert run(pool).days_computed == 1
    assert deducted(pool) == [("0", 13, 200)]
    bring("attended", row)
    run(pool)
    assert deducted(pool) == []


def test_an_exit_touches_its_day_and_a_letter_takes_it_back(pool: ConnectionPool, bring: Bring) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'kemenag-2014'")
    run(pool)
    left = {"nip": nip(1), "date": "2026-01-14", "left": "10:00", "returned": "10:20"}
    bring("exits", left)
    assert run(pool).days_changed == 1
    assert deducted(pool) == [("1", 14, 200)]
    ((steps,),) = found(pool, "SELECT steps FROM work_day WHERE deduction > 0")
    assert [(step["kind"], step["formula"], step["law"]) for step in steps] == [
        ("exit", "away 10:00:00 to 10:20:00, 20 min in [1, ∞)", "SK Sekjen Kemenag 13/2014")
    ]
    bring("exits", {**left, "document": "ST/12"})
    run(pool)
    assert deducted(pool) == []
