"""What letters say of the scans of a duty: a time that holds instead of the scan, whose punch stays as it is."""

import polars as pl

from config.corrections import correction_reasons
from scoring.frames import STEP_KIND, WALL, WANTED, Schema, checked
from scoring.laws import PeriodLaw
from scoring.schedule import WINDOWS
from scoring.workday import RESOLVED, duty, minutes_missed

CORRECTIONS: Schema = WANTED | {
    "shift": pl.Int16(),
    "side": pl.String(),  # in, out
    "minute": pl.Int32(),  # after a midnight, by the clock of the unit
    "document": pl.String(),
    "reason": pl.String(),  # a name in config/correction_reasons.toml
}
"""Letters that say when somebody came or left, one at most a side of a duty."""
DUTY = (*WANTED, "shift")
SIDES = {"in": "expected_in", "out": "expected_out"}
DAY = pl.duration(days=1)
STEP = {
    "duty": duty("employee", pl.col("day")),
    "kind": pl.lit("corrected", STEP_KIND),
    "code": pl.lit(""),
    "minutes": pl.lit(None, pl.Int32),
    "percent": pl.lit(0, pl.Int32),
    "at": pl.lit(None, WALL),
}
"""What every step of a letter has beside its formula."""


def corrected(resolved: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """Working days as they count by these letters (CORRECTIONS). resolved: RESOLVED, before anything else. → RESOLVED.

    A scan that was taken for the side that a letter tells stands for the other side, where that has none and it fits.
    """
    if checked(corrections, CORRECTIONS, "corrected").is_empty():
        return resolved
    days = _told(checked(resolved, RESOLVED, "corrected"), corrections)
    came, left = pl.col("at_in"), pl.col("at_out")
    any_scan = (pl.col("mode") == "first_in_last_out") & pl.all_horizontal(pl.col(WINDOWS).is_null())
    first = pl.when(any_scan & (pl.col("first") < left - pl.col("double_tap"))).then("first")
    last = pl.when(any_scan & (pl.col("last") > came + pl.col("double_tap"))).then("last")
    counted = days.with_columns(
        first_in=pl.coalesce(came, "first_in", first),
        last_out=pl.coalesce(left, "last_out", last),
        absent=pl.col("absent") & came.is_null() & left.is_null(),
    )
    return checked(
        counted.with_columns(
            minutes_late=minutes_missed(pl.col("first_in") - pl.col("expected_in")),
            minutes_early=minutes_missed(pl.col("expected_out") - pl.col("last_out")),
        ),
        RESOLVED,
        "corrected",
    )


def _told(days: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """Adds at_in and at_out: the moments that letters say, null where none does.

    A duty that ends at midnight or later has two days, and one whose window reaches over a midnight has them for the
    scan that the window takes: of these the day counts that is nearer. `ingest.duty_hours.moment` refuses by the same.
    """
    midnight = pl.col("day").cast(WALL)
    over = pl.col("expected_out") >= midnight + DAY
    after = {"in": over, "out": over | (pl.col("out_until") >= midnight + DAY).fill_null(value=False)}
    before = {"in": (pl.col("in_from") < midnight).fill_null(value=False), "out": pl.lit(value=False)}
    for side, expected in SIDES.items():
        said = corrections.filter(pl.col("side") == side).select(*DUTY, said="minute")
        here = midnight + pl.duration(minutes=pl.col("said"))
        off = (here - pl.col(expected)).abs()
        at = (
            pl.when(after[side] & ((here + DAY - pl.col(expected)).abs() < off))
            .then(here + DAY)
            .when(before[side] & ((here - DAY - pl.col(expected)).abs() < off))
            .then(here - DAY)
            .otherwise(here)
        )
        days = (
            days.join(said, on=DUTY, how="left", maintain_order="left")
            .with_columns(pl.when(pl.col("kind") == "work").then(at).alias(f"at_{side}"))
            .drop("said")
        )
    return days


def explained(drafts: pl.DataFrame, resolved: pl.DataFrame, corrections: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """The drafts (of scoring.drafts) with a step for each letter; a scan that still misses is told beside the letter.

    resolved: RESOLVED as it was without the letters, of all these shifts.
    """
    if corrections.is_empty():
        return drafts
    told = _steps(resolved, corrections)
    others = told.select("duty", "shift", "side", letter="formula").with_columns(
        kind=pl.when(pl.col("side") == "in").then(pl.lit("missing_out")).otherwise(pl.lit("missing_in")).cast(STEP_KIND)
    )
    by = law.scans.select("laws", "by")
    missing = (
        drafts.join(others, on=["duty", "shift", "kind"], how="left", maintain_order="left")
        .join(by, on="laws", how="left", maintain_order="left")
        .with_columns(
            formula=pl.when(pl.col("letter").is_null())
            .then("formula")
            .when(pl.col("kind") == "missing_in")
            .then(pl.format("{}; no scan in {}", "letter", "by"))
            .otherwise(pl.format("{}; no scan out {}", "letter", "by"))
        )
    )
    told = pl.concat([told, _idle(resolved, corrections)], how="diagonal")
    return pl.concat([told.select(drafts.columns), missing.select(drafts.columns)])


def _steps(resolved: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """A draft of 0 % for each letter: "in 07:25:00, letter ND/7: forgot to scan; instead of the scan 07:41:00"."""
    is_in = pl.col("side") == "in"
    at = pl.when(is_in).then("at_in").otherwise("at_out")
    scan = pl.when(is_in).then("first_in").otherwise("last_out")
    moved = (scan == pl.when(is_in).then("left").otherwise("came")).fill_null(value=False)
    counted = corrected(resolved, corrections).select(*DUTY, came="first_in", left="last_out")
    instead = pl.format("; instead of the scan {}", _clock(scan))
    no_order = (pl.col("came") >= pl.col("left")).fill_null(value=False)
    order = (
        pl.when(no_order & is_in)
        .then(pl.format("; not before out {}", _clock(pl.col("left"))))
        .when(no_order)
        .then(pl.format("; not after in {}", _clock(pl.col("came"))))
        .otherwise(pl.lit(""))
    )
    return (
        _told(resolved.filter(pl.col("kind") == "work"), corrections)
        .join(corrections.drop("minute"), on=DUTY)
        .join(counted, on=DUTY, how="left", maintain_order="left")
        .with_columns(
            **STEP,
            formula=_said(at)
            + pl.when(scan.is_not_null() & (scan != at) & ~moved).then(instead).otherwise(pl.lit(""))
            + order,
        )
        .sort("employee", "day", "shift", "side")
    )


def _idle(resolved: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """A draft of 0 %, on the day's first shift, for each letter that changes nothing: it names a shift which the day
    does not have, or the day is free.
    """
    at = pl.col("day").cast(WALL) + pl.duration(minutes=pl.col("minute"))
    known = resolved.select(*DUTY, known=pl.lit(value=True), works=pl.col("kind") == "work")
    no_shift = pl.format("; the day has no shift {}", "shift")
    return (
        corrections.join(known, on=DUTY, how="left")
        .filter(pl.col("works").fill_null(value=False).not_())
        .join(resolved.filter(pl.col("shift") == 1).select(*WANTED, "laws"), on=list(WANTED))
        .with_columns(formula=_said(at) + pl.when("known").then(pl.lit("; the day is free")).otherwise(no_shift))
        .with_columns(**STEP, shift=pl.lit(1, pl.Int16))
        .sort("employee", "day", "formula")
    )


def _said(at: pl.Expr) -> pl.Expr:
    """Side, time, letter and reason: "in 07:25:00, letter ND/7: forgot to scan"."""
    words = {name: said["en"] for name, said in correction_reasons().items()}
    reason = pl.col("reason").replace_strict(words, return_dtype=pl.String, default="?")
    return pl.format("{} {}, letter {}: {}", "side", _clock(at), "document", reason)


def _clock(at: pl.Expr) -> pl.Expr:
    return at.dt.strftime("%H:%M:%S")
