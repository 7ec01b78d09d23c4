"""The month as a grid, without a database."""

from datetime import date
from decimal import Decimal

import pytest

from api import recap
from api.models import Employee, WorkDay
from tests.api.office import HOURS


def work_day(employee: int, day: date, kind: str, name: str | None = None) -> WorkDay:
    nothing: dict[str, object] = {
        "expected_in": None,
        "expected_out": None,
        "first_in": None,
        "last_out": None,
        "steps": [],
        "hours": HOURS,
        "codes": "",
    }
    counted = {"minutes_late": 0, "minutes_early": 0, "absent": False, "deduction": 0, "rulebook": "r"}
    return WorkDay.model_validate({"employee_id": employee, "day": day, "kind": kind, "name": name} | nothing | counted)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026-01", "2026-01-01", "2026-01-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2028-02", "2028-02-01", "2028-02-29"),
    ],
)
def test_a_month_s_bounds(period: str, first: str, last: str) -> None:
    assert recap.bounds(period) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("period", "months", "other"),
    [("2026-01", -1, "2025-12"), ("2026-12", 1, "2027-01"), ("2026-06", 0, "2026-06"), ("2026-06", -18, "2024-12")],
)
def test_neighbouring_months(period: str, months: int, other: str) -> None:
    assert recap.neighbour(period, months) == other


def test_a_column_is_what_the_day_is_for_most_and_the_week_s_before_anything_is_computed() -> None:
    monday, saturday = date(2026, 8, 17), date(2026, 8, 22)
    days = [work_day(1, monday, "work"), *(work_day(n, monday, "holiday", "Kemerdekaan") for n in (2, 3))]
    columns = recap.grid([], days, [], date(2026, 8, 17), date(2026, 8, 23)).columns
    assert [(one.kind, one.name) for one in columns[:2]] == [("holiday", "Kemerdekaan"), ("work", None)]
    assert columns[5].day == saturday
    assert [one.kind for one in columns[4:]] == ["work", "weekend", "weekend"]


def employee(number: int) -> Employee:
    home = {"unit_code": "U", "unit_name": "Unit", "time_zone": "Asia/Jakarta", "rulebook": "r"}
    return Employee.model_validate({"id": number, "nip": "1", "name": "N", "allowance_class": None} | home)


def test_a_day_with_several_shifts_is_one_cell_with_what_they_cost_together() -> None:
    day = date(2026, 1, 5)
    late = {"codes": ["TL1"], "deduction": Decimal("0.5"), "minutes_late": 12}
    first = work_day(1, day, "work").model_copy(update=late)
    second = work_day(1, day, "work").model_copy(update={"codes": ["PSW2"], "deduction": Decimal(1), "shift": 2})
    (row,) = recap.grid([employee(1)], [first, second], [], day, day).rows
    told = row.days[day]
    assert (told.codes, told.deduction, told.minutes_late) == (["TL1", "PSW2"], Decimal("1.5"), 12)
    unknown = second.model_copy(update={"deduction": None})
    (row,) = recap.grid([employee(1)], [first, unknown], [], day, day).rows
    assert row.days[day].deduction is None
