"""What must hold whatever the facts are."""

import itertools
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from config.rulebooks import names
from scoring.engine import Scored, every_day, scored
from scoring.frames import MONTH, PUNCHES, RESULTS
from scoring.make_up import late_days
from scoring.month import score as score_month
from tests.scoring.office import TERMINALS_OF_ONE_ZONE, ZONE, law_of, of_day, punches, results, score

JANUARY = {name: law_of(name, "2026-01") for name in names()}
EMPLOYEES = 6
MOMENTS = st.datetimes(datetime.fromisoformat("2025-12-31 12:00"), datetime.fromisoformat("2026-02-01 12:00"))
FACTS = st.lists(
    st.tuples(st.integers(1, EMPLOYEES), st.integers(1, 2), MOMENTS.map(lambda at: at.replace(microsecond=0))),
    max_size=80,
)


def frame(facts: list[tuple[int, int, datetime]]) -> pl.DataFrame:
    rows = [(employee, terminal, f"{employee:03d}", at, 255) for employee, terminal, at in dict.fromkeys(facts)]
    return pl.DataFrame(rows, schema=PUNCHES, orient="row")


def of_employees(who: list[int], punches: pl.DataFrame, book: str) -> Scored:
    law = JANUARY[book]
    results = pl.DataFrame([(n, 1000 * n, 100) for n in who], schema=RESULTS, orient="row")
    wanted = every_day(results["employee"], law)
    return scored(wanted, punches, TERMINALS_OF_ONE_ZONE, results, law=law, time_zone=ZONE)


def frames(done: Scored) -> list[pl.DataFrame]:
    return [done.work_days, done.day_steps, done.scores, done.period_steps]


@settings(deadline=None)
@given(FACTS, st.randoms(use_true_random=False), st.sampled_from(names()))
def test_the_order_of_arrival_does_not_matter(
    facts: list[tuple[int, int, datetime]], chance: object, book: str
) -> None:
    who = list(range(1, EMPLOYEES + 1))
    shuffled = list(facts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # random.Random, which hypothesis does not name
    for one, other in zip(
        frames(of_employees(who, frame(facts), book)), frames(of_employees(who, frame(shuffled), book)), strict=True
    ):
        assert_frame_equal(one, other)


@settings(deadline=None)
@given(FACTS, st.lists(st.integers(1, EMPLOYEES - 1), unique=True, max_size=4), st.sampled_from(names()))
def test_any_partition_gives_the_same(facts: list[tuple[int, int, datetime]], cuts: list[int], book: str) -> None:
    who, punches = list(range(1, EMPLOYEES + 1)), frame(facts)
    whole = frames(of_employees(who, punches, book))
    edges = [0, *sorted(cuts), EMPLOYEES]
    parts = [
        frames(of_employees(who[start:end], punches.filter(pl.col("employee").is_in(who[start:end])), book))
        for start, end in itertools.pairwise(edges)
    ]
    for n, frame_of_all in enumerate(whole):
        assert_frame_equal(frame_of_all, pl.concat([part[n] for part in parts]))


@settings(deadline=None)
@given(FACTS, st.sampled_from(names()))
def test_totals_are_the_sum_of_their_steps(facts: list[tuple[int, int, datetime]], book: str) -> None:
    done = of_employees(list(range(1, EMPLOYEES + 1)), frame(facts), book)
    steps = done.day_steps.group_by("employee", "day").agg(
        sum=pl.when(pl.col("percent").null_count() == 0).then(pl.col("percent").sum()),
        told=pl.col("code").filter(pl.col("code") != "").str.join(" "),
    )
    both = done.work_days.join(steps, on=["employee", "day"], how="left")
    explained = pl.col("told").is_not_null()
    assert both.filter(explained & pl.col("deduction").ne_missing(pl.col("sum"))).is_empty()
    assert both.filter(~explained & pl.col("deduction").ne_missing(0)).is_empty()
    assert both.filter(explained & (pl.col("codes") != pl.col("told"))).is_empty()
    assert both.filter(pl.col("absent") & (pl.col("kind") != "work")).is_empty()
    days = done.work_days.group_by("employee").agg(
        pl.when(pl.col("deduction").null_count() == 0).then(pl.col("deduction").sum())
    )
    over = done.period_steps.filter(pl.col("kind") == "over_quota").select("employee", deduction="percent")
    days = (
        pl.concat([days, over])
        .group_by("employee")
        .agg(pl.when(pl.col("deduction").null_count() == 0).then(pl.col("deduction").sum()))
    )
    reckoned = done.period_steps.filter(pl.col("kind") == "deduction").join(days, on="employee")
    assert reckoned.filter(pl.col("percent").ne_missing(pl.col("deduction"))).is_empty()
    assert done.scores.filter((pl.col("payable") < 0) | (pl.col("payable") > 10000)).is_empty()


@settings(deadline=None)
@given(FACTS, st.sampled_from(names()))
def test_some_days_again_and_the_rest_kept_is_a_full_score(facts: list[tuple[int, int, datetime]], book: str) -> None:
    """The month takes stored and new days alike."""
    who, punches = list(range(1, EMPLOYEES + 1)), frame(facts)
    full = of_employees(who, punches, book)
    results = pl.DataFrame([(n, 1000 * n, 100) for n in who], schema=RESULTS, orient="row")
    turned = full.work_days.select(MONTH.keys()).sort("day", descending=True)
    absent = full.work_days.select("employee", "day", absent=pl.when(pl.col("kind") == "work").then("absent"))
    late = late_days(full.work_days, full.day_steps)
    scores, steps = score_month(turned, results, JANUARY[book], absent, late=late)
    assert_frame_equal(scores, full.scores)
    assert_frame_equal(steps, full.period_steps)


@pytest.mark.parametrize("book", names())
@pytest.mark.parametrize("late", [True, False])
def test_more_minutes_never_cost_less(book: str, late: bool) -> None:
    """Each employee misses more than the one before."""
    law, day = JANUARY[book], date(2026, 1, 5)
    ((start, end),) = of_day(law, day).days.select("expected_in", "expected_out").rows()
    missed = [timedelta(minutes=n) for n in (0, 1, 2, 30, 31, 32, 60, 61, 90, 91, 92, 150, 300)]
    seen = [punches([start + by, end] if late else [start, end - by], employee) for employee, by in enumerate(missed)]
    done = score(of_day(law, day), pl.concat(seen), results(employees=range(len(missed))))
    costs = done.work_days.sort("employee")["deduction"].to_list()
    assert len(costs) == len(missed)
    known = [cost for cost in costs if cost is not None]  # others are rates that no source names
    assert known == sorted(known)
    assert costs[0] == 0
    assert 0 not in costs[1:], "a minute missed is free although no text says so"
