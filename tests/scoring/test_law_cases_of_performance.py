"""Law cases of plan, predicate and pay: data a lawyer can read, through the functions that everything runs through."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from config.evaluation import evaluation as national
from scoring import pay, plan, predicate
from scoring.frames import RESULTS
from scoring.output import output
from scoring.performance_law import plan_halves
from scoring.rounding import FULL, half_up, printed_one

CASES = Path(__file__).parent.parent / "law_cases"
DAY = date(2026, 1, 31)


def cases(name: str, key: str = "case") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((CASES / f"{name}.toml").read_text(), parse_float=Decimal)[key]
    return found


def hundredths(value: Decimal | int) -> int:
    return int(value * 100)


def one(expression: pl.Expr, **columns: object) -> Any:
    row = pl.DataFrame({name: [value] for name, value in columns.items()})
    return row.select(expression.alias("value")).item()


def named(case: object) -> str | None:
    return case["name"] if isinstance(case, dict) and "name" in case else None


@pytest.mark.parametrize("case", cases("e6_mixing_output_and_attendance"), ids=named)
def test_components(case: dict[str, Any]) -> None:
    shares = {name: hundredths(share) for name, share in case["shares"].items()}
    columns = {name: hundredths(percent) for name, percent in case["components"].items()}
    parts = one(pay.weighted(shares), **columns)
    assert half_up(parts, FULL) == hundredths(case["total"])
    if case.get("not_above_attendance"):
        limited = one(pay.not_above(pl.col("parts"), pl.col("attendance")), parts=parts, **columns)
        assert half_up(limited, FULL) == hundredths(case["payable"])
    if "paid" in case:
        paid = one(pay.amount(pl.col("base"), pl.col("parts"), "sen"), base=case["of_class"] * 100, parts=parts)
        assert paid == hundredths(case["paid"])


@pytest.mark.parametrize("case", cases("e7_predicate_and_pay"), ids=named)
def test_predicate_and_pay(case: dict[str, Any]) -> None:
    left = (FULL - hundredths(case["deduction"])) * FULL
    parts = one(
        pay.payable_parts(pl.col("left"), pl.col("percent"), case["order"]),
        left=left,
        percent=hundredths(case["predicate"]),
    )
    assert half_up(parts, FULL) == hundredths(case["payable"])
    of_class = pay.base(pl.col("of_class"), pl.col("candidate"), hundredths(case.get("candidate", 100)))
    base = one(of_class, of_class=case["of_class"] * 100, candidate="candidate" in case)
    assert one(pay.amount(pl.col("base"), pl.col("parts"), "sen"), base=base, parts=parts) == hundredths(case["paid"])


def item(
    realised: Decimal | int, low: int, high: int | None = None, *, maximal: bool = False, half: int | None = None
) -> dict[str, Any]:
    return {
        "employee": 1,
        "reference": "A",
        "half": half,
        "main": True,
        "low": hundredths(low),
        "high": hundredths(high or low),
        "maximal": maximal,
        "weight": 100,
        "realised": hundredths(realised),
        "category": None,
        "scope": None,
        "value": None,
    }


def additional(category: int, scope: int, value: int) -> dict[str, Any]:
    row = item(0, 1) | {"main": False, "weight": None}
    return row | {"category": category, "scope": scope, "value": hundredths(value)}


@pytest.mark.parametrize("case", cases("e10_plan_and_predicate", "indicator"), ids=named)
def test_indicator(case: dict[str, Any]) -> None:
    row = item(case["realised"], case["target"], case.get("until"), maximal=case.get("maximal", False))
    (got,) = plan.plan(pl.DataFrame([row], schema=plan.ITEMS)).to_dicts()
    value = hundredths(case["value"])
    assert got == {
        "employee": 1,
        "main_value": value,
        "additional": 0,
        "plan": value,
        "told": f"(A {printed_one(value)} x 1,00) / 1,00",
    }


@pytest.mark.parametrize("case", cases("e10_plan_and_predicate", "plan"), ids=named)
def test_plan(case: dict[str, Any]) -> None:
    rows = [item(realised, target) for realised, target in zip(case["realised"], case["targets"], strict=True)]
    rows += [additional(**work) for work in case["additional"]]
    (got,) = plan.plan(pl.DataFrame(rows, schema=plan.ITEMS)).to_dicts()
    assert got["plan"] == hundredths(case["value"])


@pytest.mark.parametrize("case", cases("e10_plan_and_predicate", "halves"), ids=named)
def test_plans_of_the_halves_of_a_year(case: dict[str, Any]) -> None:
    """Items: half (1, 2; 0 the whole year) and percent realised; additional work: half and points."""
    rows = [item(realised, 100, half=half or None) for half, realised in case["items"]]
    rows += [additional(100, 100, value) | {"half": half} for half, value in case.get("additional", [])]
    (got,) = plan.plan(pl.DataFrame(rows, schema=plan.ITEMS), plan_halves(date(case["year"], 12, 31))).to_dicts()
    assert (got["plan"], got["told"]) == (hundredths(case["value"]), case["told"])


@pytest.mark.parametrize("case", cases("e10_plan_and_predicate", "evaluation"), ids=named)
def test_evaluation(case: dict[str, Any]) -> None:
    figures = {name: hundredths(case[name]) for name in ("plan", "behaviour", "share")}
    score = one(predicate.evaluation(pl.col("plan"), pl.col("behaviour"), pl.col("share")), **figures)
    assert score == hundredths(case["score"])
    borders = national().borders.on(DAY).content
    given = one(predicate.by_borders(pl.lit(score), pl.col("new_idea"), borders), new_idea=case.get("new_idea", False))
    assert given == case["predicate"]


@pytest.mark.parametrize("row", cases("e10_plan_and_predicate", "quadrant"), ids=lambda row: row["result"])
def test_quadrant(row: dict[str, Any]) -> None:
    version = national().quadrant.on(DAY)
    assert version.law.basis == "assumption"
    quadrant = predicate.by_quadrant(pl.col("result"), pl.col("behaviour"), dict(version.content.predicates))
    got = [one(quadrant, result=row["result"], behaviour=rating) for rating in row["behaviour"]]
    assert got == row["predicate"]


@pytest.mark.parametrize("case", cases("e10_plan_and_predicate", "distribution"), ids=named)
def test_distribution(case: dict[str, Any]) -> None:
    limits = [row for row in national().guide.on(DAY).content if row.organisation == case["organisation"]]
    found = predicate.breaches(case["counts"], limits)
    assert [list(breach.predicates) for breach in found] == case["breaches"]


@pytest.mark.parametrize("case", cases("e10_plan_and_predicate", "output"), ids=named)
def test_plain_points(case: dict[str, Any]) -> None:
    target = hundredths(case["target"]) if "target" in case else None
    row = pl.DataFrame([(1, int(case["points"] * 10_000), target)], schema=RESULTS, orient="row")
    (got,) = output(row, hundredths(case["cap"]) if "cap" in case else None).to_dicts()
    assert [got[name] for name in ("reached", "output")] == [
        hundredths(case[name]) if name in case else None for name in ("reached", "output")
    ]
