"""A small office in the database, written by plain SQL: what the API and the pages are tried on."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from psycopg import Connection

KEMENAG = {
    "table": "lateness_deduction",
    "law": "SK Sekjen Kemenag 13/2014",
    "article": "",
    "in_force": "2014-01-01",
    "in_force_known": "year",
    "basis": "regulation",
}
ASSUMED = {
    "table": "lateness_deduction",
    "law": "Asumsi",
    "article": "",
    "in_force": "2021-05-10",
    "in_force_known": "day",
    "basis": "assumption",
}
ARITHMETIC = {"table": "", "law": "", "article": "", "in_force": "", "in_force_known": "", "basis": "regulation"}
HOURS = {
    "law": "Perpres 21/2023",
    "article": "Ps. 4",
    "in_force": "2023-04-12",
    "in_force_known": "day",
    "basis": "regulation",
}
JOINT_DECREE = {
    "law": "SKB Menag 1497/2025",
    "article": "Lampiran",
    "in_force": "2026-01-01",
    "in_force_known": "year",
    "basis": "regulation",
}
HOLIDAYS = {date(2026, 1, 1): "Tahun Baru 2026 Masehi", date(2026, 1, 16): "Isra Mikraj Nabi Muhammad SAW"}


@dataclass
class Office:
    """Database numbers by unit code and NIP."""

    units: dict[str, int] = field(default_factory=dict)
    terminals: dict[str, int] = field(default_factory=dict)
    employees: dict[str, int] = field(default_factory=dict)


SITI, BUDI, MADE = "198501012010012001", "199003032015031002", "197807072005011003"


def wall(text: str) -> datetime:
    """The time a terminal's clock showed."""
    return datetime.fromisoformat(text)


def step(kind: str, code: str, percent: int | None, formula: str, **more: Any) -> dict[str, Any]:
    return {
        "day": None, "kind": kind, "code": code, "minutes": None, "percent": percent, "formula": formula,
        "punches": [], **KEMENAG, **more,
    }  # fmt: skip


def add_unit(
    connection: Connection[Any], office: Office, code: str, name: str, *, parent: str | None, zone: str
) -> None:
    found = connection.execute(
        "INSERT INTO unit (code, name, parent_id, time_zone, rulebook) VALUES (%s, %s, %s, %s, 'kemenag-2014')"
        " RETURNING id",
        (code, name, office.units[parent] if parent else None, zone),
    ).fetchone()
    assert found
    office.units[code] = found[0]


def add_terminal(connection: Connection[Any], office: Office, name: str, zone: str) -> None:
    found = connection.execute(
        "INSERT INTO terminal (name, kind, address, comm_key, time_zone, added_at)"
        " VALUES (%s, 'zk', '10.20.30.40', 123456, %s, now()) RETURNING id",
        (name, zone),
    ).fetchone()
    assert found
    office.terminals[name] = found[0]


def add_employee(connection: Connection[Any], office: Office, nip: str, name: str, *, unit: str, terminal: str) -> int:
    found = connection.execute(
        "INSERT INTO employee (nip, name, unit_id, allowance_class) VALUES (%s, %s, %s, 9) RETURNING id",
        (nip, name, office.units[unit]),
    ).fetchone()
    assert found
    office.employees[nip] = int(found[0])
    connection.execute(
        "INSERT INTO enrolment (terminal_id, pin, employee_id, valid_from) VALUES (%s, %s, %s, '2020-01-01')",
        (office.terminals[terminal], nip[-4:], found[0]),
    )
    return int(found[0])


def add_punch(
    connection: Connection[Any], office: Office, terminal: str, pin: str, *, at: datetime, state: int
) -> None:
    connection.execute(
        "INSERT INTO punch (terminal_id, local_time, pin, state, verify, work_code, source, received_at, raw)"
        " VALUES (%s, %s, %s, %s, 1, NULL, 'poll', now(), '\\x00')",
        (office.terminals[terminal], at, pin, state),
    )


