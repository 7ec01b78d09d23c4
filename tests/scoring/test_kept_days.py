"""Work days are written where they changed, and only there."""

from psycopg_pool import ConnectionPool

from tests.scoring.database import add_office, found, mark, month, nip, punch, run

HOURS = "SELECT hours ->> 'law' FROM work_day JOIN employee ON employee.id = employee_id WHERE nip = %s AND day = %s"


def test_a_day_that_stays_the_same_is_not_even_locked(pool: ConnectionPool) -> None:
    add_office(pool)
    punch(pool, "W", 0, month(late_on=5))
    run(pool)
    with pool.connection() as connection:
        for day in range(1, 32):
            mark(connection, 0, f"2026-01-{day:02}")
    again = run(pool)
    assert (again.days_computed, again.days_changed, again.scores_changed) == (31, 0, 0)
    # The one with steps went through the upsert, which locks what it leaves alone.
    assert found(pool, "SELECT DISTINCT codes, steps <> '[]' FROM work_day WHERE xmax <> 0") == [("TL1", True)]


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
