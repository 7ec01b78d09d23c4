"""Nobody learns what one peer or subordinate said: who reads who rated, which ratings wait, what is told of them."""

from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ratings import still_held
from scoring.behaviour import RATINGS, behaviour

ROOT = Path(__file__).parents[2]


def test_only_the_import_reads_who_rated() -> None:
    tables = [*ROOT.glob("*/**/*.py"), *ROOT.glob("*/**/*.html")]
    reading = {
        path.relative_to(ROOT).as_posix()
        for path in tables
        if "tests" not in path.parts and ".venv" not in path.parts and "rater_id" in path.read_text(encoding="utf-8")
    }
    assert reading == {"ingest/ratings.py"}


GROUPS = [(1, "2026", role, own) for role in ("peer", "subordinate") for own in (True, False)]
SAID = st.tuples(st.sampled_from(("superior", "peer", "subordinate")), st.integers(70, 72))
COME = st.dictionaries(st.tuples(st.just(1), st.just("2026"), st.integers(1, 5), st.booleans()), SAID, max_size=9)


@settings(deadline=None)
@given(COME, COME, st.sets(st.sampled_from(GROUPS)))
def test_what_is_told_never_changes_by_fewer_than_three(known: Any, pending: Any, told: set[Any]) -> None:
    waiting = still_held(known, pending, told)
    assert waiting <= pending.keys()
    for group in told:
        touched = [key for key, said in pending.items() if key not in waiting and known.get(key) != said
                   and group[2] in {said[0], known.get(key, said)[0]} and group[3] == key[3]]  # fmt: skip
        assert len(touched) not in {1, 2}
    if not told:
        assert waiting == set()


VALUES = st.integers(0, 120_00)


@settings(deadline=None)
@given(
    st.lists(VALUES, min_size=3, max_size=6).flatmap(
        lambda values: st.tuples(st.just(values), st.integers(0, len(values) - 1), st.integers(0, 120_00))
    ),
    st.lists(VALUES, max_size=2),
    st.sampled_from(("peer", "subordinate")),
)
def test_only_the_sum_of_three_or_more_is_told(said: tuple[list[int], int, int], few: list[int], role: str) -> None:
    values, one, shift = said
    other = list(values)
    moved = min(shift, other[one], 120_00 - other[one - 1])
    other[one], other[one - 1] = other[one] - moved, other[one - 1] + moved
    weights = {"superior": 50_00, "peer": 30_00, "subordinate": 20_00}
    fewer = "subordinate" if role == "peer" else "peer"

    def rated(group: list[int], hidden: list[int]) -> Any:
        rows = [
            (1, "superior", 90_00, True),
            *((1, role, value, True) for value in group),
            *((1, role, value, False) for value in hidden),
            *((1, fewer, value, True) for value in hidden),
        ]
        return behaviour(pl.DataFrame(rows, schema=RATINGS, orient="row"), weights, fewest=3).rows()

    assert rated(values, few) == rated(other, []) == rated(values[::-1], [120_00 - value for value in few])
