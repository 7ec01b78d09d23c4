"""Whose days of a month are judged, by which rulebook and clock: each day by the unit that it was spent in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeAlias

import polars as pl

from scoring.frames import Schema, checked

MEMBERS: Schema = {
    "employee": pl.Int32(),
    "nip": pl.String(),
    "rulebook": pl.String(),
    "time_zone": pl.String(),  # IANA name, as everywhere
    "since": pl.Date(),  # first day that is judged
    "until": pl.Date(),  # excluded
}
"""A row a membership within the month, by NIP and day. Days before the first enrolment of an employee are left out."""
MEMBERSHIPS: Schema = MEMBERS | {"inside": pl.Boolean()}
"""MEMBERS of any days; inside: whether it is the unit that was asked for, or one below it."""
ONE_DAY = timedelta(days=1)

Until: TypeAlias = Callable[[str], date]
"""Time zone → the first day that is not over there."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days under one rulebook and one clock, first and last included; over: the last of them that is judged yet."""

    rulebook: str
    time_zone: str
    first: date
    last: date
    over: date


@dataclass(frozen=True, slots=True)
class Course:
    """The stretches of a month, in their order, and all who share them, by NIP."""

    stretches: tuple[Stretch, ...]
    who: pl.Series

    @property
    def last(self) -> date:
        """The last day that is judged."""
        return self.stretches[-1].over


def courses(members: pl.DataFrame, until: Until) -> list[Course]:
    """The courses that there are among the members (MEMBERS); until: days from there on are not judged yet.

    A transfer between units of the same rulebook and clock is no new stretch. Who has no day to be judged is in none.
    """
    signed = (
        checked(members, MEMBERS, "courses")
        .group_by("employee", maintain_order=True)
        .agg(spans=pl.struct("rulebook", "time_zone", "since", "until"))
        .group_by("spans", maintain_order=True)
        .agg("employee")
    )
    shared: dict[tuple[Stretch, ...], list[pl.Series]] = {}
    for spans, employees in signed.iter_rows():
        stretches = _joined([_stretch(span, until) for span in spans])
        if stretches:
            shared.setdefault(stretches, []).append(pl.Series(employees, dtype=pl.Int32))
    order = members["employee"].unique(maintain_order=True).to_frame().with_row_index("at")
    return [
        Course(stretches, pl.concat(who).to_frame("employee").join(order, on="employee").sort("at")["employee"])
        for stretches, who in shared.items()
    ]


def _stretch(span: dict[str, Any], until: Until) -> Stretch:
    zone, end = span["time_zone"], span["until"]
    return Stretch(span["rulebook"], zone, span["since"], end - ONE_DAY, min(end, until(zone)) - ONE_DAY)


def _joined(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    """Those of which some day is over, one where nothing changes between two."""
    joined: list[Stretch] = []
    for stretch in stretches:
        before = joined[-1] if joined else None
        alike = before and (before.rulebook, before.time_zone) == (stretch.rulebook, stretch.time_zone)
        if before and alike and before.last + ONE_DAY == stretch.first:
            joined[-1] = replace(before, last=stretch.last, over=max(before.over, stretch.over))
        elif stretch.over >= stretch.first:
            joined.append(stretch)
    return tuple(joined)
