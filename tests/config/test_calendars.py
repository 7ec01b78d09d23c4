"""The calendars of 2021 to 2026, against the counts of their decrees."""

import shutil
from calendar import isleap
from collections import Counter
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from config.calendars import FOLDER, calendar
from config.dated import NotInForceError, RulebookError


def year(number: int) -> list[date]:
    return [date(number, 1, 1) + timedelta(days=n) for n in range(365 + isleap(number))]


@pytest.mark.parametrize(
    ("number", "days"),
    [
        (2021, [20, 19, 22, 21, 17, 21, 21, 20, 22, 20, 22, 23]),
        (2022, [21, 18, 22, 19, 15, 21, 21, 22, 22, 21, 22, 22]),
        (2023, [21, 20, 21, 14, 21, 17, 20, 22, 20, 22, 22, 19]),
        (2024, [22, 18, 18, 16, 18, 18, 23, 22, 20, 23, 20, 20]),
        (2025, [19, 20, 19, 16, 17, 18, 23, 20, 21, 23, 20, 21]),
        (2026, [20, 18, 17, 21, 16, 20, 23, 19, 22, 22, 21, 21]),
    ],
)
def test_working_days_of_each_month(number: int, days: list[int]) -> None:
    work = Counter(day.month for day in year(number) if calendar().day(day).kind == "work")
    assert [work[month] for month in range(1, 13)] == days


@pytest.mark.parametrize(
    ("number", "free"),
    [(2021, (15, 1)), (2022, (16, 4)), (2023, (16, 11)), (2024, (19, 10)), (2025, (17, 11)), (2026, (17, 8))],
)
def test_holidays_and_collective_leave(number: int, free: tuple[int, int]) -> None:
    kinds = Counter(calendar().day(day).kind for day in year(number))
    assert (kinds["holiday"], kinds["joint_leave"]) == free


def test_a_free_day_cites_its_own_decree() -> None:
    """One that amends another holds all days of its year, and is cited from its own day on."""
    for day, decree in (
        (date(2021, 5, 12), "SKB Menag 281/2021"),
        (date(2021, 6, 1), "SKB Menag 642/2020"),
        (date(2021, 8, 11), "SKB Menag 712/2021"),
        (date(2022, 3, 3), "SKB Menag 963/2021"),
        (date(2022, 5, 4), "SKB Menag 375/2022"),
        (date(2022, 7, 10), "SKB Menag 678/2022"),
        (date(2023, 1, 23), "SKB Menag 1066/2022"),
        (date(2023, 4, 19), "SKB Menag 327/2023"),
        (date(2023, 6, 30), "SKB Menag 624/2023"),
        (date(2024, 1, 1), "SKB Menag 855/2023, Menaker 3/2023, MenPANRB 4/2023"),
    ):
        assert calendar().day(day).law.startswith(decree)
    assert calendar().day(date(2024, 2, 14)).law.endswith("; Keppres 10/2024")
    assert calendar().day(date(2024, 11, 27)).law.endswith("; Keppres 33/2024")
    assert calendar().day(date(2026, 3, 20)).law.startswith("SKB Menag 1497/2025")
    for day in (date(2025, 1, 28), date(2025, 12, 25)):
        assert calendar().day(day).law.startswith("SKB Menag 1017/2024, Menaker 2/2024")
    for day in (date(2025, 8, 18), date(2025, 12, 26)):
        assert calendar().day(day).law.startswith("SKB Menag 933/2025, Menaker 1/2025, MenPANRB 3/2025")


@pytest.mark.parametrize(
    ("day", "hours", "basis", "law"),
    [
        (date(2021, 4, 9), (time(7, 30), time(16, 30)), "regulation", "Keppres 68/1995 Ps. 1"),
        (date(2021, 4, 13), (time(8), time(15)), "assumption", "SE MenPANRB 9/2021"),
        (date(2022, 4, 8), (time(8), time(15, 30)), "assumption", "SE MenPANRB 11/2022"),
        (date(2023, 4, 11), (time(8), time(15)), "assumption", "SE MenPANRB 6/2023"),
        (date(2023, 4, 12), (time(8), time(15)), "assumption", "Perpres 21/2023 Ps. 4"),
        (date(2024, 12, 31), (time(7, 30), time(16)), "regulation", "Perpres 21/2023 Ps. 3, Ps. 4"),
        (date(2025, 2, 28), (time(7, 30), time(16, 30)), "regulation", "Perpres 21/2023 Ps."),
        (date(2025, 3, 3), (time(8), time(15)), "assumption", "Perpres 21/2023 Ps."),
        (date(2025, 3, 27), (time(8), time(15)), "assumption", "Perpres 21/2023 Ps."),
        (date(2025, 4, 8), (time(7, 30), time(16)), "regulation", "Perpres 21/2023 Ps."),
        (date(2025, 12, 31), (time(7, 30), time(16)), "regulation", "Perpres 21/2023 Ps."),
        (date(2026, 1, 5), (time(7, 30), time(16)), "regulation", "Perpres 21/2023 Ps."),
        (date(2026, 1, 9), (time(7, 30), time(16, 30)), "regulation", "Perpres 21/2023 Ps."),
        (date(2026, 2, 18), (time(7, 30), time(16)), "regulation", "Perpres 21/2023 Ps."),
        (date(2026, 2, 19), (time(8), time(15)), "assumption", "Perpres 21/2023 Ps."),
        (date(2026, 2, 20), (time(8), time(15, 30)), "assumption", "Perpres 21/2023 Ps."),
        (date(2026, 3, 17), (time(8), time(15)), "assumption", "Perpres 21/2023 Ps."),
        (date(2026, 3, 25), (time(7, 30), time(16)), "regulation", "Perpres 21/2023 Ps."),
    ],
)
def test_hours(day: date, hours: tuple[time, time], basis: str, law: str) -> None:
    expected = calendar().day(day)
    assert (expected.hours, expected.basis) == (hours, basis)
    assert expected.law.startswith(law)
    assert ("Assumption: Ramadan" in expected.law) == (basis == "assumption")


@pytest.mark.parametrize("day", [date(2020, 12, 31), date(2027, 1, 1)])
def test_a_year_without_its_decree_is_an_error(day: date) -> None:
    with pytest.raises(NotInForceError, match=f"national_holidays.*says nothing about {day}"):
        calendar().day(day)


def test_last_year_decree_names_the_cure() -> None:
    with pytest.raises(NotInForceError, match=r"SKB Menag 1497/2025.*Add the version of 2027 with its decree"):
        calendar().day(date(2027, 3, 1))


def test_hours_before_the_first_law(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "calendars")
    path = tmp_path / "calendars" / "working_hours.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("1995-", "2022-"), encoding="utf-8")
    with pytest.raises(NotInForceError, match=r"working_hours.*says nothing about 2021-01-04.*2022-01-01"):
        calendar(tmp_path / "calendars").day(date(2021, 1, 4))


def test_a_day_that_is_free_twice_is_refused(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "calendars")
    path = tmp_path / "calendars" / "joint_leave.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("2026-02-16", "2026-02-17"), encoding="utf-8")
    with pytest.raises(RulebookError, match=r"joint_leave.*2026-02-17.*is a day of national_holidays too.*Keep it in"):
        calendar(tmp_path / "calendars")
