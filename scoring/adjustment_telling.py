"""Adjustments in words: what is owed of a locked month, where it is paid, and the steps that make the difference."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

from psycopg import Connection
from psycopg.rows import dict_row

from scoring import adjustment_store
from scoring.adjusted import Beside
from scoring.adjustment_store import Adjustment
from scoring.rounding import printed_one
from scoring.telling import WITHOUT, percent, step_lines

LACKING = {
    **WITHOUT,
    "stale": "its days have changed since: score the month",
    "days": "a day of it waits",
    "class": "class or its allowance not known",
}
KEPT_SQL = """
SELECT kept_day.period, day, shift, codes, deduction FROM kept_day
JOIN locked_month USING (employee_id, period, version) JOIN employee ON employee.id = employee_id
WHERE nip = %s AND day = %s ORDER BY period, shift
"""
EMPLOYEE_SQL = "SELECT id FROM employee WHERE nip = %s"


class Late(TypedDict):
    """An adjustment as --json says it; percent and amount in hundredths. paid_in: None = pending.

    steps: those of both versions that are not in both.
    """

    period: str
    paid_in: str | None
    from_version: int
    to_version: int
    percent: int | None
    amount: int | None
    lacks: str | None
    steps: list[Beside]


def adjusted_of(connection: Connection[Any], nip: str, period: str) -> list[Late]:
    """What came of a month after it was locked: the settled adjustments, then the pending one."""
    found = connection.execute(EMPLOYEE_SQL, (nip,)).fetchone()
    if found is None:
        return []
    every = [
        *adjustment_store.settled(connection, found, of=period),
        *(one for one in adjustment_store.pending(connection, found) if one.period == period),
    ]
    return [_late(one, adjustment_store.steps_beside(connection, one)) for one in every]


def kept_of(connection: Connection[Any], nip: str, day: date) -> list[dict[str, Any]]:
    """How a day counts in a month that is locked, a row a shift, whatever is known of it today."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(KEPT_SQL, (nip, day)).fetchall()


def kept_lines(kept: Sequence[Mapping[str, Any]]) -> list[str]:
    """Beside what is known of the day today."""
    return [
        f"  {one['period']} is locked: there this day counts with deduction {percent(one['deduction'])}"
        f"{' ' if one['codes'] else ''}{one['codes']}"
        for one in kept
    ]


def _late(one: Adjustment, steps: list[Beside]) -> Late:
    return {
        "period": one.period,
        "paid_in": one.paid_in,
        "from_version": one.from_version,
        "to_version": one.to_version,
        "percent": one.percent,
        "amount": one.amount,
        "lacks": one.lacks,
        "steps": steps,
    }


def late_lines(score: Mapping[str, Any], late: Sequence[Late]) -> list[str]:
    """The adjustments of a score (score_store.explained_period), each with what it was before and is after."""
    return [line for one in late for line in (_headline(one), *_beside_lines(one["steps"], score["time_zone"]))]


def _headline(one: Late) -> str:
    where = f"paid in {one['paid_in']}" if one["paid_in"] else "pending"
    told = owed(one["percent"], one["amount"], one["lacks"])
    return f"  adjustment of version {one['from_version']} to {one['to_version']}, {where}: {told}"


def _beside_lines(steps: Sequence[Beside], zone: str) -> list[str]:
    lines: list[str] = []
    for each in steps:
        lines += [f"    {each['day'] or 'the month'}"]
        for side in ("before", "after"):
            told = step_lines(each[side], zone)
            lines += [f"    {side}:", *(f"    {line}" for line in told or ["  nothing"])]
    return lines


def adjustment_line(one: Adjustment) -> str:
    """One line of a list."""
    where = f"paid in {one.paid_in}" if one.paid_in else "pending"
    told = owed(one.percent, one.amount, one.lacks)
    return f"  {one.nip} {one.name}, {one.period} version {one.from_version} to {one.to_version}, {where}: {told}"


def owed(much: int | None, amount: int | None, lacks: str | None) -> str:
    """As "+0,50 %, Rp +25000,00"; what it lacks where it is not known."""
    if much is None:
        return f"not known yet, {LACKING[lacks or 'rate']}"
    return f"{_signed(much)} %" if amount is None else f"{_signed(much)} %, Rp {_signed(amount)}"


def _signed(hundredths: int) -> str:
    return f"{'-' if hundredths < 0 else '+'}{printed_one(abs(hundredths))}"
