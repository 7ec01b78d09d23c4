"""A month of each year from 2021 on, scored end to end, with the days around a decree that was changed."""

from datetime import date, datetime, timedelta

import pytest
from psycopg_pool import ConnectionPool

from config.calendars import calendar
from config.errors import TepatError
from config.periods import bounds
from tests.scoring.database import add_office, found, nip, punch, run

AFTER = date(2026, 2, 1)
MARGIN = timedelta(minutes=5)


def present(period: str, away: set[date]) -> list[str]:
    """In and out of every working day but some, five minutes to the good."""
    first, last = bounds(period)
    days = [calendar().day(first + timedelta(days=n)) for n in range((last - first).days + 1)]
    return [
        str(datetime.combine(day.day, at) + margin)
        for day in days
        if day.hours is not None and day.day not in away
        for at, margin in zip(day.hours, (-MARGIN, MARGIN), strict=True)
    ]


@pytest.mark.parametrize(
    ("rulebook", "away", "kinds", "law"),
    [
        ("kemensos-eperformance", ["2021-12-23", "2021-12-24"], ["work", "work"], "Keppres 68/1995"),
        (
            "kemensos-eperformance",
            ["2022-04-28", "2022-04-29"],
            ["work", "joint_leave"],
            "SKB Menag 375/2022, Menaker 1/2022, MenPANRB 1/2022",
        ),
        ("dki-2018", ["2023-04-25", "2023-04-26"], ["joint_leave", "work"], "Perpres 21/2023"),
        (
            "kemensos-eperformance",
            ["2024-11-26", "2024-11-27"],
            ["work", "holiday"],
            "SKB Menag 855/2023, Menaker 3/2023, MenPANRB 4/2023; Keppres 10/2024; Keppres 33/2024",
        ),
    ],
)
def test_a_month_with_a_day_beside_a_changed_decree(
    pool: ConnectionPool, rulebook: str, away: list[str], kinds: list[str], law: str
) -> None:
    """Who is away on both days is absent on those of work alone, and nobody else is absent on any."""
    period = away[0][:7]
    add_office(pool, employees=2, rulebook=rulebook)
    punch(pool, "W", 0, present(period, {date.fromisoformat(day) for day in away}))
    punch(pool, "T", 1, present(period, set()))
    assert run(pool, period, until=AFTER).scores_changed == 2
    days = "SELECT day::text, kind FROM work_day JOIN employee ON employee.id = employee_id WHERE nip = %s"
    assert [kind for day, kind in sorted(found(pool, days, nip(0))) if day in away] == kinds
    absent = "SELECT nip, day::text FROM work_day JOIN employee ON employee.id = employee_id WHERE absent ORDER BY day"
    assert found(pool, absent) == [(nip(0), day) for day, kind in zip(away, kinds, strict=True) if kind == "work"]
    assert calendar().day(date.fromisoformat(away[1])).decided_by.law == law
    attendance = "SELECT attendance FROM score JOIN employee ON employee.id = employee_id ORDER BY nip"
    ours, theirs = (percent for (percent,) in found(pool, attendance))
    assert (ours < theirs, theirs) == (True, 100_00)


def test_a_month_of_2021_is_paid_by_what_its_tables_say(pool: ConnectionPool) -> None:
    """Present on all days but 24 December, 47.5 of 50 points: 40 % of 97 and 60 % of 95."""
    add_office(pool, employees=1, rulebook="kemensos-eperformance")
    punch(pool, "W", 0, present("2021-12", {date(2021, 12, 24)}))
    with pool.connection() as connection:
        connection.execute("INSERT INTO target SELECT id, '2021-12', 5000 FROM employee")
        connection.execute(
            "INSERT INTO activity (employee_id, reference, day, title, volume, weight, status)"
            " SELECT id, 'a', '2021-12-06', 'work', 1000, 475, 'verified' FROM employee"
        )
    run(pool, "2021-12", until=AFTER)
    assert found(pool, "SELECT attendance, output, total, payable, basis FROM score") == [
        (97_00, 95_00, 95_80, 95_80, "assumption")
    ]


def test_a_table_that_does_not_reach_back_is_named(pool: ConnectionPool) -> None:
    """The calendar knows May 2021; the rulebook begins on the 10th."""
    add_office(pool, employees=1, rulebook="kemensos-eperformance")
    with pytest.raises(TepatError, match=r"kemensos-eperformance\. Table .* nothing about 2021-05-01.*2021-05-10"):
        run(pool, "2021-05", until=AFTER)
