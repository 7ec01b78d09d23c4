"""Leaving the post and assemblies: the law cases of tests/law_cases/beside.toml, and what waits for a terminal."""

import tomllib
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api import words
from config.rulebook_tables import SCANS
from config.rulebooks import rulebook
from scoring.beside import ASSEMBLED, AWAY, Beside, unseen
from scoring.engine import every_day, work_days
from tests.scoring.office import TERMINALS_OF_ONE_ZONE, ZONE, changed, law_of, of_day, punches

CASES = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "beside.toml").read_text(encoding="utf-8"), parse_float=Decimal
)["case"]
DAY = date(2026, 1, 5)


def at(clock: str) -> datetime:
    return datetime.combine(DAY, time.fromisoformat(clock))


def hundredths(percent: Decimal | int | str) -> int | None:
    return None if isinstance(percent, str) else int(percent * 100)


def beside_of(case: dict[str, Any]) -> Beside:
    away = [(1, at(left), at(returned), bool(letter)) for left, returned, *letter in case.get("away", [])]
    assembled = [
        (1, DAY, name, None, None, said[0]) if len(said) == 1 else (1, DAY, name, at(said[0]), at(said[1]), None)
        for name, *said in case.get("assembly", [])
    ]
    return Beside(
        pl.DataFrame(away, schema=AWAY, orient="row"), pl.DataFrame(assembled, schema=ASSEMBLED, orient="row")
    )


def judged(case: dict[str, Any]) -> tuple[dict[str, Any], pl.DataFrame]:
    book = rulebook(case["rulebook"])
    scans = changed(book.need(SCANS), gaps=case.get("gaps", "not counted"))
    law = of_day(law_of(book.replaced(SCANS, scans) if "gaps" in case else book.name, "2026-01"), DAY)
    keyed = [punches([at(clock)], state=state) for clock, state in case.get("keys", [])]
    seen = pl.concat([punches([at(clock) for clock in case["scans"]]), *keyed])
    wanted = every_day(pl.Series([1]), law)
    days, steps = work_days(wanted, seen, TERMINALS_OF_ONE_ZONE, law, ZONE, beside=beside_of(case))
    return days.to_dicts()[0], steps


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_law_cases(case: dict[str, Any]) -> None:
    day, steps = judged(case)
    assert day["deduction"] == hundredths(case["deduction"])
    said = [(step["kind"], step["percent"], step["formula"]) for step in steps.to_dicts()]
    assert said == [(kind, hundredths(percent), formula) for kind, percent, formula in case["steps"]]


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("Apel Senin 07:00-07:20: no scan within it", "Apel Senin 07:00-07:20: tidak ada rekaman di dalamnya"),
        ("Upacara: not on its list", "Upacara: tidak tercantum dalam daftar hadir"),
        (
            "away 10:00:00 to 10:31:00, 31 min in [31, 61)",
            "keluar 10:00:00 sampai 10:31:00, 31 menit, dalam rentang 31 sampai kurang dari 61 menit",
        ),
    ],
)
def test_pages_say_it_in_words(formula: str, said: str) -> None:
    assert words.formula(formula, "id") == said


def test_only_a_missing_scan_of_an_assembly_waits_for_terminals() -> None:
    case = {"rulebook": "kota-serang-2023", "scans": ["07:25", "16:05"]}
    for assembly, waits in ((["Apel", "07:00", "07:20"], 1), (["Upacara", False], 0), (["Apel", "07:20", "07:30"], 0)):
        told = case | {"assembly": [assembly]}
        assert unseen(judged(told)[1], beside_of(told)).height == waits


@settings(max_examples=12, deadline=None)
@given(left=st.integers(7 * 60, 15 * 60), minutes=st.integers(1, 400), more=st.integers(0, 400))
def test_more_minutes_away_never_cost_less(left: int, minutes: int, more: int) -> None:
    def cost(until: int) -> int:
        away = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in (left, min(until, 23 * 60 + 59))]
        deduction = judged({"rulebook": "agency-2013", "scans": ["07:25", "16:05"], "away": [away]})[0]["deduction"]
        assert isinstance(deduction, int)
        return deduction

    assert cost(left + minutes + more) >= cost(left + minutes)
