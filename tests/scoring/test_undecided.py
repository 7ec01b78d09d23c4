"""A day with a scan missing waits until its terminals are synced past its end, and is judged once they are."""

import random
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from psycopg_pool import ConnectionPool

from ingest import waiting_days
from ingest.changes import mark_computed
from scoring import undecided_store
from scoring.frames import WORK_DAYS
from scoring.undecided import SYNCED, waiting
from tests.scoring.database import add_office, enrol, found, month, nip, punch, run, stored, sync

MIDNIGHT = datetime(2026, 1, 5, 17, tzinfo=UTC)
"""When 5 January ends in Jakarta."""
SIXTH = date(2026, 1, 6)
COLUMNS = list(WORK_DAYS)


def day_of(
    employee: int, first_in: str | None, last_out: str | None, *, kind: str = "work", out: str = "2026-01-05 16:00"
) -> pl.DataFrame:
    def wall(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text) if text else None

    expected = (wall("2026-01-05 07:30"), wall(out)) if kind == "work" else (None, None)
    row = (
        employee,
        date(2026, 1, 5),
        kind,
        None,
        *expected,
        wall(first_in),
        wall(last_out),
        0,
        0,
        False,
        "",
        0,
        1,
        None,
    )
    return pl.DataFrame([row], schema=WORK_DAYS, orient="row")


def synced_until(*rows: tuple[int, datetime | None]) -> pl.DataFrame:
    """SYNCED of employee 1 on these terminals; the instants in UTC."""
    values = [
        (1, terminal, date(2026, 1, 1), None, until.replace(tzinfo=None) if until else None, None)
        for terminal, until in rows
    ]
    return pl.DataFrame(values, schema=SYNCED, orient="row")


IN, OUT = "2026-01-05 07:25", "2026-01-05 16:05"


@pytest.mark.parametrize(
    ("first_in", "last_out", "kind", "waits"),
    [
        (None, None, "work", True),
        (IN, None, "work", True),
        (None, OUT, "work", True),
        (IN, OUT, "work", False),
        (None, None, "weekend", False),
    ],
)
def test_only_a_work_day_with_a_scan_missing_waits(
    first_in: str | None, last_out: str | None, kind: str, *, waits: bool
) -> None:
    synced = synced_until((7, MIDNIGHT - timedelta(seconds=1)))
    assert waiting(day_of(1, first_in, last_out, kind=kind), synced, "Asia/Jakarta").height == int(waits)


@pytest.mark.parametrize(("beyond", "waits"), [(-1, True), (0, False), (1, False)])
def test_the_day_ends_at_midnight_of_the_unit(beyond: int, *, waits: bool) -> None:
    synced = synced_until((7, MIDNIGHT + timedelta(seconds=beyond)))
    assert (waiting(day_of(1, IN, None), synced, "Asia/Jakarta").height == 1) is waits
    earlier = synced_until((7, MIDNIGHT + timedelta(seconds=beyond, hours=-2)))
    assert (waiting(day_of(1, IN, None), earlier, "Asia/Jayapura").height == 1) is waits


def test_a_shift_into_the_night_ends_with_its_hours() -> None:
    night = day_of(1, IN, None, out="2026-01-06 02:00")
    assert waiting(night, synced_until((7, MIDNIGHT)), "Asia/Jakarta").height == 1
    assert waiting(night, synced_until((7, MIDNIGHT + timedelta(hours=2))), "Asia/Jakarta").is_empty()


def test_a_day_of_two_shifts_waits_once_until_the_last_of_them_ends() -> None:
    shifts = pl.concat([day_of(1, None, None), day_of(1, IN, None, out="2026-01-06 02:00")])
    once = waiting(shifts, synced_until((7, None)), "Asia/Jakarta")
    assert once["until"].to_list() == [MIDNIGHT.replace(tzinfo=None) + timedelta(hours=2)]


def test_it_waits_for_each_terminal_that_is_not_synced_or_never_was() -> None:
    synced = synced_until((7, None), (8, MIDNIGHT), (9, MIDNIGHT - timedelta(hours=1)))
    assert waiting(day_of(1, IN, None), synced, "Asia/Jakarta")["terminal"].to_list() == [7, 9]


