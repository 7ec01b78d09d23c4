"""The loader refuses every broken variant, naming file, table and cure."""

from datetime import date
from pathlib import Path

import pytest

from config.dated import NotInForceError, RulebookError
from config.kinds.bands import BANDS, Band
from config.kinds.days import DAYS, SPANS
from config.kinds.flexible import FLEXIBLE
from config.kinds.hours import HOURS
from config.kinds.period import ATTENDANCE_PERIOD
from config.kinds.rates import rates
from config.kinds.runs import RUN
from config.kinds.scans import SCANS
from config.kinds.shape import Shape, table
from config.kinds.weights import WEIGHTS

ABSENCE = rates("day")
MISSING_SCAN = rates("in", "out")
CAP = rates("month")
OUTPUT_CAP = rates("month", most=200)

GOOD = """\
name    = "lateness_deduction"
measure = "minutes late"
unit    = "percent of the monthly allowance"
checked = 2026-06-01

[[version]]
in_force = 2025-07-01
in_force_known = "day"
law      = "Regulation 11/2025"
article  = "art. 3"
source   = "sources/regulation-11-2025.pdf#page=2"
basis    = "regulation"
rows = [
  { from = 0,  below = 1,  value = 0 },
  { from = 1,  below = 61, value = 0.5, code = "TL1" },
  { from = 61,             value = "unknown", code = "TL2" },
]
"""
LATER = GOOD[GOOD.index("[[version]]") :].replace("2025-07-01", "2026-02-01").replace("11/2025", "2/2026")


def written(folder: Path, text: str, name: str = "lateness_deduction") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str, *words: str) -> None:
    path = written(folder, text)
    with pytest.raises(RulebookError) as caught:
        table(path, BANDS)
    message = str(caught.value)
    for word in (str(path), "lateness_deduction", *words):
        assert word in message, message


def test_a_good_file_reads_as_the_law_prints_it(tmp_path: Path) -> None:
    read = table(written(tmp_path, GOOD), BANDS)
    assert read.on(date(2025, 7, 1)).content == (Band(0, 1, 0, ""), Band(1, 61, 50, "TL1"), Band(61, None, None, "TL2"))
    assert read.checked == date(2026, 6, 1)


def test_the_day_of_the_work_selects_the_version(tmp_path: Path) -> None:
    read = table(written(tmp_path, GOOD + "\n" + LATER), BANDS)
    assert read.on(date(2026, 1, 31)).law.law == "Regulation 11/2025"
    assert read.on(date(2026, 2, 1)).law.law == "Regulation 2/2026"


