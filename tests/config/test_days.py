"""Days at the command line: what is no day says so, and how to write one."""

from datetime import date

import pytest
import typer

from config.days import day_of


def test_a_day_is_read() -> None:
    assert day_of("2024-02-29") == date(2024, 2, 29)
    assert day_of("9999-12-31") == date.max


@pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "0000-01-01"])
def test_a_day_that_the_calendar_has_not_is_told(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"The calendar has no day {text}: write one as 2026-01-31"):
        day_of(text)


@pytest.mark.parametrize("text", ["", "yesterday", "20260131", "31-01-2026", "2026-01-31T00:00", "2026-W05-1"])
def test_what_is_written_otherwise_is_told_how(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"is no day: write one as 2026-01-31"):
        day_of(text)
