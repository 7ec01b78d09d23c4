"""Which days a month's attendance is counted over: the calendar month, or the 16th of the month before to the 15th."""

from datetime import date, timedelta

from config.kinds.period import AttendancePeriod
from config.rulebook_tables import ATTENDANCE_PERIOD
from scoring.laws import PeriodLaw

CALENDAR_MONTH = AttendancePeriod(1)
ONE_DAY = timedelta(days=1)


def span(month: date, rule: AttendancePeriod = CALENDAR_MONTH) -> tuple[date, date]:
    """First and last day counted for the month that a day lies in (Permendes 7/2025 Ps. 27: first_day 16)."""
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    if rule == CALENDAR_MONTH:
        return first, following - ONE_DAY
    before = (first - ONE_DAY).replace(day=rule.first_day)
    return before, first.replace(day=rule.first_day) - ONE_DAY


def covers(law: PeriodLaw) -> bool:
    """Whether the days of the law are those that its rulebook counts. Otherwise their sum would be another month's."""
    version = law.rulebook.on(ATTENDANCE_PERIOD, law.last)
    if version is None or version.content == CALENDAR_MONTH:
        return True
    return (min(law.day_digests), max(law.day_digests)) == span(law.last, version.content)
