"""The digest of work days is of what is stored, and of no serial number."""

import hashlib
import struct
from datetime import UTC, date, datetime

import polars as pl
from psycopg_pool import ConnectionPool

from ingest.database import reader
from scoring import day_store
from scoring.days_digest import DIGESTS, JUDGED_DAYS, NO_FIGURE, days_digests
from tests.scoring.database import add_office, found, month, punch, run

MONDAY = (date(2026, 1, 5) - date(1970, 1, 1)).days
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_the_stored_days_have_the_digest_that_was_noted(pool: ConnectionPool) -> None:
    add_office(pool)
    punch(pool, "W", 0, month(late_on=5))
    run(pool)
    who = [employee for (employee,) in found(pool, "SELECT id FROM employee")]
    with reader(pool) as read:
        stored = day_store.judged_days(read, who, date(2026, 1, 1), date(2026, 1, 31)).sort("employee", "day", "shift")
    assert stored.filter(pl.col("steps") != "[]").height
    noted = found(pool, "SELECT employee_id, days_digest FROM scored_month ORDER BY 1")
    assert sorted(days_digests(stored).rows()) == noted


def test_it_is_of_each_column_but_the_employee() -> None:
    day = {
        "employee": 7,
        "day": date(2026, 1, 5),
        "kind": "work",
        "name": None,
        "expected_in": NOON.replace(tzinfo=None),
        "expected_out": None,
        "first_in": None,
        "last_out": None,
        "minutes_late": 12,
        "minutes_early": 0,
        "absent": False,
        "codes": "TL1 TAP",
        "deduction": None,
        "shift": 1,
        "roster": None,
        "steps": '[{"percent":50}]',
        "rulebook": "book",
        "facts_digest": "facts",
    }
    two = [day, {**day, "employee": 8}, {**day, "employee": 8, "shift": 2}]
    at = int(NOON.timestamp()) * 1_000_000
    line = '\0\x1fTL1 TAP\x1f\0\x1fbook\x1ffacts\x1f[{"percent":50}]'
    figures = [struct.pack("<11q", MONDAY, shift, 0, at, *[NO_FIGURE] * 3, 12, 0, 0, NO_FIGURE) for shift in (1, 2)]
    texts = line.encode() + figures[0], f"{line}\n{line}".encode() + figures[0] + figures[1]
    expected = [(7 + n, hashlib.sha256(text).hexdigest()) for n, text in enumerate(texts)]
    found_ = days_digests(pl.DataFrame(two, schema=JUDGED_DAYS, orient="row"))
    assert found_.equals(pl.DataFrame(expected, schema=DIGESTS, orient="row"))
