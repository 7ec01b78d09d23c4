"""Duties from rosters, weeks and the calendar: which day a scan belongs to, and what is expected of it."""

from datetime import date, datetime, time
from typing import Any

import polars as pl
import pytest

from scoring.frames import WANTED
from scoring.schedule import ROSTERED, expected
from tests.scoring.office import NO_PUNCHES, law_of, punches, results, score

LAW = law_of("kemenag-2014", "2026-01")
NIGHT = (21 * 60, 31 * 60)
MORNING, EVENING = (7 * 60, 11 * 60), (15 * 60, 19 * 60)
OFFICE = (7 * 60 + 30, 16 * 60)


def duty(day: int, hours: tuple[int, int] | None, shift: int = 1, *, dated: bool = True, name: str = "", **window: int) -> dict[str, Any]:  # fmt: skip  # noqa: E501 - reads as one row
    """A row of ROSTERED of employee 1 in January 2026; hours: minutes after midnight."""
    starts, ends = hours or (None, None)
    limits = {column: window.get(column) for column in ("in_from", "in_until", "out_from", "out_until")}
    said = {"employee": 1, "day": date(2026, 1, day), "dated": dated, "name": name, "roster": "roster of the employee"}
    return {**said, "shift": shift, "starts": starts, "ends": ends, **limits}


def rostered(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=ROSTERED)


def judged(roster: pl.DataFrame, times: list[str]) -> dict[tuple[int, int], dict[str, Any]]:
    """By day of January and shift."""
    done = score(LAW, punches([f"2026-01-{at}" for at in times]) if times else NO_PUNCHES, rostered=roster)
    return {(row["day"].day, row["shift"]): row for row in done.work_days.to_dicts()}


def test_a_night_shift_belongs_to_the_day_on_which_it_starts() -> None:
    """Rules: 21:00-07:00, in 21:20, out 06:45 on the next day is TL1 and PSW1 on the first one."""
    days = judged(rostered(duty(5, NIGHT), duty(6, None)), ["05 21:20", "06 06:45"])
    assert (days[5, 1]["codes"], days[5, 1]["deduction"]) == ("TL1 PSW1", 100)
    assert (days[5, 1]["minutes_late"], days[5, 1]["minutes_early"]) == (20, 15)
    assert days[5, 1]["last_out"] == datetime.fromisoformat("2026-01-06 06:45")
    assert (days[6, 1]["kind"], days[6, 1]["first_in"], days[6, 1]["deduction"]) == ("weekend", None, 0)


def test_nights_in_a_row_and_an_office_day_after_them() -> None:
    times = ["05 20:55", "06 07:05", "06 20:50", "07 07:10", "07 07:25", "07 16:05"]
    days = judged(rostered(duty(5, NIGHT), duty(6, NIGHT)), times)
    assert [days[day, 1]["codes"] for day in (5, 6, 7)] == ["", "", ""]
    assert days[7, 1]["first_in"] == datetime.fromisoformat("2026-01-07 07:25"), "the border is at 07:15"
    assert days[7, 1]["roster"] is None


def test_two_shifts_of_a_day_are_two_work_days() -> None:
    roster = rostered(duty(5, MORNING), duty(5, EVENING, shift=2))
    days = judged(roster, ["05 07:12", "05 11:05", "05 14:50", "05 18:30"])
    assert [(days[5, n]["codes"], days[5, n]["minutes_late"], days[5, n]["minutes_early"]) for n in (1, 2)] == [
        ("TL1", 12, 0),
        ("PSW1", 0, 30),
    ]
    steps = score(LAW, punches(["2026-01-05 07:12"]), rostered=roster).day_steps.filter(day=date(2026, 1, 5))
    assert steps.select("shift", "code").rows() == [(1, "TL1"), (1, "TAP"), (2, "TL4"), (2, "TAP")]


@pytest.mark.parametrize(
    ("row", "day", "kind", "name"),
    [
        (duty(1, OFFICE, dated=False), 1, "holiday", "Tahun Baru 2026 Masehi"),
        (duty(1, OFFICE), 1, "work", None),
        (duty(3, OFFICE, dated=False), 3, "work", None),
        (duty(5, None, dated=False), 5, "weekend", None),
        (duty(5, None, name="Hari jadi kota"), 5, "holiday", "Hari jadi kota"),
    ],
    ids=["a week gives way to a holiday", "a roster does not", "a Saturday of a week", "a compressed week", "named"],
)
def test_who_says_what_a_day_is(row: dict[str, Any], day: int, kind: str, name: str | None) -> None:
    days = judged(rostered(row), [])
    assert (days[day, 1]["kind"], days[day, 1]["name"]) == (kind, name)
    assert days[day, 1]["absent"] == (kind == "work")


def test_scans_outside_the_windows_of_a_shift_are_not_taken() -> None:
    windows: dict[str, Any] = {"in_from": 20 * 60, "in_until": 23 * 60, "out_from": 30 * 60, "out_until": 33 * 60}
    times = ["05 18:00", "05 21:05", "06 00:30", "06 06:40", "06 10:00"]
    days = judged(rostered(duty(5, NIGHT, **windows), duty(6, None)), times)
    assert days[5, 1]["first_in"] == datetime.fromisoformat("2026-01-05 21:05")
    assert days[5, 1]["last_out"] == datetime.fromisoformat("2026-01-06 06:40")


def test_only_the_wanted_days_come_out_and_colleagues_stay_in_the_office() -> None:
    wanted = pl.DataFrame([(1, date(2026, 1, 5)), (2, date(2026, 1, 5))], schema=WANTED, orient="row")
    duties = expected(wanted, LAW.days, LAW.hours, rostered(duty(4, None), duty(5, NIGHT), duty(6, NIGHT)))
    assert duties["employee"].to_list() == [1, 2]
    assert [at.time() for at in duties["expected_in"]] == [time(21), time(7, 30)]
    assert duties["hours"].to_list() == ["roster of the employee", "Perpres 21/2023 Ps. 3, Ps. 4"]


def test_somebody_without_a_roster_scores_as_if_nobody_had_one() -> None:
    seen = pl.concat([punches(["2026-01-05 07:42", "2026-01-05 16:01"], employee=n) for n in (1, 2)])
    alone = score(LAW, seen, results(employees=(1, 2)))
    both = score(LAW, seen, results(employees=(1, 2)), rostered=rostered(duty(7, NIGHT)))
    other = pl.col("employee") == 2
    assert alone.work_days.filter(other).equals(both.work_days.filter(other))
