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
    return f"{law.law}, {article}, in force from {since}, basis {law.basis}, source {law.source}"


def lines(table: Table[object], version: Version[object]) -> list[str]:
    """What a version says beside its law."""
    at = table.versions.index(version)
    said = read(table.path).children("version", "version")[at].data
    told = [f"{key}: {_value(value)}" for key, value in said.items() if key not in LAW_KEYS | ARTICLE_KEYS | {"rows"}]
    rows = said.get("rows", [])
    assert isinstance(rows, list)
    return told + [_row(row) for row in rows]


def _row(row: Mapping[str, object]) -> str:
    code = f" {row['code']}" if "code" in row else ""
    if {"from", "value"} <= set(row) <= BAND_KEYS:
        below = "and more" if "below" not in row else f"to below {row['below']}"
        each = f" for each {row['each']} minutes begun" if "each" in row else ""
        return f"{row['from']} {below} minutes: {_percent(row['value'])}{each}{code}"
    if {"case", "value"} <= set(row) <= RATE_KEYS:
        return f"{row['case']}: {_percent(row['value'])}{code}"
    return ", ".join(f"{key} {_value(value)}" for key, value in row.items())


def _percent(value: object) -> str:
    return f"{value:.2f} %" if isinstance(value, int | Decimal) else str(value)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
