"""The days of a partition: which are to be judged again, what came of them, which must wait."""

from datetime import date, timedelta

import polars as pl

from config.calendars import calendar
from scoring import absence_store, beside_store, day_store, store, undecided_store
from scoring.beside import unseen
from scoring.engine import work_days
from scoring.excuse import counted, held
from scoring.frames import MONTH, WANTED, WORK_DAYS
from scoring.leave import NO_ABSENCES, priced, rules
from scoring.run import Judged, Partition, Run, Summary
from scoring.steps import as_json
from scoring.undecided import HELD, not_waited, waiting
from scoring.undecided_store import STORED

ONE_DAY = timedelta(days=1)
BEFORE, AFTER = timedelta(days=2), timedelta(days=3)
"""Of a day: terminals' clocks that can show a punch of it, whatever the two time zones and the shift."""


def wanted_days(
    run: Run, part: Partition, every: pl.DataFrame, stored: pl.DataFrame, waited: pl.DataFrame
) -> pl.DataFrame:
    """The employee-days to compute: new, marked, computed from another law or clock, or waiting till now."""
    expected = pl.concat([judged.facts for judged in part.stretches])
    known = every.join(expected, on="day", how="left").join(stored, on=["employee", "day"], how="left")
    stale = known.filter(pl.col("facts_digest").ne_missing(pl.col("expected"))).select(WANTED.keys())
    parts = [stale, run.marked, waited.select(WANTED.keys())]
    return every.join(pl.concat(parts).unique(), on=["employee", "day"], how="semi", maintain_order="left")


def absences_of(run: Run, part: Partition) -> pl.DataFrame:
    """PRICED: the absences on the days that are judged, each by the law of its stretch."""
    letters = absence_store.letters(run.read, part.who, *part.span)
    if letters.is_empty():
        return NO_ABSENCES
    first, last = part.span[0], part.last  # of the days after, the calendar may say nothing
    days = counted(is_work, min(first, *letters["first"]), last)
    each = held(letters, days, first, last)
    return pl.concat(
        [
            priced(
                each.filter(pl.col("day").is_between(judged.stretch.first, judged.stretch.over)),
                rules(judged.law.rulebook, judged.law.days["day"].to_list()),
            )
            for judged in part.stretches
        ]
    )


def is_work(day: date) -> bool:
    return calendar().day(day).kind == "work"


def judge(
    run: Run,
    judged: Judged,
    wanted: pl.DataFrame,
    waited: pl.DataFrame,
    summary: Summary,
    *,
    absences: pl.DataFrame,
    stored: pl.DataFrame,
) -> pl.DataFrame:
    """Compute and save the wanted days, but those that must wait; waited, stored: as the last run left it. → MONTH."""
    stretch, who = judged.stretch, wanted["employee"].unique().to_list()
    synced = undecided_store.synced(run.read, who, stretch.first, stretch.last)  # before the punches
    start, end = wanted["day"].min(), wanted["day"].max()
    assert isinstance(start, date)
    assert isinstance(end, date)
    rostered = store.rostered(run.read, who, start - ONE_DAY, end + ONE_DAY)
    seen = store.punches(run.read, who, start - BEFORE, end + AFTER)
    beside = beside_store.beside(run.read, who, start, end)
    days, steps = work_days(
        wanted, seen, run.terminals, judged.law, stretch.time_zone, absences=absences, rostered=rostered, beside=beside
    )
    scanned = days.join(absences.filter(pl.col("scans") == "none"), on=["employee", "day"], how="anti")
    decided = waited.clear() if run.again else waited
    held_back = waiting(scanned, synced, stretch.time_zone, unseen(steps, beside))
    rows = _overruled(held_back, decided, all_of_them=not run.wait)
    if not rows.drop("retired_at").equals(waited):
        undecided_store.save(run.connection, rows.drop("retired_at"), wanted.select(WANTED.keys()))
    undecided = rows.filter(~pl.col("overruled")).select(WANTED.keys()).unique()
    overruled = rows.filter("overruled").select(HELD.keys()).join(undecided, on=["employee", "day"], how="anti")
    days = days.join(undecided, on=["employee", "day"], how="anti", maintain_order="left")
    steps = steps.join(undecided, on=["employee", "day"], how="anti", maintain_order="left")
    told = not_waited(overruled, run.terminals, judged.law.basis).with_columns(shift=pl.lit(1, pl.Int16))
    summary.days_computed += days.height
    summary.days_waiting += undecided.height
    summary.days_overruled += told.height
    summary.days_changed += undecided_store.drop_days(run.connection, undecided)
    new = _day_rows(days, pl.concat([steps, told]), judged)
    summary.days_changed += day_store.save_days(run.connection, run.read, new, stored)
    return days.select(MONTH.keys())


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


def _day_rows(days: pl.DataFrame, steps: pl.DataFrame, judged: Judged) -> pl.DataFrame:
    """Work days as the table has them."""
    return (
        days.join(as_json(steps, ["employee", "day", "shift"]), on=["employee", "day", "shift"], how="left")
        .join(judged.facts, on="day", how="left")
        .select(
            *[name for name in WORK_DAYS if name not in {"shift", "roster"}],
            pl.col("steps").fill_null("[]"),
            hours=pl.when(pl.col("roster").is_null()).then("hours").otherwise(_decided_by_roster()),
            rulebook=pl.lit(judged.law.rulebook.name),
            facts_digest="expected",
            shift="shift",
        )
    )


def _decided_by_roster() -> pl.Expr:
    """What a roster says, as the text of a law: in force on its day."""
    said = pl.struct(
        law="roster",
        article=pl.lit(""),
        in_force=pl.col("day").dt.to_string("%Y-%m-%d"),
        in_force_known=pl.lit("day"),
        basis=pl.lit("regulation"),
    )
    return said.struct.json_encode()