def test_a_day_before_the_first_version_is_an_error(tmp_path: Path) -> None:
    read = table(written(tmp_path, GOOD), BANDS)
    with pytest.raises(NotInForceError, match=r"lateness_deduction.*says nothing about 2025-06-30.*Regulation 11/2025"):
        read.on(date(2025, 6, 30))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("basis    =", "basiss   =", ["'basiss' is unknown", "Did you mean 'basis'?", "version 1"]),
        ("measure =", "mesure  =", ["'mesure' is unknown", "Did you mean 'measure'?"]),
        ("below = 61", "bellow = 61", ["'bellow' is unknown", "row 2", "Did you mean 'below'?"]),
        ('law      = "R', 'law = "x"\nlaw      = "R', ["given twice", "Keep one of the two"]),
        ("from = 1,  below = 61", "from = 2,  below = 61", ["gap from 1 to 2", "row 1 and row 2", "equal the 'below'"]),
        ("from = 61, ", "from = 60, ", ["overlap from 60 to 61", "row 2 and row 3"]),
        ('law      = "Regulation 11/2025"\n', "", ["'law' is missing", "Add law ="]),
        ('law      = "Regulation 11/2025"', 'law      = " "', ["'law' is empty", "as the source names it"]),
        ('value = "unknown", code = "TL2"', "below = 120, value = 1", ["ends at 120, a closed end", "open"]),
        ("  { from = 0,  below = 1,  value = 0 },\n", "", ["no zero row", "from = 0"]),
        ("below = 1,  value = 0 ", "below = 1,  value = 0.5 ", ["no zero row"]),
        ("in_force = 2025-07-01", 'in_force = "2025-07-01"', ["'in_force' is '2025-07-01'", "without quotes"]),
        ("in_force = 2025-07-01", "in_force = 2025-07-01T00:00:00", ["'in_force'", "without quotes"]),
        ("checked = 2026-06-01", 'checked = "1 June"', ["'checked' is '1 June'", "without quotes"]),
        ("checked = 2026-06-01\n", "", ["'checked' is missing"]),
        ('in_force_known = "day"\n', "", ["'in_force_known' is missing"]),
        ('in_force_known = "day"', 'in_force_known = "month"', ["'month'", "['day', 'year']"]),
        ('in_force_known = "day"', 'in_force_known = "year"', ["only the year", "in_force = 2025-01-01"]),
        ('article  = "art. 3"\n', "", ["'article'", "article_known = false"]),
        ('article  = "art. 3"', "article_known = true", ["'article_known' can only be false"]),
        ('article  = "art. 3"', 'article  = "art. 3"\narticle_known = false', ["either 'article'"]),
        ('source   = "sources/regulation-11-2025.pdf#page=2"\n', "", ["'source' is missing"]),
        ('basis    = "regulation"', 'basis    = "hearsay"', ["'hearsay'", "['regulation', 'assumption']"]),
        ("value = 0.5", "value = 0.505", ["'value' is 0.505", "two decimals"]),
        ("value = 0.5", "value = -0.5", ["'value' is -0.5", "zero or more"]),
        ("value = 0.5", "value = nan", ["'value' is NaN", "row 2", "up to 100"]),
        ("value = 0.5", "value = inf", ["'value' is Infinity", "up to 100"]),
        ("value = 0.5", "value = 1e999999", ["'value' is 1E+999999", "up to 100"]),
        ("value = 0.5", "value = 100.01", ["'value' is 100.01", "up to 100"]),
        ("value = 0.5", "value = 0.5, value = 1", ["given twice", "Keep one of the two"]),
        ('code = "TL2"', 'code = "TL1"', ["two rows have the code 'TL1'", "the law prints"]),
        ("value = 0.5", "value = true", ["'value' is True", "as the law prints it"]),
        ("value = 0.5", 'value = "not known"', ["'value' is 'not known'", '"unknown"']),
        ("below = 61", 'below = "61"', ["'below' is '61'", "whole number"]),
        ("below = 61", "below = 60.5", ["'below'", "whole number"]),
        ("from = 1,  below = 61", "from = 1", ["row 2 is open but is not the last"]),
        ('code = "TL1"', 'code = "TL 1"', ["'TL 1'", "without blanks"]),
        ('name    = "lateness_deduction"', 'name    = "lateness"', ["'lateness'", "called like its file"]),
        ("rows = [", "rows = 5\nrest = [", ["'rest' is unknown"]),
        ("[[version]]", "[version]", ["'version' is no list", "two brackets"]),
        ("checked", "checked = =", ["line 4 cannot be read: checked = =", "name = value"]),
    ],
)
def test_broken_variants(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    assert old in GOOD
    refused(tmp_path, GOOD.replace(old, new, 1), *words)


def test_rows_in_the_wrong_order(tmp_path: Path) -> None:
    first = "  { from = 0,  below = 1,  value = 0 },\n"
    second = '  { from = 1,  below = 61, value = 0.5, code = "TL1" },\n'
    third = '  { from = 61,             value = "unknown", code = "TL2" },\n'
    refused(tmp_path, GOOD.replace(first + second, second + first), "no zero row")
    swapped = GOOD.replace(second + third, "  { from = 61, below = 90, value = 1 },\n" + second)
    refused(tmp_path, swapped, "gap from 1 to 61")
    refused(tmp_path, GOOD.replace(third, "  { from = 1, value = 1 },\n"), "wrong order")


def test_versions_in_the_wrong_order(tmp_path: Path) -> None:
    head, version = GOOD.split("[[version]]")
    refused(tmp_path, head + LATER + "\n[[version]]" + version, "2025-07-01 stands after that of 2026-02-01", "oldest")


def test_the_same_day_twice(tmp_path: Path) -> None:
    again = LATER.replace("2026-02-01", "2025-07-01")
    refused(tmp_path, GOOD + "\n" + again, "two versions are in force from 2025-07-01", "holds the whole table")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match=r"absence_deduction\.toml: table absence_deduction: the file is missing"):
        table(tmp_path / "absence_deduction.toml", ABSENCE)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "absence_deduction.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RulebookError, match=r"cannot be read.*UTF-8"):
        table(path, ABSENCE)


