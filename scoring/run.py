"""What a run of the scorer is: its scope, what its partitions share, and what it did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

import polars as pl

from config.rulebooks import Rulebook
from ingest.database import Reader
from scoring.attendance_period import Span
from scoring.courses import Stretch
from scoring.laws import PeriodLaw
from scoring.marks import Marks
from scoring.not_scored import NotScored

Book: TypeAlias = Callable[[str], Rulebook]
"""The name that a unit says → the rulebook to judge by."""


@dataclass
class Summary:
    """What a run did. employees: in scope; days_changed and scores_changed: rows written.

    days_waiting: employee-days that are not judged until a terminal is synced; days_overruled: judged all the same.
    touched: employees whose score was reckoned again; spans: the days counted for those employees for whom they are not
    those of the calendar. moved: of whom other days are counted than before; marked: days by which the months beside
    are due for that. not_scored: who is left out, with nothing written of them; their marks stay.
    """

    period: str
    employees: int = 0
    days_computed: int = 0
    days_changed: int = 0
    scores_changed: int = 0
    days_waiting: int = 0
    days_overruled: int = 0
    who: list[int] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    spans: dict[int, Span] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    marked: set[date] = field(default_factory=set)
    not_scored: list[NotScored] = field(default_factory=list)

    @property
    def scored(self) -> list[int]:
        """Everybody who is not left out."""
        left_out = self.left_out()
        return [employee for employee in self.who if employee not in left_out]

    def left_out(self) -> set[int]:
        """Of whom nothing is written, in one month at least."""
        return {employee for each in self.not_scored for employee in each.employees}

    def add(self, other: "Summary") -> None:
        """Count the work of a run over a part of the same period in; who: everybody of either."""
        for name in ("days_computed", "days_changed", "scores_changed", "days_waiting", "days_overruled"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.employees = max(self.employees, other.employees)
        self.who = sorted({*self.who, *other.who})
        self.touched |= other.touched
        self.moved |= other.moved
        self.marked |= other.marked
        self.not_scored += other.not_scored
        for employee, (first, last) in other.spans.items():
            known = self.spans.get(employee, (first, last))
            self.spans[employee] = (min(first, known[0]), max(last, known[1]))


@dataclass(frozen=True, slots=True)
class Run:
    """What all partitions of a run share. month: as 2026-01; wait: for terminals.

    marks: those read at its start; waited: what waits since the last run; settled: see scored_month.
    again: also where it was overruled before. paid_by: predicates of the quarter before, by employee, that the run
    itself has brought up to date.
    """

    read: Reader
    month: str
    terminals: pl.DataFrame
    marks: Marks
    waited: pl.DataFrame
    settled: pl.DataFrame
    at: datetime
    wait: bool
    again: bool
    book: Book
    paid_by: Mapping[int, str | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """A stretch with its law.

    facts: day, rulebook, facts_digest of a day computed from today's law, law: its `day_law.id` (-1 = none yet), hours:
    JSON text.
    """

    stretch: Stretch
    law: PeriodLaw
    facts: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Partition:
    """Employees of one course. digest: of the law and the clock of all its days; law: that decides about the month.

    span: the days counted for the month.
    """

    span: Span
    stretches: tuple[Judged, ...]
    law: PeriodLaw
    last: date
    digest: str
    who: list[int]
