"""`tepat explain` in words: whose rules, which date, what the terminal's key said."""

from datetime import date
from typing import Any

import pytest
from psycopg_pool import ConnectionPool

from scoring.day_store import explained_day
from scoring.score_store import explained_period
from scoring.telling import day_lines, period_lines
from tests.scoring.database import add_office, belong, found, month, nip, punch, run


def explained(pool: ConnectionPool, period: str = "2026-01") -> dict[str, Any]:
    with pool.connection() as connection:
        told = explained_period(connection, nip(0), period)
    assert told is not None
    return told


@pytest.mark.parametrize(
    ("transfers", "said"),
    [
        ([], " by kemenag-2014, basis"),
        ([("2026-01-15", "E")], " by kemenag-2014 until 2026-01-14, kementan-2012 from 2026-01-15, basis"),
        (
            [("2026-01-08", "E"), ("2026-01-20", "T")],
            " until 2026-01-07, kementan-2012 from 2026-01-08 until 2026-01-19, kemenag-2014 from 2026-01-20, basis",
        ),
    ],
)
def test_a_month_with_transfers_names_every_rulebook(
    pool: ConnectionPool, transfers: list[tuple[str, str]], said: str
) -> None:
    add_office(pool, employees=1)
    with pool.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'kementan-2012' WHERE code = 'E'")
        for since, unit in transfers:
            belong(connection, 0, unit, since)
    punch(pool, "W", 0, month())
    run(pool)
    assert said in period_lines(explained(pool))[1]


def test_the_end_of_a_night_is_said_with_its_date_and_a_key_as_a_state(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    with pool.connection() as connection:
        connection.execute("INSERT INTO shift (code, name, starts, ends) VALUES ('M', 'Night', 1260, 1860)")
        connection.execute(
            "INSERT INTO roster (employee_id, day, shift_ids, name)"
            " SELECT employee.id, '2026-01-12', ARRAY[shift.id], '' FROM employee, shift"
        )
    punch(pool, "W", 0, ["2026-01-12 21:10:00", "2026-01-13 07:05:00"])
    with pool.connection() as connection:
        connection.execute("UPDATE punch SET state = 0")
    run(pool)
    assert found(pool, "SELECT codes FROM work_day WHERE day = '2026-01-12'") != [("",)]
    with pool.connection() as connection:
        told = explained_day(connection, nip(0), date(2026, 1, 12))
    assert told is not None
    lines = "\n".join(day_lines(told))
    assert "  expected 21:00:00 to 2026-01-13 07:00:00\n  scanned in 21:10:00, out 2026-01-13 07:05:00\n" in lines
    assert "2026-01-12 21:10:00 WIB, state in" in lines


def test_a_day_with_several_shifts_is_told_shift_by_shift(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO shift (code, name, starts, ends) VALUES ('P', 'Pagi', 360, 780), ('S', 'Sore', 900, 1200)"
        )
        connection.execute(
            "INSERT INTO roster (employee_id, day, shift_ids, name)"
            " SELECT employee.id, '2026-01-12', ARRAY(SELECT id FROM shift ORDER BY code), '' FROM employee"
        )
    punch(pool, "W", 0, [f"2026-01-12 {at}:00" for at in ("05:55", "13:02", "15:10", "20:01")])
    run(pool)
    with pool.connection() as connection:
        told = explained_day(connection, nip(0), date(2026, 1, 12))
    assert told is not None
    lines = day_lines(told)
    assert lines[1:6] == [
        "  shift 1:",
        "  expected 06:00:00 to 13:00:00",
        "  scanned in 05:55:00, out 13:02:00",
        "  deduction 0,00 % by kemenag-2014",
        "  hours: roster of the employee, shift P, in force from 2026-01-12",
    ]
    assert lines[6:9] == ["  shift 2:", "  expected 15:00:00 to 20:00:00", "  scanned in 15:10:00, out 20:01:00"]
    assert "  2026-01-12 late TL1: 0,50 %   10 min in [1, 31)" in lines
