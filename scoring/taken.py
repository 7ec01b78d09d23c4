"""Which scans of a duty are taken for its in and its out, where not simply the first and the last."""

import polars as pl

from scoring.frames import WALL, Schema, checked

TAKEN: Schema = {"duty": pl.Int64(), "first": WALL, "last": WALL}
"""The scan taken for an in and the one taken for an out; equal where there is but one."""
BREAKS_AND_OVERTIME = [2, 3, 4, 5]
"""States of keys that neither begin nor end the work of the day."""
MINUTE = pl.duration(minutes=1)


def by_mode(duties: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """The taken scans of duties that limit them by windows or choose them by a mode.

    duties: EXPECTED with `duty`; placed: PLACED. → TAKEN, without duties that nobody came to. Where only one side has a
    scan it stands for both: whether it is an in or an out is decided as for any single scan.
    """
    seen = placed.select("duty", "at", "state").join(duties, on="duty")
    at, mode, middle = pl.col("at"), pl.col("mode"), pl.col("middle")
    keyed = mode == "by_state"
    unlimited = pl.lit(value=True)
    for_in = _within("in_from", "in_until") & pl.when(keyed).then(at <= middle).otherwise(unlimited)
    for_out = _within("out_from", "out_until") & pl.when(keyed).then(at > middle).otherwise(unlimited)
    other_key = keyed & pl.col("state").is_in(BREAKS_AND_OVERTIME)
    both = seen.group_by("duty").agg(
        mode=mode.first(),
        first_in=at.filter(for_in & ~other_key).min(),
        any_in=at.filter(for_in).min(),
        last_in=at.filter(for_in).max(),
        first_out=at.filter(for_out).min(),
        last_out=at.filter(for_out & ~other_key).max(),
        any_out=at.filter(for_out).max(),
    )
    first = pl.when(mode == "last_record").then("last_in").otherwise(pl.coalesce("first_in", "any_in"))
    last = pl.when(mode == "first_record").then("first_out").otherwise(pl.coalesce("last_out", "any_out"))
    taken = both.select("duty", first=first, last=last).filter(pl.any_horizontal(pl.col("first", "last").is_not_null()))
    return checked(
        taken.select("duty", first=pl.coalesce("first", "last"), last=pl.coalesce("last", "first")), TAKEN, "by_mode"
    )


def _within(start: str, end: str) -> pl.Expr:
    """A window lasts to the end of the minute that it names: 11:59 includes 11:59:59."""
    after = pl.col(start).is_null() | (pl.col("at") >= pl.col(start))
    return after & (pl.col(end).is_null() | (pl.col("at") < pl.col(end) + MINUTE))
