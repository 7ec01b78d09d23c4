"""Who was always on time, who was late again and again, whose scans are missing: with the facts behind each.

Lists for people. Nothing follows from them by itself, and what is not decided speaks for nobody and against nobody.
"""

import polars as pl

from scoring.frames import WALL, Schema, checked

KEPT: Schema = {
    "employee": pl.Int32(),
    "nip": pl.String(),
    "name": pl.String(),
    "until": pl.Date(),  # the last day that anybody of the unit is judged on; null where nobody is
    "working": pl.Int32(),  # working days judged
    "worked": pl.Int32(),  # of them those with both scans
    "undecided": pl.Int32(),  # days that wait for a terminal
    "not_scored": pl.Int32(),  # days up to `until` that nobody has looked at
}
FACTS: Schema = {
    "employee": pl.Int32(),
    "day": pl.Date(),
    "shift": pl.Int16(),  # of a day with several; null = the only one
    "late": pl.Int32(),  # minutes, as the next
    "early": pl.Int32(),
    "absent": pl.Boolean(),  # without reason
    "missing_in": pl.Boolean(),
    "missing_out": pl.Boolean(),
    "overruled": pl.Boolean(),  # judged although a terminal was not synced
    "first_in": WALL,  # local time of the unit, as the next; null = no such scan
    "last_out": WALL,
    "punches": pl.String(),  # JSON: the keys of the punches that it rests on
    "letters": pl.String(),  # JSON: what letters say of its scans, as their steps do
}
"""A row for each duty on which something was amiss."""
LISTED: Schema = KEPT | {
    "late_days": pl.Int32(),
    "late_minutes": pl.Int32(),
    "early_days": pl.Int32(),
    "absent_days": pl.Int32(),
    "missing_in_days": pl.Int32(),
    "missing_out_days": pl.Int32(),
    "most_late": pl.Int32(),  # late days in the month with the most of them
    "on_time": pl.Boolean(),  # always; false where days are undecided or not scored
    "unproven": pl.Boolean(),  # nothing was amiss, but days are undecided or not scored, or no day was worked
    "repeated": pl.Boolean(),  # late as often in a month as the list asks for
    "missing": pl.Boolean(),  # a scan is missing
}


def listed(kept: pl.DataFrame, facts: pl.DataFrame, times: int) -> pl.DataFrame:
    """Everybody with sums and the lists they stand on. kept: KEPT; facts: FACTS. → LISTED, in the order of kept.

    times: late days within one month from which on they are repeated. Several duties of a day are one day.
    """
    days = (
        checked(facts, FACTS, "punctuality")
        .group_by("employee", "day")
        .agg(pl.col("late", "early").sum(), pl.col("absent", "missing_in", "missing_out").any())
    )
    by_month = days.group_by("employee", pl.col("day").dt.month_start()).agg(late_days=(pl.col("late") > 0).sum())
    most = by_month.group_by("employee").agg(most_late=pl.col("late_days").max())
    sums = days.group_by("employee").agg(
        late_days=(pl.col("late") > 0).sum(),
        late_minutes=pl.col("late").sum(),
        early_days=(pl.col("early") > 0).sum(),
        absent_days=pl.col("absent").sum(),
        missing_in_days=pl.col("missing_in").sum(),
        missing_out_days=pl.col("missing_out").sum(),
    )
    counts = [name for name in LISTED if name.endswith("_days") or name in {"late_minutes", "most_late"}]
    known = (
        checked(kept, KEPT, "punctuality")
        .join(sums, on="employee", how="left", maintain_order="left")
        .join(most, on="employee", how="left", maintain_order="left")
        .with_columns(pl.col(counts).fill_null(0).cast(pl.Int32))
    )
    amiss = pl.any_horizontal(pl.col(name) > 0 for name in counts)
    decided = (pl.col("undecided") == 0) & (pl.col("not_scored") == 0) & (pl.col("worked") > 0)
    return checked(
        known.with_columns(
            on_time=~amiss & decided,
            unproven=~amiss & ~decided,
            repeated=pl.col("most_late") >= times,
            missing=(pl.col("missing_in_days") > 0) | (pl.col("missing_out_days") > 0),
        ),
        LISTED,
        "punctuality",
    )
