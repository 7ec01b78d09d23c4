"""The calendar: which hours are expected on which day, by which decree."""

from dataclasses import dataclass, replace
from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

from config.dated import Basis, Block, Law, NotInForceError, Table, Version
from config.kinds.days import DAYS, SPANS, Days, Spans
from config.kinds.hours import HOURS, Hours
from config.kinds.shape import table

FOLDER = Path(__file__).parent / "calendars"

LEBARAN = "Idul Fitri"
"""What the decrees on holidays call it."""
Kind: TypeAlias = Literal["work", "weekend", "holiday", "joint_leave"]
Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class Day:
    """What the law expects of one day.

    name: of the holiday or collective leave, else "". hours: None when no work is expected. law: the texts that
    decide about hours or the free day; basis "assumption" when one of them is (Ramadan dates without a decree).
    decided_by: the same as one text; in Ramadan that of the hours, joined by that of the dates.
    """

    day: date
    kind: Kind
    name: str
    hours: tuple[time, time] | None
    law: str
    basis: Basis
    decided_by: Law


@dataclass(frozen=True)
class Calendar:
    """National holidays, collective leave and office hours as dated tables."""

    holidays: Table[Days]
    joint_leave: Table[Days]
    working_hours: Table[Hours]
    ramadan_hours: Table[Hours]
    ramadan: Table[Spans]

    @property
    def tables(self) -> "tuple[Table[Days] | Table[Hours] | Table[Spans], ...]":
        return (self.holidays, self.joint_leave, self.working_hours, self.ramadan_hours, self.ramadan)

    def day(self, day: date, own: Version[Hours] | None = None) -> Day:
        """What is expected on a day: a holiday before collective leave before a weekend before work.

        own: hours of a body that has its own. What it works in Ramadan no text known says: as everybody, an assumption.

        Raises:
            NotInForceError: the hours, the holidays or Ramadan of that day are not in the tables.
        """
        for kind, free in (("holiday", self.holidays), ("joint_leave", self.joint_leave)):
            decree = _of_year(free, day)
            name = decree.content.by_day.get(day)
            if name is not None:
                freed: Kind = "holiday" if kind == "holiday" else "joint_leave"
                return Day(day, freed, name, None, cited(decree), decree.law.basis, decree.law)
        ramadan = _of_year(self.ramadan, day)
        fasting = any(start <= day <= end for start, end in ramadan.content.spans)
        version = self.ramadan_hours.on(day) if fasting else own or self.working_hours.on(day)
        hours = version.content.week[day.weekday()]
        if hours is None:
            return Day(day, "weekend", "", None, cited(version), version.law.basis, version.law)
        if not fasting:
            return Day(day, "work", "", hours, cited(version), version.law.basis, version.law)
        basis: Basis = "assumption" if own is not None or ramadan.law.basis == "assumption" else version.law.basis
        both = replace(version.law, law=f"{version.law.law}; {ramadan.law.law}", basis=basis)
        return Day(day, "work", "", hours, f"{cited(version)}; {cited(ramadan)}", basis, both)


def cited(version: Version[Content]) -> str:
    """The law and, where known, its article: "Perpres 21/2023 Ps. 4"."""
    return f"{version.law.law} {version.law.article}".rstrip()


def _of_year(dated: Table[Content], day: date) -> Version[Content]:
    """The version of the day's own year: last year's decree says nothing about this year."""
    version = dated.on(day)
    if version.law.in_force.year != day.year:
        raise NotInForceError(
            f"Table {dated.name} ({dated.path}) says nothing about {day}: its last law before, {version.law.law}, "
            f"is about {version.law.in_force.year}. Add the version of {day.year} with its decree."
        )
    return version


@lru_cache(maxsize=8)
def calendar(folder: Path = FOLDER) -> Calendar:
    """Read and check the calendar.

    Raises:
        RulebookError: a file of it is broken.
    """
    loaded = Calendar(
        holidays=table(folder / "national_holidays.toml", DAYS),
        joint_leave=table(folder / "joint_leave.toml", DAYS),
        working_hours=table(folder / "working_hours.toml", HOURS),
        ramadan_hours=table(folder / "ramadan_working_hours.toml", HOURS),
        ramadan=table(folder / "ramadan.toml", SPANS),
    )
    _free_once(loaded)
    return loaded


def _free_once(loaded: Calendar) -> None:
    """A day is a holiday or collective leave, never both: the second would be lost unseen."""
    holidays = {day: name for version in loaded.holidays.versions for day, name in version.content.names}
    for version in loaded.joint_leave.versions:
        for day, name in version.content.names:
            if day in holidays:
                raise Block(loaded.joint_leave.path, loaded.joint_leave.name, "", {}).error(
                    f"{day} ({name}) is a day of {loaded.holidays.name} too ({holidays[day]})",
                    "Keep it in the table whose decree names it",
                )
