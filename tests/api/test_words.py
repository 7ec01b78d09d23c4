"""Every text is there in both languages, used, and formatted as the language wants it."""

import re
import tomllib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from api import words
from api.words import TEXTS
from scoring.adjusted import Lacks

API = Path(words.__file__).parent
ROOT = API.parent
BUILT = (
    "step_",
    "state_",
    "kind_",
    "table_",
    "problem_",
    "login_",
    "form_",
    "_missing",
    "in_band",
    "in_last",
    "with_",
    "formula_",
    "condition_",
    "clock_",
    "mark_",
    "law_",
    "rejected_kind_",
    "rejected_cure_",
    "rejected_state_",
    "operation_",
    "work_state_",
)
"""Keys that templates and code put together from a value."""

REGULATION = re.compile(r"[A-Z]\w+( [A-Z]\w+)* \d+/\d{4}")
"""A law that is cited by its name alone."""
ONE_MINUTE = "1 menit, dalam rentang 1 sampai kurang dari 31 menit"
MIDDLE = "tengah jam kerja 07:30\N{EN DASH}16:00"
NO_OUT = "tidak ada rekaman pulang"
NO_IN = "tidak ada rekaman masuk (cara membaca rekaman: x; asumsi)"


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
        ("12 min in [1, 31)", "12 menit, dalam rentang 1 sampai kurang dari 31 menit"),
        ("91 min in [91, ∞)", "91 menit, dalam rentang 91 menit ke atas"),
        (
            "12 min 13 s = 12 min in [1, 31)",
            "12 menit 13 detik = 12 menit, dalam rentang 1 sampai kurang dari 31 menit",
        ),
        ("0,40 x 91,25 + 0,60 x 95,00", "0,40 \N{MULTIPLICATION SIGN} 91,25 + 0,60 \N{MULTIPLICATION SIGN} 95,00"),
        ("100,00 - 8,75", "100,00 \N{MINUS SIGN} 8,75"),
        ("3,00", "3,00"),
        ("?", "?"),
        (
            "0 min 5 s = 1 min in [1, 31); any second counts [scans: PMK 1; regulation]",
            f"0 menit 5 detik = {ONE_MINUTE}; satu detik pun dihitung (cara membaca rekaman: PMK 1; peraturan)",
        ),
        (
            "one scan 07:21:08, not after the middle 11:45 of 07:30-16:00, counts as in; no scan out",
            f"satu rekaman 07:21:08, tidak melewati 11:45, {MIDDLE}, jadi dihitung sebagai masuk; {NO_OUT}",
        ),
        (
            "scans from 15:00:00 to 15:00:09, within 60 s, are one, 15:00:09",
            "rekaman dari 15:00:00 sampai 15:00:09, dalam 60 detik, dianggap satu, 15:00:09",
        ),
        (
            "after the middle 11:45 of 07:30-16:00, counts as out; no scan in [scans: x; assumption]",
            f"melewati 11:45, {MIDDLE}, jadi dihitung sebagai pulang; {NO_IN}",
        ),
        (
            "1 min in [1, 31); out 16:30:00, after 16:00: whether that made up for it is not known",
            f"{ONE_MINUTE}; pulang 16:30:00, sesudah 16:00: tidak diketahui apakah keterlambatan terganti",
        ),
        ("no scan", "tidak ada rekaman"),
        ("result above, behaviour as expected", "hasil kerja di atas ekspektasi, perilaku sesuai ekspektasi"),
        ("result ?, behaviour below", "hasil kerja ?, perilaku di bawah ekspektasi"),
        ("2025-Q4 Baik", "predikat triwulan 4 tahun 2025: Baik"),
        ("min(120,00; 100,00)", "yang lebih kecil dari 120,00 dan 100,00"),
        ("12,50 / ?", "12,50 poin; targetnya belum ada"),
        (
            "late on 8 days, more than 5: 2026-01-30 12 min in [1, 31)",
            "terlambat 8 hari, lebih dari 5: Jum, 30 Jan 12 menit, dalam rentang 1 sampai kurang dari 31 menit",
        ),
        ("annual leave, letter 2026-01-30: 0,00", "cuti tahunan, surat 2026-01-30: 0,00"),
        (
            "(40,00 - 20,00) x 10 of 20 working days paid",
            f"(40,00 {words.MINUS} 20,00) {words.TIMES} 10 dari 20 hari kerja yang dibayar",
        ),
        (
            "unpaid: 1000,00 / 20 working days, of what is left of the whole allowance",
            "unpaid: 1000,00 / 20 hari kerja, dari sisa seluruh tunjangan setelah semua potongan lain",
        ),
    ],
)
def test_formulas_in_words(figures: str, said: str) -> None:
    assert words.formula(figures, "id") == said


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ("0,50 + 0,50", "0.50 + 0.50"),
        ("47,50 / 50,00 = 95,00", "47.50 points of a target of 50.00 points = 95.00\N{NO-BREAK SPACE}%"),
        ("12 min in [1, 31)", "12 min, in the band from 1 to below 31 min"),
        (
            "40,00 x 9,5 of 20 working days paid",
            f"40.00 {words.TIMES} 9.5 of 20 working days that are paid",
        ),
        (
            "1000,00 / 20 working days, of what is left of the whole allowance",
            "1000.00 / 20 working days, of what all other deductions leave of the whole allowance",
        ),
    ],
)
def test_english_figures_have_the_sign_that_all_its_figures_have(figures: str, said: str) -> None:
    assert words.formula(figures, "en") == said


