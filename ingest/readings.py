"""The series of readings of each terminal's clock: which punches were made under a wrong clock is told from it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg

from ingest.clock_flags import Flag, Reading, flag_of

ALIKE = timedelta(seconds=2)
LONGEST_GAP = timedelta(hours=1)
"""Between two readings that are kept while nothing changes."""
MILLISECOND = timedelta(milliseconds=1)

LATEST = """
SELECT at, shown, offset_ms, round_trip_ms, flag, record_count FROM terminal_reading
WHERE terminal_id = %s AND at < %s ORDER BY at DESC LIMIT 2
"""

ADD = """
INSERT INTO terminal_reading (terminal_id, at, shown, offset_ms, round_trip_ms, flag, record_count)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""

THIN = "DELETE FROM terminal_reading WHERE terminal_id = %s AND at = %s"


def note(connection: psycopg.Connection[Any], terminal_id: int, reading: Reading) -> Flag | None:
    """Store a reading in the caller's transaction; what is wrong with the clock is judged by the one before.

    Of readings that all say the same, one an hour is kept, and always the newest.
    """
    found = [_reading(row) for row in connection.execute(LATEST, [terminal_id, reading.at])]
    flag = flag_of(reading, found[0] if found else None)
    offset, round_trip = reading.offset // MILLISECOND, reading.round_trip // MILLISECOND
    row = [terminal_id, reading.at, reading.shown, offset, round_trip, flag, reading.record_count]
    connection.execute(ADD, row)
    if len(found) == 2 and _says_nothing(found[1], found[0], replace(reading, flag=flag)):  # noqa: PLR2004 - as LATEST
        connection.execute(THIN, [terminal_id, found[0].at])
    return flag


def _reading(row: tuple[Any, ...]) -> Reading:
    at, shown, offset, round_trip, flag, record_count = row
    return Reading(at, shown, offset * MILLISECOND, round_trip * MILLISECOND, flag, record_count)


def _says_nothing(first: Reading, middle: Reading, last: Reading) -> bool:
    """Whether the readings around the middle one tell all that it does."""
    return (
        first.flag == middle.flag == last.flag
        and abs(middle.offset - first.offset) <= ALIKE
        and abs(last.offset - first.offset) <= ALIKE
        and last.at - first.at <= LONGEST_GAP
    )
