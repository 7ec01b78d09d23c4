"""Discipline in words: who reached anything, the gravest first; everybody else is only counted."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from config.dated import RulebookError
from config.rulebook_tables import DISCIPLINARY_CUT
from config.rulebooks import rulebook

SANCTIONS = {
    "verbal_warning": "verbal warning",
    "written_warning": "written warning",
    "dissatisfaction": "written statement of dissatisfaction",
    "cut_6_months": "25 % of the performance allowance for 6 months",
    "cut_9_months": "25 % of the performance allowance for 9 months",
    "cut_12_months": "25 % of the performance allowance for 12 months",
    "demotion": "one step down for 12 months",
    "removal": "removal to an executor post for 12 months",
    "dismissal": "honourable dismissal, not at own request",
    "dismissal_consecutive": "honourable dismissal, not at own request; the salary stops from the month after",
}
"""The gravest last."""
SHORT = {
    "dissatisfaction": "dissatisfaction",
    "cut_6_months": "25 % for 6 months",
    "cut_9_months": "25 % for 9 months",
    "cut_12_months": "25 % for 12 months",
    "demotion": "one step down",
    "removal": "removal",
    "dismissal": "dismissal",
    "dismissal_consecutive": "dismissal for days in a row",
}
"""Where the long words would hide the days."""
GRAVITY = {name: number for number, name in enumerate(SANCTIONS)}
ONLY_FLAGS = "Only the authorised official imposes a sanction, after examination; nothing was deducted."
ONE_DAY = timedelta(days=1)


def discipline_lines(period: str, flagged: pl.DataFrame, people: int, law: str) -> Iterator[str]:
    """flagged: nip, name, rulebook, FLAGS, WORTH, a row a flag; people: how many were seen; law: as it is cited."""
    by_person = flagged.sort("nip", "day").partition_by("nip", maintain_order=True)
    persons = sorted((frame.to_dicts() for frame in by_person), key=lambda rows: (-_gravest(rows), rows[0]["nip"]))
    yield (
        f"{period}: {len(persons)} of {people} {'employee' if people == 1 else 'employees'} reached what {law} "
        f"provides, {people - len(persons)} did not. {ONLY_FLAGS}"
    )
    for rows in persons:
        yield from _person(rows)


def _gravest(rows: Sequence[Mapping[str, Any]]) -> int:
    return max(GRAVITY[row["sanction"]] for row in rows)


def _person(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The gravest that was reached, with its days, and the others in one line."""
    row = max(rows, key=lambda row: GRAVITY[row["sanction"]])
    others = [
        f"{other['day']} {SHORT.get(other['sanction'], SANCTIONS[other['sanction']])}{_money(other)}"
        for other in rows
        if other is not row
    ]
    more = f" and {row['minutes']} minutes late or early" if row["minutes"] else ""
    in_a_row = " in a row" if row["sanction"] == "dismissal_consecutive" else ""
    provided = f"{SANCTIONS[row['sanction']]}{_money(row)}"
    yield f"  {row['nip']} {row['name']}: {row['day']}, {row['reached']} days{in_a_row}: {provided}"
    yield f"    absent on {ranges(row['days']) or 'no day'}{more}"
    if others:
        yield f"    also reached: {', '.join(others)}"
    if row["rulebook"] and (cut := rulebook_cut(row["rulebook"], row["sanction"], row["day"])):
        yield f"    {cut}"


def _money(row: Mapping[str, Any]) -> str:
    """What the law's cut is of the allowance; "" without a cut, or where the allowance is not known."""
    if row["monthly"] is None:
        return ""
    in_all = "" if row["in_all"] is None else f", Rp {_rupiah(row['in_all'])} in all"
    return f" (Rp {_rupiah(row['monthly'])} a month{in_all})"


def _rupiah(sen: int) -> str:
    return f"{sen // 100}.{sen % 100:02d}"


def ranges(days: Sequence[date]) -> str:
    """Days one after the other as "2026-01-12 to 2026-01-15"."""
    spans: list[list[date]] = []
    for day in days:
        if spans and day - spans[-1][1] == ONE_DAY:
            spans[-1][1] = day
        else:
            spans.append([day, day])
    return ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in spans)


def rulebook_cut(name: str, sanction: str, day: date) -> str:
    """What a rulebook provides for a sanction beside the law of the state, in words; "" where it says nothing."""
    try:
        version = rulebook(name).on(DISCIPLINARY_CUT, day)
    except RulebookError as error:
        return f"what {name} provides is not known. {error}"
    for row in version.content if version is not None else ():
        if version is not None and row.sanction == sanction:
            percent = "a share not known" if row.cut is None else f"{row.cut // 100}.{row.cut % 100:02d} %"
            months = "as long as it lasts" if row.months is None else f"for {row.months} month{'s'[: row.months > 1]}"
            return f"{name}: {version.law.law} provides {percent} of the allowance {months}"
    return ""
