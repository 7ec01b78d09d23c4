"""A punch made under a wrong clock is marked, by the readings around it: in JSON, on the page, at each border."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from api.clock_marks import PROMPT, SPEAKS, UNSURE, Wrong, mark_of
from api.models import Mark
from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import SITI, Office, wall
from tests.api.test_evidence import reason, text_of

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FAST = 7 * MINUTE
EIGHT = wall("2026-01-05 08:00:00")
"""When the clock was read and found 7 minutes fast; it was right an hour before and an hour later."""
ONCE = Wrong("gate", EIGHT, FAST, EIGHT - HOUR, EIGHT + HOUR, wrong_after=False)
WRONG, UNSURELY, AHEAD = "clock_wrong", "clock_unsure", "clock_ahead"


def kind(made: datetime, *, off: timedelta = FAST, late: timedelta = SECOND, wrong: Sequence[Wrong] = (ONCE,)) -> str:
    """What a punch is marked with that was made then under a clock so far off, and received so much later."""
    mark = mark_of(made + off, made + late, wrong)
    return "" if mark is None else mark.kind


@pytest.mark.parametrize(
    ("minutes", "expected"), [(-61, AHEAD), (-59, WRONG), (0, WRONG), (59, WRONG), (61, AHEAD)], ids=str
)
def test_a_punch_that_was_received_before_the_clock_says_it_was_made_was_made_under_the_wrong_clock(
    minutes: int, expected: str
) -> None:
    assert kind(EIGHT + minutes * MINUTE) == expected


def test_the_borders_are_the_readings_before_and_after_to_what_measuring_leaves_open() -> None:
    little = timedelta(seconds=1)
    assert kind(EIGHT - HOUR - UNSURE) == WRONG
    assert kind(EIGHT - HOUR - UNSURE - little) == AHEAD
    assert kind(EIGHT + HOUR + UNSURE) == WRONG
    assert kind(EIGHT + HOUR + UNSURE + little) == AHEAD


@pytest.mark.parametrize("minutes", [-59, 0, 59])
def test_a_punch_that_may_as_well_have_been_made_under_the_right_clock_is_marked_unsure(minutes: int) -> None:
    assert kind(EIGHT + minutes * MINUTE, late=10 * MINUTE) == UNSURELY


def test_a_punch_under_the_right_clock_long_before_and_after_has_no_mark() -> None:
    for hours in (-30, -2, 2, 30):
        assert kind(EIGHT + hours * HOUR, off=timedelta(0)) == ""


def test_the_stretch_that_a_clock_shows_twice_is_told_by_when_a_punch_came() -> None:
    shown = EIGHT + HOUR + 5 * MINUTE
    before = mark_of(shown, EIGHT + HOUR - MINUTE, [ONCE])
    assert before == Mark(kind="clock_wrong", seconds=420)
    soon = mark_of(shown, shown + SECOND, [ONCE])
    assert soon == Mark(kind="clock_unsure", seconds=420), "seven minutes ago it may have been made under the wrong one"
    day_ahead = ONCE._replace(off=DAY)
    assert mark_of(shown, shown + SECOND, [day_ahead]) is None, "it came at once, and not a day later"
    assert mark_of(shown, shown + PROMPT, [day_ahead]) is None
    assert mark_of(shown, shown + PROMPT + SECOND, [ONCE]) == Mark(kind="clock_unsure", seconds=420)


def series(*offsets: timedelta, still: bool = True) -> list[Wrong]:
    """A wrong reading each hour from eight on; right an hour before, and where not still, an hour after."""
    ends = EIGHT + (len(offsets)) * HOUR
    return [
        Wrong(
            "gate", EIGHT + number * HOUR, off, EIGHT + (number - 1) * HOUR,
            None if still and number == len(offsets) - 1 else min(EIGHT + (number + 1) * HOUR, ends),
            wrong_after=still or number < len(offsets) - 1,
        )
        for number, off in enumerate(offsets)
    ]  # fmt: skip


def test_between_two_wrong_readings_it_is_sure_and_the_nearest_says_how_much() -> None:
    wrong = series(-FAST, -FAST - 2 * SECOND, -FAST - 4 * SECOND)
    made = EIGHT + HOUR + 20 * MINUTE
    assert mark_of(made - FAST - 2 * SECOND, made + SECOND, wrong) == Mark(kind="clock_wrong", seconds=-422)
    made += 20 * MINUTE
    assert mark_of(made - FAST - 4 * SECOND, made + SECOND, wrong) == Mark(kind="clock_wrong", seconds=-424)


def test_a_clock_that_went_from_fast_to_slow_leaves_it_unsure() -> None:
    made = EIGHT + 30 * MINUTE
    assert kind(made, off=timedelta(0), late=10 * MINUTE, wrong=series(2 * MINUTE, -2 * MINUTE)) == UNSURELY


def test_before_the_first_reading_and_after_the_last_a_week_is_spoken_for() -> None:
    first = ONCE._replace(before=None)
    assert kind(EIGHT - SPEAKS + HOUR, wrong=[first], late=DAY) == UNSURELY
    assert kind(EIGHT - SPEAKS - HOUR, wrong=[first], late=DAY) == ""
    last = ONCE._replace(after=None, wrong_after=True)
    assert kind(EIGHT + SPEAKS - HOUR, wrong=[last], late=10 * MINUTE) == WRONG
    assert kind(EIGHT + SPEAKS + HOUR, wrong=[last], late=10 * MINUTE) == ""


def test_a_clock_that_lost_years_is_found_out_long_after() -> None:
    lost = -5 * 365 * DAY
    wrong = ONCE._replace(off=lost)
    assert mark_of(EIGHT + lost, EIGHT + SECOND, [wrong]) == Mark(kind="clock_wrong", seconds=-157_680_000)
    assert mark_of(EIGHT + lost, EIGHT + 20 * DAY, [wrong]) == Mark(kind="clock_unsure", seconds=-157_680_000)


@pytest.mark.parametrize(("seconds", "marked"), [(59, False), (60, False), (61, True), (86_400, True)])
def test_a_punch_that_came_before_the_time_it_shows_is_marked_without_any_reading(seconds: int, marked: bool) -> None:
    mark = mark_of(EIGHT + seconds * SECOND, EIGHT, [])
    assert mark == (Mark(kind="clock_ahead", seconds=seconds) if marked else None)


def read(pool: ConnectionPool, office: Office, at: str, seconds: float) -> None:
    """A reading of the clock in the lobby in Jakarta, at a time of that place."""
    when = wall(at)
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO terminal_reading (terminal_id, at, shown, offset_ms, round_trip_ms, flag)"
            " VALUES (%s, %s, %s, %s, 40, NULL)",
            (
                office.terminals["lobi-jakarta"],
                when.replace(tzinfo=UTC) - 7 * HOUR,
                (when + timedelta(seconds=seconds)).replace(microsecond=0),
                round(1000 * seconds),
            ),
        )


@pytest.fixture
def seven_minutes_slow(pool: ConnectionPool, office: Office) -> int:
    """On 5 January the lobby's clock was slow from before noon until the evening, when somebody set it."""
    for at, seconds in (
        ("2026-01-05 07:00:00", 0), ("2026-01-05 11:00:00", -420), ("2026-01-05 16:05:00", -420),
        ("2026-01-05 17:00:00", -420), ("2026-01-05 17:00:05", 0), ("2026-01-06 07:00:00", 0),
    ):  # fmt: skip
        read(pool, office, at, seconds)
    with pool.connection() as connection:
        connection.execute(
            "UPDATE punch SET received_at = (local_time + interval '8 minutes') AT TIME ZONE 'Asia/Jakarta'"
        )
        connection.execute(
            "INSERT INTO punch_mark SELECT terminal_id, local_time, pin, state, 'other_offset' FROM punch"
            " WHERE pin = '2001' AND local_time = '2026-01-21 15:20:00'"
        )
    return office.employees[SITI]


