"""The texts, numbers and dates of the pages in Indonesian and English."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, get_decimal_symbol
from babel.units import format_unit

from config.absences import absence_kinds
from config.corrections import correction_reasons

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

LONG_HOURS = 48
"""A duration from so many hours on is told in days."""

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"

FORMULA_WORDS = (
    (re.compile(r"^([\d,]+) / ([\d,]+) = ([\d,]+)(?=;|$)"), "formula_points"),
    (re.compile(r"^([\d,]+) / \?$"), "formula_points_without_target"),
    (re.compile(r"; max ([\d,]+|\?)$"), "formula_at_most"),
    (re.compile(r"^min\(([\d,]+|\?); ([\d,]+|\?)\)$"), "formula_lesser"),
    (re.compile(r"(\d+) min in \[(\d+), (\d+)\)"), "in_band"),
    (re.compile(r"(\d+) min in \[(\d+), ∞\)"), "in_last_band"),
    (re.compile(r"(\d+) min (\d+) s"), "with_seconds"),
    (re.compile(r"; any second counts"), "formula_any_second"),
    (re.compile(r"^in ([\d:]+), (\d+) min late"), "formula_min_late"),
    (re.compile(r"not made up: (.*?), due not before ([\d:]+)"), "formula_not_made_up"),
    (re.compile(r"(?<!not )made up: (.*?), not before ([\d:]+)"), "formula_made_up"),
    (re.compile(r"after ([\d:]+): whether that made up for it is not known"), "formula_perhaps_made_up"),
    (re.compile(r"beyond the (\d+) min that can be made up"), "formula_beyond_make_up"),
    (re.compile(r"\bout ([\d:]{8})(?=,)"), "formula_out_at"),
    (re.compile(r"^in ([\d:]{8})(?=, letter )"), "formula_in_at"),
    (re.compile(r"; instead of the scan ([\d:]+)"), "formula_instead_of"),
    (re.compile(r"; not after in ([\d:]{8})(?=;|$)"), "formula_not_after_in"),
    (re.compile(r"; not before out ([\d:]{8})(?=;|$)"), "formula_not_before_out"),
    (re.compile(r"; the day has no shift (\d+)(?=;|$)"), "formula_no_such_shift"),
    (re.compile(r"; the day is free(?=;|$)"), "formula_free_day"),
    (re.compile(r"; flexible hours of ([\d:]+)-([\d:]+): in until ([\d:]+)"), "formula_flexible_in"),
    (
        re.compile(r"; flexible hours of ([\d:]+)-([\d:]+): in ([\d:]+), so out from ([\d:]+)"),
        "formula_flexible_out",
    ),
    (
        re.compile(r"; flexible hours of ([\d:]+)-([\d:]+): no scan in, so out from ([\d:]+)"),
        "formula_flexible_unmoved",
    ),
    (re.compile(r"^late on (\d+) days, more than (\d+): "), "formula_over_quota"),
    (re.compile(r"one scan ([\d:]+)"), "formula_one_scan"),
    (re.compile(r"scans from ([\d:]+) to ([\d:]+), within (\d+) s, are one, ([\d:]+)"), "formula_double_tap"),
    (re.compile(r"not after the middle ([\d:]+) of ([\d:]+)-([\d:]+), counts as in"), "formula_as_in"),
    (re.compile(r"after the middle ([\d:]+) of ([\d:]+)-([\d:]+), counts as out"), "formula_as_out"),
    (re.compile(r" in this shift, but in another of the day"), "formula_other_shift"),
    (re.compile(r"no scan in\b"), "formula_no_in"),
    (re.compile(r"no scan out\b"), "formula_no_out"),
    (re.compile(r"^no scan$"), "formula_no_scan"),
    (re.compile(r"^not synced: (.*)$"), "formula_not_synced"),
    (re.compile(r", letter (.+?)(?=: |; |$)"), "formula_letter"),
    (re.compile(r"working day (\S+) in (?=\[)"), "formula_working_day"),
    (re.compile(r"calendar day (\S+) in (?=\[)"), "formula_calendar_day"),
    (re.compile(r"month (\S+) in (?=\[)"), "formula_month_of_leave"),
    (re.compile(r"\[(\d+), (\d+)\)"), "formula_span"),
    (re.compile(r"\[(\d+), ∞\)"), "formula_span_open"),
    (re.compile(r"; our reading of a text that says only days"), "formula_our_reading"),
    (re.compile(r"the rulebook names no rate"), "formula_no_rate"),
    (re.compile(r"the rulebook does not name it, and who works loses nothing"), "formula_at_work"),
    (
        re.compile(r"began on ([\d-]+), before the calendar, so that its working days cannot be counted"),
        "formula_uncounted",
    ),
    (re.compile(r"taken once a month"), "formula_once_a_month"),
    (re.compile(r"taken in proportion to the month's working days"), "formula_in_proportion"),
    (re.compile(r"taken of the whole allowance"), "formula_taken_of_whole"),
    (re.compile(r", of the whole allowance"), "formula_of_whole"),
    (re.compile(r", of what is left of the whole allowance"), "formula_of_left"),
    (re.compile(r"(\S+) of (\S+) working days paid"), "formula_days_paid"),
    (re.compile(r"^away (\S+) to (\S+), (?=\d)"), "formula_away"),
    (re.compile(r": no scan within it$"), "formula_assembly_unseen"),
    (re.compile(r": not on its list$"), "formula_assembly_unlisted"),
    (re.compile(r"the highest of (\d+) days"), "formula_highest"),
    (re.compile(r"the sum of (\d+) days"), "formula_sum_of_days"),
    (re.compile(r"(\S+) / (\d+|\?) working days"), "formula_share"),
    (re.compile(r"superior \((\d+)\)"), "formula_superior"),
    (re.compile(r"peer \((\d+)\)"), "formula_peer"),
    (re.compile(r"subordinate \((\d+)\)"), "formula_subordinate"),
    (re.compile(r"^the rulebook has no rating_weights$"), "formula_no_rating_weights"),
    (re.compile(r"^the rulebook says no evaluation_method$"), "formula_no_method"),
    (re.compile(r"\bno new idea$"), "formula_no_new_idea"),
    (re.compile(r"^no day of it is counted any more$"), "formula_not_counted"),
    (re.compile(r", new idea$"), "formula_with_new_idea"),
    (re.compile(r"(?<=^result )above|(?<=, behaviour )above"), "formula_above"),
    (re.compile(r"(?<=^result )as expected|(?<=, behaviour )as expected"), "formula_as_expected"),
    (re.compile(r"(?<=^result )below|(?<=, behaviour )below"), "formula_below"),
    (re.compile(r"^(\d{4})-Q(\d) "), "formula_of_quarter"),
    (re.compile(r"^result (.+), behaviour (.+)$"), "formula_result_and_behaviour"),
    (re.compile(r"\(class (?=[\d?])"), "formula_class"),
    (re.compile(r"\(out of use since ([\d-]+)\)"), "formula_out_of_use"),
    (re.compile(r"\[scans: (.*); regulation\]"), "formula_scans_regulation"),
    (re.compile(r"\[scans: (.*); assumption\]"), "formula_scans_assumption"),
)
"""What scoring writes in figures and signs, and the text that says it in words."""


def _read(path: Path) -> dict[Language, Mapping[str, str]]:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    return {language: {key: entry[language] for key, entry in entries.items()} for language in LANGUAGES}


RUPIAH = re.compile(r"Rp (\d+)[.,](\d\d)\b")
DAY_OF_A_LATENESS = re.compile(r"\b(\d{4}-\d\d-\d\d)(?= \d+ min in \[)")
DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
"""Scoring writes figures as the law prints them."""


TEXTS = _read(Path(__file__).with_name("words.toml"))


ASSUMED_LAWS = {text: key for key, text in TEXTS["en"].items() if key.startswith("law_")}
"""The sentences, and parts of them, that stand where a rulebook can name no law; the longer ones first."""


def language_named(name: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == name), None)


def number(value: Decimal, language: Language) -> str:
    """4592025.6 is "4.592.025,60" in Indonesian; also rupiah are told so."""
    return format_decimal(value, "#,##0.00", locale=language)


def percent(value: Decimal, language: Language) -> str:
    """1.25 is "1,25 %" in Indonesian."""
    return number(value, language) + NO_BREAK + "%"


def rupiah(value: Decimal, language: Language) -> str:
    """4592025.6 is "Rp 4.592.025,60" in Indonesian, on one line."""
    return f"Rp{NO_BREAK}{number(value, language)}"


def owed_percent(value: Decimal, language: Language) -> str:
    """As `percent`, with its sign: "+0,60 %" is to be paid more."""
    return _sign(value) + percent(abs(value), language)


def owed_rupiah(value: Decimal, language: Language) -> str:
    """As `rupiah`, with its sign: below zero it is taken back."""
    return _sign(value) + rupiah(abs(value), language)


def _sign(value: Decimal) -> str:
    return "+" if value > 0 else MINUS if value < 0 else ""


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


def moment_in(time: datetime, language: Language, place: str) -> str:
    """An instant by the clock of a place, with the name of its zone: "22 Nov 2026 18:04:48 WIB"."""
    return f"{moment(time.astimezone(ZoneInfo(place)), language)} {zone(place)}"


def month_of(period: str, language: Language) -> str:
    """2026-01 is "Januari 2026"."""
    return month(date(int(period[:4]), int(period[5:]), 1), language)


def clock(time: datetime) -> str:
    return f"{time:%H:%M:%S}"


def zone(name: str) -> str:
    """WIB, WITA or WIT; the zone's own name elsewhere."""
    return ZONE_NAMES.get(name, name)


