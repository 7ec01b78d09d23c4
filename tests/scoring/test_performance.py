"""A month's components, predicate, payable percent and amount, each with its step, from hand-made facts."""

import dataclasses
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest

from config.dated import Table
from config.kinds.evaluation import Method, RatingWeights
from config.kinds.pay import Allowance
from config.kinds.rates import Rate
from config.kinds.shape import TableKind
from config.kinds.weights import Weights
from config.rulebook_tables import ALLOWANCE, METHOD, OUTPUT_CAP, PREDICATE_PAY, RATING_WEIGHTS, WEIGHTS
from config.rulebooks import Rulebook, rulebook
from scoring.frames import MONTH
from scoring.laws import PeriodLaw
from scoring.month import over_months, score
from scoring.performance import PERFORMANCE
from tests.scoring.office import law_of, results

APRIL = "2026-04"
CLASS_6: dict[str, Any] = {"class": 6}
CLASS_7: dict[str, Any] = {"class": 7}
CLASS_9: dict[str, Any] = {"class": 9}
CLASS_10: dict[str, Any] = {"class": 10}


def table(kind: TableKind[Any], content: Any) -> Table[Any]:
    """A table of made-up law, for rules that no shipped rulebook has all together."""
    like = rulebook("kemensos-eperformance").need(WEIGHTS)
    newest = dataclasses.replace(like.versions[-1], content=content)
    return dataclasses.replace(like, name=kind.name, versions=(newest,))


def book(**content: tuple[TableKind[Any], object]) -> Rulebook:
    made = rulebook("kemensos-eperformance")
    for kind, said in content.values():
        made = made.replaced(kind, table(kind, said))
    return made


def known(**facts: Any) -> pl.DataFrame:
    row = {"employee": 1, "consulted": False, "candidate": False, "previous": "2026-Q1"} | facts
    return pl.DataFrame([{name: row.get(name) for name in PERFORMANCE}], schema=PERFORMANCE)


def deducted(percent: int | None) -> pl.DataFrame:
    return pl.DataFrame([(1, date(2026, 4, 6), percent)], schema=MONTH, orient="row")


def scored(
    law: PeriodLaw, deduction: int | None = 0, result: Sequence[int | None] = (0, None), **facts: Any
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    points, target = result
    scores, steps = score(deducted(deduction), results(points or 0, target), law, performance=known(**facts))
    return scores.to_dicts()[0], {step["kind"]: step for step in steps.to_dicts()}


ALL_CLASSES = Allowance(classes="kemensos", candidate=8000, deducted_from="received", rounding="sen")


def kemlu(order: Literal["received", "class"] = "received") -> PeriodLaw:
    """Kemlu's own tables, with a table of classes to reckon with: its classes are not known."""
    allowance = dataclasses.replace(ALL_CLASSES, deducted_from=order)
    return law_of(rulebook("kemlu-2025").replaced(ALLOWANCE, table(ALLOWANCE, allowance)), APRIL)


@pytest.mark.parametrize(
    ("order", "payable", "amount", "formula"),
    [
        ("received", 7680, 459202560, "80,00 % x 96,00"),
        ("class", 7600, 454419200, "80,00 - (100,00 - 96,00)"),
    ],
)
def test_the_predicate_of_the_quarter_before_pays(
    order: Literal["received", "class"], payable: int, amount: int, formula: str
) -> None:
    got, steps = scored(kemlu(order), 400, previous_predicate="Butuh Perbaikan", **CLASS_10)
    assert (got["payable"], got["amount"]) == (payable, amount)
    assert (steps["predicate_pay"]["percent"], steps["predicate_pay"]["formula"]) == (8000, "2026-Q1 Butuh Perbaikan")
    assert steps["predicate_pay"]["law"] == "Permenlu 3/2025"
    assert steps["payable"]["formula"] == formula
    assert steps["amount"]["law"] == "Perpres 71/2023"
    assert got["predicate"] is None
    assert steps["predicate"]["basis"] == "assumption"


def test_what_the_quadrant_calls_misconduct_is_paid_as_kurang() -> None:
    got, steps = scored(kemlu(), previous_predicate="Kurang/misconduct", **CLASS_10)
    assert (got["payable"], steps["predicate_pay"]["formula"]) == (7000, "2026-Q1 Kurang/misconduct")


def test_without_the_predicate_of_the_quarter_before_nothing_is_paid() -> None:
    got, steps = scored(kemlu(), 400, **CLASS_10)
    assert (got["payable"], got["amount"]) == (None, None)
    assert (steps["predicate_pay"]["percent"], steps["predicate_pay"]["formula"]) == (None, "2026-Q1 ?")


KLHK = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "e7_predicate_of_klhk.toml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", KLHK["case"], ids=lambda case: ", ".join(case["evaluated"]))
def test_the_predicate_of_the_same_period_pays_at_klhk(case: dict[str, Any]) -> None:
    result, conduct = case["evaluated"]
    evaluated = known(result=result, conduct=conduct)
    scores, told = score(deducted(0), results(), law_of(KLHK["rulebook"], APRIL), performance=evaluated)
    (got,), steps = scores.to_dicts(), {step["kind"]: step for step in told.to_dicts()}
    paid = None if case["payable"] == "unknown" else case["payable"] * 100
    assert (got["predicate"], got["payable"], steps["predicate_pay"]["percent"]) == (case["predicate"], paid, paid)
    assert (steps["predicate_pay"]["formula"], steps["predicate_pay"]["law"]) == (case["predicate"], KLHK["law"])
    assert steps["predicate"]["basis"] == steps["payable"]["basis"] == "assumption"