def law_id(connection: Connection[Any], hours: dict[str, str]) -> int:
    """Of the law of a day of this rulebook with these hours."""
    known = "SELECT id FROM day_law WHERE facts_digest = %s"
    new = "INSERT INTO day_law (facts_digest, rulebook, hours) VALUES (%s, 'kemenag-2014', %s) RETURNING id"
    found = (
        connection.execute(known, (hours["law"],)).fetchone()
        or connection.execute(new, (hours["law"], json.dumps(hours))).fetchone()
    )
    assert found
    return int(found[0])


def add_day(connection: Connection[Any], employee_id: int, day: date, steps: list[dict[str, Any]], **more: Any) -> None:
    """A computed day; without `more` an office day of 07:30 to 16:00 with both scans in time."""
    kind = "holiday" if day in HOLIDAYS else "weekend" if day.isoweekday() > 5 else "work"
    work = kind == "work"
    percents = [one["percent"] for one in steps]
    values: dict[str, Any] = {
        "employee_id": employee_id,
        "day": day,
        "kind": kind,
        "name": HOLIDAYS.get(day),
        "expected_in": datetime.combine(day, time(7, 30)) if work else None,
        "expected_out": datetime.combine(day, time(16)) if work else None,
        "first_in": datetime.combine(day, time(7, 21, 8)) if work else None,
        "last_out": datetime.combine(day, time(16, 4, 51)) if work else None,
        "minutes_late": 0,
        "minutes_early": 0,
        "absent": False,
        "codes": " ".join(one["code"] for one in steps),
        "deduction": None if None in percents else sum(percents),
        "steps": json.dumps([{**one, "day": str(day)} for one in steps]),
        "law_id": law_id(connection, JOINT_DECREE if day in HOLIDAYS else HOURS),
        **more,
    }
    columns = ", ".join(values)
    places = ", ".join(f"%({name})s" for name in values)
    connection.execute(f"INSERT INTO work_day ({columns}) VALUES ({places})".encode(), values)


def add_score(
    connection: Connection[Any],
    employee_id: int,
    version: int,
    payable: int | None,
    steps: list[dict[str, Any]],
    **more: Any,
) -> None:
    values: dict[str, Any] = {
        "employee_id": employee_id,
        "period": "2026-01",
        "version": version,
        "rulebook": "kemenag-2014",
        "rulebook_digest": "r",
        "basis": "regulation",
        "deduction": None if payable is None else 10000 - payable,
        "attendance": payable,
        "output": None,
        "total": payable,
        "payable": payable,
        "steps": json.dumps(steps),
        "last_day": date(2026, 1, 31),
        "digest": f"d{version}",
        "scored_at": datetime(2026, 2, 2, 3, 4, 5, tzinfo=UTC),
        **more,
    }
    columns = ", ".join(values)
    places = ", ".join(f"%({name})s" for name in values)
    connection.execute(f"INSERT INTO score ({columns}) VALUES ({places})".encode(), values)


def month(payable: int, formula: str, **more: Any) -> list[dict[str, Any]]:
    """The steps of a period without an output section."""
    plain = {**ARITHMETIC, **more}
    return [
        step("deduction", "", 10000 - payable, formula, **plain),
        step("attendance", "", payable, "100,00 - …", **plain),
        step("payable", "", payable, "", **plain),
    ]


def january() -> list[date]:
    return [date(2026, 1, 1) + timedelta(days=n) for n in range(31)]


def build(connection: Connection[Any]) -> Office:
    """Two offices below a head: Siti (late, early, absent), Budi (rate missing, no score) in one, Made in the other."""
    office = Office()
    add_unit(connection, office, "PUSAT", "Sekretariat Jenderal", parent=None, zone="Asia/Jakarta")
    add_unit(connection, office, "JKT", "Biro Organisasi dan SDM", parent="PUSAT", zone="Asia/Jakarta")
    add_unit(connection, office, "MKS", "Sentra Wirajaya Makassar", parent="PUSAT", zone="Asia/Makassar")
    add_terminal(connection, office, "lobi-jakarta", "Asia/Jakarta")
    add_terminal(connection, office, "gerbang-makassar", "Asia/Makassar")
    _siti(connection, office)
    _budi(connection, office)
    _made(connection, office)
    connection.execute(
        "INSERT INTO terminal_health (terminal_id, serial_number, record_count, record_capacity, clock_offset,"
        " tried_at, read_at, seen_at, synced_until, unread, record_at)"
        " VALUES (%s, 'CQZ7231460912', 41233, 100000, -3, now(), now(), now(), now(), 0, '2026-01-30 16:04:51')",
        (office.terminals["lobi-jakarta"],),
    )
    return office


