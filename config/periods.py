"""Periods as facts name them: a month (2026-01), a quarter (2026-Q1), a year (2026)."""

import calendar
from datetime import date, timedelta

MONTHS_OF_QUARTER = 3


def bounds(period: str) -> tuple[date, date]:
    """First and last day of a period that is well-formed."""
    year, _, part = period.partition("-")
    if not part:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    first = (int(part[1]) - 1) * MONTHS_OF_QUARTER + 1 if part.startswith("Q") else int(part)
    last = first + MONTHS_OF_QUARTER - 1 if part.startswith("Q") else first
    return date(int(year), first, 1), date(int(year), last, calendar.monthrange(int(year), last)[1])


def months(period: str) -> list[str]:
    """Its months, as 2026-01."""
    first, last = bounds(period)
    return [f"{first.year}-{month:02d}" for month in range(first.month, last.month + 1)]


def quarter_of(day: date) -> str:
    """2026-Q1 of any day in January to March 2026."""
    return f"{day.year}-Q{(day.month - 1) // MONTHS_OF_QUARTER + 1}"


def quarter_before(day: date) -> str:
    """The quarter before that of a day: 2025-Q4 of any day in January to March 2026."""
    return quarter_of(bounds(quarter_of(day))[0] - timedelta(days=1))
