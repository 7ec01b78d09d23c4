"""A month is paid by the predicate that its quarter has by the facts of now, whoever asks for it and in what order."""

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from psycopg import Connection
from psycopg_pool import ConnectionPool

from config.periods import months
from ingest import changes
from scoring import adjustment_store, score_store
from scoring.follow import due_periods, score_or_pause
from scoring.lock import Locking
from scoring.run import Summary
from tests.scoring.database import add_office, belong, found, nip, punch, run
from tests.scoring.test_lock import lock
from tests.scoring.test_long_periods import run_long
from tests.scoring.whole_runs import Count, all_read

__all__ = ["all_read"]

MAY = date(2026, 5, 1)
QUARTER, APRIL = "2026-Q1", "2026-04"
SCANS = [f"{APRIL}-{day:02} {at}" for day in range(1, 31) for at in ("07:00:00", "17:30:00")]
FOUND = ("above", "as expected", "below")
PAID = """
SELECT DISTINCT ON (nip) nip, payable FROM score JOIN employee ON employee.id = employee_id
WHERE period = %s ORDER BY nip, version DESC
"""


def evaluate(pool: ConnectionPool, number: int, result: str, behaviour: str) -> None:
    """As an import does it."""
    with pool.connection() as connection:
        who = _number(connection, number)
        connection.execute(
            "INSERT INTO evaluation VALUES (%s, %s, %s, %s, false) ON CONFLICT (employee_id, period)"
            " DO UPDATE SET result = excluded.result, behaviour = excluded.behaviour",
            (who, QUARTER, result, behaviour),
        )
        changes.mark_periods(connection, [(who, QUARTER)])


def _number(connection: Connection[Any], number: int) -> int:
    ((who,),) = connection.execute("SELECT id FROM employee WHERE nip = %s", (nip(number),)).fetchall()
    return int(who)


def office(pool: ConnectionPool, employees: int = 1) -> None:
    """All of April at work; the first quarter found good."""
    add_office(pool, employees=employees, rulebook="kemlu-2025")
    for number in range(employees):
        punch(pool, "WTE"[number % 3], number, SCANS)
        evaluate(pool, number, "above", "above")


def paid(pool: ConnectionPool, period: str = APRIL) -> dict[str, int | None]:
    return dict(found(pool, PAID, period))


def followed(pool: ConnectionPool) -> None:
    """As `tepat score --follow`, until nothing is due any more."""
    judged = dict.fromkeys(("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"), MAY)
    while due := due_periods(pool, lambda _: MAY, judged):
        for period in due:
            score_or_pause(pool, period, lambda _: MAY, {})


def locked(pool: ConnectionPool, **more: Any) -> Locking:
    return lock(pool, APRIL, until=MAY, **more)


ENTRIES: dict[str, Callable[[ConnectionPool], object]] = {
    "the month": lambda pool: run(pool, APRIL, MAY),
    "its unit": lambda pool: run(pool, APRIL, MAY, unit="W"),
    "the quarter, then the month": lambda pool: (run_long(pool, QUARTER, MAY), run(pool, APRIL, MAY)),
    "months of the quarter, then the month": lambda pool: [run(pool, one, MAY) for one in (*months(QUARTER), APRIL)],
    "the next quarter": lambda pool: run_long(pool, "2026-Q2", MAY),
    "follow": followed,
}


@pytest.mark.parametrize(
    "entry", [pytest.param(entry, marks=[] if entry == "the month" else pytest.mark.long) for entry in ENTRIES]
)
def test_a_month_is_paid_by_what_its_quarter_was_found_to_be_since(pool: ConnectionPool, entry: str) -> None:
    office(pool)
    run_long(pool, QUARTER, MAY)
    run(pool, APRIL, MAY)
    assert paid(pool) == {nip(0): 10000}
    evaluate(pool, 0, "below", "below")
    assert [one.reason for one in locked(pool).not_ready] == ["stale"]
    ENTRIES[entry](pool)
    assert paid(pool) == {nip(0): 6000}
    run_long(pool, QUARTER, MAY)
    assert run(pool, APRIL, MAY).scores_changed == 0
    assert len(locked(pool).locked) == 1


@pytest.mark.long
def test_what_changes_after_the_lock_is_owed_once_the_month_is_scored(pool: ConnectionPool) -> None:
    office(pool)
    run_long(pool, QUARTER, MAY)
    run(pool, APRIL, MAY)
    locked(pool)
    evaluate(pool, 0, "below", "below")
    run(pool, APRIL, MAY)
    with pool.connection() as connection:
        assert [(one.period, one.percent) for one in adjustment_store.pending(connection)] == [(APRIL, -4000)]


def test_a_quarter_that_nobody_asked_for_pays_too_once_it_has_months(pool: ConnectionPool) -> None:
    office(pool)
    for month in months(QUARTER):
        run(pool, month, MAY)
    run(pool, APRIL, MAY)
    assert paid(pool) == {nip(0): 10000}
    assert found(pool, "SELECT predicate FROM score WHERE period = %s", QUARTER) == [("Sangat Baik",)]
    assert len(locked(pool).locked) == 1


