"""Placing punches of other time zones, and the check at the boundary of a stage."""

from datetime import date, datetime

import polars as pl
import pytest

from scoring.frames import PUNCHES, TERMINALS, FrameError, checked
from scoring.workday import place
from tests.scoring.office import NO_PUNCHES, law_of, one_day, punches, score, with_seconds


@pytest.mark.parametrize(
    ("zone", "to", "local", "placed"),
    [
        ("Asia/Jayapura", "Asia/Jakarta", "2026-01-05 09:42", "2026-01-05 07:42"),
        ("Asia/Jakarta", "Asia/Jayapura", "2026-01-05 23:30", "2026-01-06 01:30"),
        ("Asia/Makassar", "Asia/Makassar", "2026-01-05 07:42", "2026-01-05 07:42"),
        # Clock changes occur at posts abroad: 02:30 was skipped in Berlin on 29 March and came twice on 25 October.
        ("Europe/Berlin", "Asia/Jakarta", "2026-03-29 02:30", "2026-03-29 08:30"),
        ("Europe/Berlin", "Asia/Jakarta", "2026-10-25 02:30", "2026-10-25 07:30"),
    ],
)
def test_place(zone: str, to: str, local: str, placed: str) -> None:
    terminals = pl.DataFrame([(1, "a", zone), (2, "b", to)], schema=TERMINALS, orient="row")
    got = place(pl.concat([punches([local]), punches([local], terminal=2)]), terminals, to)
    assert got["at"].to_list() == [datetime.fromisoformat(placed), datetime.fromisoformat(local)]
    assert got["local_time"].to_list() == [datetime.fromisoformat(local)] * 2


def test_punches_of_several_terminals_and_pins_are_one_persons_day() -> None:
    law = law_of("kemenag-2014", "2026-01")
    seen = pl.concat([punches(["2026-01-05 07:42"]), punches(["2026-01-05 16:05"], terminal=2, state=1)])
    done = score(law, seen)
    (day,) = done.work_days.filter(pl.col("day") == date(2026, 1, 5)).to_dicts()
    assert (day["minutes_late"], day["last_out"], day["codes"]) == (
        12,
        datetime.fromisoformat("2026-01-05 16:05"),
        "TL1",
    )


def test_all_punches_of_the_deciding_moment_are_named_in_the_order_of_their_key() -> None:
    law = law_of("kemenag-2014", "2026-01")
    twice = pl.concat([punches(["2026-01-05 07:42"], state=1), punches(["2026-01-05 07:42"], terminal=2)])
    done = score(law, pl.concat([twice, punches(["2026-01-05 07:42", "2026-01-05 16:05"])]))
    (step,) = done.day_steps.filter(pl.col("day") == date(2026, 1, 5)).to_dicts()
    assert [(punch["terminal"], punch["state"]) for punch in step["punches"]] == [
        ("gate", 255),
        ("lobby", 1),
        ("lobby", 255),
    ]


def test_nobody_and_nothing() -> None:
    law = law_of("kemenag-2014", "2026-01")
    done = score(law, NO_PUNCHES, pl.DataFrame(schema={"employee": pl.Int32, "points": pl.Int64, "target": pl.Int64}))
    assert (done.work_days.height, done.day_steps.height, done.scores.height, done.period_steps.height) == (0, 0, 0, 0)


def test_a_frame_of_another_shape_is_refused() -> None:
    with pytest.raises(FrameError, match="place: the frame lacks column 'state'"):
        checked(NO_PUNCHES.drop("state"), PUNCHES, "place")
    with pytest.raises(FrameError, match="place: column 'state' is Int64, must be Int16"):
        checked(NO_PUNCHES.cast({"state": pl.Int64}), PUNCHES, "place")


@pytest.mark.parametrize(
    ("seconds", "times", "formula"),
    [
        ("counted", ["07:30:30", "16:00:00"], "0 min 30 s = 1 min in [1, 31); any second counts [scans: "),
        ("counted", ["07:42:30", "16:00:00"], "12 min 30 s = 12 min in [1, 31)"),
        ("dropped", ["07:42:00", "16:00:00"], "12 min in [1, 31)"),
        (
            "dropped",
            ["11:45:01"],
            "one scan 11:45:01, after the middle 11:45 of 07:30-16:00, counts as out; no scan in [",
        ),
        (
            "dropped",
            ["11:45:00"],
            "one scan 11:45:00, not after the middle 11:45 of 07:30-16:00, counts as in; no scan ou",
        ),
        (
            "dropped",
            ["07:20:00", "07:21:00"],
            "scans from 07:20:00 to 07:21:00, within 120 s, are one, 07:20:00, not aft",
        ),
    ],
)
def test_the_formula_says_what_the_rules_of_reading_scans_decided(seconds: str, times: list[str], formula: str) -> None:
    day = date(2026, 1, 5)
    law = law_of(with_seconds("kementan-2012", seconds), "2026-01")
    _, steps = one_day(law, day, [f"{day} {time}" for time in times])
    (told,) = (step["formula"] for step in steps if step["formula"].startswith(formula))
    assert ("[scans: Convention, no regulation" in told) == (not told.endswith("[1, 31)"))
    assert told.endswith(("; assumption]", "[1, 31)"))
