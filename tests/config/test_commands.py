"""`tepat rulebook check` and `tepat rulebook show`."""

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from config import commands, rulebooks
from config.commands import check_rulebooks, show_rulebook
from config.dated import RulebookError
from config.rulebooks import names, rulebook

app = typer.Typer()
app.command("check")(check_rulebooks)
app.command("show")(show_rulebook)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_check_names_every_rulebook_and_its_basis() -> None:
    lines = run("check").splitlines()
    assert [line.split(":")[0] for line in lines] == [
        *names(),
        "calendar",
        "discipline",
        "meals",
        "evaluation",
        "allowances",
        "absences",
    ]
    assert "bgn-2025: 5 tables, in force, basis regulation" in lines
    assert json.loads(run("check", "--json"))["rulebooks"]["kemenag-2014"]["digest"] == rulebook("kemenag-2014").digest


def test_check_names_every_broken_rulebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(rulebooks.FOLDER, tmp_path / "books")
    for name in ("kemenag-2014", "kementan-2012"):
        (tmp_path / "books" / name / "scans.toml").unlink()
    monkeypatch.setattr(commands, "names", lambda: rulebooks.names(tmp_path / "books"))
    monkeypatch.setattr(commands, "named_or_in", lambda name, _: rulebook(name, tmp_path / "books"))
    with pytest.raises(RulebookError) as caught:
        run("check")
    first, second = str(caught.value).splitlines()
    assert "kemenag-2014" in first
    assert "kementan-2012" in second


def test_a_folder_anywhere_is_checked_and_shown(tmp_path: Path) -> None:
    shutil.copytree(rulebooks.FOLDER / "kemenag-2014", tmp_path / "kemenag-2014")
    assert run("check", str(tmp_path / "kemenag-2014"), "kementan-2012").splitlines() == [
        "kemenag-2014: 8 tables, historical, basis regulation",
        "kementan-2012: 8 tables, historical, basis regulation",
    ]
    assert run("show", str(tmp_path / "kemenag-2014")) == run("show", "kemenag-2014")


def written(path: Path, *slips: tuple[str, str]) -> str:
    text = (rulebooks.FOLDER / "kemenag-2014" / path.name).read_text(encoding="utf-8")
    for right, wrong in slips:
        assert right in text
        text = text.replace(right, wrong, 1)
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_every_fault_of_a_file_is_told_and_of_every_file(tmp_path: Path) -> None:
    shutil.copytree(rulebooks.FOLDER / "kemenag-2014", tmp_path / "kemenag-2014")
    slips = (("below = 31", "bellow = 31"), ("value = 1.25", "value = 125"))
    late = written(tmp_path / "kemenag-2014" / "lateness_deduction.toml", *slips)
    written(tmp_path / "kemenag-2014" / "absence_deduction.toml", ('basis = "regulation"', 'basis = "guess"'))
    with pytest.raises(RulebookError) as caught:
        run("check", late)
    lines = str(caught.value).splitlines()
    for line, words in zip(
        lines,
        (
            "lateness_deduction.toml: table lateness_deduction, version 1, row 2: key 'bellow' is unknown.",
            "lateness_deduction.toml: table lateness_deduction, version 1, row 4: 'value' is 125. Write a",
            "absence_deduction.toml: table absence_deduction, version 1: 'basis' is 'guess'. Write one of",
        ),
        strict=True,
    ):
        assert words in line


def test_one_table_alone_is_checked_as_part_of_the_rulebook_that_it_changes(tmp_path: Path) -> None:
    late = written(tmp_path / "lateness_deduction.toml", ("value = 1.25", "value = 1.3"))
    told = run("check", late, "--instead-of", "kemenag-2014")
    assert told == "kemenag-2014: 8 tables, historical, basis regulation\n"
    assert "1.30 % TL3" in run("show", late, "--instead-of", "kemenag-2014")
    with pytest.raises(RulebookError, match=r"whole by itself, but one table alone .* \(--instead-of NAME\)"):
        run("check", late)
    with pytest.raises(RulebookError, match="'unit' is 'percent of the monthly allowance', but base"):
        run("check", late, "--instead-of", "kemensos-eperformance")
    written(tmp_path / "lateness_deduction.toml", ("below = 31", "bellow = 31"))
    with pytest.raises(RulebookError, match=r"row 2: key 'bellow' is unknown"):
        run("check", late)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere.toml", r"There is no file or folder .*nowhere\.toml\. Name the folder of a rulebook"),
        ("", r"holds no rulebook\.toml\. Name the folder of a rulebook"),
    ],
)
def test_a_path_that_leads_nowhere_is_said_to(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match=words):
        run("check", str(tmp_path / name))


def test_law_of_the_state_is_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> int:
        raise RulebookError("meal_rates.toml: broken")

    monkeypatch.setitem(commands.OF_THE_STATE, "meals", broken)
    with pytest.raises(RulebookError, match=r"^meal_rates\.toml: broken$"):
        run("check")


def test_show_prints_law_and_what_is_not_known() -> None:
    text = run("show", "kemenag-2014")
    assert "SK Sekjen Kemenag 13/2014, article not known, in force from 2014 (only the year is known)" in text
    assert "61 to below 91 minutes: 1.25 % TL3" in text
    assert "91 and more minutes: 1.50 % TL4" in text
    assert "Every figure is an assumption" in run("show", "kemensos-eperformance")


def test_leave_is_shown_in_sentences_and_each_source_once() -> None:
    text = run("show", "kementan-2012")
    assert "sick_outpatient, calendar days 3 to 14: 75.00 % paid of the month\n" in text
    assert "maternity, child 3, month 2: 30.00 % paid of the month\n" in text
    assert "in which days it counts the text does not say" in text
    assert text.count("561-pengurangan-tunjangan-kinerja-setiap-bulan") == 1
    other = run("show", "kementan-2025")
    assert "family_death, working days 1 to 3: 0.00 % of the whole allowance taken each working day\n" in other
    assert "sick_inpatient, from month 4: 2.00 % taken each working day\n" in other
    assert "maternity, child 1 to 2: 100.00 % paid of the month" in text


def test_show_as_json() -> None:
    document = json.loads(run("show", "kemenkeu-2011", "--on", "2026-01-05", "--json"))
    assert document["status"] == "historical"
    absence = next(table for table in document["tables"] if table["name"] == "absence_deduction")
    assert absence["versions"][0]["rows"] == ["day: 5.00 % TK"]


def test_show_refuses_a_day_that_is_none() -> None:
    result = CliRunner().invoke(app, ["show", "kemenag-2014", "--on", "5 January"])
    assert result.exit_code == 2
    assert "is no day" in result.output


def test_show_of_an_unknown_rulebook() -> None:
    with pytest.raises(RulebookError, match="no rulebook 'nothing'"):
        run("show", "nothing")
