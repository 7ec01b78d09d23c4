"""`tepat rulebook diff`: what differs, in words."""

import json
import shutil
from pathlib import Path

import typer
from typer.testing import CliRunner

from config.diff_command import diff_rulebooks
from config.rulebooks import FOLDER

app = typer.Typer()
app.command()(diff_rulebooks)


def diff(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_rulebook_does_not_differ_from_itself() -> None:
    assert "No table differs." in diff("kementan-2012", str(FOLDER / "kementan-2012"))


def test_one_table_alone_is_compared_within_the_rulebook_it_is_compared_with(tmp_path: Path) -> None:
    own = tmp_path / "absence_deduction.toml"
    text = (FOLDER / "kementan-2012" / own.name).read_text(encoding="utf-8")
    own.write_text(text.replace("value = 4", "value = 6"), encoding="utf-8")
    (difference,) = json.loads(diff("kementan-2012", str(own), "--json"))["differences"]
    assert difference == {"table": "absence_deduction", "first": ["day: 4.00 % TK"], "second": ["day: 6.00 % TK"]}


def test_an_edited_copy_differs_in_one_row(tmp_path: Path) -> None:
    copy = tmp_path / "kementan-2012"
    shutil.copytree(FOLDER / "kementan-2012", copy)
    path = copy / "absence_deduction.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("value = 4", "value = 5"), encoding="utf-8")
    (difference,) = json.loads(diff("kementan-2012", str(copy), "--json"))["differences"]
    assert difference == {"table": "absence_deduction", "first": ["day: 4.00 % TK"], "second": ["day: 5.00 % TK"]}


def test_tables_that_only_one_has() -> None:
    text = diff("kemenkeu-2011", "kementan-2012")
    assert "monthly_cap\n  - unit: percent of the monthly allowance" in text
    assert "\n  - month: 100.00 %\n" in text
    assert "  - organisation: Kementerian Keuangan\n  + organisation: Kementerian Pertanian" in text


def test_before_a_text_was_in_force_it_says_nothing() -> None:
    found = json.loads(diff("kementan-2012", "bgn-2025", "--on", "2024-12-31", "--json"))["differences"]
    (late,) = [each for each in found if each["table"] == "lateness_deduction"]
    assert late["second"] == []
    assert "1 to below 31 minutes: 0.50 % TL1" in late["first"]
