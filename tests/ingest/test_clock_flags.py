"""What is wrong with a clock, at each border, just below and just above it."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.clock_flags import Flag, Reading, flag_of

AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
WALL = datetime(2026, 1, 5, 8, 0)  # noqa: DTZ001 - as a terminal's clock shows it
LITTLE = timedelta(milliseconds=1)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
MINUTE = 60 * SECOND


def reading(
    offset: timedelta, *, after: timedelta = timedelta(0), way: timedelta = timedelta(0), flag: Flag | None = None
) -> Reading:
    return Reading(AT + after, WALL + after + offset, offset, way, flag)


@pytest.mark.parametrize("sign", [1, -1], ids=["fast", "slow"])
@pytest.mark.parametrize(
    ("off", "flag"),
    [
        (timedelta(0), None),
        (MINUTE - LITTLE, None),
        (MINUTE, None),
        (MINUTE + LITTLE, "drift"),
        (HOUR, "drift"),
        (HOUR + LITTLE, "jump"),
        (DAY, "jump"),
    ],
)
def test_a_first_reading_is_judged_by_how_far_it_is_off(off: timedelta, sign: int, flag: Flag | None) -> None:
    assert flag_of(reading(sign * off), None) == flag


def test_more_than_a_day_ahead_is_the_future_and_more_than_a_day_behind_a_jump() -> None:
    assert flag_of(reading(DAY), None) == "jump"
    assert flag_of(reading(DAY + LITTLE), None) == "future"
    assert flag_of(reading(-DAY - LITTLE), None) == "jump"


@pytest.mark.parametrize(
    ("shown", "flag"),
    [
        ("2000-01-01 00:00:03", "reset"),
        ("2004-12-31 23:59:59", "reset"),
        ("2005-01-01 00:00:00", "jump"),
        ("2019-11-13 00:00:00", "jump"),
    ],
)
def test_a_clock_before_2005_has_been_reset(shown: str, flag: Flag) -> None:
    when = datetime.fromisoformat(shown)
    assert flag_of(Reading(AT, when, when - WALL, SECOND), reading(timedelta(0), after=-HOUR)) == flag


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("hours", "change", "flag"),
    [
        (24, 21 * SECOND - LITTLE, "drift"),
        (24, 21 * SECOND, "drift"),
        (24, 21 * SECOND + LITTLE, "jump"),
        (1, SECOND + 20 * SECOND / 24, "drift"),
        (1, SECOND + 20 * SECOND / 24 + LITTLE, "jump"),
        (0, SECOND, "drift"),
        (0, SECOND + LITTLE, "jump"),
    ],
)
def test_drift_makes_20_seconds_a_day_and_whole_seconds_one_more(
    hours: int, change: timedelta, flag: Flag, sign: int
) -> None:
    before = reading(sign * MINUTE, after=-hours * HOUR)
    assert flag_of(reading(sign * (MINUTE + change)), before) == flag


def test_a_long_way_there_and_back_makes_a_change_less_sure() -> None:
    before = reading(MINUTE, way=2 * SECOND)
    assert flag_of(reading(MINUTE + 4 * SECOND, way=4 * SECOND), before) == "drift"
    assert flag_of(reading(MINUTE + 4 * SECOND + LITTLE, way=4 * SECOND), before) == "jump"


def test_a_clock_that_jumped_stays_so_until_it_is_right() -> None:
    jumped = reading(7 * MINUTE, flag="jump")
    assert flag_of(reading(7 * MINUTE, after=HOUR), jumped) == "jump"
    assert flag_of(reading(MINUTE, after=HOUR), jumped) is None
    right = reading(MINUTE, after=HOUR)
    assert flag_of(reading(MINUTE + SECOND, after=2 * HOUR), right) == "drift"


@pytest.mark.parametrize("before", ["reset", "future", "jump"])
def test_a_clock_that_was_wrong_otherwise_has_jumped(before: Flag) -> None:
    assert flag_of(reading(7 * MINUTE, after=HOUR), reading(7 * MINUTE, flag=before)) == "jump"


def test_a_clock_that_drifted_goes_on_drifting_also_back() -> None:
    drifted = reading(90 * SECOND, flag="drift")
    assert flag_of(reading(100 * SECOND, after=DAY), drifted) == "drift"
    assert flag_of(reading(80 * SECOND, after=DAY), drifted) == "drift"
    assert flag_of(reading(-90 * SECOND, after=DAY), drifted) == "jump"
