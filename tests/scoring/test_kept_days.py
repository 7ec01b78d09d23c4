"""Work days are written where they changed, and only there."""

from datetime import date

from psycopg_pool import ConnectionPool

from tests.scoring.database import add_office, found, mark, month, nip, punch, run

HOURS = "SELECT hours ->> 'law' FROM judged_day JOIN employee ON employee.id = employee_id WHERE nip = %s AND day = %s"


def test_a_day_that_stays_the_same_is_not_even_locked(pool: ConnectionPool) -> None:
    add_office(pool)
    punch(pool, "W", 0, month(late_on=5))
    run(pool)
    with pool.connection() as connection:
        for day in range(1, 32):
            mark(connection, 0, f"2026-01-{day:02}")
    again = run(pool)
    assert (again.days_computed, again.days_changed, again.scores_changed) == (31, 0, 0)
    assert found(pool, "SELECT count(*) FROM work_day WHERE xmax <> 0") == [(0,)]


def test_of_a_person_whose_days_changed_only_the_changed_one_is_written(pool: ConnectionPool) -> None:
    add_office(pool)
    punch(pool, "W", 0, month(late_on=5))
    run(pool)
    written = dict(found(pool, "SELECT day, xmin::text FROM work_day"))
    punch(pool, "W", 0, ["2026-01-06 06:58:00"])
    with pool.connection() as connection:
        for day in range(1, 32):
            mark(connection, 0, f"2026-01-{day:02}")
    assert run(pool).days_changed == 1
    assert [day.day for day, by in found(pool, "SELECT day, xmin::text FROM work_day") if by != written[day]] == [6]


def test_what_another_month_noted_is_forgotten_where_it_counts_the_same_days_and_only_there(
    pool: ConnectionPool,
) -> None:
    noted = "SELECT days_digest IS NOT NULL FROM scored_month JOIN employee ON employee.id = employee_id"
    noted += " WHERE nip = %s AND period = '2026-02'"
    add_office(pool)
    punch(pool, "W", 0, month())
    run(pool)
    run(pool, "2026-02", date(2026, 3, 1))
    punch(pool, "W", 0, ["2026-01-20 06:58:00"])
    assert run(pool).days_changed == 1
    assert found(pool, noted, nip(0)) == [(True,)], "by the calendar no day is of both"
    with pool.connection() as connection:
        connection.execute("UPDATE score SET counted_from = '2026-01-16', counted_to = '2026-02-15'"
                           " WHERE period = '2026-02'")  # fmt: skip
    punch(pool, "W", 0, ["2026-01-20 06:57:00"])
    assert run(pool).days_changed == 1
    assert found(pool, noted, nip(0)) == [(False,)]
    assert found(pool, noted, nip(1)) == [(True,)], "nothing of hers changed"


def test_a_stored_day_that_another_month_wrote_too_is_compared(pool: ConnectionPool) -> None:
    add_office(pool)
    punch(pool, "W", 0, month())
    run(pool)
    with pool.connection() as connection:
        connection.execute("UPDATE work_day SET minutes_late = 7 WHERE day = '2026-01-06'")
        connection.execute("UPDATE scored_month SET days_digest = NULL")
        mark(connection, 0, "2026-01-06")
    assert run(pool).days_changed == 1


def test_a_day_that_only_changed_who_sets_its_hours_is_written(pool: ConnectionPool) -> None:
    add_office(pool)
    punch(pool, "W", 0, month())
    run(pool)
    (before,) = found(pool, HOURS, nip(0), "2026-01-05")
    with pool.connection() as connection:
        connection.execute(
            "WITH same AS (INSERT INTO shift (code, name, starts, ends) VALUES ('O', 'Office', 450, 960) RETURNING id)"
            " INSERT INTO roster (employee_id, day, shift_ids, name) SELECT employee.id, '2026-01-05', ARRAY[same.id],"
            " '' FROM same, employee WHERE nip = %s",
            (nip(0),),
        )
        mark(connection, 0, "2026-01-05")
    assert run(pool).days_changed == 1
    assert found(pool, HOURS, nip(0), "2026-01-05") == [("roster of the employee, shift O",)]
    with pool.connection() as connection:
        connection.execute("DELETE FROM roster")
        mark(connection, 0, "2026-01-05")
    assert run(pool).days_changed == 1
    assert found(pool, HOURS, nip(0), "2026-01-05") == [before]
