"""Lateness made up by a flat time after hours, and the late days of a month beyond which it is not forgiven."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from config.rulebook_tables import LATENESS, MAKE_UP
from scoring.frames import LATE, STEPS, WANTED, Schema, checked
from scoring.laws import PeriodLaw, printed_band
from scoring.period_steps import step
from scoring.workday import minutes_missed

NO_LATE = pl.DataFrame(schema=LATE)
TAKEN: Schema = {"employee": pl.Int32(), "percent": pl.Int32()}
"""What a month takes for late days beyond those that it forgives; null = not known."""
FIGURES: Schema = {"day": pl.Date(), "minutes": pl.Int32(), "rate": pl.Int32(), "band": pl.String()}


def repaid(late: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """Late days (RESOLVED) with `repaid`, and with `stayed`, how that is told; null where the law forgives nothing.

    rules: MAKE_UPS of the sets of laws that have it. Seconds count on both sides: who is late by any of them stays the
    whole time, and leaves not a second before (PermenPANRB 6/2018 Ps. 3-4).
    """
    by_law = late.join(rules, on="laws", how="left", maintain_order="left")
    due = pl.col("expected_out") + pl.col("by")
    within = (pl.col("first_in") - pl.col("expected_in")) <= pl.col("within")
    left = pl.when(pl.col("last_out").is_null()).then(pl.lit("no scan out"))
    out = left.otherwise(pl.format("out {}", pl.col("last_out").dt.strftime("%H:%M:%S")))
    until = due.dt.strftime("%H:%M:%S").str.strip_suffix(":00")
    enough = (pl.col("last_out") >= due).fill_null(value=False)
    return by_law.with_columns(
        repaid=within & enough,
        stayed=pl.when(~within)
        .then(pl.format("beyond the {} min that can be made up", pl.col("within").dt.total_minutes()))
        .when(enough)
        .then(pl.format("made up: {}, not before {}", out, until))
        .otherwise(pl.format("not made up: {}, due not before {}", out, until)),
    ).drop("within", "by")


def unsettled(late: pl.DataFrame, unknown: Sequence[int]) -> pl.DataFrame:
    """Of the late days of `repaid` those that may have been made up, by laws that do not say how; `stayed` told.

    unknown: sets of laws. By them a late day is settled only where nobody stayed longer than due (as seconds count).
    """
    longer = minutes_missed(pl.col("last_out") - pl.col("expected_out")) > 0
    due = pl.col("expected_out").dt.strftime("%H:%M:%S").str.strip_suffix(":00")
    out = pl.col("last_out").dt.strftime("%H:%M:%S")
    return late.filter(pl.col("laws").is_in(list(unknown)) & longer).with_columns(
        stayed=pl.format("out {}, after {}: whether that made up for it is not known", out, due)
    )


def late_days(work_days: pl.DataFrame, day_steps: pl.DataFrame) -> pl.DataFrame:
    """LATE of work days (WORK_DAYS) and their steps (STEPS with shift)."""
    made_up = day_steps.filter(pl.col("kind") == "made_up").select(*WANTED.keys(), "shift", made_up=pl.lit(value=True))
    late = work_days.filter((pl.col("kind") == "work") & (pl.col("minutes_late") > 0))
    told = late.join(made_up, on=[*WANTED.keys(), "shift"], how="left", maintain_order="left")
    return checked(
        told.with_columns(minutes="minutes_late", made_up=pl.col("made_up").fill_null(value=False)), LATE, "late_days"
    )


def beyond_quota(late: pl.DataFrame, law: PeriodLaw) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(TAKEN, STEPS with day null): what was made up on late days after those that the month forgives.

    late: LATE, all late days of the month, made up or not: all of them count, in the order of their dates.
    """
    version = law.rulebook.on(MAKE_UP, law.last)
    if version is None or version.content.days is None:
        return pl.DataFrame(schema=TAKEN), pl.DataFrame(schema=STEPS)
    ranked = checked(late, LATE, "beyond_quota").with_columns(
        nth=pl.col("day").rank("dense").over("employee"), days=pl.col("day").n_unique().over("employee")
    )
    over = ranked.filter("made_up", pl.col("nth") > version.content.days)
    priced = over.join(_figures(over, law), on=["day", "minutes"], how="left").sort("employee", "day", "minutes")
    told = pl.format("{} {} min in {}", pl.col("day").dt.to_string("%Y-%m-%d"), "minutes", "band")
    sums = priced.group_by("employee", maintain_order=True).agg(
        percent=pl.when(pl.col("rate").null_count() == 0).then(pl.col("rate").sum()),
        days=pl.col("days").first(),
        told=told.str.join("; "),
    )
    formula = pl.format("late on {} days, more than {}: {}", "days", pl.lit(version.content.days), "told")
    steps = step(sums, "over_quota", pl.col("percent"), formula, table=MAKE_UP.name, law=version.law)
    return checked(sums, TAKEN, "beyond_quota"), checked(steps, STEPS, "beyond_quota")


def _figures(over: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """What each lateness costs by the band of its day."""
    asked: list[tuple[date, int]] = over.select("day", "minutes").unique(maintain_order=True).rows()
    found: Mapping[tuple[date, int], tuple[int | None, str]] = {
        (day, minutes): (band.percent, printed_band(band))
        for day, minutes in asked
        for band in law.rulebook.need(LATENESS).on(day).content
        if band.start <= minutes and (band.below is None or minutes < band.below)
    }
    return pl.DataFrame([(*key, *figures) for key, figures in found.items()], schema=FIGURES, orient="row")