HOUR = 'rows = [{{ days = ["monday"], start = 07:30:00, end = 16:00:00{} }}]'
HEAD = GOOD[: GOOD.index("rows = [")].replace("lateness_deduction", "other")


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        (MISSING_SCAN, 'rows = [{ case = "in", value = 1 }]', "each case once"),
        (MISSING_SCAN, 'rows = [{ case = "in", value = 1 }, { case = "in", value = 1 }]', "each case once"),
        (MISSING_SCAN, 'rows = [{ case = "inn", value = 1 }]', "'case' is 'inn'"),
        (ABSENCE, "rows = []", "holds no row"),
        (ABSENCE, "rows = [5]", "no table of keys"),
        (WEIGHTS, "attendance = 40\noutput = 50", "do not make 100"),
        (WEIGHTS, 'attendance = 40\noutput = "unknown"', "do not make 100"),
        (SCANS, 'seconds = "rounded"\ndouble_tap_seconds = 120', r"\['dropped', 'counted'\]"),
        (SCANS, 'seconds = "dropped"\ndouble_tap_seconds = -1', "zero or more"),
        (SCANS, 'seconds = "dropped"\ndouble_tap_seconds = 1801', "up to 1800"),
        (CAP, 'rows = [{ case = "month", value = 101 }]', "up to 100"),
        (RUN, "rows = [{ days = 0, value = 100 }]", "'days' is 0"),
        (RUN, "rows = [{ days = 32, value = 100 }]", "up to 31"),
        (RUN, "rows = [{ days = 3, value = 1 }, { days = 4, value = 2 }]", "there are 2 rows"),
        (ATTENDANCE_PERIOD, "first_day = 0", "1 for the calendar month"),
        (ATTENDANCE_PERIOD, "first_day = 29", "up to 28"),
        (FLEXIBLE, "earlier = 90", "'later' is missing"),
        (FLEXIBLE, "earlier = 241\nlater = 90", "up to 240"),
        (OUTPUT_CAP, 'rows = [{ case = "month", value = 201 }]', "up to 200"),
        (HOURS, HOUR.format(", rest_minutes = 60.0"), r"'rest_minutes' is Decimal\('60.0'\).*whole number"),
        (HOURS, HOUR.format(", rest_minutes = 181"), "'rest_minutes' is 181.*up to 180"),
        (HOURS, 'rows = [{ days = ["monday"], start = "07:30", end = 16:00:00 }]', "without quotes"),
        (HOURS, 'rows = [{ days = ["monday"], start = 16:00:00, end = 07:30:00 }]', "'start' is"),
        (HOURS, 'rows = [{ days = ["mon"], start = 07:30:00, end = 16:00:00 }]', "'days' says 'mon'"),
        (HOURS, 'rows = [{ days = ["monday", "monday"], start = 07:30:00, end = 16:00:00 }]', "at most once"),
        (DAYS, 'rows = [{ day = 2026-01-01, name = "New year" }]', "not in 2025"),
        (DAYS, 'rows = [{ day = 2025-08-17, name = "a" }, { day = 2025-08-17, name = "b" }]', "name each once"),
        (DAYS, "", "needs either 'rows' or 'no_days'"),
        (DAYS, 'no_days = true\nrows = [{ day = 2025-08-17, name = "a" }]', "needs either 'rows' or 'no_days'"),
        (DAYS, "no_days = false", "'no_days' can only be true"),
        (DAYS, "rows = []", "holds no row"),
        (SPANS, "rows = [{ from = 2025-08-17, until = 2025-08-16 }]", "ends on 2025-08-16 before it begins"),
        (
            SPANS,
            "rows = [{ from = 2025-08-01, until = 2025-08-16 }, { from = 2025-08-16, until = 2025-08-20 }]",
            "from 2025-08-16 begins before the one above has ended on 2025-08-16.*none overlap",
        ),
    ],
)
def test_broken_variants_of_other_kinds(tmp_path: Path, kind: Shape[object], body: str, words: str) -> None:
    path = written(tmp_path, HEAD + body + "\n", "other")
    with pytest.raises(RulebookError, match=words) as caught:
        table(path, kind)
    assert str(path) in str(caught.value)


def test_a_row_may_count_each_hour_begun(tmp_path: Path) -> None:
    rows = GOOD[GOOD.index("  { from = 1,") : GOOD.index("]\n", GOOD.index("rows"))]
    begun = table(written(tmp_path, GOOD.replace(rows, '  { from = 1, value = 5, each = 60, code = "TL" },\n')), BANDS)
    content = begun.on(date(2025, 7, 1)).content
    assert content[:3] == (Band(0, 1, 0, ""), Band(1, 61, 500, "TL"), Band(61, 121, 1000, "TL"))
    assert content[-1] == Band(1381, None, 10000, "TL")
    refused(tmp_path, GOOD.replace("value = 0.5,", "value = 0.5, each = 0,"), "'each' is 0", "so much each")
    refused(tmp_path, GOOD.replace('value = "unknown",', 'value = "unknown", each = 60,'), "so much each")


def test_weights_may_be_unknown_all_together(tmp_path: Path) -> None:
    body = 'attendance = "unknown"\noutput = "unknown"\nbehaviour = "unknown"\nnever_above_attendance = true\n'
    content = table(written(tmp_path, HEAD + body, "other"), WEIGHTS).on(date(2025, 7, 1)).content
    assert (content.known, content.attendance, content.never_above_attendance) == (False, None, True)