def test_every_shipped_sentence_that_stands_where_a_law_is_missing_is_told_in_both_languages() -> None:
    files = [*ROOT.glob("config/rulebooks/*/*.toml"), *ROOT.glob("config/calendars/*.toml")]
    versions = [version for path in files for version in tomllib.loads(path.read_text("utf-8")).get("version", ())]
    assumed = {version["law"] for version in versions if version["basis"] == "assumption"}
    assert len(assumed) > 2
    for text in assumed:
        assert words.law(text, "en") == text
        named_alone = REGULATION.fullmatch(text) is not None  # is called so in both languages
        assert (words.law(text, "id") == text) is named_alone
        assert words.law(f"Perpres 21/2023 Ps. 4; {text}", "id").startswith("Perpres 21/2023 Ps. 4; ")


def test_each_thing_that_an_adjustment_lacks_is_told() -> None:
    assert {f"adjustment_missing_{lack}" for lack in get_args(Lacks)} <= TEXTS["id"].keys()


def test_no_law_of_a_rulebook_is_left_in_english_on_an_indonesian_page() -> None:
    files = [path for part in ("rulebooks/*", "calendars", "allowances") for path in ROOT.glob(f"config/{part}/*.toml")]
    versions = [version for path in files for version in tomllib.loads(path.read_text("utf-8")).get("version", ())]
    shown = {words.law(version["law"], "id") for version in versions}
    assert not [text for text in shown if re.search(r"\b(rule|of|the|as|by|not|that|print)\b", text)]


@pytest.mark.parametrize(
    ("seconds", "indonesian", "english"),
    [
        (61, "1 menit 1 detik", "1 minute 1 second"),
        (-3600, "1 jam", "1 hour"),
        (7325, "2 jam 2 menit 5 detik", None),
        (172_799, "47 jam 59 menit 59 detik", None),
        (172_800, "2 hari", "2 days"),
        (-176_461, "2 hari 1 jam", "2 days 1 hour"),
    ],
)
def test_durations(seconds: int, indonesian: str, english: str | None) -> None:
    assert words.duration(seconds, "id") == indonesian
    assert english is None or words.duration(seconds, "en") == english


def test_what_is_owed_has_its_sign_and_an_instant_its_place() -> None:
    said = [words.owed_rupiah(Decimal(text), "id") for text in ("27570.9", "-22975.75", "0")]
    assert said == [f"{sign}Rp\N{NO-BREAK SPACE}{text}" for sign, text in (
        ("+", "27.570,90"), ("\N{MINUS SIGN}", "22.975,75"), ("", "0,00"),
    )]  # fmt: skip
    assert words.owed_percent(Decimal("0.5"), "en") == "+0.50\N{NO-BREAK SPACE}%"
    at = datetime.fromisoformat("2026-03-02T23:30:00+00:00")
    assert words.moment_in(at, "id", "Asia/Jayapura") == "3 Mar 2026 08:30:00 WIT"
    assert words.month_of("2026-02", "id") == "Februari 2026"
