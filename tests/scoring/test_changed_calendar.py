"""A calendar that changed makes exactly its days differ, so that only they are scored again."""

import dataclasses
from datetime import date

from config.calendars import Calendar, Day, calendar
from config.dated import Version
from config.kinds.hours import Hours
from config.rulebooks import rulebook
from scoring.laws import period_law

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)
DECREED = date(2026, 1, 7)


class WithAnotherHoliday(Calendar):
    def day(self, day: date, own: Version[Hours] | None = None) -> Day:
        said = super().day(day, own)
        return dataclasses.replace(said, kind="holiday", name="Decreed later") if day == DECREED else said


def test_a_holiday_decreed_later_touches_its_day_alone() -> None:
    shipped = calendar()
    later = WithAnotherHoliday(**{each.name: getattr(shipped, each.name) for each in dataclasses.fields(shipped)})
    law, changed = (period_law(rulebook("kemenag-2014"), days, FIRST, LAST) for days in (shipped, later))
    assert law.day_digests.keys() == changed.day_digests.keys()
    assert [day for day, told in law.day_digests.items() if changed.day_digests[day] != told] == [DECREED]
    assert law.digest != changed.digest
