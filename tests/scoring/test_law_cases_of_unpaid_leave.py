"""Days for which the allowance is not paid: the law cases of unpaid_leave.toml, and what holds for any figures."""

import dataclasses
import tomllib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.dated import Table
from config.kinds.leave import Leave, LeaveRow
from config.kinds.predicate import PredicatePay
from config.kinds.rates import Rate
from config.rulebook_tables import ALLOWANCE, LEAVE, MONTHLY_CAP, PREDICATE_PAY, WEIGHTS
from config.rulebooks import Rulebook, rulebook
from scoring import month, pay
from scoring.frames import MONTH
from scoring.leave_of_month import monthly
from scoring.performance import PERFORMANCE
from scoring.rounding import FULL
from scoring.rounding import half_up as whole_half_up
from tests.scoring.office import changed, law_of, results
from tests.scoring.test_leave import absences_of, letters

CASES = Path(__file__).parent.parent / "law_cases"


def hundredths(value: Decimal | int) -> int:
    return int(value * 100)


def unpaid_rows(case: dict[str, Any]) -> tuple[LeaveRow, ...]:
    """The shipped rows, or as the case has them, and what it makes up beside them."""
    (shipped,) = rulebook("kemensos-eperformance").need(LEAVE).versions
    rows = [dataclasses.replace(row, of=case.get("of", row.of)) for row in shipped.content.rows]
    if "take" in case:
        rows = [dataclasses.replace(row, percent=hundredths(case["take"])) for row in rows]
    if "whole" in case:
        kind, percent, each = (case["whole"][key] for key in ("kind", "percent", "each"))
        rows.append(LeaveRow(kind, None, 1, None, "working", hundredths(percent), each, "whole", None))
    return tuple(rows)


def single(kind: Any, content: Any) -> Table[Any]:
    """A table of one version, of the law of the shipped leave table."""
    leave = rulebook("kemensos-eperformance").need(LEAVE)
    return Table(
        kind.name, leave.path, "", "", leave.checked, (type(leave.versions[0])(leave.versions[0].law, content),)
    )


def book_of(case: dict[str, Any]) -> Rulebook:
    book = rulebook(case["rulebook"]).replaced(LEAVE, single(LEAVE, Leave(unpaid_rows(case), counted_known=True)))
    if "cap" in case:
        book = book.replaced(MONTHLY_CAP, single(MONTHLY_CAP, (Rate("month", hundredths(case["cap"]), ""),)))
    if "limit" in case:
        book = book.replaced(WEIGHTS, changed(book.need(WEIGHTS), never_above_attendance=True))
    if "predicate" in case:
        paid = PredicatePay("previous quarter", (("Baik", hundredths(case["predicate"])),))
        allowance = changed(book.need(ALLOWANCE), deducted_from=case["order"])
        book = book.replaced(PREDICATE_PAY, single(PREDICATE_PAY, paid)).replaced(ALLOWANCE, allowance)
    return book