def test_the_api_tells_the_marks_of_each_punch(seven_minutes_slow: int, machine: Asker) -> None:
    hr = machine("hr")
    month = hr.get(f"/api/v1/employees/{seven_minutes_slow}/months/2026-01").json()
    told = {punch["local_time"]: punch["marks"] for punch in month["punches"]}
    assert told == {
        "2026-01-05T07:42:13": [{"kind": "clock_unsure", "seconds": -420}],
        "2026-01-05T07:42:19": [{"kind": "clock_unsure", "seconds": -420}],
        "2026-01-05T16:02:40": [{"kind": "clock_wrong", "seconds": -420}],
        "2026-01-21T15:20:00": [{"kind": "other_offset", "seconds": None}],
    }
    listed = hr.get("/api/v1/punches?from=2026-01-01&until=2026-01-31&size=2").json()
    assert [punch["marks"] for punch in listed["items"]] == [told["2026-01-05T07:42:13"]] * 2
    rest = hr.get(f"/api/v1/punches?from=2026-01-01&until=2026-01-31&cursor={listed['next']}").json()
    assert [punch["marks"] for punch in rest["items"]] == [
        told["2026-01-05T16:02:40"], [], [], told["2026-01-21T15:20:00"],
    ]  # fmt: skip


def test_a_corrected_zone_heals_the_marks_of_the_past(
    seven_minutes_slow: int, machine: Asker, pool: ConnectionPool
) -> None:
    with pool.connection() as connection:
        connection.execute("DELETE FROM punch_mark")
        connection.execute("UPDATE terminal SET time_zone = 'Asia/Makassar' WHERE name = 'lobi-jakarta'")
        connection.execute("UPDATE terminal_reading SET shown = at AT TIME ZONE 'Asia/Makassar'")
    month = machine("hr").get(f"/api/v1/employees/{seven_minutes_slow}/months/2026-01").json()
    assert [punch["marks"] for punch in month["punches"]] == [[]] * 4


