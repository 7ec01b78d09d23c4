"""The month's recap as a grid: one row per employee, one column per day."""

import calendar
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api.adjustments import Adjustment
from api.models import Employee, WorkDay
from api.scores import ExplainedScore, WaitingDay

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Column:
    """kind: of the day for most employees shown; by the week alone while nobody's day is computed."""

    day: date
    kind: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """days: the computed ones; waiting: those that cannot be judged yet; a day in neither has not been scored yet.

    adjustments: what came of the month since it was locked, and what it pays of earlier ones.
    """

    employee: Employee
    days: Mapping[date, WorkDay]
    score: ExplainedScore | None
    waiting: Mapping[date, WaitingDay]
    adjustments: Sequence[Adjustment] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    columns: Sequence[Column]
    rows: Sequence[Row]

    @property
    def has_assumption(self) -> bool:
        """Whether a figure on it stands in no regulation."""
        days = (day for row in self.rows for day in row.days.values())
        scores = (row.score for row in self.rows if row.score is not None)
        return any(score.basis == "assumption" for score in scores) or any(day.basis == "assumption" for day in days)

    @property
    def days_waiting(self) -> int:
        """Days of employees that are not judged until a terminal is synced."""
        return sum(max(len(row.waiting), row.score.days_waiting if row.score else 0) for row in self.rows)

    @property
    def scored(self) -> int:
        """How many of the employees have a score."""
        return sum(row.score is not None for row in self.rows)

    @property
    def locked(self) -> int:
        """Of how many the month is locked."""
        return sum(row.score is not None and row.score.locked_at is not None for row in self.rows)

    @property
    def days_overruled(self) -> int:
        """Days of employees that were judged although a terminal was not synced."""
        return sum(row.score.days_overruled for row in self.rows if row.score is not None)

    @property
    def lacking(self) -> set[str]:
        """What keeps numbers from being final: "rate", "days", "target"."""
        found = {row.score.lacking for row in self.rows if row.score is not None and row.score.lacking is not None}
        days = (day for row in self.rows for day in row.days.values())
        return {*found, *(["rate"] if any(day.deduction is None for day in days) else [])}


def grid(
    employees: Sequence[Employee],
    days: Sequence[WorkDay],
    scores: Sequence[ExplainedScore],
    first: date,
    last: date,
    *,
    waiting: Sequence[WaitingDay] = (),
    adjustments: Sequence[Adjustment] = (),
) -> Grid:
    """Lay out the month from first to last, both included."""
    of_employee: dict[int, dict[date, WorkDay]] = {}
    of_day: dict[date, list[WorkDay]] = {}
    for day in days:
        theirs = of_employee.setdefault(day.employee_id, {})
        theirs[day.day] = _together(theirs[day.day], day) if day.day in theirs else day
        of_day.setdefault(day.day, []).append(day)
    held: dict[int, dict[date, WaitingDay]] = {}
    for one in waiting:
        held.setdefault(one.employee_id, {})[one.day] = one
    newest = {score.employee_id: score for score in scores}
    columns = [_column(first + timedelta(days=n), of_day) for n in range((last - first).days + 1)]
    owed: dict[int, list[Adjustment]] = {}
    for late in adjustments:
        owed.setdefault(late.employee_id, []).append(late)
    rows = [
        Row(one, of_employee.get(one.id, {}), newest.get(one.id), held.get(one.id, {}), owed.get(one.id, ()))
        for one in employees
    ]
    return Grid(columns, rows)


def _together(before: WorkDay, shift: WorkDay) -> WorkDay:
    """A day so far and its next shift as one: what they cost together, from the first scan to the last."""
    known = before.deduction is not None and shift.deduction is not None
    told = {
        "expected_out": shift.expected_out,
        "first_in": before.first_in or shift.first_in,
        "last_out": shift.last_out or before.last_out,
        "minutes_late": before.minutes_late + shift.minutes_late,
        "minutes_early": before.minutes_early + shift.minutes_early,
        "codes": [*before.codes, *shift.codes],
        "deduction": (before.deduction or 0) + (shift.deduction or 0) if known else None,
        "steps": [*before.steps, *shift.steps],
    }
    return before.model_copy(update=told)


def _column(day: date, of_day: Mapping[date, Sequence[WorkDay]]) -> Column:
    found = Counter((work_day.kind, work_day.name) for work_day in of_day.get(day, ()))
    if found:
        kind, name = found.most_common(1)[0][0]
        return Column(day, kind, name)
    return Column(day, "weekend" if day.weekday() >= SATURDAY else "work", None)


def bounds(period: str) -> tuple[date, date]:
    """First and last day of a month written YYYY-MM, year 1 or later."""
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def counted(period: str, scores: Sequence[ExplainedScore]) -> tuple[date, date]:
    """First and last day of all that a month of these scores is counted over; the calendar's where there is none."""
    first, last = bounds(period)
    spans = [(score.counted_from or first, score.counted_to or last) for score in scores]
    return min((span[0] for span in spans), default=first), max((span[1] for span in spans), default=last)


def neighbour(period: str, months: int) -> str:
    """The month so many months later (negative: earlier)."""
    year, month = divmod(int(period[:4]) * 12 + int(period[5:]) - 1 + months, 12)
    return f"{year:04d}-{month + 1:02d}"