def scored(case: dict[str, Any], said: pl.DataFrame, employees: list[int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    law = law_of(book_of(case), case["period"])
    excuses, working = absences_of(law, said)
    deducted = [(employee, law.last.replace(day=1), hundredths(case.get("deduction", 0))) for employee in employees]
    known = {"class": case.get("class"), "candidate": False, "previous_predicate": "Baik", "previous": "2025-Q4"}
    performance = [{name: known.get(name) for name in PERFORMANCE} | {"employee": employee} for employee in employees]
    return month.score(
        pl.DataFrame(deducted, schema=MONTH, orient="row"),
        results(int(case.get("output", 0) * 10_000), FULL, employees),
        law,
        None,
        monthly(excuses, working, law),
        performance=pl.DataFrame(performance, schema=PERFORMANCE),
    )


@pytest.mark.parametrize(
    "case",
    tomllib.loads((CASES / "unpaid_leave.toml").read_text(encoding="utf-8"), parse_float=Decimal)["case"],
    ids=lambda case: case["name"],
)
def test_unpaid_leave(case: dict[str, Any]) -> None:
    scores, steps = scored(case, letters(case["letters"]), [1])
    assert scores["payable"].to_list() == [hundredths(case["payable"])]
    told = {step["kind"]: step["formula"] for step in steps.to_dicts()}
    assert told["payable"] == case["formula"]
    if "rupiah" in case:
        assert scores["amount"].to_list() == [hundredths(case["rupiah"])]
    assert told.get("amount") == case.get("told", told.get("amount"))


def test_a_part_that_is_not_known_pays_nothing_on_a_guess() -> None:
    case = {"rulebook": "kemensos-eperformance", "period": "2026-01", "output": 100}
    law = law_of(book_of(case), "2026-01")
    excuses, _ = absences_of(law, letters([{"kind": "unpaid", "first": date(2026, 1, 19), "last": date(2026, 1, 31)}]))
    scores, steps = month.score(
        pl.DataFrame(schema=MONTH), results(1_000_000, FULL), law, None, monthly(excuses, None, law)
    )
    assert scores["payable"].to_list() == [None]
    (told,) = steps.filter(pl.col("kind") == "payable")["formula"]
    assert told == "100,00 x ? of ? working days paid"


PERCENTS = st.integers(0, FULL).map(lambda figure: Decimal(figure) / 100)
SAID = st.fixed_dictionaries(
    {"output": PERCENTS, "deduction": PERCENTS},
    optional={
        "cap": PERCENTS,
        "limit": st.just(value=True),
        "whole": st.fixed_dictionaries(
            {"kind": st.just("important"), "percent": PERCENTS, "each": st.sampled_from(["day", "month"])}
        ),
        "order": st.sampled_from(["received", "class"]),
    },
)


@settings(deadline=None)
@given(SAID, PERCENTS)
def test_more_unpaid_days_never_pay_more_and_a_whole_month_nothing(said: dict[str, Any], predicate: Decimal) -> None:
    """Employee n is unpaid on the last n of April's 21 working days; an important reason holds on the first."""
    case = {"rulebook": "kemensos-eperformance", "period": "2026-04", "class": 10} | said
    if "order" in case:
        case["predicate"] = predicate
    working = law_of("kemensos-eperformance", "2026-04").days.filter(kind="work")["day"].to_list()
    employees = list(range(len(working) + 1))
    rows = [pl.DataFrame(schema=letters([], 0).schema)]
    for unpaid in employees:
        of_one = [{"kind": "important", "first": working[0], "last": working[0]}] if "whole" in case else []
        of_one += [{"kind": "unpaid", "first": working[-unpaid], "last": working[-1]}] if unpaid else []
        rows.append(letters(of_one if unpaid < len(working) else of_one[-1:], unpaid))
    scores, _ = scored(case, pl.concat(rows), employees)
    for figure in ("payable", "amount"):
        paid = scores[figure].to_list()
        assert paid == sorted(paid, reverse=True)
        assert paid[-1] == 0


@settings(deadline=None)
@given(st.integers(0, 4 * 10**9), st.integers(0, pay.PARTS), st.integers(1, 31).flatmap(
    lambda days: st.tuples(st.integers(0, days * FULL), st.just(days * FULL))
))  # fmt: skip
def test_percent_and_rupiah_of_a_part_are_rounded_once(base: int, left: int, part: tuple[int, int]) -> None:
    row = pl.DataFrame({"base": [base], "left": [left], "kept": [part[0]], "of_month": [part[1]]})
    kept, of_month = pl.col("kept"), pl.col("of_month")
    exact = Fraction(base * left * part[0], pay.PARTS * part[1])
    by: dict[pay.Rounding, int] = {
        "sen": half_up(exact),
        "rupiah": half_up(exact / 100) * 100,
        "rupiah down": exact // 100 * 100,
    }
    for rounding, rounded in by.items():
        assert row.select(pay.amount(pl.col("base"), pl.col("left"), rounding, kept, of_month)).item() == rounded
    percent = row.select(pay.for_part(pl.col("left"), kept, of_month)).item()
    assert whole_half_up(percent, FULL) == half_up(Fraction(left * part[0], part[1] * FULL))


def half_up(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))