def duration(seconds: int, language: Language) -> str:
    """-3723 is "1 jam 2 menit 3 detik"; no sign, nothing smaller than a second, or than an hour from two days on."""
    hours, minutes = divmod(abs(seconds) // 60, 60)
    parts = (("hour", hours), ("minute", minutes), ("second", abs(seconds) % 60))
    if hours >= LONG_HOURS:
        parts = (("day", hours // 24), ("hour", hours % 24), ("second", 0))
    return " ".join(
        format_unit(number, f"duration-{unit}", "long", locale=language) for unit, number in parts if number
    )


def law(text: str, language: Language) -> str:
    """A law as it is cited; the sentences that stand where there is none, in the reader's language."""
    for said, key in ASSUMED_LAWS.items():
        text = text.replace(said, TEXTS[language][key])
    return text


def formula(figures: str, language: Language) -> str:
    """A step's formula in words: "12 min in [1, 31)" and "0,40 x 95,00" as people read them."""
    figures = DAY_OF_A_LATENESS.sub(lambda day: short_day(date.fromisoformat(day[1]), language), figures)
    for pattern, key in FORMULA_WORDS:
        figures = pattern.sub(TEXTS[language][key], figures)
    for kind in absence_kinds().values():
        figures = re.sub(rf"^{re.escape(kind.words['en'])}(?=[,:;]|$)", kind.words[language], figures)
    for said in correction_reasons().values():
        figures = re.sub(rf": {re.escape(said['en'])}(?=;|$)", f": {said[language]}", figures)
    figures = DECIMAL_COMMA.sub(get_decimal_symbol(language), law(figures, language))
    figures = RUPIAH.sub(lambda sen: rupiah(Decimal(f"{sen[1]}.{sen[2]}"), language), figures)
    return figures.replace(" x ", f" {TIMES} ").replace(" - ", f" {MINUS} ")
