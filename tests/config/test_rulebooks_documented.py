"""docs/rulebooks.md prints the figures that the tables hold."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from config.commands import basis
from config.kinds import Rate
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
    late, early = book.lateness.versions[-1].content, book.early_leave.versions[-1].content
    assert [(band.start, band.below) for band in late] == [(band.start, band.below) for band in early]
    assert [band.start for band in late] == [0, 1, 31, 61, 91]
    expected = [
        f"`{name}`",
        book.status,
        basis(book),
        *(both(one.percent, other.percent) for one, other in zip(late[1:], early[1:], strict=True)),
        single(book.missing_scan.versions[-1].content),
        single(book.absence.versions[-1].content),
        single(book.monthly_cap.versions[-1].content) if book.monthly_cap else "none",
    ]
    (row,) = re.findall(rf"^\| `{name}` .*\|$", DOCUMENT, re.MULTILINE)
    assert [cell.strip() for cell in row.strip("|").split("|")] == expected


@pytest.mark.parametrize("name", names())
def test_the_law_is_named_and_an_assumption_said(name: str) -> None:
    section = DOCUMENT.split(f"## `{name}`")[1].split("\n## ")[0]
    law = rulebook(name).lateness.versions[-1].law
    assert law.law in section if law.basis == "regulation" else "none is known" in section
    assert "Missing:" in section
