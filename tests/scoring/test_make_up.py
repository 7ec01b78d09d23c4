"""Example E4: lateness made up by a flat time, a few days a month."""

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from psycopg_pool import ConnectionPool

from config.calendars import calendar
from config.rulebook_tables import LATENESS
from config.rulebooks import Rulebook, rulebook
from scoring.frames import LATE
from scoring.laws import period_law
from scoring.make_up import beyond_quota
from tests.scoring.database import add_office, found, nip, punch, run, stored
from tests.scoring.office import clean_times, law_of, one_day, punches, score

E4 = tomllib.loads((Path(__file__).parent.parent / "law_cases" / "e4_flat_make_up.toml").read_text(encoding="utf-8"))
PERHAPS = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "e4_unknown_make_up.toml").read_text(encoding="utf-8")
)
LAW = law_of(E4["rulebook"], "2026-01")
WORKING = LAW.days.filter((pl.col("kind") == "work") & (pl.col("day") >= E4["day"]))["day"].to_list()
UNKNOWN = "unknown"


@pytest.mark.parametrize("case", E4["case"], ids=lambda case: case["name"])
def test_a_day_of_e4(case: dict[str, Any]) -> None:
    got, steps = one_day(LAW, E4["day"], [datetime.combine(E4["day"], at) for at in case["punches"]])
    assert got["deduction"] == (None if case["percent"] == UNKNOWN else case["percent"])
    assert any(step["kind"] == "made_up" for step in steps) == case["made_up"]


@pytest.mark.parametrize("case", PERHAPS["case"], ids=lambda case: case["name"])
def test_a_day_where_how_lateness_is_made_up_is_not_known(case: dict[str, Any]) -> None:
    law, day = law_of(case["rulebook"], "2026-01"), PERHAPS["day"]
    got, steps = one_day(law, day, [datetime.combine(day, at) for at in case["punches"]])
    assert got["deduction"] == (None if case["percent"] == UNKNOWN else case["percent"] * 100)
    told = [(step["kind"], step["formula"]) for step in steps if step["percent"] is None]
    assert told == ([("late", case["perhaps"])] if "perhaps" in case else [])


@pytest.mark.parametrize("case", E4["month"], ids=lambda case: case["name"])
def test_a_month_of_e4(case: dict[str, Any]) -> None:
    monday_to_thursday = [day for day in WORKING if day.weekday() != 4]
    days = dict(zip(monday_to_thursday, case["days"], strict=False))
    times = [datetime.combine(day, at) for day, scans in days.items() for at in scans]
    done = score(LAW, punches([*clean_times(LAW, except_on=list(days)), *times]))
    (got,) = done.scores.to_dicts()
    assert got["deduction"] == (None if case["percent"] == UNKNOWN else case["percent"])
    told = [step["formula"] for step in done.period_steps.to_dicts() if step["kind"] == "over_quota"]
    assert len(told) == bool(case["over"])
    for minutes in case["over"]:
        assert told[0].startswith("late on 6 days, more than 5: ")
        assert f" {minutes} min in " in told[0]


def test_the_formulas_say_in_and_out() -> None:
    _, (made_up,) = one_day(LAW, E4["day"], ["2026-01-05 07:35:00", "2026-01-05 16:30:00"])
    assert made_up["formula"] == "in 07:35:00, 5 min late; made up: out 16:30:00, not before 16:30"
    assert [made["local_time"] for made in made_up["punches"]] == ["2026-01-05T16:30:00"]
    _, (late,) = one_day(LAW, E4["day"], ["2026-01-05 07:35:00", "2026-01-05 16:20:00"])
    assert late["formula"] == "5 min in [1, ∞); not made up: out 16:20:00, due not before 16:30"


def known_rates() -> Rulebook:
    """As if Kemenag's bands were those of the rule, so that a sum can be seen."""
    book = rulebook("panrb-2018")
    return book.replaced(LATENESS, rulebook("kemenag-2014").need(LATENESS))


def test_what_is_not_made_up_counts_as_a_late_day_but_is_not_taken_twice() -> None:
    law = period_law(known_rates(), calendar(), date(2026, 1, 1), LAW.last)
    rows = [(1, day, 5, n != 0) for n, day in enumerate(WORKING[:7])]
    taken, steps = beyond_quota(pl.DataFrame(rows, schema=LATE, orient="row"), law)
    assert taken.rows() == [(1, 100)]
    (told,) = steps["formula"].to_list()
    assert told.count("5 min in [1, 31)") == 2
    assert beyond_quota(pl.DataFrame(rows[:5], schema=LATE, orient="row"), law)[0].is_empty()


def test_a_late_day_that_becomes_known_later_moves_the_quota_as_a_full_run_does(pool: ConnectionPool) -> None:
    add_office(pool, employees=1, rulebook="panrb-2018")
    late = [f"2026-01-{day.day:02d}" for day in WORKING if day.weekday() != 4][:6]
    for day in WORKING:
        at = "07:35:00" if str(day) in late[1:] else "07:20:00"
        punch(pool, "W", 0, [f"{day} {at}", f"{day} 16:35:00"])
    punch(pool, "W", 0, ["2026-01-02 07:20:00", "2026-01-02 16:35:00"])
    run(pool)
    newest = "SELECT deduction, payable FROM score ORDER BY version DESC LIMIT 1"
    assert found(pool, newest) == [(0, 10000)]
    with pool.connection() as connection:
        connection.execute("DELETE FROM punch WHERE local_time = %s", (f"{late[0]} 07:20:00",))
    punch(pool, "W", 0, [f"{late[0]} 07:31:00"])
    assert run(pool).days_computed == 1
    assert found(pool, newest) == [(None, None)]
    days, scores = stored(pool)
    with pool.connection() as connection:
        connection.execute("TRUNCATE work_day, score, scored_month")
    run(pool)
    assert stored(pool)[0] == days
    assert stored(pool)[1][0][-1] == scores[-1][-1]
    assert nip(0) == scores[-1][0]
