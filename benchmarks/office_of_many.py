"""A body of many employees in a database, made by the database itself: punches of a month, leave, work, classes."""

from datetime import date

from benchmarks.accept import Connection
from config.calendars import calendar

RULEBOOK = "kemensos-eperformance"
"""The one with the most to compute: bands, leave, cap, weights, output, amounts."""
PERIOD = "2026-01"
DAYS = [date(2026, 1, number) for number in range(1, 32)]
PER_UNIT = 500
"""Employees, who share two terminals."""

CHANCE = "(hashint8extended({} * 64 + {}, {}) & 1023)"
"""A number below 1024, the same on every server."""

PEOPLE = [
    """
    INSERT INTO unit (code, name, time_zone, rulebook)
    SELECT 'U' || n, 'Unit ' || n, 'Asia/Jakarta', %(rulebook)s FROM generate_series(0, (%(many)s - 1) / %(share)s) AS n
    """,
    """
    INSERT INTO terminal (name, kind, time_zone, added_at)
    SELECT 'terminal-' || n, 'attlog', 'Asia/Jakarta', '2020-01-01'
    FROM generate_series(0, (%(many)s - 1) / %(share)s * 2 + 1) AS n
    """,
    "INSERT INTO terminal_health (terminal_id, synced_until) SELECT id, '2026-02-01 12:00+00' FROM terminal",
    """
    INSERT INTO employee (nip, name, unit_id, allowance_class)
    SELECT '198501012010' || lpad((n * 7919::bigint %% 999983)::text, 6, '0'), 'Employee ' || n, n / %(share)s + 1,
           1 + n %% 15
    FROM generate_series(0, %(many)s - 1) AS n
    """,
    "INSERT INTO membership (employee_id, valid_from, unit_id) SELECT id, '1900-01-01', unit_id FROM employee",
    """
    INSERT INTO enrolment (terminal_id, pin, employee_id, valid_from)
    SELECT unit_id * 2 - gate, lpad(id::text, 8, '0'), id, '2020-01-01' FROM employee, generate_series(0, 1) AS gate
    """,
    """
    INSERT INTO target (employee_id, period, points) SELECT id, %(period)s, 10000 FROM employee
    """,
    """
    INSERT INTO activity (employee_id, reference, day, title, volume, weight, status, submitted_on, decided_on)
    SELECT id, 'A' || piece, date '2026-01-05' + piece * 5, 'Report', 200 + id %% 100, 1000, 'verified',
           date '2026-01-06' + piece * 5, date '2026-01-07' + piece * 5
    FROM employee, generate_series(0, 3) AS piece
    """,
    """
    INSERT INTO absence (employee_id, document, kind, first_day, last_day, withdrawn)
    SELECT id, 'ST/' || id, 'travel', '2026-01-12', '2026-01-14', false FROM employee WHERE id %% 20 = 0
    """,
]
SCANS = """
INSERT INTO punch (terminal_id, local_time, pin, state, source, received_at, raw)
SELECT unit_id * 2 - (id & 1), at, lpad(id::text, 8, '0'), 255, 'poll', at + interval '1 hour', raw::bytea
FROM employee CROSS JOIN LATERAL (
    SELECT CASE WHEN %(out)s
        THEN %(day)s::date + time '16:32' + {spread} %% 3000 * interval '1 second'
             - CASE WHEN {rare} < 31 THEN {rare} * 180 ELSE 0 END * interval '1 second'
        ELSE %(day)s::date + time '07:29' - {spread} * 2 * interval '1 second'
             + CASE WHEN {rare} < 51 THEN {rare} * 120 ELSE 0 END * interval '1 second' END
) AS scan (at) CROSS JOIN LATERAL (VALUES (lpad(id::text, 8, '0') || E'\\t' || at || E'\\t1\\t0\\t0\\t0')) AS line (raw)
WHERE {absent} >= 5 AND {missing} >= 10
ORDER BY 1, 2
""".format(
    spread=CHANCE.format("id::bigint", "%(of_scan)s", 1),
    rare=CHANCE.format("id::bigint", "%(of_scan)s", 2),
    absent=CHANCE.format("id::bigint", "%(of_day)s", 3),
    missing=CHANCE.format("id::bigint", "%(of_scan)s", 4),
)


def fill(connection: Connection, employees: int) -> None:
    """A month of two scans a working day, as polls leave them: each terminal's morning, then each one's evening.

    5 % of the mornings late, 3 % of the afternoons early, 1 % of the scans missing, half a percent of the days absent,
    a twentieth of the people on a trip of three days. Two enrolments, a target, four pieces of work each.
    """
    facts = {"many": employees, "share": PER_UNIT, "rulebook": RULEBOOK, "period": PERIOD}
    with connection.transaction():
        for statement in PEOPLE:
            connection.execute(statement.encode(), facts)
    for day in DAYS:
        if calendar().day(day).kind == "work":
            with connection.transaction():
                for out in (False, True):
                    said = {"day": day, "out": out, "of_scan": day.day * 2 + out, "of_day": day.day}
                    connection.execute(SCANS.encode(), said)
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")
    connection.autocommit = False
