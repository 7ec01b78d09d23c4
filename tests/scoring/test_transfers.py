"""A person who changes the unit within the month: each day by that day's unit, the month by the last one's rulebook."""

from datetime import date

import polars as pl
from psycopg_pool import ConnectionPool

from scoring.courses import MEMBERS, Stretch, courses
from tests.scoring.database import FEBRUARY, add_office, belong, enrol, found, mark, month, nip, punch, run, stored

TRANSFER = "2026-01-12"


def transferred(pool: ConnectionPool, rulebook: str = "kemenkeu-2011") -> None:
    """Employee 0 is in W (Jakarta, kementan-2012), from 12 January on in E (Jayapura, the other rulebook)."""
    with pool.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = %s WHERE code = 'E'", (rulebook,))
        belong(connection, 0, "E", TRANSFER)


def days(pool: ConnectionPool) -> list[tuple[date, str, str, str, int]]:
    return found(
        pool,
        "SELECT day, judged_day.rulebook, first_in::time::text, codes, deduction FROM judged_day"
        " JOIN employee ON employee.id = employee_id WHERE nip = %s AND day IN ('2026-01-09', '2026-01-12')"
        " ORDER BY day",
        nip(0),
    )


def test_each_day_goes_by_the_zone_and_the_rulebook_of_its_unit(pool: ConnectionPool) -> None:
    """10:45 in Jakarta is 12:45 in Jayapura; no scan out costs 2 % by Kementan and 2.5 % by Kemenkeu."""
    add_office(pool, employees=1, rulebook="kementan-2012")
    transferred(pool)
    punch(pool, "W", 0, ["2026-01-09 07:25:00", "2026-01-12 05:25:00"])
    run(pool)
    assert days(pool) == [
        (date(2026, 1, 9), "kementan-2012", "07:25:00", "TAP", 200),
        (date(2026, 1, 12), "kemenkeu-2011", "07:25:00", "TAP", 250),
    ]
    ((book, deduction),) = found(pool, "SELECT rulebook, deduction FROM score")
    absent_before, absent_after = 5, 13
    assert book == "kemenkeu-2011"
    assert deduction == 200 + 250 + absent_before * 400 + absent_after * 500


def test_a_transfer_that_becomes_known_later_gives_what_a_full_run_gives(pool: ConnectionPool) -> None:
    add_office(pool, employees=2, rulebook="kementan-2012")
    with pool.connection() as connection:
        enrol(connection, 0, "E")
    punch(pool, "W", 0, month(late_on=9))
    run(pool)
    transferred(pool)
    assert run(pool).days_computed == 20, "days before the transfer stay as they are"
    days_after, scores = stored(pool)
    with pool.connection() as connection:
        connection.execute("TRUNCATE work_day, score, scored_month")
    run(pool)
    fresh_days, fresh_scores = stored(pool)
    assert days_after == fresh_days
    assert {row[0]: row[-1] for row in scores} == {row[0]: row[-1] for row in fresh_scores}


def test_days_before_the_first_membership_or_enrolment_are_not_judged(pool: ConnectionPool) -> None:
    add_office(pool, employees=3)
    with pool.connection() as connection:
        connection.execute("UPDATE membership SET valid_from = '2026-01-20' WHERE employee_id ="
                           " (SELECT id FROM employee WHERE nip = %s)", (nip(0),))  # fmt: skip
        connection.execute("UPDATE enrolment SET valid_from = '2026-01-28' WHERE pin = '1'")
        connection.execute("DELETE FROM enrolment WHERE pin = '2'")
    run(pool)
    first = "SELECT nip, min(day) FROM work_day JOIN employee ON employee.id = employee_id GROUP BY nip ORDER BY nip"
    assert found(pool, first) == [(nip(0), date(2026, 1, 20)), (nip(1), date(2026, 1, 28))]
    assert found(pool, "SELECT count(*) FROM score") == [(2,)], "who is enrolled nowhere has no score"


def test_days_after_the_last_membership_are_forgotten(pool: ConnectionPool) -> None:
    add_office(pool, employees=1)
    run(pool)
    with pool.connection() as connection:
        connection.execute("UPDATE membership SET valid_until = '2026-01-15'")
        mark(connection, 0, "2026-01-15")
    run(pool)
    assert found(pool, "SELECT max(day) FROM work_day") == [(date(2026, 1, 14),)]
    assert found(pool, "SELECT version, last_day, deduction FROM score ORDER BY version") == [
        (1, date(2026, 1, 31), 20 * 300),
        (2, date(2026, 1, 14), 9 * 300),
    ]


def test_who_is_up_to_date_is_not_read(pool: ConnectionPool) -> None:
    """A stored day that was tampered with is found only where something else has to be looked at."""
    add_office(pool, employees=6)
    run(pool)
    with pool.connection() as connection:
        connection.execute("UPDATE work_day SET law_id = -1 WHERE day = '2026-01-05'")
        mark(connection, 0, "2026-01-06")
    assert run(pool).days_computed == 2


MEMBER = (1, "1", "kemenag-2014", "Asia/Jakarta", date(2026, 1, 1))


def test_a_transfer_between_units_of_one_rulebook_and_clock_is_no_stretch() -> None:
    rows = [(*MEMBER, date(2026, 1, 12)), (*MEMBER[:4], date(2026, 1, 12), FEBRUARY), (2, "2", *MEMBER[2:], FEBRUARY)]
    (course,) = courses(pl.DataFrame(rows, schema=MEMBERS, orient="row"), lambda _: date(2026, 1, 20))
    zone = "Asia/Jakarta"
    assert course.stretches == (Stretch("kemenag-2014", zone, date(2026, 1, 1), date(2026, 1, 31), date(2026, 1, 19)),)
    assert course.who.to_list() == [1, 2]
    assert course.last == date(2026, 1, 19)


def test_a_stretch_that_has_not_begun_is_none_yet() -> None:
    rows = [(*MEMBER, date(2026, 1, 12)), (1, "1", "kementan-2012", "Asia/Jakarta", date(2026, 1, 12), FEBRUARY)]
    members = pl.DataFrame(rows, schema=MEMBERS, orient="row")
    (before,) = courses(members, lambda _: date(2026, 1, 12))
    (both,) = courses(members, lambda _: date(2026, 1, 13))
    assert [stretch.rulebook for stretch in before.stretches] == ["kemenag-2014"]
    assert [stretch.rulebook for stretch in both.stretches] == ["kemenag-2014", "kementan-2012"]
    assert not courses(members, lambda _: date(2026, 1, 1))
