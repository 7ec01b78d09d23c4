"""The wanted days of a stretch: what came of them, and which must wait."""

from dataclasses import dataclass

import polars as pl

from scoring.beside import unseen
from scoring.days_digest import JUDGED_DAYS
from scoring.engine import work_days
from scoring.frames import WANTED
from scoring.known import KnownDays
from scoring.run import Judged, Run
from scoring.steps import as_json
from scoring.undecided import HELD, STORED, not_waited, waiting


@dataclass(frozen=True, slots=True)
class JudgedDays:
    """What came of wanted days. days: JUDGED_DAYS; undecided: WANTED that wait; overruled: how many did not.

    waiting: what is to be noted of all wanted days in place of what was; None = as it is.
    """

    days: pl.DataFrame
    undecided: pl.DataFrame
    overruled: int
    waiting: pl.DataFrame | None


def judge(run: Run, known: KnownDays, absences: pl.DataFrame) -> JudgedDays:
    """Compute the wanted days, but those that must wait. absences: PRICED, of these days and others."""
    judged, zone = known.judged, known.judged.stretch.time_zone
    of_stretch = absences.filter(pl.col("day").is_between(judged.stretch.first, judged.stretch.last))
    days, steps = work_days(
        known.wanted,
        known.punches,
        run.terminals,
        judged.law,
        zone,
        absences=of_stretch,
        rostered=known.rostered,
        beside=known.beside,
    )
    scanned = days.join(of_stretch.filter(pl.col("scans") == "none"), on=["employee", "day"], how="anti")
    decided = known.waited.clear() if run.again else known.waited
    held_back = waiting(scanned, known.synced, zone, unseen(steps, known.beside))
    rows = _overruled(held_back, decided, all_of_them=not run.wait)
    undecided = rows.filter(~pl.col("overruled")).select(WANTED.keys()).unique()
    overruled = rows.filter("overruled").select(HELD.keys()).join(undecided, on=["employee", "day"], how="anti")
    if not undecided.is_empty():
        days = days.join(undecided, on=["employee", "day"], how="anti", maintain_order="left")
        steps = steps.join(undecided, on=["employee", "day"], how="anti", maintain_order="left")
    told = not_waited(overruled, run.terminals, judged.law.basis).with_columns(shift=pl.lit(1, pl.Int16))
    rows = rows.drop("retired_at")
    return JudgedDays(
        days=_told(days, pl.concat([steps, told]), judged),
        undecided=undecided,
        overruled=told.height,
        waiting=None if rows.equals(known.waited) else rows,
    )


def _overruled(rows: pl.DataFrame, waited: pl.DataFrame, *, all_of_them: bool) -> pl.DataFrame:
    """HELD with `overruled`: for a terminal out of use, and on a day that once was judged without waiting."""
    retired = rows.filter(pl.col("retired_at").is_not_null()).select("terminal").unique()
    days = rows if all_of_them else waited.filter("overruled").join(retired, on="terminal", how="anti")
    decided = days.select(WANTED.keys()).unique().with_columns(overruled=pl.lit(value=True))
    return (
        rows.join(decided, on=["employee", "day"], how="left", maintain_order="left")
        .with_columns(pl.col("overruled").fill_null(value=False) | pl.col("retired_at").is_not_null())
        .select(*STORED.keys(), "retired_at")
    )


def _told(days: pl.DataFrame, steps: pl.DataFrame, judged: Judged) -> pl.DataFrame:
    """JUDGED_DAYS of work days and their steps."""
    told = as_json(steps, ["employee", "day", "shift"])
    return (
        days.join(told, on=["employee", "day", "shift"], how="left", maintain_order="left")
        .join(judged.facts.select("day", "rulebook", "facts_digest"), on="day", how="left", maintain_order="left")
        .with_columns(pl.col("steps").fill_null("[]"))
        .select(JUDGED_DAYS.keys())
    )
