"""What a shift gives rise to: each step with its band or rate, before pairs and the cap of the day."""

import polars as pl

from scoring.flexible import hour, moved_to, usual
from scoring.frames import EXITS, MISSED, STEP_KIND, checked
from scoring.laws import PeriodLaw
from scoring.make_up import repaid, unsettled
from scoring.workday import RESOLVED, duty

DRAFT = ("duty", "shift", "employee", "day", "laws", "kind", "code", "minutes", "percent", "formula", "at")
"""Columns of a step before its law and punches are looked up; `at` is the moment of the scan it rests on."""

NO_EXITS = pl.DataFrame(schema=EXITS)
NOTHING_MISSED = pl.DataFrame(schema=MISSED)


def drafted(
    resolved: pl.DataFrame,
    law: PeriodLaw,
    *,
    exits: pl.DataFrame = NO_EXITS,
    missed: pl.DataFrame = NOTHING_MISSED,
) -> pl.DataFrame:
    """Steps (DRAFT) of resolved shifts, one a day. A band of 0 % is no step, but lateness made up is.

    resolved: RESOLVED, `absent` as of the whole day; exits: EXITS; missed: MISSED. Who came on another shift of the day
    has both scans of this one missing; the absence of a whole day counts on its first shift.
    """
    checked(exits, EXITS, "drafted")
    checked(missed, MISSED, "drafted")
    work = (
        checked(resolved, RESOLVED, "drafted")
        .filter(pl.col("kind") == "work")
        .with_columns(duty=duty("employee", pl.col("day")))
    )
    came, at_work = ~pl.col("absent"), pl.col("needs_in") | pl.col("needs_out")
    late = repaid(work.filter(pl.col("minutes_late") > 0), law.make_ups)
    drafts = [
        *_late(late.filter(~pl.col("repaid").fill_null(value=False)), law),
        _by_band(work.filter(pl.col("minutes_early") > 0), "early", law),
        *_lacking(work.filter(came), law),
        _absent(work.filter(pl.col("absent") & (pl.col("shift") == 1)), law),
        _exits(work.filter(at_work).join(exits, on=["employee", "day"]), law),
        _missed(work.filter(came & at_work).join(missed, on=["employee", "day"]), law),
    ]
    counted = pl.concat(drafts).filter(pl.col("percent").ne_missing(0))
    return pl.concat([counted, _made_up(late)])


def _lacking(came: pl.DataFrame, law: PeriodLaw) -> list[pl.DataFrame]:
    """A step for each scan that is missing of somebody who came."""
    no_in = came.filter(pl.col("first_in").is_null() & pl.col("needs_in"))
    no_out = came.filter(pl.col("last_out").is_null() & pl.col("needs_out"))
    return [
        _by_rate(no_in, "missing_in", law, pl.col("last_out"), _single("after", "out", "in")),
        _by_rate(no_out, "missing_out", law, pl.col("first_in"), _single("not after", "in", "out")),
    ]


def _late(late: pl.DataFrame, law: PeriodLaw) -> list[pl.DataFrame]:
    """By its band; without a percentage where whether it was made up is not known."""
    if not law.unknown_make_ups:
        return [_by_band(late, "late", law)]
    unknown = unsettled(late, law.unknown_make_ups)
    known = late.join(unknown, on=["duty", "shift"], how="anti", maintain_order="left")
    return [
        _by_band(known, "late", law),
        _by_band(unknown, "late", law).with_columns(percent=pl.lit(None, pl.Int32)),
    ]


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
    """Each assembly missed by somebody who came to work; who was absent is deducted for that alone.

    On the first working day after Idul Fitri, where the law has a rate for it, that one and once.
    """
    never, said = pl.lit(None, pl.Datetime("us")), pl.col("assembly")
    usual, special = (
        law.rates.filter(pl.col("kind") == kind)["laws"].to_list() for kind in ("assembly", "assembly_after_lebaran")
    )
    own = pl.col("laws").is_in(special) & pl.col("day").is_in(law.after_lebaran)
    first = days.filter(own).unique(["employee", "day"], keep="first", maintain_order=True)
    return pl.concat(
        [
            _by_rate(days.filter(~own, pl.col("laws").is_in(usual)), "assembly", law, never, said),
            _by_rate(first, "assembly_after_lebaran", law, never, said),
        ]
    )


def _by_band(days: pl.DataFrame, kind: str, law: PeriodLaw) -> pl.DataFrame:
    minutes, at, missed, bands, side = (
        ("minutes_late", pl.col("first_in"), pl.col("first_in") - pl.col("expected_in"), law.late, "in")
        if kind == "late"
        else ("minutes_early", pl.col("last_out"), pl.col("expected_out") - pl.col("last_out"), law.early, "out")
    )
    moved = pl.lit("") if law.flexible.is_empty() else moved_to(side, law.flexible["laws"].to_list())
    seconds, whole = missed.dt.total_seconds() % 60, missed.dt.total_seconds() // 60
    figures = pl.format("{} min {} s = {} min in {}", whole, seconds, minutes, "band")
    stayed = pl.format("; {}", "stayed").fill_null("") if "stayed" in days.columns else pl.lit("")
    return (
        days.join(bands, left_on=["laws", minutes], right_on=["laws", "minutes"], how="left")
        .join(law.scans, on="laws", how="left")
        .with_columns(
            kind=pl.lit(kind, STEP_KIND),
            minutes=pl.col(minutes),
            at=at,
            formula=pl.when(seconds == 0)
            .then(pl.format("{} min in {}", minutes, "band"))
            .when(whole == 0)
            .then(pl.format("{}; any second counts {}", figures, "by"))
            .otherwise(figures)
            + stayed
            + moved,
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
        hour(pl.col("middle")),
        *usual(),
        "by",
    ).fill_null(f"no scan {'in' if side == 'after' else 'out'} in this shift, but in another of the day")


def _clock(at: pl.Expr) -> pl.Expr:
    return at.dt.strftime("%H:%M:%S")


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
