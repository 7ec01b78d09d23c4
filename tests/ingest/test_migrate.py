"""An upgraded database equals a fresh one, rows survive each step, and a killed upgrade is simply done again."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from shutil import copy
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from ingest import migrate as migrations
from ingest.errors import DatabaseError
from ingest.migrate import SCHEMA, migrate
from ingest.server_process import PROGRAMS, installed_package
from tests.ingest.rows_of_steps import DROPPED, MOVED, ROWS

STEPS = sorted(SCHEMA.glob("*.sql"))
EXPECTED = Path(__file__).parent
ROOT = EXPECTED.parent.parent

MIGRATE = """
import sys
from pathlib import Path
from ingest.migrate import migrate
migrate(sys.argv[1], schema=Path(sys.argv[2]))
"""


def kind(url: str) -> str:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT extname FROM pg_extension WHERE extname = 'timescaledb'").fetchone()
    return "timescale" if found else "embedded"


def schema(url: str) -> str:
    """The tables of a database as pg_dump prints them, sorted, because its order follows the chunks there are."""
    pg_dump = str(installed_package() / PROGRAMS / "bin" / "pg_dump")
    options = ("--schema-only", "--no-owner", "--schema=public", "--exclude-table=*yoyo*")
    dump = subprocess.run([pg_dump, *options, url], capture_output=True, text=True, check=True, timeout=60).stdout
    kept = [line for line in dump.splitlines() if not re.match(r"--|SET |SELECT pg_catalog|\\(un)?restrict|$", line)]
    statements = "\n".join(line for line in kept if "SCHEMA public" not in line).split(";\n")
    return ";\n".join(sorted(statement.removesuffix(";") for statement in statements)) + ";\n"


def hypertables(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT hypertable_name, column_name, time_interval FROM timescaledb_information.dimensions"
        ).fetchall()


def table_rows(url: str) -> dict[str, list[dict[str, Any]]]:
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%yoyo%'"
        ).fetchall()
        with connection.cursor(row_factory=dict_row) as cursor:
            return {name: sorted(cursor.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for (name,) in tables}


@pytest.mark.timescale
def test_the_schema_is_the_expected_one(empty_database_url: str) -> None:
    assert migrate(empty_database_url) == [step.stem for step in STEPS]
    found = schema(empty_database_url)
    expected = EXPECTED / f"expected_schema_{kind(empty_database_url)}.sql"
    if os.environ.get("TEPAT_TEST_WRITE_EXPECTED"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


@pytest.mark.timescale
def test_the_long_tables_are_hypertables_where_timescale_is(empty_database_url: str) -> None:
    migrate(empty_database_url)
    if kind(empty_database_url) == "timescale":
        expected = {("punch", "local_time"), ("terminal_reading", "at")}
        assert {row[:2] for row in hypertables(empty_database_url)} == expected
    else:
        with psycopg.connect(empty_database_url) as connection:
            assert connection.execute("SELECT relkind FROM pg_class WHERE relname = 'punch'").fetchone() == ("r",)


@pytest.mark.timescale
def test_rows_are_carried_through_every_step(empty_database_url: str, tmp_path: Path) -> None:
    assert list(ROWS) == [step.stem for step in STEPS], "a new step brings rows that the next ones must carry"
    before: dict[str, list[dict[str, Any]]] = {}
    for step in STEPS:
        copy(step, tmp_path)
        assert migrate(empty_database_url, schema=tmp_path) == [step.stem]
        now = table_rows(empty_database_url)
        assert before.keys() - now.keys() <= DROPPED
        for name, rows in before.items():
            moved = MOVED.get((step.stem, name), set())
            kept = [{column: value for column, value in row.items() if column not in moved} for row in rows]
            assert name in DROPPED or _carried(kept, now[name]), f"{step.stem} loses rows of {name}"
        with psycopg.connect(empty_database_url) as connection:
            connection.execute(ROWS[step.stem])
        before = table_rows(empty_database_url)
        assert all(before[name] for name in now), "every table has a row"
    assert schema(empty_database_url) == (EXPECTED / f"expected_schema_{kind(empty_database_url)}.sql").read_text()


def _carried(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> bool:
    """A step may add columns, and fill in what was not known before."""
    return len(before) == len(after) and all(
        any(all(was in (None, later[name]) for name, was in row.items()) for later in after) for row in before
    )


def test_what_decided_about_a_day_is_found_by_it_afterwards(empty_database_url: str, tmp_path: Path) -> None:
    for step in STEPS:
        if step.stem == "0027_day_law":
            break
        copy(step, tmp_path)
    migrate(empty_database_url, schema=tmp_path)
    days = [
        ("2026-01-05", "a", "x", {"law": "Perpres 21/2023"}),
        ("2026-01-06", "b", "y", {"law": "roster of unit P, shift M", "in_force": "2026-01-06"}),
        ("2026-01-07", "b", "y", {"law": "Perpres 21/2023"}),
    ]
    columns = "day, rulebook, facts_digest, hours"
    with psycopg.connect(empty_database_url) as connection:
        for day in days:
            connection.execute(
                f"INSERT INTO work_day ({columns}, employee_id, kind, minutes_late, minutes_early, absent, codes,"
                " steps) VALUES (%s, %s, %s, %s, 1, 'work', 0, 0, false, '', '[]')",
                (*day[:3], Jsonb(day[3])),
            )
    migrate(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        found = connection.execute(f"SELECT {columns} FROM judged_day ORDER BY day").fetchall()
    assert [(str(row[0]), *row[1:3], row[3]["law"]) for row in found] == [(*day[:3], day[3]["law"]) for day in days]


def test_again_changes_nothing(empty_database_url: str) -> None:
    migrate(empty_database_url)
    assert migrate(empty_database_url) == []


def test_two_at_once_apply_each_step_once(empty_database_url: str) -> None:
    results: list[list[str]] = []
    threads = [threading.Thread(target=lambda: results.append(migrate(empty_database_url))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(results, key=len) == [[], [], [step.stem for step in STEPS]]


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_kill_9_in_mid_migration_is_healed_by_the_next(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first_step (a integer);")
    slow = tmp_path / "0002_slow.sql"
    slow.write_text("CREATE TABLE half_way (a integer); SELECT pg_sleep(600); CREATE TABLE whole (a integer);")
    process = subprocess.Popen([sys.executable, "-c", MIGRATE, empty_database_url, str(tmp_path)], cwd=ROOT)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:

        def sleeping() -> bool:
            query = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
            return connection.execute(query).fetchone() is not None

        until(sleeping, "the slow step never began")
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        assert connection.execute("SELECT to_regclass('first_step'), to_regclass('half_way')").fetchone() == (
            "first_step",
            None,
        )
    slow.write_text("CREATE TABLE half_way (a integer); CREATE TABLE whole (a integer);")
    assert migrate(empty_database_url, schema=tmp_path) == ["0002_slow"]
    assert {"first_step", "half_way", "whole"} <= table_rows(empty_database_url).keys()


def test_a_step_that_fails_leaves_nothing_of_itself(empty_database_url: str, tmp_path: Path) -> None:
    step = tmp_path / "0001_bad.sql"
    step.write_text("CREATE TABLE half_way (a integer); SELECT 1/0;")
    with pytest.raises(DatabaseError, match="division by zero"):
        migrate(empty_database_url, schema=tmp_path)
    step.write_text("CREATE TABLE half_way (a integer);")
    assert migrate(empty_database_url, schema=tmp_path) == ["0001_bad"]


@pytest.mark.timescale
def test_timescale_that_may_not_be_enabled_is_said(empty_database_url: str) -> None:
    if kind(empty_database_url) == "embedded" and not _loaded(empty_database_url):
        migrate(empty_database_url)
        return
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("DROP EXTENSION IF EXISTS timescaledb")
        connection.execute("DROP ROLE IF EXISTS tepat_plain")
        connection.execute("CREATE ROLE tepat_plain LOGIN PASSWORD 'made-up'")
        connection.execute("GRANT CREATE ON SCHEMA public TO tepat_plain")
    plain = psycopg.conninfo.make_conninfo(empty_database_url, user="tepat_plain", password="made-up")
    try:
        with pytest.raises(DatabaseError, match="administrator run CREATE EXTENSION timescaledb") as raised:
            migrate(plain)
        assert "made-up" not in str(raised.value)
    finally:
        with psycopg.connect(empty_database_url) as connection:
            connection.execute("DROP OWNED BY tepat_plain; DROP ROLE tepat_plain")


def _loaded(url: str) -> bool:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting('timescaledb.max_background_workers', true)").fetchone()
    return row is not None and row[0] is not None


def test_steps_are_plain_ascii_in_number_order() -> None:
    assert [step.name[:4] for step in STEPS] == [f"{number:04}" for number in range(1, len(STEPS) + 1)]
    assert all(step.read_bytes().isascii() for step in STEPS)
    assert migrations.SCHEMA == SCHEMA
