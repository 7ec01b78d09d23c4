"""Somebody else's change leaves a score's version alone, however many shifts its days have."""

import pytest
from psycopg import Connection
from psycopg_pool import ConnectionPool

from tests.scoring.database import add_office, enrol, found, mark, month, nip, punch, run

VERSIONS = "SELECT nip, max(version) FROM score JOIN employee ON employee.id = employee_id GROUP BY 1 ORDER BY 1"
FORMULA = "SELECT steps -> 0 ->> 'formula' FROM score JOIN employee ON employee.id = employee_id WHERE nip = %s"


def shifts(connection: Connection[object], number: int) -> None:
    """Two shifts on the 5th to 8th of January, nights on the 12th and 13th."""
    connection.execute(
        "INSERT INTO shift (code, name, starts, ends) VALUES"
        " ('P', 'Morning', 420, 720), ('S', 'Evening', 840, 1200), ('M', 'Night', 1260, 1860)"
    )
    for codes, days in (("PS", (5, 6, 7, 8)), ("M", (12, 13))):
        for day in days:
            connection.execute(
                "INSERT INTO roster (employee_id, day, shift_ids, name) SELECT employee.id, %s,"
                " ARRAY(SELECT id FROM shift WHERE code = ANY (%s) ORDER BY starts), '' FROM employee WHERE nip = %s",
                (f"2026-01-{day:02}", list(codes), nip(number)),
            )


def several_shifts(pool: ConnectionPool) -> None:
    """Employees 0 and 3 scan at the terminal of W; each of the shifts of 0 costs something else."""
    add_office(pool, employees=4)
    with pool.connection() as connection:
        enrol(connection, 1, "W")
        shifts(connection, 0)
    late = [f"2026-01-{day:02} {at}" for day in (5, 6) for at in ("07:20:00", "12:05:00", "15:10:00", "20:05:00")]
    half = ["2026-01-07 07:05:00", "2026-01-07 12:05:00", "2026-01-08 15:20:00", "2026-01-08 20:05:00"]
    nights = ["2026-01-12 21:40:00", "2026-01-13 07:10:00", "2026-01-13 20:55:00"]
    punch(pool, "W", 0, [*late, *half, *nights])
    punch(pool, "W", 3, month())
    assert run(pool).scores_changed == 4


def test_rows_in_another_order_are_the_same_score(pool: ConnectionPool) -> None:
    """PostgreSQL promises no order, and gives another one after each rewritten row."""
    several_shifts(pool)
    ((formula,),) = found(pool, FORMULA, nip(0))
    assert formula.startswith("3,00 + 0,50 + 1,25 + 0,50 + 1,25 + "), "Friday without a scan, then the shifts in order"
    with pool.connection() as connection:
        connection.execute("UPDATE work_day SET name = name WHERE shift = 1")
        mark(connection, 0, "2026-01-20")
    again = run(pool)
    assert (again.days_computed, again.scores_changed) == (1, 0)


@pytest.mark.long
def test_a_late_punch_of_another_changes_one_version(pool: ConnectionPool) -> None:
    """All people of the terminal are looked at again on that day, and on those beside it."""
    several_shifts(pool)
    for day in range(5, 14):
        with pool.connection() as connection:
            connection.execute("UPDATE work_day SET name = name WHERE shift = 1")
        punch(pool, "W", 3, [f"2026-01-{day:02} 16:20:00"])
        run(pool)
    assert {who: version for who, version in found(pool, VERSIONS) if version > 1}.keys() <= {nip(3)}
    assert run(pool).scores_changed == 0


def test_a_letter_and_waiting_days_of_another_change_nothing(pool: ConnectionPool) -> None:
    several_shifts(pool)
    before = found(pool, VERSIONS)
    with pool.connection() as connection:
        connection.execute("UPDATE work_day SET name = name WHERE shift = 1")
        connection.execute(
            "UPDATE terminal_health SET synced_until = '2026-01-06 00:00:00+00'"
            " WHERE terminal_id = (SELECT id FROM terminal WHERE name = 'terminal-E')"
        )
        for day in (6, 7, 8):
            mark(connection, 2, f"2026-01-{day:02}")
    assert run(pool).days_waiting > 0
    changed = {who for (who, old), (_, new) in zip(before, found(pool, VERSIONS), strict=True) if old != new}
    assert changed == {nip(2)}
