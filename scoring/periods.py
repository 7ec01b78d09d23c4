"""The months of a period under a law: a month, a quarter or a year."""

import calendar
from datetime import date

from scoring.laws import PeriodLaw

LONGEST_MONTH = 31


def one_month(law: PeriodLaw) -> bool:
    """Whether the period is a month: an allowance is paid by the month."""
    return len(law.day_digests) <= LONGEST_MONTH


def last_days(law: PeriodLaw) -> list[date]:
    """The last day of each month of the period that has begun to be judged."""
    months = law.days["day"].dt.month_start().unique().sort()
    return [month.replace(day=calendar.monthrange(month.year, month.month)[1]) for month in months]
