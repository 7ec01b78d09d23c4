"""Two letters about one duty: what nobody can mean is refused, by the hours that the roster or week gives to it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from psycopg_pool import ConnectionPool

from ingest.duty_hours import Hours, moment
from ingest.sheet import FaultyRowsError
from ingest.tables import TableName, import_rows
from ingest.weeks import WEEKDAYS
from scoring.corrected import CORRECTIONS, corrected
from scoring.frames import WANTED
from scoring.schedule import ROSTERED, expected
from scoring.workday import PLACED, resolve
from tests.scoring.database import add_office, found, nip, run
from tests.scoring.office import law_of

NOW = datetime(2026, 2, 1, tzinfo=UTC)
LAW = law_of("kemenag-2014", "2026-01")
SHIFTS = [
    {"code": "N", "name": "Night", "start": "20:00", "end": "08:00"},
    {"code": "D", "name": "Day", "start": "07:00", "end": "15:00"},
    {"code": "E", "name": "Evening", "start": "15:00", "end": "23:00", "out_until": "01:00"},
]
MINE, OF_HQ = {"nip": nip(0)}, {"unit": "HQ"}
Letters = Callable[..., Any]


def bring(pool: ConnectionPool, table: TableName, *rows: dict[str, Any]) -> Any:
    with pool.connection() as connection:
        return import_rows(connection, table, list(rows), at=NOW, actor="key:hr").counts()


@pytest.fixture
def office(pool: ConnectionPool) -> ConnectionPool:
    """Employee 0 of W; no roster names anybody yet."""
    add_office(pool, 1)
    bring(pool, "shifts", *SHIFTS)
    return pool


@pytest.fixture
def letters(office: ConnectionPool) -> Letters:
    """The number of letters taken, or why they are refused."""

    def imported(came: str, left: str, shift: int = 1) -> Any:
        said = {"nip": nip(0), "date": "2026-01-14", "document": "ND/7", "reason": "forgotten", "shift": shift}
        both = [{**said, "scan": "in", "time": came}, {**said, "scan": "out", "time": left}]
        try:
            return bring(office, "corrections", *both)["added"]
        except FaultyRowsError as error:
            (_, second) = error.faults
            return second.cure

    return imported


def works(office: ConnectionPool, shifts: str, by: dict[str, str]) -> None:
    bring(office, "rosters", {**by, "date": "2026-01-14", "shifts": shifts})


TO_ROSTER = (
    "letter ND/7 says in 20:10, and nobody leaves before coming: correct one of the two, or first import the roster or "
    "week by which this shift runs over midnight (tepat import rosters, weeks)"
)
NEVER = "letter ND/7 says in {}, and nobody leaves before coming: correct one of the two"


@pytest.mark.parametrize("by", [MINE, OF_HQ], ids=["employee", "unit above"])
def test_a_night_ends_on_the_day_after(office: ConnectionPool, letters: Letters, by: dict[str, str]) -> None:
    assert letters("20:10", "07:50") == TO_ROSTER, "a night shift of others is none of this employee"
    works(office, "N", by)
    assert letters("20:10", "07:50") == 2
    run(office)
    assert found(office, "SELECT first_in, last_out FROM work_day WHERE day = '2026-01-14'") == [
        (datetime(2026, 1, 14, 20, 10), datetime(2026, 1, 15, 7, 50))  # noqa: DTZ001 - local times
    ]


def test_what_can_mean_nothing_on_a_night_is_refused_too(office: ConnectionPool, letters: Letters) -> None:
    works(office, "N", MINE)
    assert letters("07:50", "07:30") == NEVER.format("07:50"), "both are on the morning after"
    assert letters("00:10", "23:50") == NEVER.format("00:10"), "gone before midnight, come after it"


def test_the_week_of_the_unit_counts_where_no_roster_says_otherwise(office: ConnectionPool, letters: Letters) -> None:
    week = dict.fromkeys(WEEKDAYS, "-") | {"unit": "W", "from": "2026-01-01", "wednesday": "N"}
    bring(office, "weeks", week)
    works(office, "D", MINE)
    assert letters("20:10", "07:50") == TO_ROSTER.partition(", or first")[0]
    with office.connection() as connection:
        connection.execute("DELETE FROM roster")
    assert letters("20:10", "07:50") == 2


def test_each_shift_of_a_day_has_its_own_hours(office: ConnectionPool, letters: Letters) -> None:
    works(office, "D N", MINE)
    assert letters("20:10", "07:50", 1) == NEVER.format("20:10")
    assert letters("07:05", "15:00", 1) == 2
    assert letters("20:10", "07:50", 2) == 2


def test_a_window_over_midnight_takes_a_letter_as_it_takes_a_scan(office: ConnectionPool, letters: Letters) -> None:
    works(office, "E", MINE)
    assert letters("14:55", "00:20") == 2
    run(office)
    ((left, steps),) = found(office, "SELECT last_out, steps FROM work_day WHERE day = '2026-01-14'")
    assert left == datetime(2026, 1, 15, 0, 20)  # noqa: DTZ001 - a local time
    assert "not after" not in str(steps)


@pytest.mark.parametrize(
    "hours",
    [
        Hours(20 * 60, 32 * 60, None, None),
        Hours(16 * 60, 24 * 60, None, None),
        Hours(15 * 60, 23 * 60, None, 25 * 60),
        Hours(30, 8 * 60, -60, None),
        Hours(7 * 60, 15 * 60, 6 * 60, 17 * 60),
    ],
)
def test_import_and_scoring_read_the_same_moment(hours: Hours) -> None:
    day, step = date(2026, 1, 14), 30
    minutes = range(0, 24 * 60, step)
    wanted = pl.DataFrame([(minute, day) for minute in minutes], schema=WANTED, orient="row")
    named = {"dated": True, "name": "", "roster": "roster", "shift": 1, "in_until": None, "out_from": None}
    own = {"starts": hours.starts, "ends": hours.ends, "in_from": hours.in_from, "out_until": hours.out_until}
    roster = wanted.with_columns(**{name: pl.lit(value) for name, value in (named | own).items()})
    duties = expected(wanted, LAW.days, LAW.hours, roster.select(ROSTERED.keys()).cast(ROSTERED))  # type: ignore[arg-type]
    resolved = resolve(duties, pl.DataFrame(schema=PLACED))
    for side, column in (("in", "first_in"), ("out", "last_out")):
        said = [(minute, day, 1, side, minute, "ND/7", "forgotten") for minute in minutes]
        told = corrected(resolved, pl.DataFrame(said, schema=CORRECTIONS, orient="row"))
        read = told.select((pl.col(column) - pl.col("day").cast(pl.Datetime)).dt.total_minutes()).to_series().to_list()
        assert read == [moment(side, minute, hours) for minute in minutes]
