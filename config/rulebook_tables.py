"""The tables that a rulebook may have: a line each. What a table means is said by its kind in config/kinds."""

from typing import Any

from config.kinds.bands import BANDS
from config.kinds.discipline import SANCTION_CUTS
from config.kinds.evaluation import METHOD as METHOD_SHAPE
from config.kinds.evaluation import RATING_WEIGHTS as RATING_WEIGHTS_SHAPE
from config.kinds.flexible import FLEXIBLE
from config.kinds.hours import OFFICE_HOURS
from config.kinds.leave import LEAVE_TABLE
from config.kinds.make_up import MAKE_UP as MAKE_UP_SHAPE
from config.kinds.meals import MEAL_DAYS_TABLE
from config.kinds.pay import ALLOWANCE as ALLOWANCE_SHAPE
from config.kinds.period import ATTENDANCE_PERIOD as PERIOD_SHAPE
from config.kinds.predicate import PREDICATE_PAY as PREDICATE_PAY_SHAPE
from config.kinds.rates import rates
from config.kinds.runs import RUN
from config.kinds.scans import SCANS as SCANS_SHAPE
from config.kinds.shape import TableKind
from config.kinds.weights import WEIGHTS as WEIGHTS_SHAPE

MOST_OUTPUT = 200
"""Percent: no regulation known counts more than 120 % of a target."""

SCANS = TableKind("scans", SCANS_SHAPE, "day", required=True)
WORKING_HOURS = TableKind("working_hours", OFFICE_HOURS, "day")
"""The body's own hours, where they are not those of the calendar."""
LATENESS = TableKind("lateness_deduction", BANDS, "day", required=True, of_base=True)
EARLY_LEAVE = TableKind("early_leave_deduction", BANDS, "day", required=True, of_base=True)
MISSING_SCAN = TableKind("missing_scan_deduction", rates("in", "out"), "day", required=True, of_base=True)
ABSENCE = TableKind("absence_deduction", rates("day"), "day", required=True, of_base=True)
TEMPORARY_EXIT = TableKind("temporary_exit_deduction", BANDS, "day", of_base=True)
ABSENCE_AFTER_HOLIDAY = TableKind("absence_after_holiday_deduction", rates("day"), "day", of_base=True)
"""Absent on the first working day after a holiday or collective leave: instead of an ordinary absence."""
ASSEMBLY = TableKind("assembly_deduction", rates("missed"), "day", of_base=True)
"""An apel or ceremony that somebody at work did not attend."""
ASSEMBLY_AFTER_LEBARAN = TableKind("assembly_after_lebaran_deduction", rates("missed"), "day", of_base=True)
"""On the first working day after Idul Fitri, once: instead of an ordinary assembly missed."""
COMBINED = TableKind(
    "combined_deduction", rates("late_early", "late_missing_out", "missing_in_early"), "day", of_base=True
)
"""Two things on one day that the law counts together, instead of each alone."""
DAILY_CAP = TableKind("daily_cap", rates("present"), "day", of_base=True)
"""At most so much for a day that the person came."""
LEAVE = TableKind("leave_deduction", LEAVE_TABLE, "day")
"""What absences with a document cost."""
MEAL_DAYS = TableKind("meal_days", MEAL_DAYS_TABLE, "period")
"""On which days meal money is paid, where the body asks for more than the law of the state."""
DISCIPLINARY_CUT = TableKind("disciplinary_cut", SANCTION_CUTS, "period")
"""What an imposed sanction takes of the allowance: told beside a flag, deducted by nobody but who imposes it."""
FLEXIBLE_HOURS = TableKind("flexible_hours", FLEXIBLE, "day")
MAKE_UP = TableKind("lateness_make_up", MAKE_UP_SHAPE, "day")
ATTENDANCE_PERIOD = TableKind("attendance_period", PERIOD_SHAPE, "period")
ABSENCE_RUN = TableKind("absence_run_deduction", RUN, "period", of_base=True)
MONTHLY_CAP = TableKind("monthly_cap", rates("month"), "period", of_base=True)
WEIGHTS = TableKind("component_weights", WEIGHTS_SHAPE, "period")
OUTPUT_CAP = TableKind("output_cap", rates("month", most=MOST_OUTPUT), "period")
METHOD = TableKind("evaluation_method", METHOD_SHAPE, "period")
RATING_WEIGHTS = TableKind("rating_weights", RATING_WEIGHTS_SHAPE, "period")
PREDICATE_PAY = TableKind("predicate_pay", PREDICATE_PAY_SHAPE, "period")
ALLOWANCE = TableKind("allowance", ALLOWANCE_SHAPE, "period")

TABLES: tuple[TableKind[Any], ...] = (
    SCANS,
    WORKING_HOURS,
    LATENESS,
    EARLY_LEAVE,
    MISSING_SCAN,
    ABSENCE,
    TEMPORARY_EXIT,
    ABSENCE_AFTER_HOLIDAY,
    ASSEMBLY,
    ASSEMBLY_AFTER_LEBARAN,
    COMBINED,
    DAILY_CAP,
    LEAVE,
    MEAL_DAYS,
    DISCIPLINARY_CUT,
    FLEXIBLE_HOURS,
    MAKE_UP,
    ATTENDANCE_PERIOD,
    ABSENCE_RUN,
    MONTHLY_CAP,
    WEIGHTS,
    OUTPUT_CAP,
    METHOD,
    RATING_WEIGHTS,
    PREDICATE_PAY,
    ALLOWANCE,
)
"""In the order in which a rulebook is shown."""
