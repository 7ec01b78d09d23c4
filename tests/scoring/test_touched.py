"""What changes when one fact does: exactly the days and periods it touches, and the end is that of a full run."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from psycopg_pool import ConnectionPool

from config.kinds.rates import Rate
from config.rulebook_tables import ABSENCE
from config.rulebooks import Rulebook, rulebook
from ingest.tables import TableName, import_table
from scoring.follow import due_periods, score_or_pause
from scoring.long_periods import score_long_period
from tests.scoring.database import AT, add_office, found, nip, punch, run, stored
from tests.scoring.whole_runs import office

__all__ = ["office"]

MAY = date(2026, 5, 1)
Days = set[tuple[str, date]]


def bring(pool: ConnectionPool, folder: Path, table: TableName, content: str) -> None:
    path = folder / f"{table}.csv"
    path.write_text(content, encoding="utf-8")
    with pool.connection() as connection:
        import_table(connection, table, path, at=AT, actor="command:test")


def touched(office: ConnectionPool, change: Callable[[], None], **more: Any) -> tuple[Days, set[str], int]:
    """The days and the employees whose rows are others after the change and a run, and how many days it computed."""
    days, scores = stored(office)
    change()
    computed = run(office, **more).days_computed
    days_after, scores_after = stored(office)
    kept = {(row[0], row[1]): row for row in days}
    others = {(row[0], row[1]) for row in days_after if kept.get((row[0], row[1])) != row}
    gone = set(kept) - {(row[0], row[1]) for row in days_after}
    return others | gone, {row[0] for row in scores_after if row not in scores}, computed


def assert_as_a_full_run(office: ConnectionPool, **more: Any) -> None:
    days, scores = stored(office)
    assert run(office, **more).days_computed == 0
    with office.connection() as connection:
        connection.execute("TRUNCATE work_day, score, scored_month")
    run(office, **more)
    fresh_days, fresh_scores = stored(office)
    assert days == fresh_days
    assert {row[:2]: row[-1] for row in scores} == {row[:2]: row[-1] for row in fresh_scores}


def january(*days: int) -> list[date]:
    return [date(2026, 1, day) for day in days]


def test_a_late_punch_touches_its_day(office: ConnectionPool) -> None:
    days, scores, computed = touched(office, lambda: punch(office, "W", 0, ["2026-01-05 07:20:00"]))
    assert (days, scores, computed) == ({(nip(0), date(2026, 1, 5))}, {nip(0)}, 1)
    assert_as_a_full_run(office)


def test_a_punch_that_changes_nothing_touches_no_score(office: ConnectionPool) -> None:
    days, scores, computed = touched(office, lambda: punch(office, "W", 0, ["2026-01-06 12:00:00"]))
    assert (days, scores, computed) == (set(), set(), 1)
    assert_as_a_full_run(office)


def test_a_leave_letter_touches_its_days(office: ConnectionPool, tmp_path: Path) -> None:
    letter = f"nip,document,kind,from,until\n{nip(1)},800/1,annual,2026-01-28,2026-01-30\n"
    days, scores, computed = touched(office, lambda: bring(office, tmp_path, "absences", letter))
    assert days == {(nip(1), day) for day in january(28, 29, 30)}
    assert scores == {nip(1)}
    assert computed <= 5, "a day more at both ends at most"
    assert_as_a_full_run(office)


def test_a_correction_touches_its_day(office: ConnectionPool, tmp_path: Path) -> None:
    letter = f"nip,date,scan,time,document,reason\n{nip(0)},2026-01-05,in,07:30,ND/1,wrong_clock\n"
    days, scores, computed = touched(office, lambda: bring(office, tmp_path, "corrections", letter))
    assert (days, scores, computed) == ({(nip(0), date(2026, 1, 5))}, {nip(0)}, 1)
    assert_as_a_full_run(office)


def test_an_enrolment_touches_the_days_from_which_on_it_counts(office: ConnectionPool, tmp_path: Path) -> None:
    """Employee 2 was scanned on the terminal of unit W on the 20th too, under a pin that nobody had yet."""
    punch(office, "W", 77, ["2026-01-20 05:00:00", "2026-01-21 05:10:00"])
    run(office)
    enrolment = f"nip,name,unit,terminal,pin,from\n{nip(2)},Employee 2,E,terminal-W,77,2026-01-21\n"
    days, scores, computed = touched(office, lambda: bring(office, tmp_path, "employees", enrolment))
    assert days == {(nip(2), date(2026, 1, 21))}
    assert scores == {nip(2)}
    assert computed == len(range(20, 32)), "from the day before on, because zones can move a punch"
    assert_as_a_full_run(office)


def test_a_transfer_touches_the_days_from_it_on(office: ConnectionPool, tmp_path: Path) -> None:
    moved = f"nip,name,unit,unit_from\n{nip(0)},Employee 0,T,2026-01-29\n"
    days, scores, _ = touched(office, lambda: bring(office, tmp_path, "employees", moved))
    assert days == {(nip(0), day) for day in january(29, 30, 31)}
    assert scores == {nip(0)}
    assert_as_a_full_run(office)


def test_a_new_law_touches_the_days_from_its_first_on(office: ConnectionPool) -> None:
    def book(name: str) -> Rulebook:
        shipped = rulebook(name)
        table = shipped.need(ABSENCE)
        newest = table.versions[-1]
        law = replace(newest.law, in_force=date(2026, 1, 29), in_force_known="day", law="PMK of a test")
        version = type(newest)(law, (Rate("day", 400, "TK"),))
        return shipped.replaced(ABSENCE, replace(table, versions=(*table.versions, version)))

    days, scores, computed = touched(office, lambda: None, book=book)
    assert days == {(nip(number), day) for number in range(3) for day in january(29, 30, 31)}
    assert scores == {nip(0), nip(1), nip(2)}
    assert computed == 9
    assert_as_a_full_run(office, book=book)


def follow(pool: ConnectionPool) -> None:
    """As `tepat score --follow` does, until nothing is due any more."""
    judged = {"Asia/Jakarta": MAY, "Asia/Makassar": MAY, "Asia/Jayapura": MAY}
    for _ in range(9):
        due = due_periods(pool, lambda _: MAY, judged)
        if not due:
            return
        for period in due:
            score_or_pause(pool, period, lambda _: MAY, {})
    pytest.fail(f"{due} are due for ever")


def everything(pool: ConnectionPool) -> None:
    for period in ("2026-Q1", "2026-Q2", "2026"):
        score_long_period(pool, period, until=lambda _: MAY, at=AT)


def newest(pool: ConnectionPool) -> dict[tuple[str, str], Any]:
    """Figures and digest by employee and period; the rest of a digest is the days below it."""
    rows = found(
        pool,
        "SELECT DISTINCT ON (nip, period) nip, period, attendance, predicate, payable, score.digest"
        " FROM score JOIN employee ON employee.id = employee_id ORDER BY nip, period, version DESC",
    )
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


FACTS: dict[str, tuple[TableName, str, set[str]]] = {
    "an evaluation of a quarter": (
        "evaluations",
        f"nip,period,result,behaviour,new_idea\n{nip(0)},2026-Q1,below,above,no\n",
        {"2026-Q1", "2026-04", "2026-Q2", "2026"},  # April is paid by it, so far the one month of Q2
    ),
    "an evaluation of a month": (
        "evaluations",
        f"nip,period,result,behaviour,new_idea\n{nip(0)},2026-03,below,above,no\n",
        {"2026-03", "2026-Q1", "2026"},
    ),
    "an evaluation of the year": (
        "evaluations",
        f"nip,period,result,behaviour,new_idea\n{nip(0)},2026,below,above,no\n",
        {"2026"},
    ),
}


@pytest.mark.parametrize(
    "what", ["an evaluation of a quarter", "an evaluation of a month", "an evaluation of the year"]
)
@pytest.mark.long
def test_follow_brings_quarter_and_year_up_to_date(pool: ConnectionPool, tmp_path: Path, what: str) -> None:
    add_office(pool, employees=2, rulebook="kemlu-2025")
    everything(pool)
    follow(pool)
    before = newest(pool)
    table, content, periods = FACTS[what]
    bring(pool, tmp_path, table, content)
    follow(pool)
    after = newest(pool)
    assert {key for key in after if after[key] != before.get(key)} <= {(nip(0), period) for period in periods}
    assert any(after[key] != before[key] for key in after)
    with pool.connection() as connection:
        connection.execute("TRUNCATE work_day, score, scored_month")
    everything(pool)
    follow(pool)
    assert newest(pool) == after


@pytest.mark.long
def test_follow_takes_a_late_punch_up_to_the_year(pool: ConnectionPool) -> None:
    add_office(pool, employees=2, rulebook="kemenkeu-2011")
    everything(pool)
    before = newest(pool)
    punch(pool, "W", 0, ["2026-02-05 07:20:00", "2026-02-05 16:40:00"])
    follow(pool)
    after = newest(pool)
    told = {period for (who, period), row in after.items() if row != before[who, period]}
    assert told == {"2026-02", "2026-Q1", "2026"}
    assert {who for (who, period), row in after.items() if row != before[who, period]} == {nip(0)}
    with pool.connection() as connection:
        connection.execute("TRUNCATE work_day, score, scored_month")
    everything(pool)
    assert newest(pool) == after
