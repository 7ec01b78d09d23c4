"""Discipline: which sanction days of absence lead to, what a sanction takes, whether minutes add up to days."""

import itertools
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from config.dated import Block
from config.kinds.shape import Shape

Sanction: TypeAlias = Literal[
    "verbal_warning",
    "written_warning",
    "dissatisfaction",
    "cut_6_months",
    "cut_9_months",
    "cut_12_months",
    "demotion",
    "removal",
    "dismissal",
    "dismissal_consecutive",
]
SANCTIONS: tuple[Sanction, ...] = get_args(Sanction)

IMPOSED = ("verbal_warning", "written_warning", "dissatisfaction", "medium_1", "medium_2", "medium_3", "heavy",
           "dismissal_under_appeal")  # fmt: skip
"""Sanctions by which rulebooks cut an allowance, in their own steps; the first three are flagged by days of absence."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """From this day of absence on the law provides a sanction; cut: hundredths of a percent of the allowance, or None,
    for so many months, or None.
    """

    days: int
    sanction: str
    cut: int | None
    months: int | None


@dataclass(frozen=True, slots=True)
class Sanctions:
    """in_a_year: fewest days first. in_a_row: working days in a row."""

    in_a_year: tuple[Threshold, ...]
    in_a_row: Threshold


@dataclass(frozen=True, slots=True)
class SanctionCut:
    """What a sanction takes of the allowance: hundredths of a percent (None = not known), for so many months (None = as
    long as it lasts).
    """

    sanction: str
    cut: int | None
    months: int | None


@dataclass(frozen=True, slots=True)
class Minutes:
    """So many minutes late or left early are a day of absence, where they count."""

    minutes: int
    counts: bool


def _sanctions(version: Block) -> Sanctions:
    rows = [row.keys({"from", "sanction"}, {"below", "cut", "months"}) for row in version.children("rows", "row")]
    for row, following in itertools.pairwise(rows):
        if "below" not in row.data or row.whole("below") != following.whole("from"):
            raise row.error("does not end where the next row begins", "Let each 'from' equal the 'below' above")
    if "below" in rows[-1].data:
        raise rows[-1].error("is the last and ends", "Leave out its 'below': the last row is open")
    run = version.child(version.data["consecutive"], "consecutive").keys({"days", "sanction"}, set())
    return Sanctions(
        tuple(_threshold(row, "from") for row in rows),
        _threshold(run, "days"),
    )


def _threshold(row: Block, days: str) -> Threshold:
    return Threshold(
        row.whole(days),
        row.choice("sanction", *SANCTIONS),
        row.percent("cut") if "cut" in row.data else None,
        row.whole("months") if "months" in row.data else None,
    )


def _cuts(version: Block) -> tuple[SanctionCut, ...]:
    rows = [row.keys({"sanction", "cut"}, {"months"}) for row in version.children("rows", "row")]
    cuts = tuple(
        SanctionCut(
            row.choice("sanction", *IMPOSED), row.percent("cut"), row.whole("months") if "months" in row.data else None
        )
        for row in rows
    )
    if len({cut.sanction for cut in cuts}) != len(cuts):
        raise version.error("a sanction is there twice", "Keep one of the two")
    return cuts


def _minutes(version: Block) -> Minutes:
    minutes = version.whole("minutes")
    if minutes == 0:
        raise version.error("'minutes' is 0", "Write how many minutes are a day")
    return Minutes(minutes, version.flag("counts"))


UNEXCUSED_DAYS = Shape(frozenset({"rows", "consecutive"}), frozenset(), _sanctions)
SANCTION_CUTS = Shape(frozenset({"rows"}), frozenset(), _cuts)
MINUTES_AS_DAYS = Shape(frozenset({"minutes", "counts"}), frozenset(), _minutes)
