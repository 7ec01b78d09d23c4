"""Every leave table, day by day: the law cases of leave_by_day.toml, all of one rulebook in one frame."""

import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from config.absences import absence_kinds
from config.kinds.leave import Leave
from config.rulebook_tables import LEAVE
from config.rulebooks import names, rulebook
from scoring.excuse import HELD
from scoring.leave import priced, rules

CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent.parent / "law_cases" / "leave_by_day.toml").read_text(encoding="utf-8"), parse_float=Decimal
)["case"]
DAY = date(2026, 3, 31)
NUMBERS = {"working", "calendar", "months"}
WITH_LEAVE = [name for name in names() if rulebook(name).get(LEAVE)]
Asked = tuple[str, int | None, int, dict[str, Any], Decimal | int | str]
"""Kind, child, number of the day, its case and what it takes."""


def asked(name: str) -> Iterator[Asked]:
    for case in CASES:
        if case["rulebook"] == name:
            for kind in case["kinds"]:
                for child in case.get("child", [None]) if absence_kinds()[kind].child else [None]:
                    for number, percent in case["days"]:
                        yield kind, child, number, case, percent


def held(name: str) -> pl.DataFrame:
    """One employee a case. The other ways of counting stand elsewhere, so that none is taken for another."""
    rows = [
        (
            n,
            DAY,
            kind,
            child,
            "letter",
            DAY,
            *(number if case.get("counted") == way else 1000 for way in HELD_WAYS),
            True,
        )
        for n, (kind, child, number, case, _) in enumerate(asked(name))
    ]
    return pl.DataFrame(rows, schema=HELD, orient="row")


HELD_WAYS = [name for name in HELD if name in NUMBERS]


@pytest.mark.parametrize("name", WITH_LEAVE)
def test_every_day_of_leave(name: str) -> None:
    got = priced(held(name), rules(rulebook(name), [DAY])).to_dicts()
    for row, (kind, child, number, case, percent) in zip(got, asked(name), strict=True):
        expected = None if isinstance(percent, str) else int(percent * 100)
        assert row["percent"] == expected, (kind, child, number)
        if expected is not None:
            assert (row["each"], row["of"]) == (case["each"], case["of"]), (kind, child, number)


@pytest.mark.parametrize("name", WITH_LEAVE)
def test_the_cases_stand_on_every_border_of_leave(name: str) -> None:
    seen = {(kind, child, number) for kind, child, number, *_ in asked(name)}
    (version,) = rulebook(name).need(LEAVE).versions
    lacking = borders(version.content) - {(kind, number) for kind, _, number in seen}
    assert not lacking
    for row in version.content.rows:
        if row.children is not None:
            assert {child for kind, child, _ in seen if kind == row.kind} >= {row.children[0], row.children[1]}


def borders(leave: Leave) -> set[tuple[str, int]]:
    """The first day of each row and the days beside it; the day after the last row."""
    rows = {(row.kind, number) for row in leave.rows for number in (row.start - 1, row.start) if number}
    inside = {(row.kind, row.start + 1) for row in leave.rows if row.below is None or row.start + 1 < row.below}
    return rows | inside | {(row.kind, row.below) for row in leave.rows if row.below is not None}
