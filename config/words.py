"""Tables of law in words, a line a row, as their files print them."""

from collections.abc import Mapping
from decimal import Decimal

from config.dated import ARTICLE_KEYS, LAW_KEYS, Law, Table, Version, read

BAND_KEYS = {"from", "below", "value", "code", "each"}
RATE_KEYS = {"case", "value", "code"}


def in_words(law: Law) -> str:
    """The law, its article and its day in force, with what is not known about them."""
    article = law.article or "article not known"
    since = f"{law.in_force}" if law.in_force_known == "day" else f"{law.in_force.year} (only the year is known)"
    return f"{law.law}, {article}, in force from {since}, basis {law.basis}"


def lines(table: Table[object], version: Version[object]) -> list[str]:
    """What a version says beside its law."""
    at = table.versions.index(version)
    said = read(table.path).children("version", "version")[at].data
    beside = LAW_KEYS | ARTICLE_KEYS | {"rows", "counted_known"}
    told = [f"{key}: {_value(value)}" for key, value in said.items() if key not in beside]
    if "counted_known" in said:
        told.append("in which days it counts the text does not say: read as below")
    rows = said.get("rows", [])
    assert isinstance(rows, list)
    return told + [_row(row) for row in rows]


def _row(row: Mapping[str, object]) -> str:
    code, keys = f" {row['code']}" if "code" in row else "", set(row)
    if {"from", "value"} <= keys <= BAND_KEYS:
        below = "and more" if "below" not in row else f"to below {row['below']}"
        each = f" for each {row['each']} minutes begun" if "each" in row else ""
        return f"{row['from']} {below} minutes: {_percent(row['value'])}{each}{code}"
    if {"case", "value"} <= keys <= RATE_KEYS:
        return f"{row['case']}: {_percent(row['value'])}{code}"
    if keys == {"predicate", "value"}:
        return f"{row['predicate']}: {_percent(row['value'])}"
    if {"kind"} <= keys & {"kind", "take", "pay"} != {"kind"}:
        return _leave(row)
    return ", ".join(f"{key} {_value(value)}" for key, value in row.items())


COUNTED = {
    "working": ("working day", "working days"),
    "calendar": ("calendar day", "calendar days"),
    "months": ("month", "months"),
}
EACH = {"day": "each working day", "month": "of the month", "share": "of the month, in proportion to its working days"}


def _leave(row: Mapping[str, object]) -> str:
    """As in "sick_outpatient, from working day 4: 2.00 % taken each working day"."""
    one, many = COUNTED[str(row.get("counted", "working"))]
    start, below = row.get("from", 1), row.get("below")
    if isinstance(below, int):
        days = f", {one} {start}" if below - 1 == start else f", {many} {start} to {below - 1}"
    else:
        days = "" if start == 1 else f", from {one} {start}"
    child = row.get("children")
    if isinstance(child, dict):
        last = child.get("to", "on")
        days = f", child {child['from']}{'' if last == child['from'] else f' to {last}'}{days}"
    figure, done = (row["take"], "taken") if "take" in row else (row["pay"], "paid")
    whole = " of the whole allowance" if row.get("of") == "whole" else ""
    return f"{row['kind']}{days}: {_percent(figure)}{whole} {done} {EACH[str(row.get('each', 'day'))]}"


def _percent(value: object) -> str:
    return f"{value:.2f} %" if isinstance(value, int | Decimal) else str(value)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
