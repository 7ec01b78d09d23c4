"""Thirty slips of somebody who is no programmer: each is refused with file, table, place, fault and cure."""

import shutil
from pathlib import Path

import pytest

from config.dated import RulebookError
from config.rulebooks import FOLDER, named_or_in

ONE_DAY = 'rows = [{ case = "day", value = 3, code = "TK" }]'
ANOTHER = """
[[version]]
in_force = {}-01-01
in_force_known = "year"
law = "SK 1"
article_known = false
source = "a letter"
basis = "regulation"
rows = [{{ case = "day", value = 4, code = "TK" }}]
"""
SLIPS = {
    "typo in a key": (
        "kemenag-2014",
        "lateness_deduction",
        "below = 31",
        "bellow = 31",
        ["row 2", "Did you mean 'below'?"],
    ),
    "table name typo": (
        "kemenag-2014",
        "absence_deduction",
        'name    = "absence_deduction"',
        'name    = "absense_deduction"',
        ["called like its file"],
    ),
    "same day twice": (
        "kemenag-2014",
        "absence_deduction",
        ONE_DAY,
        ONE_DAY + ANOTHER.format(2014),
        ["two versions are in force from 2014-01-01"],
    ),
    "earlier version after": (
        "kemenag-2014",
        "absence_deduction",
        ONE_DAY,
        ONE_DAY + ANOTHER.format(2013),
        ["wrong order", "oldest first"],
    ),
    "gap": (
        "kemenag-2014",
        "lateness_deduction",
        "{ from = 31, below = 61",
        "{ from = 32, below = 61",
        ["gap from 31 to 32", "equal the 'below' above"],
    ),
    "overlap": (
        "kemenag-2014",
        "lateness_deduction",
        "{ from = 31, below = 61",
        "{ from = 30, below = 61",
        ["overlap from 30 to 31"],
    ),
    "negative minutes": (
        "kemenag-2014",
        "lateness_deduction",
        "{ from = 31, below = 61",
        "{ from = -31, below = 61",
        ["row 3", "'from' is -31"],
    ),
    "percent > 100": ("kemenag-2014", "absence_deduction", "value = 3", "value = 300", ["'value' is 300", "up to 100"]),
    "comma": ("kemenag-2014", "lateness_deduction", "value = 0.5", "value = 0,5", ["line 15", "with a point"]),
    "percent as text": (
        "kemenag-2014",
        "lateness_deduction",
        "value = 0.5",
        'value = "0.5 %"',
        ["'0.5 %'", '"unknown"'],
    ),
    "date without law": (
        "kemenag-2014",
        "absence_deduction",
        'law = "SK Sekjen Kemenag 13/2014"\n',
        "",
        ["'law' is missing"],
    ),
    "no date": ("kemenag-2014", "absence_deduction", "in_force = 2014-01-01\n", "", ["'in_force' is missing"]),
    "Indonesian date": (
        "kemenag-2014",
        "absence_deduction",
        "in_force = 2014-01-01",
        "in_force = 1 Januari 2014",
        ["line 7", "1 Januari 2014", "year-month-day"],
    ),
    "impossible date": (
        "kemenag-2014",
        "absence_deduction",
        "in_force = 2014-01-01",
        "in_force = 2014-02-30",
        ["2014-02-30", "a day that exists"],
    ),
    "date order": (
        "kemenag-2014",
        "absence_deduction",
        "in_force = 2014-01-01",
        "in_force = 01-01-2014",
        ["01-01-2014", "year-month-day"],
    ),
    "unknown kind of leave": (
        "kemenag-2014",
        "leave_deduction",
        'kind = "annual"',
        'kind = "anual"',
        ["'anual'", "Did you mean 'annual'?"],
    ),
    "unknown case": (
        "kemenag-2014",
        "missing_scan_deduction",
        'case = "in"',
        'case = "masuk"',
        ["'masuk'", "['in', 'out']"],
    ),
    "bracket lost": (
        "kemenag-2014",
        "lateness_deduction",
        'code = "TL1" },',
        'code = "TL1",',
        ["line 15", "each { needs its }"],
    ),
    "quote lost": (
        "kemenag-2014",
        "lateness_deduction",
        'code = "TL1"',
        'code = "TL1',
        ["line 15", "Close the quotes"],
    ),
    "smart quotes": (
        "kemenag-2014",
        "lateness_deduction",
        'code = "TL1"',
        "code = “TL1”",
        ["line 15", "word processor"],
    ),
    "wrong type rows": (
        "kemenag-2014",
        "absence_deduction",
        'rows = [{ case = "day", value = 3, code = "TK" }]',
        "rows = 3",
        ["'rows' is no list", "rows = [ { … }, … ]"],
    ),
    "rows a table": (
        "kemenag-2014",
        "absence_deduction",
        'rows = [{ case = "day", value = 3, code = "TK" }]',
        'rows = { case = "day", value = 3, code = "TK" }',
        ["'rows' is no list"],
    ),
    "status typo": (
        "kemenag-2014",
        "rulebook",
        'status = "historical"',
        'status = "old"',
        ["'old'", "['in force', 'historical']"],
    ),
    "base typo": (
        "kemenag-2014",
        "rulebook",
        'base = "whole allowance"',
        'base = "whole"',
        ["'whole'", "'whole allowance'"],
    ),
    "unknown classes": (
        "kemensos-eperformance",
        "allowance",
        'classes = "kemensos"',
        'classes = "kemensoss"',
        ["'kemensoss'", "Did you mean 'kemensos'?"],
    ),
    "leave gap": (
        "kemenkop-2025",
        "leave_deduction",
        '{ kind = "sick_outpatient", from = 4',
        '{ kind = "sick_outpatient", from = 5',
        ["sick_outpatient", "ends below 4, the next begins at 5"],
    ),
    "weights": ("kemenbud-2025", "component_weights", "attendance = 30", "attendance = 40", ["do not make 100"]),
    "predicate twice": (
        "kemlu-2025",
        "predicate_pay",
        'predicate = "Baik"',
        'predicate = "Sangat Baik"',
        ["there twice"],
    ),
    "version missing": ("kemenag-2014", "absence_deduction", "[[version]]", "[[versi]]", ["Did you mean 'version'?"]),
    "cut > 100": ("kementan-2012", "disciplinary_cut", "cut = 20", "cut = 120", ["'cut' is 120"]),
    "an empty file": ("kemenag-2014", "absence_deduction", None, "", ["'checked' is missing"]),
    "predicate typo": (
        "kemlu-2025",
        "predicate_pay",
        'predicate = "Butuh Perbaikan"',
        'predicate = "Butuh Perbaikn"',
        ["Did you mean 'Butuh Perbaikan'?"],
    ),
}
"""Rulebook, file, what stands there (None = all of it), what is written instead, words of the message."""


@pytest.mark.parametrize("what", SLIPS)
def test_a_slip_is_refused_with_its_cure(what: str, tmp_path: Path) -> None:
    name, table, old, new, words = SLIPS[what]
    shutil.copytree(FOLDER / name, tmp_path / name)
    path = tmp_path / name / f"{table}.toml"
    text = path.read_text(encoding="utf-8")
    assert old is None or old in text
    path.write_text(new if old is None else text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulebookError) as caught:
        named_or_in(str(tmp_path / name))
    message = str(caught.value)
    for word in (str(path), f"table {table}", *words):
        assert word in message, message
    assert "\n" not in message
