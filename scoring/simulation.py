"""What another rulebook would change: two sets of scores of the same facts, compared person by person."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict

from config.rulebooks import Rulebook, rulebook
from scoring.rounding import printed_one

FIGURES = ("deduction", "attendance", "output", "total", "payable")


class Change(TypedDict):
    """One employee whose score would be another. Percentages in hundredths; None where one is not known.

    by: how much more would be paid; None where one of the two is not known.
    """

    nip: str
    name: str
    rulebook: str
    before: dict[str, int | None]
    after: dict[str, int | None]
    by: int | None


def substituted(with_: Rulebook, instead_of: str | None) -> Callable[[str], Rulebook]:
    """What to judge by: `with_` in the place of one rulebook, or of all where none is named."""

    def book(name: str) -> Rulebook:
        return with_ if instead_of in {None, name} else rulebook(name)

    return book


def changes(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Who would get another score, by NIP. before, after: rows of score_store.newest_scores."""
    old = {row["nip"]: row for row in before}
    return [
        _change(old.get(row["nip"], {}), row)
        for row in after
        if any(row[figure] != old.get(row["nip"], {}).get(figure) for figure in FIGURES)
    ]


def _change(old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
    before, after = old.get("payable"), new["payable"]
    return {
        "nip": new["nip"],
        "name": new["name"],
        "rulebook": new["rulebook"],
        "before": {figure: old.get(figure) for figure in FIGURES},
        "after": {figure: new[figure] for figure in FIGURES},
        "by": None if before is None or after is None else after - before,
    }


class Totals(TypedDict):
    """How many of the scored would be paid more, less, not any more (a rate, target or rating lacks), or only then."""

    scored: int
    changed: int
    more: int
    less: int
    unknown_after: int
    known_after: int


def totals(scored: int, found: Iterable[Change]) -> Totals:
    """Counts over all changes."""
    listed = list(found)
    known = [change["by"] for change in listed if change["by"] is not None]
    paid = [(change["before"]["payable"], change["after"]["payable"]) for change in listed]
    return {
        "scored": scored,
        "changed": len(listed),
        "more": sum(by > 0 for by in known),
        "less": sum(by < 0 for by in known),
        "unknown_after": sum(before is not None and after is None for before, after in paid),
        "known_after": sum(before is None and after is not None for before, after in paid),
    }


def in_words(change: Change) -> str:
    """One line: who, from what to what, by how much."""
    before, after = (_percent(change[side]["payable"]) for side in ("before", "after"))
    by = "" if change["by"] is None else f" ({'+' if change['by'] > 0 else ''}{printed_one(change['by'])})"
    deducted = f"deduction {_percent(change['before']['deduction'])} -> {_percent(change['after']['deduction'])}"
    return f"{change['nip']} {change['name']}: payable {before} -> {after}{by}; {deducted}"


def _percent(hundredths: int | None) -> str:
    return "not known" if hundredths is None else f"{printed_one(hundredths)} %"
