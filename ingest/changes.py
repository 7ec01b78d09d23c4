"""What an import changed, and the marks by which the scorer learns of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from config.periods import bounds, quarter_of

MARK_DAYS = "INSERT INTO day_to_score (employee_id, day) SELECT * FROM unnest(%s::integer[], %s::date[])"

# Days that were never looked at need no mark. A day more at both ends, because zones can move a punch by one.
MARK_COMPUTED = """
WITH span AS (SELECT * FROM unnest(%s::integer[], %s::date[], %s::date[]) AS s (employee_id, first, until))
INSERT INTO day_to_score (employee_id, day)
SELECT w.employee_id, w.day FROM span AS s JOIN work_day AS w
    ON w.employee_id = s.employee_id AND w.day >= s.first - 1 AND (s.until IS NULL OR w.day <= s.until)
UNION
SELECT w.employee_id, w.day FROM span AS s JOIN waiting_day AS w
    ON w.employee_id = s.employee_id AND w.day >= s.first - 1 AND (s.until IS NULL OR w.day <= s.until)
"""

# A day a month is enough to have the month scored again; one that was never looked at needs none. A month
# may be counted over other days than those of the calendar.
MARK_MONTHS = """
WITH span AS (SELECT * FROM unnest(%s::integer[], %s::date[], %s::date[]) AS s (employee_id, first, until))
INSERT INTO day_to_score (employee_id, day)
SELECT w.employee_id, min(w.day) FROM span AS s JOIN work_day AS w
    ON w.employee_id = s.employee_id AND w.day >= s.first AND (s.until IS NULL OR w.day < s.until)
GROUP BY w.employee_id, date_trunc('month', w.day)
UNION
SELECT latest.employee_id, min(w.day) FROM (
    SELECT DISTINCT ON (c.employee_id, c.period) c.employee_id, c.period, c.counted_from, c.counted_to
    FROM span AS s JOIN score AS c ON c.employee_id = s.employee_id AND c.period ~ '-[01][0-9]$'
        AND c.period >= to_char(s.first, 'YYYY-MM') AND (s.until IS NULL OR c.period <= to_char(s.until - 1, 'YYYY-MM'))
    ORDER BY c.employee_id, c.period, c.version DESC
) AS latest JOIN work_day AS w ON w.employee_id = latest.employee_id AND w.day BETWEEN counted_from AND counted_to
GROUP BY latest.employee_id, latest.period
"""

EVER = date(1900, 1, 1)
"""Before any day that is scored."""

EMPLOYEES = "SELECT nip, id FROM employee WHERE nip = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Changes:
    """How many rows of a table an import added, changed and left alone; and their enrolments, where it has some.

    taken: of a table of which nobody may learn what stood there before, only how many rows came.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    enrolments: "Changes | None" = None
    taken: int | None = None

    @property
    def any(self) -> bool:
        """Whether anything was added or changed, or may have been."""
        return bool(self.taken or self.added or self.changed or (self.enrolments and self.enrolments.any))

    def counts(self) -> dict[str, Any]:
        """For machines, and the audit; enrolments only where there are some."""
        if self.taken is not None:
            return {"taken": self.taken}
        own = {"added": self.added, "changed": self.changed, "unchanged": self.unchanged}
        return own if self.enrolments is None else own | {"enrolments": self.enrolments.counts()}

    def __str__(self) -> str:
        if self.taken is not None:
            return f"{self.taken} taken"
        told = f"{self.added} added, {self.changed} changed, {self.unchanged} unchanged"
        return told if self.enrolments is None else f"{told}; enrolments: {self.enrolments}"


def mark_days(connection: psycopg.Connection[Any], days: Iterable[tuple[int, date]]) -> None:
    """Have these days of employees (by id) scored."""
    marks = sorted(set(days))
    connection.execute(MARK_DAYS, [[employee for employee, _ in marks], [day for _, day in marks]])


def mark_computed(connection: psycopg.Connection[Any], spans: Iterable[tuple[int, date, date | None]]) -> None:
    """Have those days scored again that are computed or wait: employee (by id), first day, day after the last."""
    marks = list(spans)
    connection.execute(MARK_COMPUTED, [[span[part] for span in marks] for part in range(3)])


def mark_exactly(connection: psycopg.Connection[Any], days: Iterable[tuple[int, date]]) -> None:
    """Have exactly these days of employees (by id) scored again, of those that are computed or wait."""
    a_day = timedelta(days=1)  # undoes the day more at both ends
    mark_computed(connection, sorted((employee, day + a_day, day) for employee, day in days))


def employee_ids(connection: psycopg.Connection[Any], nips: Iterable[str]) -> dict[str, int]:
    """Those of these employees that are known."""
    return dict(connection.execute(EMPLOYEES, [sorted(set(nips))]).fetchall())


def mark_months(connection: psycopg.Connection[Any], spans: Iterable[tuple[int, date, date | None]]) -> None:
    """Have the computed months in these spans scored again, by one day each: employee (by id), first day, day after."""
    marks = list(spans)
    connection.execute(MARK_MONTHS, [[span[part] for span in marks] for part in range(3)])


def mark_periods(connection: psycopg.Connection[Any], periods: Iterable[tuple[int, str]]) -> None:
    """Have the months of these periods scored again, and those of the quarter after, which a predicate may pay."""
    mark_months(connection, ((employee, *_felt(period)) for employee, period in sorted(set(periods))))


def _felt(period: str) -> tuple[date, date]:
    first, last = bounds(period)
    return first, bounds(quarter_of(last + timedelta(days=1)))[1] + timedelta(days=1)