@pytest.mark.parametrize("predicate", ["none", "unknown"])
def test_where_the_method_is_not_known_the_step_names_what_the_rulebook_does_not_say(
    predicate: Literal["none", "unknown"],
) -> None:
    said = table(METHOD, Method(output="points", predicate=predicate))
    klhk = rulebook("klhk-2024").replaced(METHOD, said)
    got, steps = scored(law_of(klhk, APRIL), conduct="below")
    assert (got["predicate"], got["payable"], steps["predicate_pay"]["percent"]) == (None, None, None)
    assert steps["predicate_pay"]["formula"] == "the rulebook says no evaluation_method"
    assert "predicate" not in steps


def test_a_candidate_gets_a_share_of_the_class() -> None:
    got, steps = scored(kemlu(), previous_predicate="Baik", candidate=True, **CLASS_10)
    assert got["amount"] == 478336000
    assert steps["amount"]["formula"] == "100,00 % x Rp 4783360,00 (class 10, CPNS) = Rp 4783360,00"


def test_where_the_share_of_a_candidate_or_the_class_is_not_known_nothing_is_paid() -> None:
    law = law_of("kemensos-eperformance", APRIL)
    got, steps = scored(law, result=(1_000_000, 10_000), candidate=True, **CLASS_10)
    assert (got["payable"], got["amount"]) == (10000, None)
    got, steps = scored(law, result=(1_000_000, 10_000))
    assert got["amount"] is None
    assert steps["amount"]["formula"] == "100,00 % x Rp ? (class ?) = Rp ?"


def test_the_whole_allowance_of_a_class() -> None:
    law = law_of("kemensos-eperformance", APRIL)
    got, _ = scored(law, result=(1_000_000, 10_000), **CLASS_6)
    assert got["amount"] == 351040000


def test_money_is_rounded_once() -> None:
    kemensos = law_of("kemensos-eperformance", APRIL)
    got, steps = scored(kemensos, 333, result=(333_350, 10_000), **CLASS_7)
    # 40 % of 96,67 and 60 % of 33,34 (3333,50 points of 100, half up) = 58,672 %
    assert (got["payable"], got["amount"]) == (5867, 229756618)
    assert steps["payable"]["formula"] == "58,672"
    assert steps["amount"]["formula"] == "58,672 % x Rp 3915950,00 (class 7) = Rp 2297566,18"


def test_an_output_is_a_percentage_of_two_decimals_and_the_amount_follows_from_what_stands_in_the_score() -> None:
    """DECISIONS 70: a seventh is 14,29 %; by the fraction itself it would be Rp 1248032,00."""
    got, steps = scored(law_of("kemensos-eperformance", APRIL), 6000, result=(10_000, 700), **CLASS_9)
    assert steps["output"]["formula"].startswith("1,00 / 7,00 = 14,29")
    assert steps["total"]["formula"] == "40,00 % x 40,00 + 60,00 % x 14,29"
    assert steps["amount"]["formula"] == "24,574 % x Rp 5079200,00 (class 9) = Rp 1248162,61"
    assert (got["output"], got["amount"]) == (1429, 124816261)


SURABAYA = book(
    weights=(WEIGHTS, Weights(attendance=0, output=8000, behaviour=2000, never_above_attendance=False)),
    ratings=(RATING_WEIGHTS, RatingWeights(superior=10000, peer=0, subordinate=0, fewest=3)),
)


def test_behaviour_is_a_component() -> None:
    law = law_of(SURABAYA, APRIL)
    told = "100,00 % superior (1) 85,00"
    got, steps = scored(law, result=(920_000, 10_000), behaviour=8500, behaviour_told=told)
    assert (got["behaviour"], got["total"]) == (8500, 9060)
    assert steps["total"]["formula"] == "80,00 % x 92,00 + 20,00 % x 85,00"
    assert (steps["behaviour"]["formula"], steps["behaviour"]["table"]) == (told, "rating_weights")
    got, steps = scored(law, result=(920_000, 10_000))
    assert (got["total"], got["payable"]) == (None, None)
    assert steps["behaviour"]["percent"] is None


