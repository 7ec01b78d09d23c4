"""Whose predicate of the quarter before a month may be another one than is stored."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from psycopg import Connection

from config.errors import TepatError
from config.periods import bounds, quarter_before
from config.rulebook_tables import PREDICATE_PAY
from scoring.run import Book

BEFORE = timedelta(days=31)
"""Of a quarter: its first month may be counted from a day of the month before."""
CHANGED_SQL = """
SELECT employee_id FROM day_to_score WHERE employee_id IS NOT NULL AND day BETWEEN %(first)s AND %(last)s
UNION SELECT employee_id FROM scored_month WHERE period = %(quarter)s AND digest = ''
"""
"""A punch, which a terminal's mark means, changes no predicate."""


def changed_quarter(connection: Connection[Any], period: str, names: Iterable[str], book: Book) -> list[int] | None:
    """Of whom facts or months of the quarter changed since it was reckoned; None = nobody is paid by it.

    period: the month; names: of the rulebooks of all units.
    """
    if not any(_pays_by_quarter(name, book) for name in names):
        return None
    quarter = quarter_before(bounds(period)[0])
    first, last = bounds(quarter)
    asked = {"first": first - BEFORE, "last": last, "quarter": quarter}
    return [employee for (employee,) in connection.execute(CHANGED_SQL, asked).fetchall()]


def _pays_by_quarter(name: str, book: Book) -> bool:
    """On any day. A rulebook that cannot be read is nothing to do with it: whoever judges by it says so."""
    try:
        table = book(name).get(PREDICATE_PAY)
    except TepatError:
        return False
    return table is not None and any(version.content.of == "previous quarter" for version in table.versions)
