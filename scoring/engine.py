"""All stages in order: punches and law in, work days, scores and their steps out. One path for one or for all."""

from dataclasses import dataclass

import polars as pl

from scoring.beside import NOTHING_BESIDE, Beside, exits, missed
from scoring.deduction import NO_EXITS, NOTHING_MISSED, deduct
from scoring.flexible import flexible
from scoring.frames import MONTH, PUNCHES, WANTED, checked
from scoring.laws import PeriodLaw
from scoring.leave import NO_ABSENCES, excuse, monthly
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
    parts = [
        _of_shift(duties, placed, terminals, law, absences, shift=shift, beside=beside)
        for shift in sorted({1, *duties["shift"].unique()})
    ]
    if len(parts) == 1:
        return parts[0]
    days, steps = (pl.concat(frames) for frames in zip(*parts, strict=True))
    return days.sort("employee", "day", "shift"), steps.sort("employee", "day", "shift", maintain_order=True)


def _of_shift(
    duties: pl.DataFrame,
    placed: pl.DataFrame,
    terminals: pl.DataFrame,
    law: PeriodLaw,
    absences: pl.DataFrame,
    *,
    shift: int,
    beside: Beside,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The first shifts of all days, then the second ones of the few days that have any."""
    ours, seen = duties.filter(pl.col("shift") == shift), placed.filter(pl.col("shift") == shift)
    resolved = excuse(flexible(resolve(ours, seen), law.flexible), absences)
    # What a day of absence or a missed assembly costs, it costs once.
    days, steps = deduct(
        resolved,
        law,
        seen,
        terminals,
        exits=NO_EXITS if beside.away.is_empty() else exits(beside.away, resolved),
        missed=NOTHING_MISSED if shift > 1 or beside.assembled.is_empty() else missed(beside.assembled, placed),
        absences=absences if shift == 1 else NO_ABSENCES,
    )
    return days, steps.with_columns(shift=pl.lit(shift, pl.Int16))


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
    absent = days.select("employee", "day", absent=working)
    leave = monthly(absences, working_days, law)
    late = late_days(days, day_steps)
    scores, period_steps = score(days.select(MONTH.keys()), results, law, absent, leave, late=late)
    return Scored(days, day_steps, scores, period_steps)
