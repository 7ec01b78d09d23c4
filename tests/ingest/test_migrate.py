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

STEPS = sorted(SCHEMA.glob("*.sql"))
EXPECTED = Path(__file__).parent
ROOT = EXPECTED.parent.parent

MIGRATE = """
import sys
from pathlib import Path
from ingest.migrate import migrate
migrate(sys.argv[1], schema=Path(sys.argv[2]))
"""

# What a database holds after each step: carried through all later ones.
ROWS = {
    "0001_organisation": """
        INSERT INTO unit (code, name, time_zone, rulebook) VALUES ('P', 'Pusat', 'Asia/Jakarta', 'kemenag-2014');
        INSERT INTO unit (code, name, parent_id, time_zone, rulebook) VALUES ('C', 'Cabang', 1, 'Asia/Jayapura', 'x');
        INSERT INTO employee (nip, name, unit_id) VALUES ('198001012006041001', 'Sari', 2);
        INSERT INTO terminal (name, kind, address, time_zone, added_at)
        VALUES ('gate', 'zk', '192.0.2.7', 'Asia/Jayapura', '2026-01-01Z');
        INSERT INTO terminal_health (terminal_id, read_at) VALUES (1, '2026-01-01Z');
        INSERT INTO enrolment (terminal_id, pin, employee_id, valid_from) VALUES (1, '0042', 1, '2026-01-01');
    """,
    "0002_punch": r"""
        INSERT INTO punch VALUES (1, '2026-01-05 07:28:00', '0042', 255, NULL, NULL, 'poll', '2026-01-05Z', '\x00');
        INSERT INTO punch VALUES (1, '2025-01-05 07:28:00', '0042', 0, 1, '0', 'file', '2026-01-05Z', '\x01');
        INSERT INTO punch_variant VALUES (1, '2026-01-05 07:28:00', '0042', 255, 1, '', 'live', '2026-01-05Z', '\x02');
        INSERT INTO rejected VALUES ('gate', sha256('\x00'), '\x00', 'odd', 'poll', '2026-01-05Z', '2026-01-05Z');
        INSERT INTO day_to_score (terminal_id, day) VALUES (1, '2026-01-05');
    """,
    "0003_work": """
        INSERT INTO target VALUES (1, '2026-01', 25000);
        INSERT INTO activity (employee_id, reference, day, title, volume, weight, status)
        VALUES (1, 'A1', '2026-01-05', 'Laporan', 100, 250, 'verified');
    """,
    "0004_score": """
        INSERT INTO work_day VALUES (1, '2026-01-05', 'work', NULL, NULL, NULL, NULL, NULL, 0, 0, true, 'TK', 500,
                                     '[]', '{}', 'kemenag-2014', 'd');
        INSERT INTO score VALUES (1, '2026-01', 1, 'kemenag-2014', 'd', 'regulation', 500, 9500, NULL, 9500, 9500,
                                  '[]', '2026-01-31', 'd', '2026-02-01Z');
    """,
    "0005_access": """
        INSERT INTO account (name, password_hash, role, created_at) VALUES ('sari', 'h', 'hr', '2026-01-01Z');
        INSERT INTO login_session VALUES ('\\x01', 1, '2026-01-01Z', '2026-01-02Z');
        INSERT INTO api_key (name, prefix, secret_sha256, role, created_at)
        VALUES ('pay', 'p', '\\x01', 'allowance', '2026-01-01Z');
        INSERT INTO audit (at, actor, action, object) VALUES ('2026-01-01Z', 'command:sari', 'view', 'score');
    """,
    "0006_terminal_log": r"""
        INSERT INTO terminal_log VALUES (1, 'SN1', 'Ver 6.60', 4, 40, false, 1, '\x00', '2026-01-05Z', 2, 'good', NULL);
    """,
    "0007_push": """
        INSERT INTO terminal (name, kind, address, time_zone, added_at)
        VALUES ('site', 'iclock', 'A1', 'Asia/Jayapura', '2026-01-01Z');
        INSERT INTO push_terminal VALUES ('A1', 'approved', '10.0.0.0/8', true, 'c', '{"attlog": "9"}', '2026-01-01Z',
                                          '2026-01-01Z', '10.0.0.7');
        INSERT INTO push_order (terminal_id, kind, first_time, last_time, asked_at)
        VALUES (1, 'count', '2026-01-01', '2026-01-02', '2026-01-03Z');
    """,
    "0008_collection": """
        INSERT INTO terminal_reading VALUES (1, '2026-01-05Z', '2026-01-05 09:00:02', 2000, 12, NULL, 2);
        INSERT INTO punch_mark VALUES (1, '2026-01-05 07:28:00', '0042', 255, 'clock_doubted');
    """,
    "0009_serial_number": """
        UPDATE terminal SET serial_number = 'CKJF201760001' WHERE name = 'gate';
    """,
    "0010_waiting_day": """
        INSERT INTO waiting_day VALUES (1, '2026-01-05', 1, '2026-01-05 15:00Z', false);
    """,
    "0011_push_key": """
        UPDATE push_terminal SET push_key = 'k', counted_answer = true, greeted_from = '10.0.0.7', refused = 2;
        INSERT INTO audit (at, actor, action, object, detail)
        VALUES ('2026-01-01Z', 'terminal:gate', 'clock set', 'terminal:gate', '{"record": "00"}');
    """,
    "0012_mqtt_receipt": r"""
        INSERT INTO mqtt_receipt VALUES ('tepat-collector', 7, sha256('\x00'), '2026-01-05Z');
    """,
    "0013_broker_health": """
        INSERT INTO broker_health VALUES ('127.0.0.1:1883', 7, '2026-01-05Z');
        INSERT INTO broker_drop VALUES ('127.0.0.1:1883', '2026-01-05Z', 7);
    """,
    "0014_rejected_cause": r"""
        INSERT INTO rejected
        VALUES ('gate', sha256('\x01'), '\x01', 'line 7: no id', 'file', '2026-01-05Z', '2026-01-05Z');
    """,
    "0015_membership": """
        INSERT INTO membership VALUES (1, '1800-01-01', '1900-01-01', 1);
        INSERT INTO scored_month VALUES (1, '2026-01', 'd');
    """,
    "0016_performance": """
        INSERT INTO plan_item (employee_id, year, reference, title, main, measure, low, high, maximal, weight)
        VALUES (1, 2026, '1', 'Reports', true, 'report', 1200, 1200, false, 100);
        INSERT INTO plan_month VALUES (1, '2026-01', 100);
        INSERT INTO catalogue VALUES ('R', 'Report', 'report', 90, 150);
        INSERT INTO employee (nip, name, unit_id) VALUES ('198506152010011002', 'Budi', 2);
        INSERT INTO rating VALUES (1, 2, '2026-Q1', 'superior', 9000);
        INSERT INTO evaluation VALUES (1, '2026-Q1', 'above', NULL, false);
        INSERT INTO unit_predicate VALUES (2, '2026', 'Baik');
        INSERT INTO employee_class VALUES (1, '2026-01-01', 7, false);
    """,
    "0017_roster": """
        INSERT INTO shift (code, name, starts, ends) VALUES ('M', 'Malam', 1260, 1860);
        INSERT INTO roster VALUES (1, '2026-01-05', '{1}', '');
        INSERT INTO unit_roster VALUES (1, '2026-01-06', '{}', 'Hari jadi');
        INSERT INTO unit_week VALUES (1, '2026-01-01', 6, '{1}');
    """,
    "0018_absence": """
        INSERT INTO absence (employee_id, document, kind, first_day, last_day, withdrawn)
        VALUES (1, '800/1', 'annual', '2026-01-05', '2026-01-06', false);
        INSERT INTO employee_grade VALUES (1, '2026-01-01', 3);
    """,
    "0019_facts": """
        INSERT INTO temporary_exit VALUES (1, '2026-01-05 10:00', '2026-01-05 11:00', '', false);
        INSERT INTO assembly VALUES (1, '2026-01-05', 'Apel Senin', 420, 450, 'punch', false);
        INSERT INTO assembly_list VALUES (1, '2026-01-05', 'Apel Senin', 1, true);
        INSERT INTO unit_head VALUES (1, '2026-01-01', 1);
        INSERT INTO activity_deadline VALUES (1, '2026-01-01', 3, NULL);
        INSERT INTO api_key (name, prefix, secret_sha256, role, created_at, employee_id)
        VALUES ('own', 'o', '\\x02', 'employee', '2026-01-01Z', 1);
    """,
    "0020_counted_days": """
        UPDATE score SET counted_from = '2025-12-16', counted_to = '2026-01-15';
    """,
    "0021_decision": """
        INSERT INTO decision VALUES (1, '2026-01', 'payment', 'SPM 12', '2026-02-02', false);
        UPDATE plan_item SET mandate = 'Renstra 2.1';
    """,
    "0022_held_rating": """
        INSERT INTO held_rating VALUES (1, 2, '2026-Q1', 'peer', 7000);
    """,
    "0023_days_unreferenced": """
        UPDATE work_day SET deduction = deduction + 1;
    """,
    "0024_own_rating": """
        INSERT INTO own_rating VALUES (1, 2, '2026-Q1');
    """,
    "0025_rating_source": """
        INSERT INTO rating VALUES (1, 2, '2026-Q1', 'superior', 8000, false);
    """,
    "0026_correction": """
        INSERT INTO correction VALUES (1, '2026-01-05', 1, 'in', 'ND/1', 445, 'forgotten', false);
    """,
    "0027_day_law": """
        UPDATE work_day SET roster = 'roster of unit P';
        UPDATE scored_month SET days_digest = 'd';
    """,
    "0028_whole_run": """
        INSERT INTO whole_run VALUES
            ('2026-01', DEFAULT, pg_current_snapshot(), 'f', 1, '{1}', '{1}', '{2025-12-16}', '{2026-01-15}');
        UPDATE unit SET name = name;
    """,
}
DROPPED = {"own_rating"}
"""Tables whose rows a later step carries into other ones: who sent a rating himself stands with the rating."""
MOVED = {("0027_day_law", "work_day"): {"hours", "rulebook", "facts_digest"}}
"""Columns that a step moves elsewhere; a test of their own shows that they arrive."""


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


def test_the_schema_is_the_expected_one(empty_database_url: str) -> None:
    assert migrate(empty_database_url) == [step.stem for step in STEPS]
    found = schema(empty_database_url)
    expected = EXPECTED / f"expected_schema_{kind(empty_database_url)}.sql"
    if os.environ.get("TEPAT_TEST_WRITE_EXPECTED"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def test_the_long_tables_are_hypertables_where_timescale_is(empty_database_url: str) -> None:
    migrate(empty_database_url)
    if kind(empty_database_url) == "timescale":
        expected = {("punch", "local_time"), ("terminal_reading", "at")}
        assert {row[:2] for row in hypertables(empty_database_url)} == expected
    else:
        with psycopg.connect(empty_database_url) as connection:
            assert connection.execute("SELECT relkind FROM pg_class WHERE relname = 'punch'").fetchone() == ("r",)


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
    deadline = time.monotonic() + 30
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
        process.wait(timeout=10)
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
