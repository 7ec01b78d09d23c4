"""The texts, numbers and dates of the pages in Indonesian and English."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

Language: TypeAlias = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""The first is taken when nobody chose."""

ZONE_NAMES = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Ujung_Pandang": "WITA",
    "Asia/Jayapura": "WIT",
}

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"

FORMULA_WORDS = (
    (re.compile(r"(\d+) min in \[(\d+), (\d+)\)"), "in_band"),
    (re.compile(r"(\d+) min in \[(\d+), ∞\)"), "in_last_band"),
    (re.compile(r"(\d+) min (\d+) s"), "with_seconds"),
)
"""What scoring writes in figures and signs, and the text that says it in words."""


def _read(path: Path) -> dict[Language, Mapping[str, str]]:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    return {language: {key: entry[language] for key, entry in entries.items()} for language in LANGUAGES}


TEXTS = _read(Path(__file__).with_name("words.toml"))


def language_named(name: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == name), None)


def percent(value: Decimal, language: Language) -> str:
    """1.25 is "1,25 %" in Indonesian."""
    return format_decimal(value, "#,##0.00", locale=language) + NO_BREAK + "%"


def whole(value: int, language: Language) -> str:
    return format_decimal(value, locale=language)


def long_day(day: date, language: Language) -> str:
    """Senin, 5 Januari 2026."""
    return format_date(day, "EEEE, d MMMM y", locale=language)


def short_day(day: date, language: Language) -> str:
    """Sen, 5 Jan."""
    return format_date(day, "EEE, d MMM", locale=language)


def weekday(day: date, language: Language) -> str:
    """Sen."""
    return format_date(day, "EEE", locale=language)


def month(day: date, language: Language) -> str:
    """Januari 2026."""
    return format_date(day, "MMMM y", locale=language)


def month_name(number: int, language: Language) -> str:
    return format_date(date(2000, number, 1), "LLLL", locale=language)


def moment(time: datetime, language: Language) -> str:
    """Day and time to the second, as it stands: a terminal's local time is never shifted."""
    return format_datetime(time.replace(tzinfo=None), "d MMM y HH:mm:ss", locale=language)


def clock(time: datetime) -> str:
    return f"{time:%H:%M:%S}"


def zone(name: str) -> str:
    """WIB, WITA or WIT; the zone's own name elsewhere."""
    return ZONE_NAMES.get(name, name)


def formula(figures: str, language: Language) -> str:
    """A step's formula in words: "12 min in [1, 31)" and "0,40 x 95,00" as people read them."""
    for pattern, key in FORMULA_WORDS:
        figures = pattern.sub(TEXTS[language][key], figures)
    return figures.replace(" x ", f" {TIMES} ").replace(" - ", f" {MINUS} ")
