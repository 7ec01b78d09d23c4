"""Corrections by letter: what is left of a day by the law cases of corrections.toml, and which days one touches."""

import re
import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from psycopg_pool import ConnectionPool

from api import words
from config.corrections import correction_reasons
from ingest.sheet import FaultyRowsError
from ingest.tables import import_rows
from scoring.beside import Beside
from scoring.corrected import CORRECTIONS
from scoring.engine import work_days
from scoring.frames import WANTED
from scoring.schedule import NO_ROSTERS
from tests.scoring.database import AT, add_office, found, month, nip, punch, run, stored, sync
from tests.scoring.office import TERMINALS_OF_ONE_ZONE, ZONE, law_of, punches
from tests.scoring.test_schedule import NIGHT, duty, rostered

CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "corrections.toml").read_text(encoding="utf-8"), parse_float=Decimal
)["case"]


def letters(case: dict[str, Any]) -> pl.DataFrame:
    rows = [
        (1, case["day"], *(shift or [1]), side, int(clock[:2]) * 60 + int(clock[3:]), f"ND/{n}", reason)
        for n, (side, clock, reason, *shift) in enumerate(case["letters"], 1)
    ]
    return pl.DataFrame(rows, schema=CORRECTIONS, orient="row")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_letter_says_when_a_scan_was(case: dict[str, Any]) -> None:
    law = law_of(case.get("rulebook", "kemenag-2014"), "2026-01")
    (day,), steps = (
        frame.to_dicts()
        for frame in work_days(
            pl.DataFrame([(1, case["day"])], schema=WANTED, orient="row"),
            punches(case["scans"]),
            TERMINALS_OF_ONE_ZONE,
            law,
            ZONE,
            rostered=rostered(duty(case["day"].day, NIGHT)) if case.get("night") else NO_ROSTERS,
            beside=Beside(corrections=letters(case)),
        )
    )
    assert day["deduction"] == (None if case["percent"] == "unknown" else int(case["percent"] * 100))
    assert day["codes"] == case.get("codes", "")
    assert [step["formula"].partition(" [scans")[0] for step in steps] == case["steps"]
    for step in steps:
        assert all(said["en"] not in words.formula(step["formula"], "id") for said in correction_reasons().values())
        assert not re.search("letter|not (after|before)|the day|free", words.formula(step["formula"], "id"))


ROW = {"nip": nip(0), "date": "2026-01-14", "scan": "in", "time": "07:20", "document": "ND/7", "reason": "forgotten"}


NOW = datetime(2026, 2, 1, tzinfo=UTC)


def bring(pool: ConnectionPool, at: datetime = NOW, **said: object) -> None:
    with pool.connection() as connection:
        import_rows(connection, "corrections", [{**ROW, **said}], at=at, actor="key:hr")


@pytest.fixture
def office(pool: ConnectionPool) -> ConnectionPool:
    """Three clean months by Kemenag's rulebook, but for employee 0, who has no scan in on the 14th."""
    add_office(pool)
    for number in range(3):
        times = [at for at in month() if number or not at.startswith("2026-01-14 07")]
        punch(pool, "WTE"[number], number, times)
    run(pool)
    return pool


def deducted(pool: ConnectionPool) -> list[Any]:
    return found(pool, "SELECT day, deduction FROM work_day WHERE deduction <> 0")


def test_a_correction_touches_exactly_its_day_and_the_end_is_that_of_a_full_run(office: ConnectionPool) -> None:
    before = found(office, "SELECT * FROM punch ORDER BY 1, 2, 3")
    assert deducted(office) == [(date(2026, 1, 14), 150)]
    bring(office)
    done = run(office)
    assert (done.days_computed, done.days_changed, done.scores_changed) == (1, 1, 1)
    assert deducted(office) == []
    bring(office, document="ND/8", scan="out", time="15:50")
    assert run(office).days_computed == 1
    assert deducted(office) == [(date(2026, 1, 14), 50)]
    bring(office, withdrawn="yes")
    assert run(office).days_computed == 1
    assert deducted(office) == [(date(2026, 1, 14), 200)]
    assert found(office, "SELECT * FROM punch ORDER BY 1, 2, 3") == before
    assert found(office, "SELECT DISTINCT entered_by FROM correction") == [("key:hr",)]
    days, scores = stored(office)
    with office.connection() as connection:
        connection.execute("TRUNCATE work_day, score, scored_month")
    run(office)
    fresh_days, fresh_scores = stored(office)
    assert days == fresh_days
    assert scores[-1][-1] == fresh_scores[-1][-1]
    assert {row[0]: row[-1] for row in scores} == {row[0]: row[-1] for row in fresh_scores}


def test_a_day_that_waits_for_a_terminal_waits_no_more_once_a_letter_says_its_scan(office: ConnectionPool) -> None:
    with office.connection() as connection:
        sync(connection, AT.replace(day=1, month=1))
        connection.execute("TRUNCATE work_day, score, scored_month")
    assert run(office).days_waiting == 1
    bring(office)
    done = run(office)
    assert (done.days_computed, done.days_waiting) == (1, 0)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"date": "2026-02-02"}, "row 1, column date, value '2026-02-02': lies in the future: write the day"),
        ({"date": "1999-01-14"}, "row 1, column date, value '1999-01-14': no calendar of 1999 is known"),
        ({"scan": "out", "time": "07:20"}, "row 1, column time, value '07:20': letter ND/6 says in 07:20, and nobody"),
        ({"scan": "out", "time": "25:00"}, "row 1, column time, value '25:00': write a time of the day as HH:MM$"),
    ],
)
def test_a_letter_that_can_mean_nothing_is_refused(pool: ConnectionPool, said: dict[str, str], fault: str) -> None:
    """Half past four in the afternoon of 1 February in UTC is the 2nd in Jayapura, and not yet in Jakarta."""
    add_office(pool)
    now = datetime(2026, 2, 1, 16, 30, tzinfo=UTC)
    bring(pool, document="ND/6")
    with pytest.raises(FaultyRowsError, match=fault):
        bring(pool, at=now, **said)
    assert found(pool, "SELECT count(*) FROM correction") == [(1,)]
    bring(pool, at=now, withdrawn="yes", **{**said, "time": "16:00"})
    if said.get("date") == "2026-02-02":
        bring(pool, at=now, nip=nip(2), **said)


def test_of_two_letters_about_one_scan_one_is_withdrawn_first(office: ConnectionPool) -> None:
    bring(office)
    with pytest.raises(FaultyRowsError, match="letter ND/7 says when this scan was: withdraw one of the two"):
        bring(office, document="ND/8")
    bring(office, withdrawn="yes")
    bring(office, document="ND/8", time="07:31")
    run(office)
    assert deducted(office) == [(date(2026, 1, 14), 50)]
