"""Absences with a document: which one holds, how many days it counts, what it costs. The cases are data."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api import words
from config.absences import absence_kinds
from config.calendars import calendar
from scoring.engine import Scored, every_day, scored
from scoring.excuse import ABSENCES, HELD, counted, held
from scoring.laws import PeriodLaw
from scoring.leave import priced, rules
from scoring.rounding import amount
from tests.scoring.office import NO_PUNCHES, TERMINALS_OF_ONE_ZONE, ZONE, clean_times, law_of, punches, results

CASES = Path(__file__).parent.parent / "law_cases"
SEN = 100
JANUARY = (date(2026, 1, 1), date(2026, 1, 31))


def hundredths(value: Decimal | int | str) -> int | None:
    return None if isinstance(value, str) else int(value * 100)


def letters(said: Sequence[Mapping[str, Any]], employee: int = 1) -> pl.DataFrame:
    rows = [
        (employee, one["kind"], one["first"], one["last"], one.get("child"), f"L{n}") for n, one in enumerate(said, 1)
    ]
    return pl.DataFrame(rows, schema=ABSENCES, orient="row")


def is_work(day: date) -> bool:
    return calendar().day(day).kind == "work"


def absences_of(law: PeriodLaw, said: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    first, last = law.days["day"][0], law.days["day"][-1]
    days = counted(is_work, min([first, *said["first"]]), last)
    working = days.filter(pl.col("work") & pl.col("day").is_between(first, last)).height
    return priced(held(said, days, first, last), rules(law.rulebook, law.days["day"].to_list())), working


def month(law: PeriodLaw, said: pl.DataFrame, seen: pl.DataFrame = NO_PUNCHES) -> Scored:
    excuses, working = absences_of(law, said)
    result = results(points=10_000, target=100)
    wanted = every_day(result["employee"], law)
    return scored(
        wanted,
        seen,
        TERMINALS_OF_ONE_ZONE,
        result,
        law=law,
        time_zone=ZONE,
        absences=excuses,
        working_days=working,
    )


def days_of(said: Sequence[Mapping[str, Any]]) -> list[date]:
    return [one["first"] + timedelta(days=n) for one in said for n in range((one["last"] - one["first"]).days + 1)]


ALL = tomllib.loads((CASES / "e8_leave.toml").read_text(encoding="utf-8"), parse_float=Decimal)["case"]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["name"])
def test_leave(case: dict[str, Any]) -> None:
    for expected in case["months"]:
        law = law_of(case["rulebook"], expected["period"])
        there = punches(clean_times(law, days_of(case["letters"])))
        done = month(law, letters(case["letters"]), there)
        taken = {str(row["day"].day): row["deduction"] for row in done.work_days.to_dicts() if row["deduction"] != 0}
        assert taken == {day: hundredths(percent) for day, percent in expected["taken"].items()}
        assert not done.work_days["absent"].any()
        (score,) = done.scores.to_dicts()
        assert score["deduction"] == hundredths(expected["sum"])
        whole = [step["percent"] for step in done.period_steps.to_dicts() if "of the whole" in step["formula"]]
        assert whole == ([hundredths(expected["of_whole"])] if "of_whole" in expected else [])
        if "rupiah" in case:
            assert amount(whole[0], case["base_rupiah"] * SEN) == case["rupiah"] * SEN
        if "payable" in expected:
            assert score["payable"] == hundredths(expected["payable"])


def test_an_excused_day_explains_itself() -> None:
    law = law_of("kemenkop-2025", "2026-01")
    said = letters([{"kind": "sick_outpatient", "first": date(2026, 1, 5), "last": date(2026, 1, 8)}])
    steps = {step["day"].day: step for step in month(law, said).day_steps.to_dicts() if step["kind"] == "leave"}
    assert list(steps) == [5, 6, 7, 8]
    assert steps[8] | {"punches": []} == steps[8]
    assert (steps[8]["code"], steps[8]["percent"], steps[5]["percent"]) == ("CS", 200, 0)
    assert steps[8]["formula"] == (
        "sick leave at home, letter L1: working day 4 in [4, ∞); our reading of a text that says only days"
    )
    assert (steps[8]["law"], steps[8]["article"], steps[8]["basis"]) == ("Permenkop 8/2025", "Ps. 17", "regulation")
    assert steps[8]["hours"] == ""


@pytest.mark.parametrize(
    ("kind", "times", "codes", "absent"),
    [
        ("annual", [], "CT", False),
        ("annual", ["09:00"], "CT", False),
        ("no_scan_in", ["16:00"], "DSM", False),
        ("no_scan_in", ["15:40"], "PSW1 DSM", False),
        ("no_scan_in", [], "TK DSM", True),
        ("no_scan_out", ["07:30"], "DSP", False),
        ("no_scan_out", ["07:42"], "TL1 DSP", False),
        ("no_scan_out", ["16:00"], "TL4 DSP", False),
        ("work_from_home", [], "WFH", False),
    ],
)
def test_the_scans_that_a_day_needs(kind: str, times: list[str], codes: str, absent: bool) -> None:
    day, law = date(2026, 1, 5), law_of("kemenag-2014", "2026-01")
    seen = punches([datetime.fromisoformat(f"{day} {time}") for time in times])
    done = month(law, letters([{"kind": kind, "first": day, "last": day}]), seen)
    (row,) = done.work_days.filter(pl.col("day") == day).to_dicts()
    assert (row["codes"], row["absent"]) == (codes, absent)


def test_a_day_that_is_free_anyway_takes_nothing() -> None:
    law = law_of("kemenag-2014", "2026-01")
    said = letters([{"kind": "important", "first": date(2026, 1, 16), "last": date(2026, 1, 18)}])
    done = month(law, said, punches(clean_times(law)))
    assert done.scores["deduction"].to_list() == [0]


def test_a_run_is_counted_from_the_year_before() -> None:
    """30 and 31 December 2024 are its first two working days, 1 January is none."""
    law = law_of("kemenkop-2025", "2025-01")
    said = letters([{"kind": "sick_outpatient", "first": date(2024, 12, 30), "last": date(2025, 1, 6)}])
    found, _ = absences_of(law, said)
    assert found.filter("work")["working"].to_list() == [3, 4, 5]


def test_a_run_that_began_before_the_calendar_has_no_number() -> None:
    law = law_of("kemenkop-2025", "2025-01")
    said = letters([{"kind": "sick_outpatient", "first": date(2020, 12, 30), "last": date(2025, 1, 6)}])
    found, _ = absences_of(law, said)
    assert found["percent"].to_list() == [None] * 6
    uncounted = "letter L1: began on 2020-12-30, before the calendar, so that its working days cannot be counted"
    assert found["formula"].to_list() == [f"sick leave at home, {uncounted}"] * 6


def test_a_share_of_the_month() -> None:
    law = law_of("kemensos-eperformance", "2026-01")
    said = letters([{"kind": "unpaid", "first": date(2026, 1, 19), "last": date(2026, 3, 31)}])
    done = month(law, said, punches(clean_times(law, [date(2026, 1, day) for day in range(19, 32)])))
    (score,) = done.scores.to_dicts()
    # 10 of 20 working days.
    assert (score["deduction"], score["total"], score["payable"]) == (0, 10000, 5000)
    (step,) = done.period_steps.filter(pl.col("kind") == "leave_of_month").to_dicts()
    assert step["percent"] == 5000
    assert step["law"] == "Perpres 71/2023"


LETTER = st.builds(
    lambda kind, first, days: {
        "kind": kind,
        "first": date(2026, 1, 1) + timedelta(days=first),
        "last": date(2026, 1, 1) + timedelta(days=first + days),
        "child": 1 if absence_kinds()[kind].child else None,
    },
    st.sampled_from(sorted(absence_kinds())),
    st.integers(0, 50),
    st.integers(0, 20),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(LETTER, max_size=6).flatmap(lambda said: st.tuples(st.just(said), st.permutations(said))))
def test_order_does_not_matter_and_one_letter_holds(pair: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    first, last = JANUARY
    days = counted(is_work, first, last)
    one, other = (held(letters(said).with_columns(document=pl.lit("L")), days, first, last) for said in pair)
    assert one.equals(other)
    assert one.schema == HELD
    assert not one.select("employee", "day").is_duplicated().any()
    covered = {day for day in days_of(pair[0]) if first <= day <= last}
    assert set(one["day"]) == covered
    strongest = {name: kind.priority for name, kind in absence_kinds().items()}
    for row in one.to_dicts():
        holding = [said["kind"] for said in pair[0] if said["first"] <= row["day"] <= said["last"]]
        assert strongest[row["absence"]] == min(strongest[kind] for kind in holding)


@settings(max_examples=30, deadline=None)
@given(st.lists(LETTER, max_size=4))
def test_partitions_do_not_matter(said: list[dict[str, Any]]) -> None:
    first, last = JANUARY
    days = counted(is_work, first, last)
    together = held(pl.concat([letters(said, 1), letters(said, 2)]), days, first, last)
    apart = pl.concat([held(letters(said, one), days, first, last) for one in (1, 2)])
    assert together.equals(apart)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["sick_outpatient", "wife_birth", "important"]), st.integers(1, 25))
def test_a_longer_leave_never_costs_less(kind: str, days: int) -> None:
    law = law_of("kemenkop-2025", "2026-01")
    start = date(2026, 1, 5)
    costs = []
    for length in (days, days + 1):
        said = letters([{"kind": kind, "first": start, "last": start + timedelta(days=length - 1)}])
        costs.append(absences_of(law, said)[0].filter("work")["percent"].sum())
    assert costs[0] <= costs[1]


AT_WORK = "the rulebook does not name it, and who works loses nothing"


@pytest.mark.parametrize(
    ("kind", "percent", "told"),
    [
        (
            "work_from_home",
            0,
            "working from home, letter L1; the rulebook does not name it, and who works loses nothing",
        ),
        ("study", None, "study assignment, letter L1: the rulebook names no rate"),
        ("annual", 0, "annual leave, letter L1"),
    ],
)
def test_what_a_rulebook_says_of_a_kind_as_a_whole_or_not_at_all(kind: str, percent: int | None, told: str) -> None:
    said = letters([{"kind": kind, "first": date(2026, 1, 5), "last": date(2026, 1, 5)}])
    (found,) = absences_of(law_of("kemenag-2014", "2026-01"), said)[0].to_dicts()
    assert (found["percent"], found["formula"]) == (percent, told)
    assert not {"rulebook", "letter"} & set(words.formula(told, "id").replace(",", " ").split())
