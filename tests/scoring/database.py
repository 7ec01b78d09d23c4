"""An office in the database, for the tests of the job: written by plain SQL, changed one fact at a time."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from psycopg import Connection
from psycopg_pool import ConnectionPool

from scoring.job import score_period
from scoring.run import Summary

AT = datetime(2026, 2, 1, 3, tzinfo=UTC)
LONG_AFTER = datetime(2030, 1, 1, tzinfo=UTC)
FEBRUARY = date(2026, 2, 1)
ZONES = {"W": "Asia/Jakarta", "T": "Asia/Makassar", "E": "Asia/Jayapura"}


def nip(number: int) -> str:
    return f"1985010120100{number:05d}"


def found(office: ConnectionPool, query: str, *values: object) -> list[Any]:
    with office.connection() as connection:
        return connection.execute(query.encode(), values).fetchall()


def add_office(office: ConnectionPool, employees: int = 3, rulebook: str = "kemenag-2014", order: int = 1) -> None:
    """Units W, T, E in three zones under "HQ", a terminal in each; employee n in unit n mod 3 with pin n.

    order: -1 adds everything the other way round, so that the database's serial numbers differ.
    """
    with office.connection() as connection:
        connection.execute(
            "INSERT INTO unit (code, name, time_zone, rulebook) VALUES ('HQ', 'Head office', 'Asia/Jakarta', %s)",
            (rulebook,),
        )
        for code in list(ZONES)[::order]:
            connection.execute(
                "INSERT INTO unit (code, name, parent_id, time_zone, rulebook)"
                " SELECT %s, %s, id, %s, %s FROM unit WHERE code = 'HQ'",
                (code, code, ZONES[code], rulebook),
            )
            connection.execute(
                "INSERT INTO terminal (name, kind, time_zone, added_at) VALUES (%s, 'attlog', %s, %s)",
                (f"terminal-{code}", ZONES[code], AT),
            )
        sync(connection)
        for number in range(employees)[::order]:
            connection.execute(
                "INSERT INTO employee (nip, name, unit_id) SELECT %s, %s, id FROM unit WHERE code = %s",
                (nip(number), f"Employee {number}", list(ZONES)[number % 3]),
            )
            belong(connection, number, list(ZONES)[number % 3])
            enrol(connection, number, list(ZONES)[number % 3])


def belong(connection: Connection[Any], number: int, unit: str, since: str = "1900-01-01") -> None:
    """From this day on the employee belongs to the unit; the membership before ends."""
    connection.execute("UPDATE membership SET valid_until = %s WHERE valid_until IS NULL AND employee_id ="
                       " (SELECT id FROM employee WHERE nip = %s)", (since, nip(number)))  # fmt: skip
    connection.execute(
        "INSERT INTO membership (employee_id, valid_from, unit_id) SELECT employee.id, %s, unit.id FROM employee, unit"
        " WHERE nip = %s AND unit.code = %s",
        (since, nip(number), unit),
    )


def sync(connection: Connection[Any], until: datetime | None = LONG_AFTER, terminal: str = "%") -> None:
    """As a good reading leaves the terminals: everything punched before is stored."""
    connection.execute(
        "INSERT INTO terminal_health (terminal_id, synced_until) SELECT id, %s FROM terminal WHERE name LIKE %s"
        " ON CONFLICT (terminal_id) DO UPDATE SET synced_until = excluded.synced_until",
        (until, f"terminal-{terminal}"),
    )


def enrol(connection: Connection[Any], number: int, terminal: str, since: str = "2020-01-01") -> None:
    connection.execute(
        "INSERT INTO enrolment (terminal_id, pin, employee_id, valid_from)"
        " SELECT terminal.id, %s, employee.id, %s FROM terminal, employee WHERE terminal.name = %s AND nip = %s",
        (str(number), since, f"terminal-{terminal}", nip(number)),
    )


def punch(office: ConnectionPool, terminal: str, pin: int, times: Sequence[str]) -> None:
    """As ingest does it: the punches, and a mark for each day of the terminal."""
    name = f"terminal-{terminal}"
    with office.connection() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO punch (terminal_id, local_time, pin, state, source, received_at, raw)"
            " SELECT id, %s, %s, 255, 'file', %s, '' FROM terminal WHERE name = %s",
            [(time, str(pin), AT, name) for time in times],
        )
        cursor.executemany(
            "INSERT INTO day_to_score (terminal_id, day) SELECT id, %s FROM terminal WHERE name = %s",
            [(day, name) for day in {time[:10] for time in times}],
        )


def mark(connection: Connection[Any], number: int, day: str) -> None:
    connection.execute("INSERT INTO day_to_score (employee_id, day) SELECT id, %s FROM employee WHERE nip = %s",
                       (day, nip(number)))  # fmt: skip


def run(office: ConnectionPool, period: str = "2026-01", until: date = FEBRUARY, **more: Any) -> Summary:
    return score_period(office, period, until=lambda _: until, at=AT, **more)


def stored(office: ConnectionPool) -> tuple[list[Any], list[Any]]:
    """All work days and all score versions, without the database's serial numbers."""
    days = found(
        office,
        "SELECT nip, day, kind, judged_day.name, expected_in, expected_out, first_in, last_out, minutes_late,"
        " minutes_early, absent, codes, deduction, steps, rulebook, facts_digest"
        " FROM judged_day JOIN employee ON employee.id = employee_id ORDER BY nip, day, shift",
    )
    scores = found(
        office,
        "SELECT nip, period, version, rulebook, rulebook_digest, basis, deduction, attendance, output, total, payable,"
        " steps, digest FROM score JOIN employee ON employee.id = employee_id ORDER BY nip, period, version",
    )
    return days, scores


WORKING_DAYS = [day for day in range(2, 31) if date(2026, 1, day).weekday() < 5 and day != 16]


def month(late_on: int = 0) -> list[str]:
    """In and out on every working day of January 2026, 12 minutes late on one."""
    return [
        at
        for day in WORKING_DAYS
        for at in (f"2026-01-{day:02d} 07:{42 if day == late_on else 25}:00", f"2026-01-{day:02d} 16:35:00")
    ]
