"""The tables that a rulebook may have: a line each. What a table means is said by its kind in config/kinds."""

from typing import Any

from config.kinds.bands import BANDS
from config.kinds.rates import rates
from config.kinds.scans import SCANS as SCANS_SHAPE
from config.kinds.shape import TableKind
from config.kinds.weights import WEIGHTS as WEIGHTS_SHAPE

MOST_OUTPUT = 200
"""Percent: no regulation known counts more than 120 % of a target."""

SCANS = TableKind("scans", SCANS_SHAPE, "day", required=True)
LATENESS = TableKind("lateness_deduction", BANDS, "day", required=True, of_base=True)
EARLY_LEAVE = TableKind("early_leave_deduction", BANDS, "day", required=True, of_base=True)
MISSING_SCAN = TableKind("missing_scan_deduction", rates("in", "out"), "day", required=True, of_base=True)
ABSENCE = TableKind("absence_deduction", rates("day"), "day", required=True, of_base=True)
MONTHLY_CAP = TableKind("monthly_cap", rates("month"), "period", of_base=True)
WEIGHTS = TableKind("component_weights", WEIGHTS_SHAPE, "period")
OUTPUT_CAP = TableKind("output_cap", rates("month", most=MOST_OUTPUT), "period")

TABLES: tuple[TableKind[Any], ...] = (
    SCANS,
    LATENESS,
    EARLY_LEAVE,
    MISSING_SCAN,
    ABSENCE,
    MONTHLY_CAP,
    WEIGHTS,
    OUTPUT_CAP,
)
"""In the order in which a rulebook is shown."""
