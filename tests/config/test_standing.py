"""Tables of how units and people stand: shipped as assumptions, and refused where they are broken."""

from pathlib import Path
from shutil import copytree

import pytest

from config.dated import RulebookError
from config.evaluation import FOLDER, evaluation
from config.kinds.evaluation import RATING_WEIGHTS
from config.kinds.shape import table
from config.kinds.standing import EVIDENCE


def test_what_no_text_names_is_an_assumption() -> None:
    law = evaluation()
    for each in (law.maturity, law.merit, law.lateness, law.guide):
        assert {version.law.basis for version in each.versions} == {"assumption"}
    assert tuple(level.evidence for level in law.maturity.versions[-1].content) == EVIDENCE


@pytest.mark.parametrize(
    ("file", "was", "becomes", "said"),
    [
        ("maturity_levels", 'evidence = "linked"', 'evidence = "log"', "not the six in their order"),
        ("maturity_levels", "least = 80", "least = 0", "everybody reaches the level"),
        ("maturity_levels", "least = 80", "least = 101", "up to 100"),
        ("maturity_levels", 'name_en = "Daily log kept"\n', "", "'name_en' is missing"),
        ("merit_borders", "expected_from = 90", "expected_from = 110", "does not lie above"),
        ("merit_borders", "expected_from = 90", "expected_from = 0", "does not lie above"),
        ("merit_borders", "expected_from = 90", 'expected_from = "unknown"', "a border is unknown"),
        ("plan_halves", "first = 50", "first = 60", "do not make 100"),
        ("plan_halves", "first = 50\n", "", "plans and shares do not fit"),
        ("plan_halves", 'plans = "two"', 'plans = "one"', "plans and shares do not fit"),
        ("lateness_list", "times = 3", "times = 0", "'times' is 0"),
        ("lateness_list", "times = 3", "times = 32", "up to 31"),
    ],
)
def test_a_broken_table_is_refused(tmp_path: Path, file: str, was: str, becomes: str, said: str) -> None:
    folder = tmp_path / "evaluation"
    copytree(FOLDER, folder)
    path = folder / f"{file}.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(RulebookError, match=said):
        evaluation(folder)


@pytest.mark.parametrize(("fewest", "refused"), [(2, True), (3, False)])
def test_no_rulebook_may_show_what_fewer_than_three_said(tmp_path: Path, fewest: int, refused: bool) -> None:
    path = tmp_path / "rating_weights.toml"
    path.write_text(
        'name = "rating_weights"\nmeasure = "m"\nunit = "percent"\nchecked = 2026-11-22\n[[version]]\n'
        'in_force = 2026-01-01\nin_force_known = "year"\nlaw = "l"\narticle_known = false\nsource = "s"\n'
        f'basis = "assumption"\nsuperior = 60\npeer = 40\nsubordinate = 0\nfewest = {fewest}\n',
        encoding="utf-8",
    )
    if refused:
        with pytest.raises(RulebookError, match="fewer could be found out"):
            table(path, RATING_WEIGHTS)
    else:
        assert table(path, RATING_WEIGHTS).versions[-1].content.fewest == fewest
