"""The command line says by its own name what a score lacks."""

from typing import Any

import pytest

from scoring.performance_steps import NO_METHOD
from scoring.telling import payable, period_lines


def row(**more: Any) -> dict[str, Any]:
    known = {"payable": None, "deduction": 0, "total": None, "days_waiting": 0, "period": "2026-01", "without": "rate"}
    return known | more


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (row(), "rate missing"),
        (row(without="target"), "target missing"),
        (row(without="behaviour"), "no rating by the superior that counts"),
        (row(without="predicate", total=1), "predicate missing"),
        (row(without="predicate", total=1, period="2026-Q1"), "nothing: nobody is paid for a quarter or a year"),
        (row(without="target", period="2026"), "target missing"),
    ],
)
def test_what_lacks(score: dict[str, Any], said: str) -> None:
    assert payable(score) == said


@pytest.mark.parametrize(
    ("percent", "rupiah", "said"),
    [
        (9660, "Rp ?", "amount: ? (class or its allowance not known)"),
        (None, "Rp ?", "amount: ? (payable percent not known)"),
        (9660, "Rp 5775907,20", "amount: Rp 5775907,20 "),
    ],
)
def test_an_amount_is_never_told_as_a_percent(percent: int | None, rupiah: str, said: str) -> None:
    step = {"kind": "amount", "code": "", "day": None, "percent": percent, "formula": f"x = {rupiah}", "table": ""}
    told = {"nip": "1", "employee_name": "Sari", "version": 1, "rulebook": "r", "basis": "regulation"}
    more = {"counted_from": None, "day_steps": None, "time_zone": "Asia/Jakarta"}
    assert said in "\n".join(period_lines(row(**told, **more, steps=[step | {"hours": "", "punches": []}]))) + " "


@pytest.mark.parametrize(
    ("kind", "code", "formula", "table", "said"),
    [
        ("behaviour", "", "the rulebook has no rating_weights", "", "behaviour: rate missing   the rulebook has no"),
        ("behaviour", "", "?", "rating_weights", "behaviour: no rating by the superior that counts"),
        ("output", "", "47,50 / ?", "output_cap", "output: target missing"),
        ("output", "", "60,00 / 50,00 = 120,00; max ?", "output_cap", "output: rate missing"),
        ("predicate", "?", "result ?, behaviour ?", "", "predicate ?: predicate missing"),
        ("predicate_pay", "", "?", "predicate_pay", "percent of the predicate: predicate missing"),
        ("predicate_pay", "", "2026-Q1 ?", "predicate_pay", "percent of the predicate: predicate missing   2026-Q1 ?"),
        ("predicate_pay", "", "Baik", "predicate_pay", "percent of the predicate: rate missing   Baik"),
        ("predicate_pay", "", NO_METHOD, "predicate_pay", f"percent of the predicate: rate missing   {NO_METHOD}"),
        ("predicate", "Baik", "result above, behaviour below", "", "predicate Baik: by result and behaviour"),
    ],
)
def test_a_step_says_by_its_name_what_it_lacks(kind: str, code: str, formula: str, table: str, said: str) -> None:
    law = {"law": "l", "article": "", "in_force": "2026-01-01", "in_force_known": "day", "basis": "regulation"}
    step = law | {"kind": kind, "code": code, "day": None, "percent": None, "formula": formula, "table": table}
    told = {"nip": "1", "employee_name": "Sari", "version": 1, "rulebook": "r", "basis": "regulation"}
    more = {"counted_from": None, "day_steps": None, "time_zone": "Asia/Jakarta"}
    lines = period_lines(row(**told, **more, steps=[step | {"hours": "", "punches": []}]))
    assert any(said in line for line in lines)