@pytest.mark.long
def test_the_other_months_that_the_quarter_pays_are_scored_again(pool: ConnectionPool) -> None:
    office(pool)
    run_long(pool, QUARTER, MAY)
    for month in months("2026-Q2"):
        run(pool, month, date(2026, 7, 1))
    evaluate(pool, 0, "below", "below")
    with pool.connection() as connection:
        connection.execute("DELETE FROM day_to_score")  # the news of the others is lost, that of April comes alone
        changes.mark_days(connection, [(_number(connection, 0), date(2026, 4, 1))])
    run(pool, APRIL, date(2026, 7, 1))
    assert due_periods(pool, lambda _: date(2026, 7, 1), {})[:2] == ["2026-05", "2026-06"]


def test_a_rehearsal_pays_by_the_quarter_of_now_and_stores_nothing(pool: ConnectionPool) -> None:
    office(pool)
    run_long(pool, QUARTER, MAY)
    run(pool, APRIL, MAY)
    evaluate(pool, 0, "below", "below")
    seen: list[Any] = []

    def look(connection: Connection[Any], summary: Summary) -> None:
        seen.extend(score_store.newest_scores(connection, APRIL, summary.who))

    run(pool, APRIL, MAY, rehearse=look)
    assert [row["payable"] for row in seen] == [6000]
    assert paid(pool) == {nip(0): 10000}
    assert found(pool, "SELECT predicate FROM score WHERE period = %s", QUARTER) == [("Sangat Baik",)]
    assert [one.reason for one in locked(pool, dry_run=True).not_ready] == ["stale"]


def test_nobody_else_is_read_for_the_quarter_while_the_last_whole_run_stands(
    pool: ConnectionPool, all_read: Count
) -> None:
    office(pool, 2)
    run_long(pool, QUARTER, MAY)
    run(pool, APRIL, MAY)
    before = all_read()
    evaluate(pool, 1, "below", "below")
    run(pool, APRIL, MAY)
    assert (paid(pool), all_read()) == ({nip(0): 10000, nip(1): 6000}, before)


def _evaluated(pool: ConnectionPool, dice: random.Random) -> None:
    evaluate(pool, dice.randrange(3), dice.choice(FOUND), dice.choice(FOUND))


def _came_late(pool: ConnectionPool, dice: random.Random) -> None:
    number = dice.randrange(3)
    at = f"2026-{dice.randint(1, 4):02}-{dice.randint(5, 25):02} 06:{dice.randint(0, 59):02}:{dice.randint(0, 59):02}"
    with pool.connection() as connection:
        known = connection.execute("SELECT FROM punch WHERE pin = %s AND local_time = %s", (str(number), at)).fetchone()
    if known is None:
        punch(pool, "WTE"[number], number, [at])


def _moved(pool: ConnectionPool, dice: random.Random) -> None:
    """Of some day of the quarter on somebody is of another unit, which may be paid by other law."""
    with pool.connection() as connection:
        number = dice.randrange(3)
        since = date(2026, dice.randint(1, 3), dice.randint(2, 28))
        connection.execute("DELETE FROM membership WHERE employee_id = %s AND valid_from > '2000-01-01'",
                           (_number(connection, number),))  # fmt: skip
        connection.execute("UPDATE membership SET valid_until = NULL WHERE employee_id = %s",
                           (_number(connection, number),))  # fmt: skip
        belong(connection, number, dice.choice("WTE"), str(since))
        changes.mark_computed(connection, [(_number(connection, number), date(2026, 1, 1), None)])


def _law(pool: ConnectionPool, dice: random.Random) -> None:
    with pool.connection() as connection:
        name = dice.choice(["kemlu-2025", "kemendikdasmen-2025", "kemenag-2014"])
        connection.execute("UPDATE unit SET rulebook = %s WHERE code = %s", (name, dice.choice("WTE")))


def _scored(pool: ConnectionPool, dice: random.Random) -> None:
    period = dice.choice([*months(QUARTER), QUARTER, APRIL, APRIL])
    run_long(pool, period, MAY) if period == QUARTER else run(pool, period, MAY)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_a_lock_is_refused_or_rests_on_what_a_full_score_in_order_gives(pool: ConnectionPool, seed: int) -> None:
    dice = random.Random(seed)
    office(pool, 3)
    _in_order(pool)
    for _ in range(3):
        for change in dice.choices([_evaluated, _came_late, _moved, _law, _scored, _scored], k=4):
            change(pool, dice)
        run(pool, APRIL, MAY)
        ready = locked(pool, only_ready=True, dry_run=True).locked
        told = {one: payable for one, payable in paid(pool).items() if one in _nips(pool, ready)}
        _in_order(pool)
        assert told == {one: payable for one, payable in paid(pool).items() if one in told}


def _in_order(pool: ConnectionPool) -> None:
    """As nothing had been scored before."""
    with pool.connection() as connection:
        connection.execute("TRUNCATE work_day, score, scored_month")
    run_long(pool, QUARTER, MAY)
    run(pool, APRIL, MAY)


def _nips(pool: ConnectionPool, who: list[int]) -> set[str]:
    return {one for (one,) in found(pool, "SELECT nip FROM employee WHERE id = ANY (%s)", who)}
