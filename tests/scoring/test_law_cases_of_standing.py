"""Law cases of how units and people stand, and what holds for any figures."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.evaluation import evaluation as national
from config.kinds.standing import EVIDENCE, Evidence
from scoring.distribution import renamed, shares
from scoring.maturity import maturity, reached
from scoring.merit import PLACED, STANDING, boxes, placed
from scoring.predicate import breaches
from scoring.punctuality import FACTS, KEPT, listed
from scoring.quality import band, quality

CASES = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "standing.toml").read_text(encoding="utf-8"), parse_float=Decimal
)
DAY = date(2026, 1, 31)
LEVELS = national().maturity.on(DAY).content
PREDICATES = ("Sangat Baik", "Baik", "Butuh Perbaikan", "Kurang", "Sangat Kurang")
ORGANISATIONS = ("Istimewa", *PREDICATES[1:])


def named(case: dict[str, Any]) -> str:
    return str(case.get("name", case.get("marks")))


def hundredths(value: Decimal | int | None) -> int | None:
    return None if value is None else int(value * 100)


@pytest.mark.parametrize("case", CASES["distribution"], ids=named)
def test_distribution(case: dict[str, Any]) -> None:
    version = national().guide.on(DAY)
    assert version.law.basis == "assumption"
    limits = [row for row in version.content if row.organisation == case["organisation"]]
    told = shares(case["counts"], limits)
    assert [list(share.predicates) for share in told if not share.kept] == case["deviates"]
    assert len(told) == len(limits)


@settings(deadline=None)
@given(
    st.sampled_from(ORGANISATIONS),
    st.dictionaries(st.sampled_from([*PREDICATES, "Kurang/misconduct", "Cukup"]), st.integers(0, 40)),
)
def test_a_share_is_kept_exactly_where_no_limit_is_broken(organisation: str, counts: dict[str, int]) -> None:
    limits = [row for row in national().guide.on(DAY).content if row.organisation == organisation]
    told = shares(counts, limits)
    deviating = [share.predicates for share in told if not share.kept]
    assert deviating == [one.predicates for one in breaches(renamed(counts), limits)] * (sum(counts.values()) > 0)
    for share in told:
        assert share.kept is (share.fewest <= share.rated <= share.most_people)
        assert share.of_all == sum(counts.values()) >= share.rated


@pytest.mark.parametrize("case", CASES["quality"], ids=named)
def test_quality(case: dict[str, Any]) -> None:
    marks = pl.DataFrame({"mark": case["marks"]}, schema={"mark": pl.Int64})
    bands = national().quality.on(DAY).content
    got = marks.select(mark=quality(pl.col("mark"))).with_columns(band=band(pl.col("mark"), bands))
    assert got.row(0) == (case["mark"], case["band"])


def test_no_mark_has_no_name() -> None:
    marks = pl.DataFrame({"mark": []}, schema={"mark": pl.Int64})
    got = marks.select(mark=quality(pl.col("mark"))).with_columns(
        band=band(pl.col("mark"), national().quality.on(DAY).content)
    )
    assert got.row(0) == (None, None)


def standing(case: dict[str, Any]) -> pl.DataFrame:
    result, conduct = case.get("said", ["", ""])
    figures = (hundredths(case.get("output")), hundredths(case.get("behaviour")))
    row = (
        1,
        "1" * 18,
        "Sari",
        case.get("scored", True),
        *figures,
        result or None,
        conduct or None,
        None,
        case.get("weighed"),
    )
    return pl.DataFrame([row], schema=STANDING, orient="row")


@pytest.mark.parametrize("case", CASES["merit"], ids=named)
def test_merit(case: dict[str, Any]) -> None:
    version = national().merit.on(DAY)
    assert version.law.basis == "assumption"
    (got,) = placed(standing(case), version.content).to_dicts()
    assert (got["lacking"], got["basis"]) == (case.get("lacking"), case.get("basis"))
    if "place" in case:
        assert [got["result"], got["conduct"]] == case["place"]


FIGURES = st.none() | st.integers(0, 120_00)
SAID = st.none() | st.sampled_from(("above", "as expected", "below"))


@settings(deadline=None)
@given(st.lists(st.tuples(FIGURES, FIGURES, SAID, SAID), max_size=8))
def test_everybody_is_placed_or_has_a_reason_and_the_boxes_count_the_placed(people: list[tuple[Any, ...]]) -> None:
    rows = [
        (number, f"{number:018d}", "x", True, *one, None, (None, "", "rating_weights")[number % 3])
        for number, one in enumerate(people)
    ]
    told = placed(pl.DataFrame(rows, schema=STANDING, orient="row"), national().merit.on(DAY).content)
    assert told.schema == pl.Schema(PLACED)
    assert told["employee"].to_list() == list(range(len(people)))
    for row in told.to_dicts():
        both = row["result"] is not None and row["conduct"] is not None
        assert (row["lacking"] is None) is both is (row["basis"] is not None)
    counted = boxes(told)
    assert len(counted) == 9
    assert sum(int(str(box["people"])) for box in counted) == told["lacking"].null_count()


@pytest.mark.parametrize("case", CASES["maturity"], ids=named)
def test_maturity(case: dict[str, Any]) -> None:
    counts: dict[Evidence, tuple[int, int]] = dict.fromkeys(EVIDENCE, (0, 0))
    counts |= {kind: tuple(pair) for kind, pair in case["counts"].items()}
    told = maturity(LEVELS, counts)
    assert reached(told) == case["level"]
    assert [EVIDENCE[one.level - 1] for one in told if one.evidenced] == case["evidenced"]
    for one in told:
        assert (one.missing is None) is one.evidenced
        assert one.missing is None or {"id", "en"} == one.missing.keys()
        assert (one.percent is None) is (one.of == 0)


COUNTS = st.integers(0, 50).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@settings(deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(get_args(Evidence), COUNTS)), st.sampled_from(EVIDENCE))
def test_more_evidence_never_lowers_the_level(counts: dict[Any, tuple[int, int]], more: Evidence) -> None:
    before = maturity(LEVELS, counts)
    counted, of = counts[more]
    after = maturity(LEVELS, {**counts, more: (min(counted + 1, of), of)})
    assert reached(after) >= reached(before)
    assert [one.reached for one in before] == sorted((one.reached for one in before), reverse=True)


def facts(case: dict[str, Any]) -> pl.DataFrame:
    rows = [
        (1, date.fromisoformat(day), None, 12 * (kind == "late"), 40 * (kind == "early"), kind == "absent",
         kind == "no_in", kind == "no_out", False, None, None, "[]", "[]")
        for kind in ("late", "early", "absent", "no_in", "no_out")
        for day in case.get(kind, [])
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=FACTS, orient="row")


@pytest.mark.parametrize("case", CASES["punctuality"], ids=named)
def test_punctuality(case: dict[str, Any]) -> None:
    row = (1, "1" * 18, "Sari", DAY, 20, case.get("worked", 20), case.get("undecided", 0), case.get("not_scored", 0))
    kept = pl.DataFrame([row], schema=KEPT, orient="row")
    version = national().lateness.on(DAY)
    assert version.law.basis == "assumption"
    (got,) = listed(kept, facts(case), version.content.times).to_dicts()
    assert [name for name in ("on_time", "repeated", "missing", "unproven") if got[name]] == case["lists"]
    assert got["late_minutes"] == 12 * len(case.get("late", []))