def test_a_rulebook_that_weighs_behaviour_and_has_no_rating_weights_says_so() -> None:
    got, steps = scored(law_of("surabaya", APRIL), result=(920_000, 10_000))
    assert (got["total"], got["payable"]) == (None, None)
    told = steps["behaviour"]
    assert (told["percent"], told["formula"], told["table"]) == (None, "the rulebook has no rating_weights", "")


def test_never_above_the_attendance() -> None:
    maros = book(weights=(WEIGHTS, Weights(attendance=2000, output=8000, behaviour=0, never_above_attendance=True)))
    got, steps = scored(law_of(maros, APRIL), 5000, result=(800_000, 10_000))
    assert (got["total"], got["payable"]) == (7400, 5000)
    assert steps["limit"]["formula"] == "min(74,00; 50,00)"
    got, steps = scored(law_of(maros, APRIL), 1000, result=(800_000, 10_000))
    assert (got["total"], got["payable"]) == (8200, 8200)
    assert "limit" not in steps


SCORE = book(
    method=(METHOD, Method(output="plan", predicate="score")),
    ratings=(RATING_WEIGHTS, RatingWeights(superior=10000, peer=0, subordinate=0, fewest=3)),
    cap=(OUTPUT_CAP, (Rate("month", 12000, ""),)),
)


@pytest.mark.parametrize(
    ("facts", "score_", "predicate", "formula", "basis"),
    [
        ({"plan": 10567, "consulted": True}, 10340, "Baik", "60,00 % x 105,67 + 40,00 % x 100,00", "regulation"),
        ({"plan": 10567}, 10397, "Baik", "70,00 % x 105,67 + 30,00 % x 100,00", "regulation"),
        ({"plan": 12000, "new_idea": True}, 11400, "Sangat Baik", "70,00 % x 120,00 + 30,00 % x 100,00", "regulation"),
        ({"plan": 12000}, 11400, "Baik", "70,00 % x 120,00 + 30,00 % x 100,00", "regulation"),
        ({"plan": 4000}, 5800, "Kurang", "70,00 % x 40,00 + 30,00 % x 100,00", "assumption"),
    ],
)
def test_the_predicate_of_plan_and_behaviour(
    facts: dict[str, Any], score_: int, predicate: str, formula: str, basis: str
) -> None:
    got, steps = scored(law_of(SCORE, APRIL), behaviour=10000, behaviour_told="", **facts)
    assert (got["evaluation"], got["predicate"]) == (score_, predicate)
    assert (steps["evaluation"]["formula"], steps["evaluation"]["law"]) == (formula, "PP 30/2019")
    assert (steps["predicate"]["code"], steps["predicate"]["basis"]) == (predicate, basis)


def test_a_quadrant_makes_the_score_an_assumption() -> None:
    law = law_of(book(method=(METHOD, Method(output="points", predicate="quadrant"))), APRIL)
    assert law.basis == "assumption"
    got, steps = scored(law, result=(1, 1), conduct="above")
    assert got["predicate"] is None
    assert steps["predicate"]["formula"] == "result ?, behaviour above"


def test_unknown_weights_pay_nothing() -> None:
    unknown = Weights(attendance=None, output=None, behaviour=None, never_above_attendance=False)
    got, steps = scored(law_of(book(weights=(WEIGHTS, unknown)), APRIL), result=(1_000_000, 10_000))
    assert (got["total"], got["payable"], got["amount"]) == (None, None, None)
    assert steps["total"]["percent"] is None


def test_a_predicate_whose_percent_is_not_known_pays_nothing() -> None:
    law = kemlu()
    content = law.rulebook.need(PREDICATE_PAY).versions[-1].content
    percents = tuple((name, None if name == "Baik" else percent) for name, percent in content.percents)
    unknown = law.rulebook.replaced(
        PREDICATE_PAY, table(PREDICATE_PAY, dataclasses.replace(content, percents=percents))
    )
    got, _ = scored(law_of(unknown, APRIL), previous_predicate="Baik", **CLASS_10)
    assert (got["payable"], got["amount"]) == (None, None)


def test_a_quarter_is_the_mean_of_its_months() -> None:
    law = law_of("kemensos-eperformance", APRIL)
    months = pl.DataFrame(
        [(1, 100, 9900), (1, 0, 10000), (1, 50, 9950)],
        schema={"employee": pl.Int32, "deduction": pl.Int32, "attendance": pl.Int32},
        orient="row",
    )
    scores, steps = over_months(months, results(2_850_000, 30_000), law, performance=known())
    got = scores.to_dicts()[0]
    assert (got["deduction"], got["attendance"], got["output"], got["total"]) == (50, 9950, 9500, 9680)
    assert steps["formula"][0] == "(99,00 + 100,00 + 99,50) / 3"
    unknown = months.with_columns(attendance=pl.when(pl.col("deduction") > 0).then("attendance"))
    scores, _ = over_months(unknown, results(2_850_000, 30_000), law, performance=known())
    assert scores["attendance"].to_list() == [None]
