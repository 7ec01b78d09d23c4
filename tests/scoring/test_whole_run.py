"""Who is marked or waits is read alone, but only while nothing else changed since the last run over all units."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from psycopg import Rollback
from psycopg_pool import ConnectionPool

from config.calendars import calendar
from config.kinds.rates import Rate
from config.rulebook_tables import ABSENCE
from config.rulebooks import Rulebook, rulebook
from scoring import laws, whole_run
from tests.scoring.database import belong, enrol, found, mark, nip, punch, run, sync
from tests.scoring.whole_runs import Count, all_read, assert_as_from_nothing, execute, office, transfer

__all__ = ["all_read", "office"]


def test_who_is_marked_is_read_alone(office: ConnectionPool, all_read: Count) -> None:
    punch(office, "W", 0, ["2026-01-05 07:20:00"])
    changed = run(office)
    assert (changed.employees, sorted(changed.who), changed.days_computed) == (3, [1, 2, 3], 1)
    assert (run(office).days_computed, all_read()) == (0, 0)
    assert_as_from_nothing(office)


def test_who_waits_is_read_alone(office: ConnectionPool, all_read: Count) -> None:
    with office.connection() as connection:
        sync(connection, datetime.fromisoformat("2026-01-20 00:00+00:00"), "W")
        for day in range(19, 31):
            mark(connection, 0, f"2026-01-{day:02}")
    execute(office, "DELETE FROM punch WHERE local_time > '2026-01-25' AND pin = '0'")
    assert run(office).days_waiting > 0
    with office.connection() as connection:
        sync(connection, terminal="W")
    assert run(office).days_waiting == 0
    assert all_read() == 0
    assert_as_from_nothing(office)


def test_more_marked_than_are_computed_at_once(office: ConnectionPool, all_read: Count) -> None:
    for number in range(3):
        punch(office, "WTE"[number], number, ["2026-01-07 07:40:00"])
    assert (run(office, partition=2).days_computed, all_read()) == (3, 1)
    assert_as_from_nothing(office)


def newcomer(pool: ConnectionPool) -> None:
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO employee (nip, name, unit_id) SELECT %s, 'New', id FROM unit WHERE code = 'W'", (nip(3),)
        )
        belong(connection, 3, "W")
        enrol(connection, 3, "W")


def savepoints(pool: ConnectionPool) -> None:
    """The first note is taken back with its savepoint; that of the change that stays is not."""
    with pool.connection() as connection:
        with connection.transaction() as taken_back:
            connection.execute("UPDATE unit SET rulebook = 'kemenag-2014'")
            raise Rollback(taken_back)
        connection.execute("UPDATE unit SET rulebook = 'kementan-2012' WHERE code = 'W'")


CHANGES: dict[str, Callable[[ConnectionPool], None]] = {
    "new employee": newcomer,
    "transfer": transfer,
    "unit's rulebook": lambda pool: execute(pool, "UPDATE unit SET rulebook = 'kementan-2012' WHERE code = 'W'"),
    "unit's clock": lambda pool: execute(pool, "UPDATE unit SET time_zone = 'Asia/Makassar' WHERE code = 'W'"),
    "earlier enrolment": lambda pool: execute(pool, "UPDATE enrolment SET valid_from = '2026-01-08' WHERE pin = '0'"),
    "enrolments deleted": lambda pool: execute(pool, "DELETE FROM enrolment WHERE false"),
    "memberships deleted": lambda pool: execute(pool, "DELETE FROM membership WHERE false"),
    "forgotten": lambda pool: execute(pool, "DELETE FROM scored_month WHERE employee_id = 1"),
    "all forgotten": lambda pool: execute(pool, "TRUNCATE scored_month"),
    "through a savepoint": savepoints,
}
"""None of these leaves a mark."""


SHORT = ("transfer", "unit's rulebook", "all forgotten", "through a savepoint")


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=[] if what in SHORT else pytest.mark.long) for what in CHANGES]
)
def test_what_leaves_no_mark_has_everybody_read(office: ConnectionPool, all_read: Count, what: str) -> None:
    CHANGES[what](office)
    run(office)
    assert all_read() == 1
    run(office)
    assert all_read() == 1, "and once is enough"
    assert_as_from_nothing(office)


def test_a_change_beside_marks_is_seen(office: ConnectionPool, all_read: Count) -> None:
    punch(office, "T", 1, ["2026-01-07 07:40:00"])
    transfer(office)
    run(office)
    assert all_read() == 1
    assert_as_from_nothing(office)


def test_a_week_of_a_unit_marks_its_days(office: ConnectionPool, all_read: Count) -> None:
    execute(office, "INSERT INTO shift (code, name, starts, ends) VALUES ('P', 'Pagi', 360, 780)")
    execute(office, "INSERT INTO unit_week SELECT unit.id, '2026-01-01', 5, ARRAY[shift.id] FROM unit, shift"
                    " WHERE unit.code = 'W'")  # fmt: skip
    with office.connection() as connection:
        for day in (2, 9, 16, 23, 30):
            mark(connection, 0, f"2026-01-{day:02}")
    assert (run(office).days_changed, all_read()) == (4, 0), "the 16th is a holiday"
    assert_as_from_nothing(office)


def test_a_changed_law_file_has_everybody_read(office: ConnectionPool, all_read: Count) -> None:
    def book(name: str) -> Rulebook:
        shipped = rulebook(name)
        rates = shipped.need(ABSENCE)
        *older, last = rates.versions
        dearer = replace(last, content=(Rate("day", 700, "A"),))
        return shipped.replaced(ABSENCE, replace(rates, versions=(*older, dearer)))

    execute(office, "DELETE FROM punch WHERE pin = '0' AND local_time::date = '2026-01-06'")
    with office.connection() as connection:
        mark(connection, 0, "2026-01-06")
    run(office)
    assert all_read() == 0
    assert run(office, book=book).days_computed == 93
    run(office, book=book)
    assert all_read() == 1
    assert_as_from_nothing(office, book=book)


def test_a_changed_calendar_has_everybody_read(
    office: ConnectionPool, all_read: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    *older, last = calendar().joint_leave.versions
    leave = replace(calendar().joint_leave, versions=(*older, replace(last, content=replace(last.content, names=()))))
    changed = replace(calendar(), joint_leave=leave)
    monkeypatch.setattr(whole_run, "calendar", lambda: changed)
    run(office)
    assert all_read() == 1


def test_a_day_that_is_over_has_everybody_read(office: ConnectionPool, all_read: Count) -> None:
    run(office, until=date(2026, 1, 20))
    run(office, until=date(2026, 1, 21))
    assert all_read() == 2
    run(office)
    assert_as_from_nothing(office)


def test_who_came_today_is_not_looked_at_before_tomorrow(office: ConnectionPool) -> None:
    execute(office, "DELETE FROM punch WHERE local_time > '2026-01-20'")
    run(office, until=date(2026, 1, 20))
    punch(office, "W", 0, ["2026-01-20 07:42:00"])
    assert run(office, until=date(2026, 1, 20)).touched == set()
    assert run(office, until=date(2026, 1, 21)).touched == {1, 2, 3}
    assert found(office, "SELECT minutes_late FROM work_day WHERE employee_id = 1 AND day = '2026-01-20'") == [(12,)]


def test_a_run_of_a_unit_neither_uses_nor_spoils_it(office: ConnectionPool, all_read: Count) -> None:
    for number in range(2):
        punch(office, "WT"[number], number, ["2026-01-07 07:40:00"])
    assert run(office, unit="W").days_computed == 1
    assert all_read() == 1
    assert (run(office).days_computed, all_read()) == (1, 1)
    run(office, unit="W", until=date(2026, 1, 20))
    assert all_read() == 2
    run(office)
    assert all_read() == 3, "the unit was left at another day"
    assert_as_from_nothing(office)


def test_other_days_than_the_calendars_are_remembered(office: ConnectionPool, all_read: Count) -> None:
    execute(office, "UPDATE unit SET rulebook = 'kemendes-2025' WHERE code = 'W'")
    until = date(2026, 6, 1)
    for period in ("2026-04", "2026-05"):
        run(office, period, until=until)
    whole = run(office, "2026-05", until=until, again=True, unit="HQ")
    read = all_read()
    punch(office, "W", 0, ["2026-04-20 07:20:00"])
    few = run(office, "2026-05", until=until)
    assert (few.employees, few.spans, few.days_computed) == (whole.employees, whole.spans, 1)
    assert few.spans == {1: (date(2026, 4, 16), date(2026, 5, 15))}
    for period in ("2026-04", "2026-05"):  # by the calendar the terminal's mark is of April, which hands it on
        run(office, period, until=until)
    assert (all_read(), found(office, "SELECT count(*) FROM day_to_score")) == (read, [(0,)])


def test_another_engine_has_everybody_read(
    office: ConnectionPool, all_read: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (laws, whole_run):
        monkeypatch.setattr(module, "ENGINE", laws.ENGINE + 1)
    assert (run(office).days_computed, all_read()) == (93, 1)


def test_who_is_left_out_is_told_again(office: ConnectionPool, all_read: Count) -> None:
    execute(office, "UPDATE unit SET rulebook = 'nobody' WHERE code = 'W'")
    told = [run(office).not_scored for _ in range(2)]
    assert [len(each.employees) for left_out in told for each in left_out] == [1, 1]
    assert all_read() == 2
    execute(office, "UPDATE unit SET rulebook = 'kemenkeu-2011' WHERE code = 'W'")
    run(office)
    run(office)
    assert all_read() == 3
    assert_as_from_nothing(office)
