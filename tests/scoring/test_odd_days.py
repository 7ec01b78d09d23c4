"""An office of odd days on the whole way, from rows and scans to sums: the law cases of odd_days.toml."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from psycopg_pool import ConnectionPool

from config.calendars import calendar
from ingest.tables import TableName, import_rows
from scoring.job import score_period
from tests.scoring.database import AT, found, nip, sync

OFFICE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "odd_days.toml").read_text(encoding="utf-8"), parse_float=Decimal
)
PEOPLE: Sequence[Mapping[str, Any]] = OFFICE["person"]
LAST = date(2026, 2, 28)
PUNCH = """
INSERT INTO punch (terminal_id, local_time, pin, state, source, received_at, raw)
SELECT id, %s, %s, 255, 'file', %s, '' FROM terminal WHERE name = %s
"""
DAYS = """
SELECT day, sum(deduction)::integer FROM work_day JOIN employee ON employee.id = employee_id WHERE nip = %s GROUP BY day
"""
MONTHS = "SELECT period, deduction FROM score JOIN employee ON employee.id = employee_id WHERE nip = %s"
LEAVE = """
SELECT period, (step ->> 'percent')::integer FROM score JOIN employee ON employee.id = employee_id,
    json_array_elements(steps) AS step WHERE nip = %s AND step ->> 'kind' = 'leave_of_month'
"""


def bring(pool: ConnectionPool, table: TableName, rows: Sequence[Mapping[str, object]]) -> None:
    with pool.connection() as connection:
        import_rows(connection, table, rows, at=datetime(2026, 3, 1, tzinfo=UTC), actor="key:test")


def facts() -> Iterator[tuple[TableName, dict[str, object]]]:
    for n, one in enumerate(PEOPLE):
        for day, shifts in one.get("rosters", ()):
            yield "rosters", {"nip": nip(n), "unit": "", "date": day, "shifts": shifts}
        for day, shifts in one.get("unit_rosters", ()):
            yield "rosters", {"nip": "", "unit": one["unit"], "date": day, "shifts": shifts}
        for number, (kind, first, last) in enumerate(one.get("absences", ())):
            letter = {"document": f"L{number}", "kind": kind, "from": first, "until": last}
            yield "absences", {"nip": nip(n), **letter}
        for day, left, returned, document in one.get("exits", ()):
            away = {"date": day, "left": left, "returned": returned, "document": document}
            yield "exits", {"nip": nip(n), **away}


def scans(one: Mapping[str, Any]) -> Iterator[str]:
    """The clean days, in the hours that were told, and the scans that are told one by one."""
    came, left = one.get("clean", ("07:20", "16:35"))
    off = one.get("off")
    for n in range((LAST - date(2026, 1, 1)).days + 17):
        day = date(2025, 12, 16) + timedelta(days=n)
        away = off is not None and date.fromisoformat(off[0]) <= day <= date.fromisoformat(off[1])
        if calendar().day(day).kind == "work" and not away and f"{day}" not in one.get("clean_but", ()):
            yield f"{day} {came}"
            yield f"{day} {left}"
    yield from one.get("scans", ())


@pytest.fixture
def office(pool: ConnectionPool) -> ConnectionPool:
    bring(pool, "units", [{"name": one["code"], "parent": "", **one} for one in OFFICE["units"]])
    with pool.connection() as connection:
        for name, zone in (("Asia/Jakarta", "Asia/Jakarta"), ("Asia/Jayapura", "Asia/Jayapura")):
            connection.execute(
                "INSERT INTO terminal (name, kind, time_zone, added_at) VALUES (%s, 'attlog', %s, %s)",
                (f"terminal-{name}", zone, AT),
            )
        sync(connection)
    zones = {one["code"]: one["time_zone"] for one in OFFICE["units"]}
    bring(pool, "employees", [
        {"nip": nip(n), "name": one["name"], "unit": one["unit"], "class": 7, "terminal": f"terminal-{zone}",
         "pin": str(n), "from": one.get("from", "2026-01-01")}
        for n, one in enumerate(PEOPLE) for zone in sorted({zones[one["unit"]], "Asia/Jakarta"})
    ])  # fmt: skip
    bring(pool, "shifts", OFFICE["shifts"])
    bring(pool, "weeks", OFFICE["weeks"])
    for table in ("rosters", "absences", "exits"):
        bring(pool, table, [row for named, row in facts() if named == table])
    with pool.connection() as connection, connection.cursor() as cursor:
        for n, one in enumerate(PEOPLE):
            home = f"terminal-{zones[one['unit']]}"
            cursor.executemany(PUNCH, [(at, str(n), AT, home) for at in scans(one)])
            cursor.executemany(PUNCH, [(at, str(n), AT, "terminal-Asia/Jakarta") for at in one.get("elsewhere", ())])
    for period in ("2026-01", "2026-02"):
        score_period(pool, period, until=lambda _: LAST + timedelta(days=1), at=AT)
    return pool


def hundredths(said: Mapping[str, Any]) -> dict[str, int]:
    return {key: int(percent * 100) for key, percent in said.items()}


def test_what_was_reckoned_by_hand(office: ConnectionPool) -> None:
    for n, one in enumerate(PEOPLE):
        days = {f"{day}": taken for day, taken in found(office, DAYS, nip(n))}
        assert {day: days[day] for day in one["days"]} == hundredths(one["days"]), one["name"]
        months = dict(found(office, MONTHS, nip(n)))
        assert {month: months[month] for month in one["months"]} == hundredths(one["months"]), one["name"]
        assert dict(found(office, LEAVE, nip(n))) == hundredths(one.get("leave", {})), one["name"]
