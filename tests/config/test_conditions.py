"""Each border of how a terminal is: just below, at, and just above."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from config.conditions import FOR_A_PERSON, NO_TROUBLE, Condition, Known, condition, likely
from config.troubles import Trouble

NOW = datetime(2026, 2, 2, 3, tzinfo=UTC)
KINDS = ("zk", "mqtt", "iclock", "attlog")


def of(silence: timedelta | None = timedelta(0), **more: Any) -> Condition:
    seen_at = None if silence is None else NOW - silence
    values = {"kind": "zk", "error": None, "trouble": None, "retired_at": None, "poll_seconds": 300.0} | more
    return condition(Known(seen_at=seen_at, **values), NOW)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("border", "beyond", "expected"),
    [(0, 0, "good"), (0, 1, "late"), (1, 0, "late"), (1, 1, "silent"), (1, 10**7, "silent")],
)
def test_silence_makes_a_terminal_late_and_then_silent(kind: str, border: int, beyond: int, expected: str) -> None:
    assert of(likely(kind, 300)[border] + timedelta(seconds=beyond), kind=kind) == expected


def test_who_is_polled_seldom_is_late_later() -> None:
    assert likely("zk", 300) == (timedelta(minutes=15), timedelta(hours=1))
    assert likely("zk", 3600) == (timedelta(hours=3), timedelta(hours=12))


def test_a_terminal_that_was_never_seen() -> None:
    assert of(None) == "never"
    assert of(None, error="refused", trouble="refused") == "needs_you"


@pytest.mark.parametrize("trouble", [*get_args(Trouble), None])
def test_each_trouble_passes_or_needs_a_person(trouble: Trouble | None) -> None:
    expected = "needs_you" if trouble in FOR_A_PERSON else "good" if trouble in NO_TROUBLE else "late"
    assert of(error="broken", trouble=trouble) == expected


def test_a_wrong_clock_counts_less_than_silence_and_a_terminal_out_of_use_more_than_all() -> None:
    assert of(clock_off=True) == "clock_wrong"
    assert of(timedelta(days=1), clock_off=True) == "silent"
    assert of(clock_off=True, error="x", trouble="wrong_key", retired_at=NOW) == "retired"
