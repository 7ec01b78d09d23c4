"""The month: cap, output, weights, missing rates, and the steps of each."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from config.dated import Table
from config.kinds.bands import Band
from config.kinds.rates import Rate
from config.kinds.shape import TableKind
from config.rulebook_tables import ABSENCE, EARLY_LEAVE, LATENESS, MISSING_SCAN, MONTHLY_CAP, OUTPUT_CAP
from config.rulebooks import Rulebook, rulebook
from tests.scoring.office import NO_PUNCHES, clean_times, law_of, punches, results, score


def replaced(table: Table[Any] | None, content: object) -> Table[Any]:
    assert table is not None
    newest = dataclasses.replace(table.versions[-1], content=content)
    return dataclasses.replace(table, versions=(newest,))


def scored(book: str | Rulebook, *, clean: bool = True, **result: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    law = law_of(book, "2026-01")
    done = score(law, punches(clean_times(law)) if clean else NO_PUNCHES, results(**result))
    return done.scores.to_dicts()[0], {step["kind"]: step for step in done.period_steps.to_dicts()}


def test_a_month_of_absence_is_capped_where_the_law_has_a_cap() -> None:
    book = rulebook("kemenkeu-2011")
    heavy = book.replaced(ABSENCE, replaced(book.need(ABSENCE), (Rate("day", 700, "TK"),)))
    got, steps = scored(heavy, clean=False)
    assert (got["deduction"], got["attendance"], got["payable"]) == (10000, 0, 0)
    assert steps["deduction"]["percent"] == 20 * 700
    assert (steps["cap"]["percent"], steps["cap"]["formula"]) == (10000, "min(140,00; 100,00)")
    assert steps["cap"]["law"] == "PMK 214/PMK.01/2011"


def test_exactly_the_cap_is_no_step() -> None:
    got, steps = scored("kemenkeu-2011", clean=False)
    assert got["deduction"] == 10000
    assert "cap" not in steps


def test_without_a_cap_the_sum_stands_and_nothing_is_paid_below_nothing() -> None:
    book = rulebook("kementan-2012")
    heavy = book.replaced(ABSENCE, replaced(book.need(ABSENCE), (Rate("day", 700, "TK"),)))
    got, _ = scored(heavy, clean=False)
    assert (got["deduction"], got["attendance"], got["payable"]) == (14000, 0, 0)


@pytest.mark.parametrize(
    ("points", "target", "output", "total"),
    [
        (950_000, 10_000, 9500, 9700),
        (0, 10_000, 0, 4000),
        (1_000_000, 10_000, 10000, 10000),
        (1_000_100, 10_000, 10000, 10000),
        (5_000_000, 10_000, 10000, 10000),
        (1, 30_000, 0, 4000),
        (333_333, 10_000, 3333, 6000),
        (333_350, 10_000, 3334, 6000),
    ],
)
def test_output(points: int, target: int, output: int, total: int) -> None:
    got, steps = scored("kemensos-eperformance", points=points, target=target)
    assert (got["attendance"], got["output"], got["total"], got["payable"]) == (10000, output, total, total)
    assert all(step["basis"] == "assumption" for step in steps.values())
    assert ("max 100,00" in steps["output"]["formula"]) == (points > 100 * target)


def test_the_steps_of_output_and_total_show_their_figures() -> None:
    _, steps = scored("kemensos-eperformance", points=475_000, target=5_000)
    assert steps["output"]["formula"] == "47,50 / 50,00 = 95,00"
    assert steps["total"]["formula"] == "40,00 % x 100,00 + 60,00 % x 95,00"
    assert steps["total"]["table"] == "component_weights"
    assert steps["payable"]["formula"] == "97,00"


def test_without_a_target_nothing_is_paid_on_a_guess() -> None:
    got, steps = scored("kemensos-eperformance", points=475_000)
    assert (got["attendance"], got["output"], got["total"], got["payable"]) == (10000, None, None, None)
    assert (steps["output"]["percent"], steps["output"]["formula"]) == (None, "47,50 / ?")
    assert steps["total"]["formula"] == "40,00 % x 100,00 + 60,00 % x ?"


UNKNOWN: Mapping[TableKind[Any], Any] = {
    ABSENCE: (Rate("day", None, "TK"),),
    MISSING_SCAN: (Rate("in", None, "TAM"), Rate("out", None, "TAP")),
    LATENESS: (Band(0, 1, 0, ""), Band(1, None, None, "TL1")),
    EARLY_LEAVE: (Band(0, 1, 0, ""), Band(1, None, None, "PSW1")),
}


@pytest.mark.parametrize(
    ("table", "times"),
    [
        (ABSENCE, []),
        (MISSING_SCAN, ["2026-01-05 07:25"]),
        (LATENESS, ["2026-01-05 07:45", "2026-01-05 16:05"]),
        (EARLY_LEAVE, ["2026-01-05 07:25", "2026-01-05 15:45"]),
    ],
)
def test_a_missing_rate_pays_nothing(table: TableKind[Any], times: list[str]) -> None:
    book = rulebook("kemenkeu-2011")
    book = book.replaced(table, replaced(book.need(table), UNKNOWN[table]))
    law = law_of(book, "2026-01")
    clean = clean_times(law, except_on=[law.days["day"][4]])
    done = score(law, punches([*clean, *times]))
    (unknown,) = (row for row in done.work_days.to_dicts() if row["deduction"] is None)
    assert unknown["codes"]
    (got,) = done.scores.to_dicts()
    assert (got["deduction"], got["attendance"], got["total"], got["payable"]) == (None, None, None, None)
    (step,) = done.day_steps.to_dicts()
    assert step["percent"] is None
    deduction = next(row for row in done.period_steps.to_dicts() if row["kind"] == "deduction")
    assert (deduction["percent"], deduction["formula"]) == (None, "?")


def test_an_unknown_rate_that_nobody_needs_is_no_obstacle() -> None:
    book = rulebook("kemenkeu-2011")
    book = book.replaced(ABSENCE, replaced(book.need(ABSENCE), UNKNOWN[ABSENCE]))
    assert scored(book)[0]["payable"] == 10000


@pytest.mark.parametrize("table", [MONTHLY_CAP, OUTPUT_CAP])
def test_an_unknown_cap_pays_nothing_once_it_matters(table: TableKind[Any]) -> None:
    book = rulebook("kemensos-eperformance")
    book = book.replaced(table, replaced(book.need(table), (Rate("month", None, ""),)))
    assert scored(book, clean=False, points=1_000_100, target=10_000)[0]["payable"] is None
