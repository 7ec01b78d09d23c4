"""No second source of rules: figures of law live in config/rulebooks and config/calendars alone."""

import ast
import re
from datetime import time
from pathlib import Path

import pytest

from config.calendars import calendar
from config.rulebook_tables import ABSENCE, EARLY_LEAVE, LATENESS, MISSING_SCAN
from config.rulebooks import names, rulebook

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("scoring", "ingest", "collector", "api")
PYTHON = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
OTHER = sorted(
    path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in {".sql", ".html", ".js"}
)

HOUR, WHOLE = 60, 100
BOOKS = [rulebook(name) for name in names()]
BANDS = [band for book in BOOKS for kind in (LATENESS, EARLY_LEAVE) for band in book.need(kind).versions[-1].content]
RATES = [
    rate.percent for book in BOOKS for kind in (MISSING_SCAN, ABSENCE) for rate in book.need(kind).versions[-1].content
]
BORDERS = {band.start for band in BANDS if band.start > 1 and band.start % HOUR}
PERCENTS = {value for value in [*RATES, *(band.percent for band in BANDS)] if value is not None and value % WHOLE}
"""Full hours and whole percents are left out: as numbers they mean many other things too."""
HOURS: set[time] = {
    at
    for table in (calendar().working_hours, calendar().ramadan_hours)
    for hours in table.versions[-1].content.week
    for at in hours or ()
}
LONGEST_MONTH = ("days=31", "LONGEST_MONTH = 31")
WHOLE_FORMULAS = {"scoring/plan.py"}
"""A text that prints arithmetic and no table: PermenPANRB 8/2021."""


def whole_numbers(node: ast.AST) -> list[int]:
    places = {part for inner in ast.walk(node) if isinstance(inner, ast.Slice) for part in ast.walk(inner)}
    return [
        inner.value
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and type(inner.value) is int and inner not in places
    ]


def test_the_shipped_figures_are_known_to_this_test() -> None:
    assert {31, 61, 91} <= BORDERS
    assert {125, 150, 250} <= PERCENTS
    assert time(7, 30) in HOURS


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_figure_of_law_in_python(path: Path) -> None:
    """Scoring holds none at all; elsewhere, where 31 may end a month, none is compared with."""
    text = path.read_text(encoding="utf-8")
    for form in LONGEST_MONTH:
        text = text.replace(form, form.split("31")[0] + "None")
    tree = ast.parse(text)
    if str(path.relative_to(ROOT)) in WHOLE_FORMULAS:
        found = set()
    elif path.is_relative_to(ROOT / "scoring"):
        found = (BORDERS | PERCENTS) & set(whole_numbers(tree))
    else:
        compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
        found = BORDERS & {value for node in compared for value in whole_numbers(node)}
    assert not found, f"{path}: {found}: a figure of law belongs into config/rulebooks"
    times = [f"{at.hour}, {at.minute})" for at in HOURS if at.minute] + [f"{at:%H:%M}:00" for at in HOURS if at.minute]
    assert not [at for at in times if f"time({at}" in text], f"{path}: hours belong into config/calendars"


@pytest.mark.parametrize("path", OTHER, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_border_in_queries_pages_and_scripts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = [line for line in text.splitlines() if re.search(r"[<>=]=?\s*(31|61|91)\b(?!%)", line)]
    assert not found, f"{path}: {found}"


def test_scoring_knows_no_float() -> None:
    for path in (ROOT / "scoring").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_float = isinstance(node, ast.Constant) and type(node.value) is float
            assert not is_float or path.name == "follow.py", f"{path}:{getattr(node, 'lineno', 0)} has a float"
            assert not (isinstance(node, ast.Attribute) and node.attr in {"Float32", "Float64"}), path
            assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), path
