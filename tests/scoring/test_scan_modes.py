"""Which scans count: by the windows and ways of reading of several bodies, and by the keys that people pressed."""

import tomllib
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from config.rulebook_tables import SCANS
from config.rulebooks import rulebook
from scoring.laws import PeriodLaw
from tests.scoring.office import changed, law_of, of_day, one_day, punches, results, score

CASES = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "e2_scan_modes.toml").read_text(encoding="utf-8"), parse_float=Decimal
)
DAY: date = CASES["day"]


def law_with(name: str, **scans: object) -> PeriodLaw:
    book = rulebook(name)
    return law_of(book.replaced(SCANS, changed(book.need(SCANS), **scans)), f"{DAY:%Y-%m}")


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["name"])
def test_e2(case: dict[str, Any]) -> None:
    windows = tuple(case["windows"]) or (None,) * 4
    law = law_with(CASES["rulebook"], mode=case["mode"], windows=windows)
    got, steps = one_day(law, DAY, [datetime.combine(DAY, time.fromisoformat(at)) for at in CASES["punches"]])
    expected = dict(case["expected"])
    assert got["deduction"] == int(expected.pop("percent") * 100) == sum(step["percent"] for step in steps)
    for name in ("first_in", "last_out"):
        assert got[name].time().isoformat() == expected.pop(name)
    assert {name: got[name] for name in expected} == expected
    # The rulebook of the body itself, whose rates are not known, reads the scans the same way.
    by_itself, _ = one_day(law_of(case["shipped"], f"{DAY:%Y-%m}"), DAY, [f"{DAY} {at}" for at in CASES["punches"]])
    assert [by_itself[name] for name in ("first_in", "last_out")] == [got[name] for name in ("first_in", "last_out")]


@pytest.mark.parametrize("case", CASES["window"], ids=lambda case: case["rulebook"])
def test_borders_of_windows(case: dict[str, Any]) -> None:
    law, days = of_day(law_of(case["rulebook"], f"{DAY:%Y-%m}"), DAY), case["days"]
    seen = pl.concat([punches([f"{DAY} {at}" for at in times], employee=n) for n, (times, *_) in enumerate(days)])
    got = score(law, seen, results(employees=range(len(days)))).work_days
    taken = [
        ["" if at is None else f"{at:%H:%M:%S}" for at in row] for row in got.select("first_in", "last_out").rows()
    ]
    assert taken == [list(expected) for _, *expected in days]


def by_state(pressed: Sequence[tuple[str, int]]) -> tuple[str | None, str | None]:
    law = of_day(law_with("kemenag-2014", mode="by_state"), DAY)
    seen = pl.concat([punches([f"{DAY} {at}"], state=state) for at, state in pressed])
    (day,) = score(law, seen).work_days.to_dicts()
    first, last = (day[name] and f"{day[name]:%H:%M}" for name in ("first_in", "last_out"))
    return first, last


@pytest.mark.parametrize(
    ("pressed", "taken"),
    [
        ([("07:25", 0), ("12:02", 2), ("12:55", 3), ("16:04", 1)], ("07:25", "16:04")),
        ([("07:25", 1), ("16:04", 0)], ("07:25", "16:04")),
        ([("07:25", 255), ("16:04", 255)], ("07:25", "16:04")),
        ([("07:25", 0), ("16:04", 1), ("18:00", 4), ("20:00", 5)], ("07:25", "16:04")),
        ([("07:25", 0), ("16:04", 5)], ("07:25", "16:04")),
        ([("07:25", 0), ("07:26", 0)], ("07:25", None)),
    ],
    ids=["as wished", "in for out", "not said", "overtime after work", "only a wrong key", "one side"],
)
def test_wrong_keys_are_tolerated(pressed: list[tuple[str, int]], taken: tuple[str | None, str | None]) -> None:
    assert by_state(pressed) == taken
