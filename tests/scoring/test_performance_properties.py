"""Plan, behaviour and pay for any figures: monotone, bounded, and nobody's rating can be told from the result."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from config.evaluation import evaluation as national
from scoring import pay
from scoring.behaviour import RATINGS, ROLES, behaviour, sides
from scoring.plan import ITEMS, plan
from scoring.predicate import by_borders, evaluation
from scoring.rounding import FULL, half_up

AMOUNTS = st.integers(0, 10**12)
TARGETS = st.integers(1, 10**12)
PERCENTS = st.integers(0, FULL)


def planned(realised: int, low: int, high: int, *, maximal: bool) -> int:
    row = (1, "A", None, True, low, high, maximal, 100, realised, None, None, None)
    value: int = plan(pl.DataFrame([row], schema=ITEMS, orient="row"))["plan"].item()
    return value


@settings(deadline=None)
@given(AMOUNTS, AMOUNTS, TARGETS, TARGETS, st.booleans())
def test_more_delivered_is_never_worth_less(one: int, two: int, three: int, four: int, maximal: bool) -> None:
    (less, more), (low, high) = sorted((one, two)), sorted((three, four))
    worth = [planned(realised, low, high, maximal=maximal) for realised in (less, more)]
    assert 0 <= worth[0] <= worth[1] <= 120_00


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ROLES), st.integers(0, 120_00)), max_size=12))
def test_ratings_count_in_any_order_and_stay_within_those_given(ratings: list[tuple[str, int]]) -> None:
    weights = {"superior": 50_00, "peer": 30_00, "subordinate": 20_00}

    def rated(rows: list[tuple[str, int]]) -> pl.DataFrame:
        frame = pl.DataFrame([(1, *row, False) for row in rows], schema=RATINGS, orient="row")
        return behaviour(frame, weights, fewest=3)

    result = rated(ratings)
    assert result.equals(rated(ratings[::-1]))
    if not any(role == "superior" for role, _ in ratings):
        assert result["behaviour"].drop_nulls().is_empty()
    else:
        values = [value for _, value in ratings]
        assert min(values) <= result["behaviour"].item() <= max(values)


@settings(deadline=None)
@given(st.lists(st.integers(0, 120_00), min_size=1, max_size=2))
def test_one_or_two_peers_change_nothing_and_are_not_told(peers: list[int]) -> None:
    rows = [(1, "superior", 90_00, True), *((1, "peer", value, True) for value in peers)]
    result = behaviour(pl.DataFrame(rows, schema=RATINGS, orient="row"), {"superior": 60_00, "peer": 40_00}, fewest=3)
    assert result.rows() == [(1, 90_00, False, "60,00 % superior (1) 90,00")]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 120_00), st.booleans()), max_size=9),
    st.integers(3, 5),
    st.lists(st.integers(0, 120_00), min_size=2, max_size=2),
)
def test_a_mean_is_of_one_source_of_enough(peers: list[tuple[int, bool]], fewest: int, few: list[int]) -> None:
    def told(rows: list[tuple[int, bool]]) -> str:
        ratings = [(1, "superior", 90_00, True), *((1, "peer", *row) for row in rows)]
        frame = pl.DataFrame(ratings, schema=RATINGS, orient="row")
        weights = {"superior": 60_00, "peer": 40_00}
        return str(behaviour(frame, weights, fewest)["told"].item())

    own, entered = ([row for row in peers if row[1] is source] for source in (True, False))
    counted = own if len(own) >= fewest else entered if len(entered) >= fewest else []
    assert told(peers) == told(counted)
    means = sides(told(peers))
    assert means == {"superior": 90_00} | (
        {"peer": half_up(sum(value for value, _ in counted), len(counted))} if counted else {}
    )
    if len(own) >= fewest:
        assert told(peers) == told([*own, *((value, False) for value in few)])


def test_three_peers_count() -> None:
    rows = [(1, "superior", 90_00, True), *((1, "peer", value, True) for value in (80_00, 80_00, 81_00))]
    result = behaviour(pl.DataFrame(rows, schema=RATINGS, orient="row"), {"superior": 60_00, "peer": 40_00}, fewest=3)
    assert result.rows() == [(1, 86_13, True, "60,00 % superior (1) 90,00 + 40,00 % peer (3) 80,33")]


@settings(deadline=None)
@given(st.integers(0, 10**10), st.integers(0, FULL * FULL), st.integers(0, 1000))
def test_rounding_is_within_its_unit_and_more_percent_is_never_less_money(base: int, parts: int, more: int) -> None:
    def paid(of: int, rounding: pay.Rounding) -> int:
        row = pl.DataFrame({"base": [base], "parts": [of]})
        value: int = row.select(pay.amount(pl.col("base"), pl.col("parts"), rounding)).item()
        return value

    for rounding in ("sen", "rupiah", "rupiah down"):
        assert paid(parts, rounding) <= paid(min(parts + more, FULL * FULL), rounding) <= base + 50
    assert paid(parts, "sen") == half_up(base * parts, FULL * FULL)
    assert 0 <= paid(parts, "sen") - paid(parts, "rupiah down") <= 100
    assert abs(paid(parts, "sen") - paid(parts, "rupiah")) <= 50


@settings(deadline=None)
@given(PERCENTS, PERCENTS)
def test_of_what_is_received_less_is_taken_than_of_the_class(deduction: int, percent: int) -> None:
    row = pl.DataFrame({"left": [(FULL - deduction) * FULL], "percent": [percent]})
    both = row.select(
        received=pay.payable_parts(pl.col("left"), pl.col("percent"), "received"),
        of_class=pay.payable_parts(pl.col("left"), pl.col("percent"), "class"),
    )
    assert both["received"].item() >= both["of_class"].item() >= 0


FIGURES = st.integers(0, 120_00)
BORDERS = national().borders.versions[-1].content


@settings(deadline=None)
@given(st.integers(0, FULL).flatmap(lambda one: st.tuples(st.just(one), st.integers(0, FULL - one))), *[FIGURES] * 3)
def test_a_total_lies_between_its_parts(shares: tuple[int, int], one: int, two: int, three: int) -> None:
    given_shares = {"attendance": shares[0], "output": shares[1], "behaviour": FULL - sum(shares)}
    parts = {"attendance": one, "output": two, "behaviour": three}
    row = pl.DataFrame({name: [value] for name, value in parts.items()}, schema=dict.fromkeys(parts, pl.Int64))
    total = row.select(half_up(pay.weighted(given_shares), FULL)).item()
    counted = [parts[name] for name, share in given_shares.items() if share]
    assert min(counted) <= total <= max(counted)


@settings(deadline=None)
@given(FIGURES, FIGURES, st.sampled_from((60_00, 70_00)), st.integers(0, 10_00))
def test_an_evaluation_lies_between_plan_and_behaviour_and_rises_with_both(
    planned_: int, conduct: int, share: int, more: int
) -> None:
    row = pl.DataFrame({"plan": [planned_, planned_ + more, planned_], "conduct": [conduct, conduct, conduct + more]})
    score, better, kinder = row.select(evaluation(pl.col("plan"), pl.col("conduct"), pl.lit(share)).alias("x"))["x"]
    assert min(planned_, conduct) <= score <= max(planned_, conduct)
    assert score <= min(better, kinder) <= max(better, kinder) <= 120_00
    ranks = {border.predicate: rank for rank, border in enumerate(reversed(BORDERS))}
    scores = pl.DataFrame({"score": [score, better, kinder]})
    named = scores.select(x=by_borders(pl.col("score"), pl.lit(value=True), BORDERS))["x"].to_list()
    assert ranks[named[0]] <= min(ranks[named[1]], ranks[named[2]])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from((100, 80, 60, 40, 20)), st.integers(0, 100), st.integers(0, 20_00)), max_size=6)
)
def test_additional_work_adds_and_never_more_than_ten(works: list[tuple[int, int, int]]) -> None:
    main = (1, "A", None, True, 100, 100, False, 100, 98, None, None, None)
    rows = [main, *((1, "B", None, False, 100, 100, False, None, 0, *work) for work in works)]
    (got,) = plan(pl.DataFrame(rows, schema=ITEMS, orient="row")).to_dicts()
    assert got["main_value"] == 88_00
    assert 0 <= got["additional"] <= 10_00
    assert got["plan"] == got["main_value"] + got["additional"]
