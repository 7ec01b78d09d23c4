"""docs/rulebooks.md prints the figures that the tables hold, and says of each rulebook what it rests on and lacks."""

from decimal import Decimal
from pathlib import Path

import pytest

from config.commands import basis
from config.kinds.bands import Band
from config.kinds.evaluation import RatingWeights
from config.kinds.rates import Rate
from config.rulebook_tables import ABSENCE, EARLY_LEAVE, LATENESS, MISSING_SCAN, MONTHLY_CAP, RATING_WEIGHTS, SCANS
from config.rulebooks import named_or_in, names, rulebook

DOCUMENT = (Path(__file__).parent.parent.parent / "docs" / "rulebooks.md").read_text(encoding="utf-8")
IN_COLUMNS = {kind.name for kind in (SCANS, LATENESS, EARLY_LEAVE, MISSING_SCAN, ABSENCE, MONTHLY_CAP)}
MOST_BANDS = 4


def figure(hundredths: int | None) -> str:
    return "unknown" if hundredths is None else f"{(Decimal(hundredths) / 100).normalize():f}"


def single(rates: tuple[Rate, ...]) -> str:
    """One figure where they are equal."""
    figures = [figure(rate.percent) for rate in rates]
    return " / ".join(dict.fromkeys(figures))


def bands(content: tuple[Band, ...]) -> str:
    told = [f"{band.start}: {figure(band.percent)}" for band in content[1:]]
    return "; ".join([*told[:MOST_BANDS], "…"] if len(told) > MOST_BANDS else told)


def overview_row(name: str) -> str:
    """The line of the overview, made of the newest versions."""
    book = rulebook(name)
    cap = book.get(MONTHLY_CAP)
    cells = [
        f"`{name}`",
        book.status,
        basis(book),
        bands(book.need(LATENESS).versions[-1].content),
        bands(book.need(EARLY_LEAVE).versions[-1].content),
        single(book.need(MISSING_SCAN).versions[-1].content),
        single(book.need(ABSENCE).versions[-1].content),
        single(cap.versions[-1].content) if cap else "none",
        ", ".join(f"`{table.name}`" for table in book.tables if table.name not in IN_COLUMNS) or "none",
    ]
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("name", names())
def test_the_figures_of_the_overview(name: str) -> None:
    assert overview_row(name) in DOCUMENT.splitlines()


def test_the_table_of_raters_that_no_rulebook_has_is_shown_as_it_is_written(tmp_path: Path) -> None:
    assert [name for name in names() if rulebook(name).get(RATING_WEIGHTS)] == []
    (shown,) = [part.split("```")[0] for part in DOCUMENT.split("```toml\n")[1:] if '"rating_weights"' in part]
    (tmp_path / "rating_weights.toml").write_text(shown, encoding="utf-8")
    own = named_or_in(str(tmp_path / "rating_weights.toml"), "surabaya").need(RATING_WEIGHTS).versions[-1].content
    assert own == RatingWeights(superior=50_00, peer=30_00, subordinate=20_00, fewest=3)


@pytest.mark.parametrize("name", names())
def test_what_a_rulebook_rests_on_encodes_and_lacks_is_said(name: str) -> None:
    section = " ".join(DOCUMENT.split(f"## `{name}`")[1].split("\n## ")[0].split())
    book = rulebook(name)
    law = book.need(LATENESS).versions[-1].law
    for part in (law.law, law.article) if law.basis == "regulation" else ("assumption",):
        assert part in section
    assert all(word in section for word in ("**Legal basis:", "Encoded:", "Missing:"))
    for table in book.tables:
        assert table.name in IN_COLUMNS or all(
            version.law.law in section for version in table.versions if version.law.basis == "regulation"
        )
