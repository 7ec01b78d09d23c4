"""Who should be there when: the calendar's office hours, or what a roster or the week of a unit says instead."""

import polars as pl

from scoring.frames import DAY_KIND, DAYS, HOURS_LAW, WALL, WANTED, Schema, checked

ROSTERED: Schema = WANTED | {
    "dated": pl.Boolean(),  # said of this very day: goes before a holiday; a week gives way to it
    "name": pl.String(),  # of a free day, "" otherwise
    "roster": pl.String(),  # whose roster or week says so
    "shift": pl.Int16(),  # 1, 2 … within the day; 1 of a free day too
    "starts": pl.Int32(),  # minutes after the midnight before; null = free, as the next
    "ends": pl.Int32(),  # beyond 1440: on the day after
    "in_from": pl.Int32(),  # windows of the scans, as above; null = not limited
    "in_until": pl.Int32(),
    "out_from": pl.Int32(),
    "out_until": pl.Int32(),
}
"""The duties that are not those of the calendar, of the wanted days and the days beside them."""
NO_ROSTERS = pl.DataFrame(schema=ROSTERED)
EXPECTED: Schema = (
    WANTED
    | {"shift": pl.Int16()}
    | {name: kind for name, kind in DAYS.items() if name != "day"}
    | {
        "scans_from": WALL,  # scans from here on belong to this duty,
        "scans_until": WALL,  # and those before this
        "hours": pl.String(),
        "hours_basis": pl.String(),
        "roster": pl.String(),  # null = the calendar
    }
)
"""A row a duty, one at least a day; wall-clock times of the unit. A duty belongs to the day on which it starts."""
MINUTES_A_DAY = 24 * 60
WINDOWS = ("in_from", "in_until", "out_from", "out_until")
MIDNIGHT = pl.col("day").cast(WALL)
DAY, HALF_A_DAY = pl.duration(days=1), pl.duration(hours=12)


def expected(
    wanted: pl.DataFrame, days: pl.DataFrame, hours: pl.DataFrame, rostered: pl.DataFrame = NO_ROSTERS
) -> pl.DataFrame:
    """The duties of the wanted employee-days (WANTED), in their order. days: DAYS; hours: HOURS_LAW. → EXPECTED.

    Scans of a duty within one date are those of the date; of one across midnight, those of the 24 hours around its
    middle. Between two duties whose scans would overlap, the border is halfway from the end to the start.
    """
    by_calendar = _by_calendar(wanted, days, hours)
    if rostered.is_empty():
        return checked(by_calendar, EXPECTED, "expected")
    who = pl.col("employee").is_in(rostered["employee"].unique().to_list())
    around = pl.concat([wanted.filter(who).with_columns(pl.col("day").dt.offset_by(f"{n}d")) for n in (-1, 0, 1)])
    own = _by_roster(checked(rostered, ROSTERED, "expected"), days)
    plain = _by_calendar(around.unique(), days, hours).join(own, on=["employee", "day"], how="anti")
    bordered = _bordered(pl.concat([plain.select(EXPECTED.keys()), own.select(EXPECTED.keys())]))
    theirs = wanted.filter(who).join(bordered, on=["employee", "day"], how="left")
    order = wanted.with_row_index("at")
    return checked(
        pl.concat([by_calendar.filter(~who), theirs.select(EXPECTED.keys())])
        .join(order, on=["employee", "day"], how="left")
        .sort("at", "shift"),
        EXPECTED,
        "expected",
    )


def _by_calendar(wanted: pl.DataFrame, days: pl.DataFrame, hours: pl.DataFrame) -> pl.DataFrame:
    """A day that the law does not cover, beside the wanted ones, is one without hours."""
    return (
        wanted.join(checked(days, DAYS, "expected"), on="day", how="left", maintain_order="left")
        .join(checked(hours, HOURS_LAW, "expected"), on="day", how="left", maintain_order="left")
        .with_columns(
            shift=pl.lit(1, pl.Int16), scans_from=MIDNIGHT, scans_until=MIDNIGHT + DAY, roster=pl.lit(None, pl.String)
        )
        .select(EXPECTED.keys())
    )


def _by_roster(rostered: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """What rosters and weeks say: the law of the day but its hours, its kind and the windows of its scans."""
    law = days.drop("name", "expected_in", "expected_out", "middle", *WINDOWS)
    holiday = pl.col("kind").is_in(["holiday", "joint_leave"]).fill_null(value=False)
    start, end = (MIDNIGHT + pl.duration(minutes=pl.col(column)) for column in ("starts", "ends"))
    middle = start + _half(end - start)
    across = (pl.col("ends") > MINUTES_A_DAY).fill_null(value=False)
    free = pl.when(pl.col("name") == "").then(pl.lit("weekend")).otherwise(pl.lit("holiday"))
    return (
        rostered.join(law, on="day", how="left")
        .filter(pl.col("dated") | ~holiday)
        .with_columns(
            kind=pl.when(pl.col("starts").is_null()).then(free).otherwise(pl.lit("work")).cast(DAY_KIND),
            name=pl.when((pl.col("name") != "") & pl.col("starts").is_null()).then("name"),
            expected_in=start,
            expected_out=end,
            middle=middle,
            scans_from=pl.when(across).then(middle - HALF_A_DAY).otherwise(MIDNIGHT),
            scans_until=pl.when(across).then(middle + HALF_A_DAY).otherwise(MIDNIGHT + DAY),
            hours="roster",
            hours_basis=pl.lit("regulation"),
            **{window: MIDNIGHT + pl.duration(minutes=pl.col(window)) for window in WINDOWS},
        )
        .with_columns(
            scans_from=pl.min_horizontal("scans_from", "in_from"),
            scans_until=pl.max_horizontal("scans_until", "out_until"),
        )
    )


def _bordered(duties: pl.DataFrame) -> pl.DataFrame:
    """No scan belongs to two duties. A free day takes what the duty before leaves."""
    ordered = duties.sort("employee", "day", "shift")
    before = {name: pl.col(name).shift(1).over("employee") for name in ("scans_until", "expected_out")}
    ordered = ordered.with_columns(
        overlap=before["scans_until"] > pl.col("scans_from"),
        border=pl.coalesce(
            before["expected_out"] + _half(pl.col("expected_in") - before["expected_out"]), before["scans_until"]
        ),
    ).with_columns(scans_from=pl.when("overlap").then("border").otherwise("scans_from"))
    after = pl.col("scans_from").shift(-1).over("employee")
    return ordered.with_columns(scans_until=pl.min_horizontal(pl.col("scans_until"), after))


def _half(span: pl.Expr) -> pl.Expr:
    return pl.duration(microseconds=span.dt.total_microseconds() // 2)
