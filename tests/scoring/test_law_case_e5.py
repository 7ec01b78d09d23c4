"""E5: a month of lateness, a missing scan, a missed apel and absence, taken from the discipline component only."""

import dataclasses
import tomllib
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path

import polars as pl

from config.rulebook_tables import ASSEMBLY
from config.rulebooks import rulebook
from scoring.beside import ASSEMBLED, AWAY, Beside
from scoring.engine import every_day, work_days
from scoring.frames import MONTH
from scoring.month import score
from scoring.rounding import FULL, amount
from tests.scoring.office import TERMINALS_OF_ONE_ZONE, ZONE, clean_times, law_of, punches, results

CASE = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "e5_discipline_component.toml").read_text(encoding="utf-8"),
    parse_float=Decimal,
)
SEN = 100


def test_a_deduction_of_the_discipline_component_is_not_of_the_whole() -> None:
    # The skeleton of bands, 40 and 60, with the apel of Kota Serang.
    book = rulebook("kemensos-eperformance").replaced(ASSEMBLY, rulebook("kota-serang-2023").need(ASSEMBLY))
    law, apel = law_of(dataclasses.replace(book), CASE["period"]), CASE["apel"]
    special = [row["day"] for row in CASE["days"]]
    at = [datetime.combine(row["day"], time.fromisoformat(clock)) for row in CASE["days"] for clock in row["punches"]]
    window = [datetime.combine(apel["day"], time.fromisoformat(apel[name])) for name in ("from", "until")]
    assembled = pl.DataFrame([(1, apel["day"], apel["name"], *window, None)], schema=ASSEMBLED, orient="row")
    days, steps = work_days(
        every_day(pl.Series([1]), law),
        punches(clean_times(law, special) + at),
        TERMINALS_OF_ONE_ZONE,
        law,
        ZONE,
        beside=Beside(pl.DataFrame(schema=AWAY), assembled),
    )
    by_day = {row["day"]: row for row in days.to_dicts()}
    for row in CASE["days"]:
        assert (by_day[row["day"]]["codes"], by_day[row["day"]]["deduction"]) == (row["code"], row["percent"] * 100)
    (missed,) = steps.filter(pl.col("kind") == "assembly").to_dicts()
    assert (missed["day"], missed["percent"]) == (apel["day"], apel["percent"] * 100)
    result = results(points=CASE["points"] * 10_000, target=CASE["target"] * 100)
    ((scored,), _) = (frame.to_dicts() for frame in score(days.select(MONTH.keys()), result, law))
    assert [scored[name] for name in ("deduction", "attendance", "payable")] == [
        CASE[name] * 100 for name in ("sum", "attendance", "payable")
    ]
    assert amount(scored["payable"], CASE["tpp_rupiah"] * SEN) == CASE["paid_rupiah"] * SEN
    part = amount(CASE["shares"]["attendance"] * 100, CASE["tpp_rupiah"] * SEN)
    assert part == CASE["discipline_part"] * SEN
    assert amount(scored["deduction"], part) == CASE["deducted_rupiah"] * SEN
    assert scored["payable"] != FULL - scored["deduction"]
