"""Work days to deductions: pairs, the cap of the day, the sum; each step with its law and the punches it rests on."""

import polars as pl

from scoring.combined import combined
from scoring.daily_cap import daily_cap
from scoring.drafts import DRAFT, NO_EXITS, NOTHING_MISSED, drafted
from scoring.frames import PUNCH_KEY, STEPS, TERMINALS, WORK_DAYS, checked
from scoring.laws import PeriodLaw
from scoring.leave import NO_ABSENCES
from scoring.leave import drafts as of_absences
from scoring.workday import PLACED, RESOLVED, duty

UNTIMED = ("absent", "absent_after_holiday", "assembly", "assembly_after_lebaran", "leave", "corrected")
"""Steps for which the hours do not matter."""


def deduct(
    resolved: pl.DataFrame,
    law: PeriodLaw,
    placed: pl.DataFrame,
    terminals: pl.DataFrame,
    *,
    exits: pl.DataFrame = NO_EXITS,
    missed: pl.DataFrame = NOTHING_MISSED,
    absences: pl.DataFrame = NO_ABSENCES,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`drafted` and `summed` of days that have one shift each: (WORK_DAYS, STEPS)."""
    drafts = drafted(resolved, law, exits=exits, missed=missed)
    days, steps = summed(resolved, drafts, law, placed, terminals, absences=absences)
    return days, checked(steps, STEPS, "deduct")


def summed(
    resolved: pl.DataFrame,
    drafts: pl.DataFrame,
    law: PeriodLaw,
    placed: pl.DataFrame,
    terminals: pl.DataFrame,
    *,
    absences: pl.DataFrame = NO_ABSENCES,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Deductions of each resolved shift. What the law says of a day, it says of all its shifts together.

    resolved: RESOLVED, excused where absences (PRICED) hold; drafts: DRAFT of all these shifts; placed: PLACED punches
    of at least these days; terminals: TERMINALS. → (WORK_DAYS in the same order, STEPS with shift by employee, day,
    shift and kind). A day with an unknown rate has deduction null.
    """
    checked(resolved, RESOLVED, "summed")
    own = ["duty"] if (resolved["shift"] == 1).all() else ["duty", "shift"]
    settled = _of_days(resolved, drafts, law, absences)
    per_shift = settled.group_by(own, maintain_order=True).agg(
        codes=pl.col("code").filter(pl.col("code") != "").str.join(" "),
        sum=pl.when(pl.col("percent").null_count() == 0).then(pl.col("percent").sum()),
        deducted=pl.lit(value=True),
    )
    work_days = (
        resolved.with_columns(duty=duty("employee", pl.col("day")))
        .join(per_shift, on=own, how="left", maintain_order="left")
        .with_columns(
            pl.col("codes").fill_null(""),
            deduction=pl.when("deducted").then("sum").otherwise(pl.lit(0, pl.Int32)),
        )
    )
    hours = work_days.select(*own, "hours", "hours_basis")
    steps = _explained(settled, law, placed, terminals, hours, own=own)
    return checked(work_days, WORK_DAYS, "summed"), steps


def _of_days(resolved: pl.DataFrame, drafts: pl.DataFrame, law: PeriodLaw, absences: pl.DataFrame) -> pl.DataFrame:
    """The drafts with pairs, the cap of the day and absences with a document, in the order in which they are told."""
    capped = daily_cap(combined(drafts, law.rates), law.rates)
    component = law.rulebook.base == "attendance component"
    work = resolved.filter(pl.col("kind") == "work").with_columns(duty=duty("employee", pl.col("day")))
    excused = of_absences(work, absences, of_component=component).select(DRAFT)
    return pl.concat([capped, excused]).sort("employee", "day", "shift", "kind", maintain_order=True)


def _explained(
    drafts: pl.DataFrame,
    law: PeriodLaw,
    placed: pl.DataFrame,
    terminals: pl.DataFrame,
    hours: pl.DataFrame,
    *,
    own: list[str],
) -> pl.DataFrame:
    """Each step with the text that decides, the law of the hours where they matter, and its punches."""
    timed = ~pl.col("kind").is_in(UNTIMED)
    return checked(
        drafts.join(law.citations, on=["laws", "kind"], how="left", maintain_order="left")
        .join(hours, on=own, how="left", maintain_order="left")
        .join(_evidence(drafts, placed, terminals, own), on=[*own, "at"], how="left", maintain_order="left")
        .with_columns(
            basis=pl.when(timed & (pl.col("hours_basis") == "assumption"))
            .then(pl.lit("assumption"))
            .otherwise(pl.col("basis").fill_null(law.basis)),
            **{name: pl.col(name).fill_null("") for name in ("table", "law", "article", "in_force", "in_force_known")},
            hours=pl.when(timed).then("hours").otherwise(pl.lit("")),
            punches=pl.col("punches").fill_null([]),
        ),
        STEPS | {"shift": pl.Int16()},
        "summed",
    )


def _evidence(drafts: pl.DataFrame, placed: pl.DataFrame, terminals: pl.DataFrame, own: list[str]) -> pl.DataFrame:
    """The punches at each moment that a step rests on, by their key, in the order of that key."""
    checked(placed, PLACED, "deduct")
    key = pl.struct(
        pl.col("name").alias("terminal"),
        "pin",
        pl.col("local_time").dt.strftime("%Y-%m-%dT%H:%M:%S"),
        "state",
        "time_zone",
        pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%S").alias("unit_time"),
    )
    return (
        placed.join(drafts.select(*own, "at").drop_nulls().unique(), on=[*own, "at"], how="semi")
        .join(checked(terminals, TERMINALS, "deduct"), on="terminal", how="left")
        .sort("name", "pin", "local_time", "state")
        .group_by(*own, "at")
        .agg(punches=key.cast(PUNCH_KEY))
    )
