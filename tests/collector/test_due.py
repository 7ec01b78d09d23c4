"""When terminals are due: spread by their names, the same after each restart."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.due import MOST_INTERVALS, RETRY_SECONDS, START_SECONDS, first_wait, next_wait, phase, retry_wait

NAMES = [f"terminal {number}" for number in range(2_000)]


def test_two_thousand_terminals_have_their_places_all_over_the_interval() -> None:
    tenths = Counter(int(phase(name) * 10) for name in NAMES)
    assert set(tenths) == set(range(10))
    assert max(tenths.values()) < 1.3 * len(NAMES) / 10


@given(name=st.text(), interval=st.floats(1, 86_400), at=st.floats(0, 4e9))
def test_the_next_reading_is_at_the_terminal_s_own_place_and_neither_too_soon_nor_too_late(
    name: str, interval: float, at: float
) -> None:
    wait = next_wait(name, interval, at)
    assert interval / 2 <= wait <= 1.5 * interval
    off = (at + wait) % interval - phase(name) * interval
    assert min(abs(off), interval - abs(off)) < 1e-5 * interval + 1e-5


def test_after_a_start_one_terminal_is_read_at_once_and_many_one_after_the_other() -> None:
    assert first_wait("lobi", 300, 1) < START_SECONDS
    waits = sorted(first_wait(name, 300, len(NAMES)) for name in NAMES)
    assert waits[-1] < len(NAMES) * START_SECONDS
    assert waits[len(waits) // 2] == pytest.approx(waits[-1] / 2, rel=0.1)
    assert max(first_wait(name, 10, len(NAMES)) for name in NAMES) < 10


def test_a_terminal_that_keeps_failing_is_tried_soon_once_and_then_more_and_more_seldom() -> None:
    waits = [retry_wait("lobi", 300, failures) for failures in range(1, 9)]
    assert waits == sorted(waits)
    assert waits[0] <= 1.25 * RETRY_SECONDS
    assert waits[-1] <= 1.25 * MOST_INTERVALS * 300