def test_hr_sees_each_doubtful_time_with_its_reason_in_both_languages(seven_minutes_slow: int, person: Asker) -> None:
    hr = person("hr")
    page = text_of(hr.get(f"/employees/{seven_minutes_slow}?period=2026-01").text)
    assert "Waktu 4 rekaman bulan ini diragukan." in page
    listed = page.split("Rekaman yang waktunya diragukan")[-1]
    assert listed.count("Jam mesin mungkin 7 menit terlalu lambat saat itu.") == 2
    assert "16:02:40 WIB Jam mesin 7 menit terlalu lambat saat itu. Pulang" in listed
    assert "15:20:00 WIB Mesin memakai zona waktu lain daripada zona tempatnya. Pulang" in listed
    assert "Jam mesin mungkin 7 menit terlalu lambat saat itu." in reason_of(hr, seven_minutes_slow, "id")
    english = text_of(hr.get(f"/employees/{seven_minutes_slow}?period=2026-01&lang=en").text)
    assert "Records of this month whose time is doubtful: 4." in english
    assert "16:02:40 WIB The terminal&#39;s clock was 7 minutes slow then. Out" in english.split("time is doubtful")[-1]


def reason_of(hr: TestClient, employee: int, language: str) -> str:
    page = hr.get(f"/employees/{employee}?period=2026-01&open=all&lang={language}").text
    return reason(page, "2026-01-05")


@pytest.mark.usefixtures("office")
def test_a_month_without_doubt_says_nothing_of_it(office: Office, person: Asker, pool: ConnectionPool) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE punch SET received_at = local_time AT TIME ZONE 'Asia/Jakarta'")
    page = person("hr").get(f"/employees/{office.employees[SITI]}?period=2026-01").text
    assert "diragukan" not in page


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        ("drift", "bergeser sedikit demi sedikit"),
        ("jump", "berubah sekaligus"),
        ("reset", "mulai lagi dari tahun 2000"),
        ("future", "lebih dari satu hari di depan"),
    ],
)
def test_terminals_tell_how_their_clock_came_to_be_wrong(
    *, office: Office, person: Asker, machine: Asker, pool: ConnectionPool, flag: str, text: str
) -> None:
    read(pool, office, "2026-01-05 07:00:00", 420)
    with pool.connection() as connection:
        connection.execute("UPDATE terminal_reading SET flag = %s", [flag])
        connection.execute("UPDATE terminal_health SET clock_offset = 420")
    page = text_of(person("hr").get("/terminals").text)
    assert "Jam mesin ini 7 menit terlalu cepat." in page
    assert text in page
    found = {one["name"]: one["clock_flag"] for one in machine("hr").get("/api/v1/terminals").json()["items"]}
    assert found == {"lobi-jakarta": flag, "gerbang-makassar": None}