def _siti(connection: Connection[Any], office: Office) -> None:
    siti = add_employee(connection, office, SITI, "Siti Rahmawati", unit="JKT", terminal="lobi-jakarta")
    late, again = wall("2026-01-05 07:42:13"), wall("2026-01-05 07:42:19")
    for at, state in ((late, 0), (again, 0), (wall("2026-01-05 16:02:40"), 1), (wall("2026-01-21 15:20:00"), 1)):
        add_punch(connection, office, "lobi-jakarta", "2001", at=at, state=state)
    key = {"terminal": "lobi-jakarta", "pin": "2001", "local_time": late.isoformat(), "state": 0}
    out = {**key, "local_time": "2026-01-21T15:20:00", "state": 1}
    special: dict[date, tuple[list[dict[str, Any]], dict[str, Any]]] = {
        date(2026, 1, 5): (
            [step("late", "TL1", 50, "12 min in [1, 31)", minutes=12, punches=[key], hours="Perpres 21/2023 Ps.4")],
            {"first_in": late, "minutes_late": 12},
        ),
        date(2026, 1, 21): (
            [step("early", "PSW2", 100, "40 min in [31, 61)", minutes=40, punches=[out])],
            {"last_out": wall("2026-01-21 15:20:00"), "minutes_early": 40},
        ),
        date(2026, 1, 27): (
            [step("absent", "TK", 300, "3,00", table="absence_deduction")],
            {"first_in": None, "last_out": None, "absent": True},
        ),
    }
    for day in january():
        steps, more = special.get(day, ([], {}))
        add_day(connection, siti, day, steps, **more)
    add_score(connection, siti, 1, 9900, [])
    add_score(connection, siti, 2, 9550, month(9550, "0,50 + 1,00 + 3,00"))


def _budi(connection: Connection[Any], office: Office) -> None:
    budi = add_employee(connection, office, BUDI, "Budi Santoso", unit="JKT", terminal="lobi-jakarta")
    add_day(connection, budi, date(2026, 1, 5), [])
    add_day(
        connection, budi, date(2026, 1, 6),
        [step("missing_in", "", None, "?", table="missing_scan_deduction")], first_in=None,
    )  # fmt: skip


def _made(connection: Connection[Any], office: Office) -> None:
    made = add_employee(connection, office, MADE, "I Made Wirawan", unit="MKS", terminal="gerbang-makassar")
    at = wall("2026-01-08 08:05:30")
    add_punch(connection, office, "gerbang-makassar", "1003", at=at, state=255)
    add_punch(connection, office, "gerbang-makassar", "9999", at=at, state=255)
    key = {"terminal": "gerbang-makassar", "pin": "1003", "local_time": at.isoformat(), "state": 255}
    for day in january():
        late = day == at.date()
        steps = [step("late", "TL2", 100, "35 min in [31, 61)", minutes=35, punches=[key], **ASSUMED)] if late else []
        add_day(connection, made, day, steps, **({"first_in": at, "minutes_late": 35} if late else {}))
    steps = [
        *month(9900, "1,00")[:2],
        step("output", "", 9500, "47,50 / 50,00 = 95,00", **ASSUMED),
        step("total", "", 9660, "0,40 x 99,00 + 0,60 x 95,00", **ASSUMED),
        step("payable", "", 9660, "96,60", **ARITHMETIC),
    ]
    add_score(connection, made, 1, 9660, steps, basis="assumption", deduction=100, attendance=9900, output=9500)
