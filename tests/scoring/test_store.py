"""The one digest that PostgreSQL computes has the same text form on every server."""

import hashlib
from datetime import date

from psycopg_pool import ConnectionPool

from scoring import day_store
from tests.scoring.database import add_office, found


def test_the_digest_of_work_days_is_of_their_text_and_of_no_serial_number(pool: ConnectionPool) -> None:
    add_office(pool, employees=2)
    ids = [row[0] for row in found(pool, "SELECT id FROM employee ORDER BY id")]
    with pool.connection() as connection:
        for employee in ids:
            connection.execute(
                "INSERT INTO work_day VALUES (%s, '2026-01-05', 'work', NULL, '2026-01-05 07:30', '2026-01-05 16:00',"
                " '2026-01-05 07:42:05', NULL, 12, 0, false, 'TL1 TAP', 250,"
                " '[{\"percent\": 50, \"code\": \"TL1\"}]', '{}', 'book', 'facts')",
                (employee,),
            )
            connection.execute(
                "INSERT INTO work_day VALUES (%s, '2026-01-04', 'weekend', 'x|y', NULL, NULL, NULL, NULL, 0, 0, false,"
                " '', NULL, '[]', '{}', 'book', 'facts')",
                (employee,),
            )
        got = day_store.days_digests(connection, ids, date(2026, 1, 1), date(2026, 1, 31))
    text = (
        "2026-01-04|weekend|x|y|-|-|-|-|0|0|f||-|book|facts|[]\n"
        "2026-01-05|work|-|2026-01-05 07:30:00|2026-01-05 16:00:00|2026-01-05 07:42:05|-|12|0|f|TL1 TAP|250|book|facts|"
        '[{"code": "TL1", "percent": 50}]'
    )
    assert got == dict.fromkeys(ids, hashlib.sha256(text.encode()).hexdigest())
