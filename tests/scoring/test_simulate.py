"""`tepat rulebook simulate` on a real database: what would change, and that nothing did."""

import csv
import json
import shutil
from pathlib import Path

import pytest
import typer
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from config.errors import TepatError
from config.rulebooks import FOLDER
from scoring.simulate_commands import simulate
from tests.scoring.database import add_office, found, month, nip, punch, run, stored

app = typer.Typer()
app.command()(simulate)


@pytest.fixture
def office(pool: ConnectionPool, command_line: dict[str, str]) -> ConnectionPool:
    """Three employees of Kementan: one was late once, one is clean, one never came."""
    assert command_line
    add_office(pool, rulebook="kementan-2012")
    punch(pool, "W", 0, month(late_on=5))
    punch(pool, "T", 1, month())
    return pool


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    """Kementan with ten times the first band."""
    folder = tmp_path / "kementan-2012"
    shutil.copytree(FOLDER / "kementan-2012", folder)
    path = folder / "lateness_deduction.toml"
    text = path.read_text(encoding="utf-8")
    assert "value = 0.5" in text
    path.write_text(text.replace("value = 0.5", "value = 5"), encoding="utf-8")
    return folder


def call(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_who_would_get_how_much_less_and_nothing_is_stored(office: ConnectionPool, stricter: Path) -> None:
    run(office)
    before = stored(office)
    text = call("2026-01", "--with", str(stricter))
    assert "1 of 3 employees would get another score; 0 would be paid more, 1 less" in text
    assert f"{nip(0)} Employee 0: payable 99,50 % -> 95,00 % (-4,50); deduction 0,50 % -> 5,00 %" in text
    assert stored(office) == before
    assert found(office, "SELECT count(*) FROM day_to_score") == [(0,)]


def test_before_anything_was_scored_the_marks_stay(office: ConnectionPool, stricter: Path, tmp_path: Path) -> None:
    marks = found(office, "SELECT terminal_id, day FROM day_to_score ORDER BY 1, 2")
    said = json.loads(call("2026-01", "--with", str(stricter), "--json", "--csv", str(tmp_path / "all.csv")))
    assert (said["scored"], said["changed"], said["less"]) == (3, 1, 1)
    (change,) = said["changes"]
    assert (change["nip"], change["before"]["payable"], change["after"]["payable"], change["by"]) == (
        nip(0),
        9950,
        9500,
        -450,
    )
    assert stored(office) == ([], [])
    assert found(office, "SELECT terminal_id, day FROM day_to_score ORDER BY 1, 2") == marks
    (row,) = csv.DictReader((tmp_path / "all.csv").read_text(encoding="utf-8").splitlines())
    assert (row["nip"], row["payable_before"], row["payable_after"], row["payable_by"]) == (
        nip(0),
        "99.50",
        "95.00",
        "-4.50",
    )


@pytest.mark.usefixtures("office")
def test_one_changed_file_is_enough(stricter: Path, tmp_path: Path) -> None:
    alone = tmp_path / "lateness_deduction.toml"
    shutil.copy(stricter / alone.name, alone)
    for with_ in ([str(stricter / alone.name)], [str(alone), "--instead-of", "kementan-2012"]):
        (change,) = json.loads(call("2026-01", "--with", *with_, "--json"))["changes"]
        assert (change["nip"], change["by"]) == (nip(0), -450)
    with pytest.raises(TepatError, match=r"one table alone is no rulebook.*--instead-of NAME"):
        call("2026-01", "--with", str(alone))
    late = alone.rename(tmp_path / "lateness_deductions.toml")
    with pytest.raises(TepatError, match=r"Did you mean 'lateness_deduction'\?"):
        call("2026-01", "--with", str(late))


@pytest.mark.usefixtures("office")
def test_another_rulebook_by_name_for_one_unit() -> None:
    said = json.loads(call("2026-01", "--with", "kemenag-2014", "--unit", "E", "--json"))
    (change,) = said["changes"]
    assert (change["nip"], change["before"]["payable"], change["after"]["payable"]) == (nip(2), 2000, 4000)
    nobody = json.loads(call("2026-01", "--with", "kemenag-2014", "--instead-of", "kemenkeu-2011", "--json"))
    assert (nobody["scored"], nobody["changed"]) == (3, 0)


@pytest.mark.usefixtures("office")
def test_a_rate_that_the_other_does_not_know_is_told() -> None:
    said = json.loads(call("2026-01", "--with", "bp2mi-2024", "--json"))
    assert (said["changed"], said["unknown_after"]) == (1, 1)
    assert said["changes"][0]["by"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["2026-01", "--with", "kementan-201"], "Did you mean kementan-2012"),
        (["2026-01", "--with", "kementan-2012", "--instead-of", "kemenag"], "no rulebook 'kemenag' to be replaced"),
        (["2026-13", "--with", "kementan-2012"], "is no period"),
    ],
)
def test_what_is_misspelt_is_named(arguments: list[str], words: str) -> None:
    with pytest.raises(TepatError, match=words):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
