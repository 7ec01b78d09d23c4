"""Work days to deductions: each step with its band or rate, its law, and the punches it rests on."""

import polars as pl

from scoring.combined import combined
from scoring.daily_cap import daily_cap
from scoring.frames import EXITS, MISSED, PUNCH_KEY, STEP_KIND, STEPS, TERMINALS, WORK_DAYS, checked
from scoring.laws import PeriodLaw
from scoring.leave import NO_ABSENCES
from scoring.leave import drafts as of_absences
from scoring.make_up import repaid
from scoring.workday import PLACED, RESOLVED, duty

DRAFT = ("duty", "employee", "day", "laws", "kind", "code", "minutes", "percent", "formula", "at")
"""Columns of a step before its law and punches are looked up; `at` is the moment of the scan it rests on."""

NO_EXITS = pl.DataFrame(schema=EXITS)
NOTHING_MISSED = pl.DataFrame(schema=MISSED)


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
    """Deductions of each resolved day.

    resolved: RESOLVED, excused where absences (PRICED) hold; placed: PLACED punches of at least these days; terminals:
    TERMINALS; exits: EXITS; missed: MISSED. → (WORK_DAYS in the same order, STEPS by employee, day and kind). A day
    with an unknown rate has deduction null.
    """
    checked(resolved, RESOLVED, "deduct")
    drafts = _drafts(resolved, law, checked(exits, EXITS, "deduct"), checked(missed, MISSED, "deduct"), absences)
    per_day = drafts.group_by("duty", maintain_order=True).agg(
        codes=pl.col("code").filter(pl.col("code") != "").str.join(" "),
        sum=pl.when(pl.col("percent").null_count() == 0).then(pl.col("percent").sum()),
        deducted=pl.lit(value=True),
    )
    work_days = (
        resolved.with_columns(duty=duty("employee", pl.col("day")))
        .join(per_day, on="duty", how="left", maintain_order="left")
        .with_columns(
            pl.col("codes").fill_null(""),
            deduction=pl.when("deducted").then("sum").otherwise(pl.lit(0, pl.Int32)),
        )
    )
    hours = work_days.select("duty", "hours", "hours_basis")
    return checked(work_days, WORK_DAYS, "deduct"), _explained(drafts, law, placed, terminals, hours)


def _drafts(
    resolved: pl.DataFrame, law: PeriodLaw, exits: pl.DataFrame, missed: pl.DataFrame, absences: pl.DataFrame
) -> pl.DataFrame:
    """All steps, ordered by employee-day and kind. A band of 0 % is no step, but an absence and a make-up are."""
    work = resolved.filter(pl.col("kind") == "work").with_columns(duty=duty("employee", pl.col("day")))
    came, at_work = ~pl.col("absent"), pl.col("needs_in") | pl.col("needs_out")
    late = repaid(work.filter(pl.col("minutes_late") > 0), law.make_ups)
    in_missing, out_missing = pl.col("first_in").is_null(), pl.col("last_out").is_null()
    drafts = [
        _by_band(late.filter(~pl.col("repaid").fill_null(value=False)), "late", law.late, law.scans),
        _by_band(work.filter(pl.col("minutes_early") > 0), "early", law.early, law.scans),
        _by_rate(
            work.filter(came & in_missing & pl.col("needs_in")),
            "missing_in",
            law,
            pl.col("last_out"),
            _single("after", "out", "in"),
        ),
        _by_rate(
            work.filter(came & out_missing & pl.col("needs_out")),
            "missing_out",
            law,
            pl.col("first_in"),
            _single("not after", "in", "out"),
        ),
        _absent(work.filter("absent"), law),
        _exits(work.filter(at_work).join(exits, on=["employee", "day"]), law),
        _missed(work.filter(came & at_work).join(missed, on=["employee", "day"]), law),
    ]
    counted = pl.concat(drafts).filter(pl.col("percent").ne_missing(0))
    capped = daily_cap(combined(counted, law.rates), law.rates)
    component = law.rulebook.base == "attendance component"
    excused = of_absences(work, absences, of_component=component).select(DRAFT)
    return pl.concat([capped, excused, _made_up(late)]).sort("employee", "day", "kind", maintain_order=True)


def _made_up(late: pl.DataFrame) -> pl.DataFrame:
    """A step for each lateness that is forgiven; whether the month forgives that many is said there."""
    return (
        late.filter("repaid")
        .with_columns(
            kind=pl.lit("made_up", STEP_KIND),
            code=pl.lit(""),
            minutes="minutes_late",
            percent=pl.lit(0, pl.Int32),
            formula=pl.format("in {}, {} min late; {}", _clock(pl.col("first_in")), "minutes_late", "stayed"),
            at=pl.col("last_out"),
        )
        .select(DRAFT)
    )


