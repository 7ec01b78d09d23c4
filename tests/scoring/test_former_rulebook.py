"""A unit under another rulebook, whose months count other days: no day stays as the former one judged it."""

import json
from contextlib import nullcontext
from datetime import date

import pytest
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from ingest import database
from ingest.tables import import_rows
from scoring.follow import due_periods
from tepat import assemble
from tests.scoring.database import AT, ZONES, add_office, found, run

CALENDAR, SHIFTED = "kemenag-2014", "kemendes-2025"
OPEN = date(2026, 4, 22)
MONTHS = ("2026-02", "2026-03", "2026-04")
BOOKS = "SELECT DISTINCT rulebook FROM judged_day"
NEWEST = """
SELECT DISTINCT ON (period) period, counted_from, counted_to FROM score ORDER BY period, version DESC
"""
SPANS = {
    CALENDAR: [("2026-02", None, None), ("2026-03", None, None), ("2026-04", None, None)],
    SHIFTED: [
        ("2026-02", date(2026, 1, 16), date(2026, 2, 15)),
        ("2026-03", date(2026, 2, 16), date(2026, 3, 15)),
        ("2026-04", date(2026, 3, 16), date(2026, 4, 15)),
    ],
}


def change(pool: ConnectionPool, name: str, *, told: bool) -> None:
    """told: by an import, which marks all days; else as a changed file of law does it, which marks none."""
    unit = {"code": "W", "name": "W", "parent": "HQ", "time_zone": "Asia/Jakarta", "rulebook": name}
    with pool.connection() as connection:
        if told:
            import_rows(connection, "units", [unit], at=AT, actor="key:hr")
        else:
            connection.execute("UPDATE unit SET rulebook = %s WHERE code = 'W'", (name,))


def follow(pool: ConnectionPool) -> list[list[str]]:
    """As `tepat score --follow`, from the morning after on: the periods of each look, until none is due."""
    looks: list[list[str]] = []
    while due := due_periods(pool, lambda _: OPEN, dict.fromkeys(ZONES.values(), OPEN)):
        looks.append(due)
        assert len(looks) < 6, looks
        for period in due:
            run(pool, period, until=OPEN)
    return looks


def office(pool: ConnectionPool, name: str) -> None:
    add_office(pool, 1, rulebook=name)
    for period in MONTHS:
        run(pool, period, until=OPEN)


@pytest.mark.parametrize(
    ("before", "first", "told"),
    [
        (CALENDAR, "2026-03", False),
        pytest.param(SHIFTED, "2026-03", False, marks=pytest.mark.long),
        pytest.param(CALENDAR, "2026-02", True, marks=pytest.mark.long),
        (SHIFTED, "2026-04", True),
    ],
)
def test_the_months_beside_are_due_once_one_of_them_is_scored(
    pool: ConnectionPool, before: str, first: str, *, told: bool
) -> None:
    after = SHIFTED if before == CALENDAR else CALENDAR
    office(pool, before)
    change(pool, after, told=told)
    run(pool, first, until=OPEN)
    assert {*found(pool, BOOKS)} == {(before,), (after,)}
    follow(pool)
    assert found(pool, BOOKS) == [(after,)]
    assert [row for row in found(pool, NEWEST) if row[0] in MONTHS] == SPANS[after]
    assert found(pool, "SELECT count(*) FROM day_to_score") == [(0,)]


def test_days_of_a_month_in_which_nothing_counts_any_more_are_due_for_the_next(pool: ConnectionPool) -> None:
    add_office(pool, 1, rulebook=CALENDAR)
    with pool.connection() as connection:
        connection.execute("UPDATE enrolment SET valid_from = '2026-02-20'")
    run(pool, "2026-02", until=OPEN)
    change(pool, SHIFTED, told=False)
    run(pool, "2026-02", until=OPEN)
    assert follow(pool) == [["2026-02", "2026-03"]]
    assert found(pool, BOOKS) == [(SHIFTED,)]


@pytest.mark.long
def test_a_run_by_hand_names_the_other_months_until_none_is_left(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "opened", lambda _: nullcontext(pool))

    def scored(period: str, *more: str) -> str:
        done = CliRunner().invoke(assemble(["score"]), ["score", period, "--until", str(OPEN), *more])
        assert done.exit_code == 0, done.output
        return done.output

    office(pool, CALENDAR)
    assert "other months" not in scored("2026-03")
    change(pool, SHIFTED, told=False)
    said = "Days are counted to other months than before: run `tepat score 2026-02`, `tepat score 2026-04` too. Until"
    assert said in scored("2026-03")
    due = json.loads(scored("2026-04", "--json"))["also_due"]
    assert due == ["2026-05"]
    assert json.loads(scored("2026-02", "--json"))["also_due"] == []
    assert json.loads(scored("2026-05", "--json"))["also_due"] == []
    assert found(pool, BOOKS + " WHERE day >= '2026-01-16'") == [(SHIFTED,)]


@pytest.mark.long
def test_of_a_quarter_only_the_months_outside_are_named(pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "opened", lambda _: nullcontext(pool))
    office(pool, CALENDAR)
    change(pool, SHIFTED, told=False)
    command = ["score", "2026-Q1", "--until", str(OPEN), "--json"]
    assert json.loads(CliRunner().invoke(assemble(["score"]), command).output)["also_due"] == ["2026-04"]
