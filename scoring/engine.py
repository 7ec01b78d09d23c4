"""All stages in order: punches and law in, work days, scores and their steps out. One path for one or for all."""

from dataclasses import dataclass

import polars as pl

from scoring.beside import NOTHING_BESIDE, Beside, exits, gaps, missed
from scoring.corrected import corrected, explained
from scoring.deduction import summed
from scoring.drafts import NO_EXITS, NOTHING_MISSED, drafted
from scoring.flexible import flexible
from scoring.frames import MONTH, PUNCHES, WANTED, checked
from scoring.laws import PeriodLaw
from scoring.leave import NO_ABSENCES, excuse
from scoring.leave_of_month import monthly
from scoring.make_up import late_days
from scoring.month import score
from scoring.schedule import NO_ROSTERS, expected
from scoring.workday import place, resolve


@dataclass(frozen=True, slots=True)
class Scored:
    """work_days: WORK_DAYS; scores: SCORES; day_steps and period_steps: STEPS (frames of scoring.frames)."""

    work_days: pl.DataFrame
    day_steps: pl.DataFrame
    scores: pl.DataFrame
    period_steps: pl.DataFrame


def every_day(employees: pl.Series, law: PeriodLaw) -> pl.DataFrame:
    """WANTED: each of the employees on each day of the law."""
    return pl.DataFrame({"employee": employees.cast(pl.Int32)}).join(law.days.select("day"), how="cross")


def work_days(
    wanted: pl.DataFrame,
    punches: pl.DataFrame,
    terminals: pl.DataFrame,
    law: PeriodLaw,
    time_zone: str,
    *,
    absences: pl.DataFrame = NO_ABSENCES,
    rostered: pl.DataFrame = NO_ROSTERS,
    beside: Beside = NOTHING_BESIDE,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(WORK_DAYS, STEPS with shift) of the wanted employee-days, a work day for each shift.

    wanted: WANTED; punches: PUNCHES that may fall on them (others are left aside); terminals: TERMINALS;
    time_zone: IANA name of the employees' unit; absences: PRICED; rostered: ROSTERED, of these days and those beside;
    beside: exits and assemblies.
    """
    checked(wanted, WANTED, "work_days")
    duties = expected(wanted, law.days, law.hours, rostered)
    placed = place(checked(punches, PUNCHES, "work_days"), terminals, time_zone, duties)
    resolved = _resolved(duties, placed, law, absences, beside.corrections)
    shifts = sorted({1, *resolved["shift"].unique()})
    drafts = pl.concat([_drafted(resolved, placed, law, beside, shift=shift) for shift in shifts])
    if not beside.corrections.is_empty():
        drafts = explained(drafts, _scanned(duties, placed), beside.corrections, law)
    days, steps = summed(resolved, drafts, law, placed, terminals, absences=absences)
    return (days, steps) if shifts == [1] else (days.sort("employee", "day", "shift"), steps)


def _resolved(
    duties: pl.DataFrame, placed: pl.DataFrame, law: PeriodLaw, absences: pl.DataFrame, corrections: pl.DataFrame
) -> pl.DataFrame:
    """The first shifts of all days, then the second ones of the few days that have any. → RESOLVED.

    Who came on one shift of a day is not absent on that day.
    """
    came = corrected(_scanned(duties, placed), corrections)
    counted = excuse(flexible(came, law.flexible), absences)
    if (counted["shift"] == 1).all():
        return counted
    return counted.with_columns(absent=pl.col("absent").all().over("employee", "day"))


def _scanned(duties: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """By the scans alone, the first shifts of all days, then the others. → RESOLVED."""
    shifts = sorted({1, *duties["shift"].unique()})
    turn = pl.col("shift")
    return pl.concat([resolve(duties.filter(turn == shift), placed.filter(turn == shift)) for shift in shifts])


def _drafted(
    resolved: pl.DataFrame, placed: pl.DataFrame, law: PeriodLaw, beside: Beside, *, shift: int
) -> pl.DataFrame:
    """What the shifts of this number give rise to; a missed assembly costs once a day."""
    ours = resolved.filter(pl.col("shift") == shift)
    return drafted(
        ours,
        law,
        exits=_exits(placed.filter(pl.col("shift") == shift), ours, law, beside),
        missed=NOTHING_MISSED if shift > 1 or beside.assembled.is_empty() else missed(beside.assembled, placed),
    )


def _exits(seen: pl.DataFrame, resolved: pl.DataFrame, law: PeriodLaw, beside: Beside) -> pl.DataFrame:
    """EXITS: those that were entered, and those that keys tell where the law asks them."""
    away = pl.concat([beside.away, gaps(seen, resolved, law.gaps, beside.away)]) if law.gaps else beside.away
    return NO_EXITS if away.is_empty() else exits(away, resolved)


def scored(
    wanted: pl.DataFrame,
    punches: pl.DataFrame,
    terminals: pl.DataFrame,
    results: pl.DataFrame,
    *,
    law: PeriodLaw,
    time_zone: str,
    absences: pl.DataFrame = NO_ABSENCES,
    working_days: int = 1,
    rostered: pl.DataFrame = NO_ROSTERS,
) -> Scored:
    """A whole period at once: as `work_days`, then the scores of the employees in results (RESULTS).

    working_days: of the whole month, where absences are given.
    """
    days, day_steps = work_days(wanted, punches, terminals, law, time_zone, absences=absences, rostered=rostered)
    working = pl.when(pl.col("kind") == "work").then("absent")
    absent = days.filter(pl.col("shift") == 1).select("employee", "day", absent=working)
    leave = monthly(absences, working_days, law)
    late = late_days(days, day_steps)
    scores, period_steps = score(days.select(MONTH.keys()), results, law, absent, leave, late=late)
    return Scored(days, day_steps, scores, period_steps)
