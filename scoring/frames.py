"""The frames that travel between the stages, column by column, and the check at each boundary.

Percentages are whole hundredths of a percent, minutes whole numbers, points whole ten-thousandths; no float anywhere.
`employee` is a row key within one computation; it enters no result and no digest.
"""

from typing import TypeAlias

import polars as pl

from config.errors import TepatError

Schema: TypeAlias = dict[str, pl.DataType]

WALL = pl.Datetime("us")
"""Wall-clock time; of the terminal's place or the unit's, as the column says."""
DAY_KIND = pl.Enum(["work", "weekend", "holiday", "joint_leave"])
SCAN_MODE = pl.Enum(["first_in_last_out", "first_record", "last_record", "by_state"])
DAY_STEPS = (
    "corrected",
    "late",
    "made_up",
    "early",
    "exit",
    "missing_in",
    "missing_out",
    "late_early",
    "late_missing_out",
    "missing_in_early",
    "assembly",
    "assembly_after_lebaran",
    "absent",
    "absent_after_holiday",
    "daily_cap",
    "leave",
    "not_waited",
)
PERIOD_STEPS = (
    "leave_of_month",
    "over_quota",
    "deduction",
    "absence_run",
    "cap",
    "attendance",
    "output",
    "behaviour",
    "total",
    "evaluation",
    "predicate",
    "limit",
    "predicate_pay",
    "payable",
    "amount",
    "not_counted",
)
STEP_KIND = pl.Enum([*DAY_STEPS, *PERIOD_STEPS])
"""In the order in which steps are told."""
PUNCH_KEY = pl.Struct(
    {
        "terminal": pl.String,
        "pin": pl.String,
        "local_time": pl.String,
        "state": pl.Int16,
        "time_zone": pl.String,
        "unit_time": pl.String,
    }
)

PUNCHES: Schema = {
    "employee": pl.Int32(),
    "terminal": pl.Int32(),
    "pin": pl.String(),
    "local_time": WALL,  # as the terminal's clock showed it
    "state": pl.Int16(),
}
TERMINALS: Schema = {"terminal": pl.Int32(), "name": pl.String(), "time_zone": pl.String()}
WANTED: Schema = {"employee": pl.Int32(), "day": pl.Date()}
"""The employee-days to compute."""
DAYS: Schema = {
    "day": pl.Date(),
    "kind": DAY_KIND,
    "name": pl.String(),  # of a holiday, null otherwise
    "expected_in": WALL,  # null when no work is expected, as the next two
    "expected_out": WALL,
    "middle": WALL,
    "in_from": WALL,  # windows in which a scan is taken; null = not limited
    "in_until": WALL,
    "out_from": WALL,
    "out_until": WALL,
    "mode": SCAN_MODE,
    "seconds_counted": pl.Boolean(),
    "double_tap": pl.Duration("us"),
    "laws": pl.Int16(),  # which set of versions applies: `laws` of the tables below
}
BANDS: Schema = {
    "laws": pl.Int16(),
    "minutes": pl.Int32(),
    "percent": pl.Int32(),  # null = not known
    "code": pl.String(),
    "band": pl.String(),  # "[1, 31)"
}
RATES: Schema = {"laws": pl.Int16(), "kind": STEP_KIND, "percent": pl.Int32(), "code": pl.String()}
CITATIONS: Schema = {
    "laws": pl.Int16(),
    "kind": STEP_KIND,
    "table": pl.String(),
    "law": pl.String(),
    "article": pl.String(),
    "in_force": pl.String(),
    "in_force_known": pl.String(),
    "basis": pl.String(),
}
SCANS_LAW: Schema = {"laws": pl.Int16(), "by": pl.String()}
"""The text about how scans are read, for a formula."""
HOURS_LAW: Schema = {"day": pl.Date(), "hours": pl.String(), "hours_basis": pl.String()}
WORK_DAYS: Schema = {
    "employee": pl.Int32(),
    "day": pl.Date(),
    "kind": DAY_KIND,
    "name": pl.String(),
    "expected_in": WALL,  # of the unit's place, as the next three
    "expected_out": WALL,
    "first_in": WALL,
    "last_out": WALL,
    "minutes_late": pl.Int32(),
    "minutes_early": pl.Int32(),
    "absent": pl.Boolean(),
    "codes": pl.String(),
    "deduction": pl.Int32(),  # null = a needed rate is missing
    "shift": pl.Int16(),  # 1 = the first or only one of the day
    "roster": pl.String(),  # what sets the hours; null = the calendar
}
STEPS: Schema = {
    "employee": pl.Int32(),
    "day": pl.Date(),  # null for a step of the whole period
    "kind": STEP_KIND,
    "code": pl.String(),
    "minutes": pl.Int32(),
    "percent": pl.Int32(),
    "formula": pl.String(),
    "table": pl.String(),
    "law": pl.String(),
    "article": pl.String(),
    "in_force": pl.String(),
    "in_force_known": pl.String(),
    "basis": pl.String(),
    "hours": pl.String(),
    "punches": pl.List(PUNCH_KEY),
}
FLEXIBLE: Schema = {"laws": pl.Int16(), "earlier": pl.Duration("us"), "later": pl.Duration("us")}
"""By how much the hours of a day may move with the scan in."""
MAKE_UPS: Schema = {"laws": pl.Int16(), "within": pl.Duration("us"), "by": pl.Duration("us")}
"""Lateness up to which so much longer work on the same day makes up for it."""
LATE: Schema = WANTED | {"minutes": pl.Int32(), "made_up": pl.Boolean()}
"""The late days of a month, and whether they were made up for; a row a shift."""
EXITS: Schema = WANTED | {"left": WALL, "returned": WALL, "minutes": pl.Int32()}
"""Each time that somebody was away from the post within the expected hours."""
MISSED: Schema = WANTED | {"assembly": pl.String()}
"""Each assembly (apel) that somebody at work missed, by its name."""
ABSENT: Schema = WANTED | {"absent": pl.Boolean()}
"""Of each working day, whether the employee was absent without reason; null where no work was expected."""
MONTH: Schema = {"employee": pl.Int32(), "day": pl.Date(), "deduction": pl.Int32()}
"""What the month needs of each work day."""
RESULTS: Schema = {
    "employee": pl.Int32(),
    "points": pl.Int64(),  # verified, ten-thousandths of a point; 0 when nothing is verified
    "target": pl.Int64(),  # hundredths of a point; null when no target is set
}
SCORES: Schema = {
    "employee": pl.Int32(),
    "deduction": pl.Int32(),
    "attendance": pl.Int32(),
    "output": pl.Int32(),
    "behaviour": pl.Int32(),
    "total": pl.Int32(),
    "evaluation": pl.Int32(),
    "predicate": pl.String(),
    "payable": pl.Int32(),
    "amount": pl.Int64(),  # sen
}


class FrameError(TepatError):
    """A stage was handed, or made, a frame of another shape than stated."""


def checked(frame: pl.DataFrame, schema: Schema, stage: str) -> pl.DataFrame:
    """The frame with exactly these columns in this order.

    Raises:
        FrameError: a column is lacking or of another type; the message names stage, column and types.
    """
    found = frame.schema  # made anew each time it is asked for
    for name, kind in schema.items():
        if name not in found:
            raise FrameError(f"{stage}: the frame lacks column {name!r}; it has {frame.columns}.")
        if found[name] != kind:
            raise FrameError(f"{stage}: column {name!r} is {found[name]}, must be {kind}.")
    return frame if list(found) == list(schema) else frame.select(schema.keys())
