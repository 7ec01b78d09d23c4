"""docs/rulebooks.md prints the figures that the tables hold."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from config.commands import basis
from config.kinds.rates import Rate
from config.rulebook_tables import ABSENCE, EARLY_LEAVE, LATENESS, MISSING_SCAN, MONTHLY_CAP
from config.rulebooks import names, rulebook

DOCUMENT = (Path(__file__).parent.parent.parent / "docs" / "rulebooks.md").read_text(encoding="utf-8")


def figure(hundredths: int | None) -> str:
    return "unknown" if hundredths is None else f"{(Decimal(hundredths) / 100).normalize():f}"


def both(one: int | None, other: int | None) -> str:
    """One figure where they are equal."""
    return figure(one) if one == other else f"{figure(one)} / {figure(other)}"


def single(rates: tuple[Rate, ...]) -> str:
    return both(rates[0].percent, rates[-1].percent)


@pytest.mark.parametrize("name", names())
def test_the_figures_of_the_overview(name: str) -> None:
    book = rulebook(name)
    late, early = book.need(LATENESS).versions[-1].content, book.need(EARLY_LEAVE).versions[-1].content
    assert [(band.start, band.below) for band in late] == [(band.start, band.below) for band in early]
    assert [band.start for band in late] == [0, 1, 31, 61, 91]
    expected = [
        f"`{name}`",
        book.status,
        basis(book),
        *(both(one.percent, other.percent) for one, other in zip(late[1:], early[1:], strict=True)),
        single(book.need(MISSING_SCAN).versions[-1].content),
        single(book.need(ABSENCE).versions[-1].content),
        single(cap.versions[-1].content) if (cap := book.get(MONTHLY_CAP)) else "none",
    ]
    (row,) = re.findall(rf"^\| `{name}` .*\|$", DOCUMENT, re.MULTILINE)
    assert [cell.strip() for cell in row.strip("|").split("|")] == expected


@pytest.mark.parametrize("name", names())
def test_the_law_is_named_and_an_assumption_said(name: str) -> None:
    section = DOCUMENT.split(f"## `{name}`")[1].split("\n## ")[0]
    law = rulebook(name).need(LATENESS).versions[-1].law
    assert law.law in section if law.basis == "regulation" else "none is known" in section
    assert "Missing:" in section
