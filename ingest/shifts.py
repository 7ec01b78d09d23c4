"""Imports shifts: code, name, start, end, and the windows in which their scans are taken."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import psycopg

from ingest import changes
from ingest.changes import Changes
from ingest.sheet import Row, Sheet
from ingest.table import Table
from ingest.upsert import bring

REQUIRED = ("code", "name", "start", "end")
WINDOWS = ("in_from", "in_until", "out_from", "out_until")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
A_DAY = 24 * 60
HALF_A_DAY = 12 * 60
FREE = "-"
"""How a roster names a day without a shift."""

USERS = """
WITH used AS (SELECT id FROM shift WHERE code = ANY(%(codes)s)),
holder AS (
    SELECT unit_id, day AS first, day + 1 AS until, shift_ids FROM unit_roster
    UNION ALL
    SELECT unit_id, valid_from, NULL, shift_ids FROM unit_week
)
SELECT employee_id, day, day + 1 FROM roster WHERE EXISTS (SELECT FROM used WHERE id = ANY(shift_ids))
UNION
SELECT employee_id, first, until
FROM holder JOIN unit_above ON holder_id = holder.unit_id JOIN membership ON membership.unit_id = unit_above.unit_id
WHERE EXISTS (SELECT FROM used WHERE id = ANY(shift_ids))
"""
SHIFTS = "SELECT id, code, starts, ends FROM shift"


@dataclass(frozen=True, slots=True)
class Shift:
    """starts, ends: minutes after the midnight before the start."""

    id: int
    code: str
    starts: int
    ends: int


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change shifts in the caller's transaction. An end not after the start is on the next day.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    shifts = {}
    for row in sheet.once("code"):
        code = sheet.text(row, "code")
        if code == FREE or " " in code:
            sheet.fault(row, "code", f"choose a code without blanks, other than {FREE}")
        shifts[(code,)] = (sheet.text(row, "name"), *_times(sheet, row))
    sheet.end()
    done = bring(connection, "shift", ("code",), ("name", "starts", "ends", *WINDOWS), shifts)
    mark_users(connection, [code for (code,) in done.former])
    return done.changes


def mark_users(connection: psycopg.Connection[Any], codes: list[str]) -> None:
    """Have the days scored again that these shifts are worked on."""
    changes.mark_computed(connection, connection.execute(USERS, {"codes": codes}).fetchall())


def stored(connection: psycopg.Connection[Any]) -> dict[str, Shift]:
    """All shifts by their code."""
    return {code: Shift(number, code, *hours) for number, code, *hours in connection.execute(SHIFTS)}


def worked(sheet: Sheet, row: Row, column: str, known: Mapping[str, Shift]) -> list[int]:
    """The shifts (by id) that a cell names, blank-separated, one after the other; none for "-"."""
    codes = row.cells[column].split()
    unknown = [code for code in codes if code not in known and code != FREE]
    if not codes or unknown or (FREE in codes and len(codes) > 1):
        cure = f"write codes of shifts with a blank between them, or {FREE} for a free day"
        lacking = f"there is no shift {unknown[0]}, tepat import shifts brings it: " if unknown else ""
        sheet.fault(row, column, lacking + cure)
        return []
    named = [known[code] for code in codes if code != FREE]
    _check_order(sheet, row, column, named)
    return [shift.id for shift in named]


def _check_order(sheet: Sheet, row: Row, column: str, named: Sequence[Shift]) -> None:
    """Nobody works two shifts at once: each would lack what was scanned for the other."""
    for one, other in pairwise(named):
        if one == other:
            sheet.fault(row, column, f"names {one.code} twice: leave one out")
        elif other.starts < one.ends:
            said = f"{_hours(other)} begins before {_hours(one)} is over"
            cure = "leave one out, write them in the order of the day, or correct their hours (tepat import shifts)"
            sheet.fault(row, column, f"{said}: {cure}")


def check_night(
    sheet: Sheet, row: Row, column: str, days: tuple[Sequence[int], Sequence[int]], by_id: Mapping[int, Shift]
) -> None:
    """Note a fault where the first shift (by id) of a day begins before the last one of the day before is over."""
    before, after = days
    if not before or not after:
        return
    one, other = by_id[before[-1]], by_id[after[0]]
    if other.starts + A_DAY < one.ends:
        said = f"{_hours(other)} begins before {_hours(one)} of the day before is over"
        sheet.fault(row, column, f"{said}: leave one out, or correct their hours (tepat import shifts)")


def _hours(shift: Shift) -> str:
    return f"{shift.code} ({_clock(shift.starts)}-{_clock(shift.ends)})"


def _clock(minute: int) -> str:
    return f"{minute % A_DAY // 60:02}:{minute % 60:02}"


def _times(sheet: Sheet, row: Row) -> tuple[int | None, ...]:
    """starts, ends and the windows, minutes after the midnight before the start."""
    start, end = (_minutes(sheet, row, column) for column in ("start", "end"))
    in_from, in_until, out_from, out_until = (
        _minutes(sheet, row, column) if row.cells.get(column) else None for column in WINDOWS
    )
    if start is None or end is None:
        return (None,) * 6
    ends = end if end > start else end + A_DAY
    windows = (_before(in_from, start), _after(in_until, start), _before(out_from, ends), _after(out_until, ends))
    for column, minute, (least, most), cure in zip(
        WINDOWS, windows, _bounds(start, ends), _cures(_clock(start), _clock(ends)), strict=True
    ):
        if minute is not None and not least <= minute <= most:
            sheet.fault(row, column, cure)
    return start, ends, *windows


def _bounds(start: int, ends: int) -> tuple[tuple[int, int], ...]:
    """Between which minutes each window may begin, or end: what lies beyond was meant for the other side."""
    return (
        (min(0, start - HALF_A_DAY), start),
        (start, max(A_DAY - 1, min(ends, start + HALF_A_DAY))),
        (start, ends),
        (ends, max(start + A_DAY, ends + HALF_A_DAY)),
    )


def _cures(start: str, end: str) -> tuple[str, ...]:
    return (
        f"lies after start {start}: write a time at most 12 hours before it, or nothing",
        f"lies before start {start}: write a time from it to the end, or nothing",
        f"lies outside {start}-{end}: write a time from the start to the end, or nothing",
        f"lies before end {end}: write a time after it, or nothing",
    )


def _before(minute: int | None, latest: int) -> int | None:
    """The last time that a clock shows this minute of the day up to a moment."""
    return None if minute is None else latest - (latest - minute) % A_DAY


def _after(minute: int | None, earliest: int) -> int | None:
    """The first time that a clock shows this minute of the day from a moment on."""
    return None if minute is None else earliest + (minute - earliest) % A_DAY


def _minutes(sheet: Sheet, row: Row, column: str) -> int | None:
    match = CLOCK.fullmatch(row.cells[column])
    if match is None:
        sheet.fault(row, column, "write a time of the day as HH:MM")
        return None
    return int(match[1]) * 60 + int(match[2])


TABLE = Table(
    "shifts: code, name, start, end (HH:MM); windows of scans: in_from, in_until, out_from, out_until",
    REQUIRED,
    WINDOWS,
    load,
)
