"""Every text is there in both languages, used, and formatted as the language wants it."""

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from api import words
from api.words import TEXTS

API = Path(words.__file__).parent
BUILT = ("step_", "state_", "kind_", "table_", "problem_", "login_", "form_", "_missing", "in_band", "in_last", "with_")
"""Keys that templates and code put together from a value."""


def used() -> set[str]:
    templates = "".join(path.read_text(encoding="utf-8") for path in (API / "templates").glob("*.html"))
    return set(re.findall(r"\bt\.([a-z_0-9]+)", templates)) - {"get"}


def test_every_text_used_exists_and_every_text_is_used() -> None:
    assert used() <= TEXTS["id"].keys()
    left = TEXTS["id"].keys() - used() - {"assumption", "regulation"}
    assert not [key for key in left if not any(part in key for part in BUILT)]


def test_both_languages_say_everything_with_the_same_places() -> None:
    assert TEXTS["id"].keys() == TEXTS["en"].keys()
    for key, text in TEXTS["id"].items():
        assert text.strip()
        places = r"\{\w+\}|\\\d"
        assert sorted(re.findall(places, text)) == sorted(re.findall(places, TEXTS["en"][key])), key


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [("1.25", "1,25", "1.25"), ("0", "0,00", "0.00"), ("100", "100,00", "100.00"), ("1234.5", "1.234,50", "1,234.50")],
)
def test_percentages(value: str, indonesian: str, english: str) -> None:
    assert words.percent(Decimal(value), "id") == f"{indonesian}\N{NO-BREAK SPACE}%"
    assert words.percent(Decimal(value), "en") == f"{english}\N{NO-BREAK SPACE}%"


def test_dates() -> None:
    assert words.long_day(date(2026, 8, 17), "id") == "Senin, 17 Agustus 2026"
    assert words.long_day(date(2026, 8, 17), "en") == "Monday, 17 August 2026"
    assert words.month(date(2026, 2, 1), "id") == "Februari 2026"
    assert words.moment(datetime.fromisoformat("2026-01-05T07:42:13"), "id") == "5 Jan 2026 07:42:13"
    assert [words.zone(name) for name in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Asia/Tokyo")] == [
        "WIB", "WITA", "WIT", "Asia/Tokyo",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ("12 min in [1, 31)", "12 menit terlewat, termasuk tingkat 1 sampai kurang dari 31 menit"),
        ("91 min in [91, ∞)", "91 menit terlewat, termasuk tingkat 91 menit ke atas"),
        (
            "12 min 13 s = 12 min in [1, 31)",
            "12 menit 13 detik = 12 menit terlewat, termasuk tingkat 1 sampai kurang dari 31 menit",
        ),
        ("0,40 x 91,25 + 0,60 x 95,00", "0,40 \N{MULTIPLICATION SIGN} 91,25 + 0,60 \N{MULTIPLICATION SIGN} 95,00"),
        ("100,00 - 8,75", "100,00 \N{MINUS SIGN} 8,75"),
        ("3,00", "3,00"),
        ("?", "?"),
    ],
)
def test_formulas_in_words(figures: str, said: str) -> None:
    assert words.formula(figures, "id") == said