def test_who_is_enrolled_nowhere_that_day_waits_for_nothing() -> None:
    assert waiting(day_of(2, None, None), synced_until((7, None)), "Asia/Jakarta").is_empty()
    until_then = synced_until((7, None)).with_columns(valid_until=pl.lit(date(2026, 1, 5)))
    assert waiting(day_of(1, None, None), until_then, "Asia/Jakarta").is_empty()


def codes(pool: ConnectionPool, number: int = 0) -> list[tuple[date, str]]:
    return found(
        pool,
        "SELECT day, codes FROM work_day JOIN employee ON employee.id = employee_id"
        " WHERE nip = %s AND kind = 'work' ORDER BY day",
        nip(number),
    )


def due(pool: ConnectionPool) -> list[str]:
    with pool.connection() as connection:
        return undecided_store.due_periods(connection)


def test_a_day_waits_and_is_judged_by_itself_once_the_terminal_is_synced(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    with pool.connection() as connection:
        sync(connection, MIDNIGHT - timedelta(hours=9))
    summary = run(pool, until=SIXTH)
    assert (summary.days_waiting, codes(pool)) == (1, [(date(2026, 1, 2), "TK")])
    assert due(pool) == []
    assert run(pool, until=SIXTH).scores_changed == 0
    with pool.connection() as connection:
        sync(connection, MIDNIGHT)
    assert due(pool) == ["2026-01"]
    summary = run(pool, until=SIXTH)
    assert (summary.days_waiting, summary.scores_changed) == (0, 1)
    assert codes(pool) == [(date(2026, 1, 2), "TK"), (date(2026, 1, 5), "TK")]
    assert due(pool) == []


def retire(pool: ConnectionPool, at: str | None) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE terminal SET retired_at = %s WHERE name = 'terminal-W'", (at,))


def test_a_terminal_out_of_use_holds_nothing_back_and_the_days_say_so(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    with pool.connection() as connection:
        sync(connection, until=None)
    assert run(pool, until=SIXTH).days_waiting == 2
    assert found(pool, "SELECT count(*) FROM score") == [(1,)], "the holiday and the weekend are judged"
    retire(pool, "2026-01-04 12:00Z")
    assert due(pool) == ["2026-01"]
    summary = run(pool, until=SIXTH)
    assert (summary.days_waiting, summary.days_overruled) == (0, 1), "5 January began when it was out of use"
    assert due(pool) == []
    steps = "SELECT day, steps -> 1 ->> 'formula' FROM work_day WHERE codes <> '' ORDER BY day"
    told = "not synced: terminal-W (out of use since 2026-01-04)"
    assert found(pool, steps) == [(date(2026, 1, 2), told), (date(2026, 1, 5), None)]
    assert run(pool, until=SIXTH).scores_changed == 0


def test_a_day_waits_for_the_other_terminal_when_one_is_out_of_use(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    with pool.connection() as connection:
        sync(connection, until=None)
        enrol(connection, 0, "E")
    retire(pool, "2026-01-10 12:00Z")
    for _ in range(2):
        summary = run(pool, until=SIXTH)
        assert (summary.days_waiting, summary.days_overruled) == (2, 0)
    assert codes(pool) == []


def test_back_in_use_its_days_wait_again(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    with pool.connection() as connection:
        sync(connection, until=None)
    retire(pool, "2026-01-10 12:00Z")
    assert run(pool, until=SIXTH).days_overruled == 2
    retire(pool, None)
    with pool.connection() as connection:
        row = connection.execute("SELECT id FROM terminal WHERE name = 'terminal-W'").fetchone()
        assert row
        waiting_days.judge_again(connection, row[0])
    assert run(pool, until=SIXTH).days_waiting == 2
    assert codes(pool) == []


def test_who_waits_at_the_first_of_the_month_has_no_score_yet(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    with pool.connection() as connection:
        sync(connection, until=None)
    assert run(pool, "2026-04", until=date(2026, 4, 2)).days_waiting == 1
    assert found(pool, "SELECT count(*) FROM score") == [(0,)]


def test_only_the_terminals_where_somebody_is_enrolled_are_waited_for(pool: ConnectionPool) -> None:
    add_office(pool, employees=3)
    with pool.connection() as connection:
        sync(connection, until=None, terminal="T")
    assert run(pool, until=SIXTH).days_waiting == 2
    assert (len(codes(pool, 0)), len(codes(pool, 1)), len(codes(pool, 2))) == (2, 0, 2)


def test_a_judged_day_waits_again_when_an_enrolment_shows_that_a_terminal_is_missing(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    run(pool, until=SIXTH)
    with pool.connection() as connection:
        sync(connection, until=None, terminal="E")
        enrol(connection, 0, "E", since="2026-01-05")
        ((employee,),) = connection.execute("SELECT id FROM employee").fetchall()
        mark_computed(connection, [(employee, date(2026, 1, 5), None)])
    assert run(pool, until=SIXTH).days_waiting == 1
    assert codes(pool) == [(date(2026, 1, 2), "TK")]
    with pool.connection() as connection:
        connection.execute("DELETE FROM enrolment WHERE terminal_id = (SELECT id FROM terminal WHERE name LIKE '%E')")
        mark_computed(connection, [(employee, date(2026, 1, 5), None)])
    run(pool, until=SIXTH)
    assert codes(pool) == [(date(2026, 1, 2), "TK"), (date(2026, 1, 5), "TK")]


def test_without_waiting_says_so_on_each_day_and_heals_when_the_terminal_is_synced(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    with pool.connection() as connection:
        sync(connection, until=None)
    run(pool, until=SIXTH)
    summary = run(pool, until=SIXTH, wait=False)
    assert (summary.days_waiting, summary.days_overruled) == (0, 2)
    assert codes(pool) == [(date(2026, 1, 2), "TK"), (date(2026, 1, 5), "TK")]
    steps = "SELECT steps -> 1 ->> 'kind', steps -> 1 ->> 'formula' FROM work_day WHERE codes <> '' ORDER BY day"
    assert found(pool, steps) == [("not_waited", "not synced: terminal-W")] * 2
    before = stored(pool)
    assert run(pool, until=SIXTH).scores_changed == 0, "the decision stands"
    assert (stored(pool), due(pool)) == (before, [])
    with pool.connection() as connection:
        sync(connection)
    assert due(pool) == ["2026-01"]
    run(pool, until=SIXTH)
    assert found(pool, "SELECT count(*) FROM waiting_day") == [(0,)]
    assert found(pool, "SELECT json_array_length(steps) FROM work_day WHERE codes <> ''") == [(1,), (1,)]


def test_fewer_days_asked_about_leave_nothing_waiting_behind_them(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    with pool.connection() as connection:
        sync(connection, until=None)
    run(pool, until=SIXTH)
    run(pool, until=date(2026, 1, 5))
    assert found(pool, "SELECT day FROM waiting_day") == [(date(2026, 1, 2),)]


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3))])
def test_whatever_was_synced_when_the_score_ends_the_same(pool: ConnectionPool, seed: int) -> None:
    """Invariant 5: how far a terminal was synced when a run looked at it enters no score."""
    chance = random.Random(seed)
    times = month(late_on=5)[:-3]

    def emptied() -> None:
        with pool.connection() as connection:
            connection.execute("TRUNCATE unit, terminal, employee, enrolment, punch, day_to_score, work_day, score,"
                               " waiting_day, terminal_health CASCADE")  # fmt: skip

    add_office(pool, employees=2)
    for number, terminal in ((0, "W"), (1, "T")):
        punch(pool, terminal, number, times)
    run(pool)
    days, scores = stored(pool)
    emptied()
    add_office(pool, employees=2, order=-1)
    with pool.connection() as connection:
        sync(connection, until=None)
    for number, terminal in ((0, "W"), (1, "T")):
        punch(pool, terminal, number, times[: chance.randrange(len(times))])
    for day in sorted(chance.sample(range(2, 31), 4)):
        run(pool)
        with pool.connection() as connection:
            sync(connection, datetime(2026, 1, day, chance.randrange(24), tzinfo=UTC), terminal=chance.choice("WT"))
    with pool.connection() as connection:
        connection.execute("TRUNCATE punch")
    for number, terminal in ((0, "W"), (1, "T")):
        punch(pool, terminal, number, times)
    with pool.connection() as connection:
        sync(connection)
    run(pool)
    late_days, late_scores = stored(pool)
    assert late_days == days
    assert {row[0]: row[-1] for row in late_scores} == {row[0]: row[-1] for row in scores}