def _absent(days: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """The first working day after a holiday has a rate of its own where the law has one."""
    after = pl.col("day").is_in(law.after_holiday)
    no_scan, never = pl.lit("no scan"), pl.lit(None, pl.Datetime("us"))
    special = law.rates.filter(pl.col("kind") == "absent_after_holiday")["laws"].to_list()
    own = after & pl.col("laws").is_in(special)
    return pl.concat(
        [
            _by_rate(days.filter(~own), "absent", law, never, no_scan),
            _by_rate(days.filter(own), "absent_after_holiday", law, never, no_scan),
        ]
    )


def _exits(away: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """Each exit by its own minutes, where the law counts exits."""
    times = pl.format("away {} to {}, ", _clock(pl.col("left")), _clock(pl.col("returned")))
    return (
        away.join(law.exits, on=["laws", "minutes"], how="inner")
        .with_columns(
            kind=pl.lit("exit", STEP_KIND),
            at=pl.col("left"),
            formula=times + pl.format("{} min in {}", "minutes", "band"),
        )
        .select(DRAFT)
    )


def _missed(days: pl.DataFrame, law: PeriodLaw) -> pl.DataFrame:
    """Each assembly missed by somebody who came to work; who was absent is deducted for that alone."""
    counted = days.join(law.rates.filter(pl.col("kind") == "assembly").select("laws"), on="laws", how="semi")
    return _by_rate(counted, "assembly", law, pl.lit(None, pl.Datetime("us")), pl.col("assembly"))


def _by_band(days: pl.DataFrame, kind: str, bands: pl.DataFrame, scans: pl.DataFrame) -> pl.DataFrame:
    minutes, at, missed = (
        ("minutes_late", pl.col("first_in"), pl.col("first_in") - pl.col("expected_in"))
        if kind == "late"
        else ("minutes_early", pl.col("last_out"), pl.col("expected_out") - pl.col("last_out"))
    )
    seconds, whole = missed.dt.total_seconds() % 60, missed.dt.total_seconds() // 60
    figures = pl.format("{} min {} s = {} min in {}", whole, seconds, minutes, "band")
    stayed = pl.format("; {}", "stayed").fill_null("") if "stayed" in days.columns else pl.lit("")
    return (
        days.join(bands, left_on=["laws", minutes], right_on=["laws", "minutes"], how="left")
        .join(scans, on="laws", how="left")
        .with_columns(
            kind=pl.lit(kind, STEP_KIND),
            minutes=pl.col(minutes),
            at=at,
            formula=pl.when(seconds == 0)
            .then(pl.format("{} min in {}", minutes, "band"))
            .when(whole == 0)
            .then(pl.format("{}; any second counts {}", figures, "by"))
            .otherwise(figures)
            + stayed,
        )
        .select(DRAFT)
    )


def _single(side: str, taken_for: str, lacking: str) -> pl.Expr:
    """Which scan there was, what it was taken for and why: the reason why the other one is missing."""
    at = pl.col("last") if taken_for == "out" else pl.col("first")
    seen = (
        pl.when(pl.col("first") == pl.col("last"))
        .then(pl.format("one scan {}", _clock(at)))
        .otherwise(
            pl.format(
                "scans from {} to {}, within {} s, are one, {}",
                _clock(pl.col("first")),
                _clock(pl.col("last")),
                pl.col("double_tap").dt.total_seconds(),
                _clock(at),
            )
        )
    )
    return pl.format(
        f"{{}}, {side} the middle {{}} of {{}}-{{}}, counts as {taken_for}; no scan {lacking} {{}}",
        seen,
        _hour(pl.col("middle")),
        _hour(pl.col("expected_in")),
        _hour(pl.col("expected_out")),
        "by",
    )


def _clock(at: pl.Expr) -> pl.Expr:
    return at.dt.strftime("%H:%M:%S")


def _hour(at: pl.Expr) -> pl.Expr:
    """Without seconds where there are none."""
    return _clock(at).str.strip_suffix(":00")


def _by_rate(days: pl.DataFrame, kind: str, law: PeriodLaw, at: pl.Expr, formula: pl.Expr) -> pl.DataFrame:
    own = law.rates.filter(pl.col("kind") == kind).drop("kind")
    return (
        days.join(own, on="laws", how="left")
        .join(law.scans, on="laws", how="left")
        .with_columns(
            kind=pl.lit(kind, STEP_KIND),
            minutes=pl.lit(None, pl.Int32),
            at=at,
            formula=formula,
        )
        .select(DRAFT)
    )


def _explained(
    drafts: pl.DataFrame, law: PeriodLaw, placed: pl.DataFrame, terminals: pl.DataFrame, hours: pl.DataFrame
) -> pl.DataFrame:
    """Each step with the text that decides, the law of the hours where they matter, and its punches."""
    timed = ~pl.col("kind").is_in(["absent", "absent_after_holiday", "assembly", "leave"])
    return checked(
        drafts.join(law.citations, on=["laws", "kind"], how="left", maintain_order="left")
        .join(hours, on="duty", how="left", maintain_order="left")
        .join(_evidence(drafts, placed, terminals), on=["duty", "at"], how="left", maintain_order="left")
        .with_columns(
            basis=pl.when(timed & (pl.col("hours_basis") == "assumption"))
            .then(pl.lit("assumption"))
            .otherwise(pl.col("basis").fill_null(law.basis)),
            **{name: pl.col(name).fill_null("") for name in ("table", "law", "article", "in_force", "in_force_known")},
            hours=pl.when(timed).then("hours").otherwise(pl.lit("")),
            punches=pl.col("punches").fill_null([]),
        ),
        STEPS,
        "deduct",
    )


def _evidence(drafts: pl.DataFrame, placed: pl.DataFrame, terminals: pl.DataFrame) -> pl.DataFrame:
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
        placed.join(drafts.select("duty", "at").drop_nulls().unique(), on=["duty", "at"], how="semi")
        .join(checked(terminals, TERMINALS, "deduct"), on="terminal", how="left")
        .sort("name", "pin", "local_time", "state")
        .group_by("duty", "at")
        .agg(punches=key.cast(PUNCH_KEY))
    )
