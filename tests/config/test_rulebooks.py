"""The shipped rulebooks, and what happens to a folder that is not one."""

import dataclasses
import shutil
from datetime import date
from pathlib import Path

import pytest

from config.dated import RulebookError
from config.digests import digest_of_tables
from config.rulebook_tables import ABSENCE, EARLY_LEAVE, LATENESS, METHOD, MISSING_SCAN, OUTPUT_CAP, WEIGHTS
from config.rulebooks import FOLDER, names, rulebook


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "rulebooks")
    return tmp_path / "rulebooks"


def test_a_text_without_its_day_or_figures_is_an_assumption_or_historical() -> None:
    """Nothing that cannot be dated, or is made up, is called the regulation in force."""
    day = date(2026, 1, 5)
    assumed = {name for name in names() if rulebook(name).basis_on(day) == "assumption"}
    assert assumed == {
        "bolmong",
        "kemensos-eperformance",
        "kepahiang",
        "klhk-2024",
        "mimika",
        "minut-2019",
        "samarinda",
        "sumsel-2015",
    }
    historical = {name for name in names() if rulebook(name).status == "historical"}
    assert historical >= {"kemenag-2014", "kemenkeu-2011", "kementan-2012", "panrb-2018"}
    book = rulebook("kemensos-eperformance")
    for table in (book.need(kind) for kind in (LATENESS, EARLY_LEAVE, MISSING_SCAN, WEIGHTS, OUTPUT_CAP)):
        assert all(version.law.basis == "assumption" for version in table.versions)
        assert all("no regulation" in version.law.law for version in table.versions)


def test_what_a_program_or_nobody_vouches_for_is_not_shipped() -> None:
    """Marks C and U of the sources: Tulang Bawang's code, Kepmendagri 900-4700/2020, the Portal guide."""
    text = "".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.toml")).lower()
    assert not [name for name in ("tulang bawang", "kepmendagri", "portal absensi", "github") if name in text]


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(RulebookError, match=r"no rulebook 'kementan-201'.*Did you mean kementan-2012"):
        rulebook("kementan-201")


def test_a_lacking_table_is_named(copy: Path) -> None:
    (copy / "kemenag-2014" / "absence_deduction.toml").unlink()
    with pytest.raises(RulebookError, match=r"kemenag-2014/absence_deduction\.toml.*missing"):
        rulebook("kemenag-2014", copy)


def test_a_file_of_another_name_is_refused(copy: Path) -> None:
    folder = copy / "kemenkeu-2011"
    (folder / "monthly_cap.toml").rename(folder / "monthly_caps.toml")
    with pytest.raises(RulebookError, match=r"monthly_caps\.toml is no table of a rulebook.*monthly_cap\.toml"):
        rulebook("kemenkeu-2011", copy)


@pytest.mark.parametrize("lacking", ["component_weights", "output_cap"])
def test_weights_and_output_belong_together(copy: Path, lacking: str) -> None:
    (copy / "kemensos-eperformance" / f"{lacking}.toml").unlink()
    with pytest.raises(RulebookError, match=f"{lacking}.toml is absent.*give both"):
        rulebook("kemensos-eperformance", copy)


@pytest.mark.parametrize(
    ("table", "old", "new", "words"),
    [
        (
            "lateness_deduction",
            '"percent of the monthly allowance"',
            '"percent of the attendance component"',
            r"'unit' is .*attendance component.*base in rulebook.toml is 'whole allowance'.*Write unit = 'percent of",
        ),
        (
            "absence_deduction",
            "in_force = 2014-01-01",
            "in_force = 2015-01-01",
            r"scans begins on 2014-01-01, but absence_deduction only on 2015-01-01.*from the same day",
        ),
    ],
)
def test_tables_that_do_not_fit_together(copy: Path, table: str, old: str, new: str, words: str) -> None:
    path = copy / "kemenag-2014" / f"{table}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RulebookError, match=words):
        rulebook("kemenag-2014", copy)


def test_what_is_paid_by_a_predicate_needs_to_know_how_one_comes_about(copy: Path) -> None:
    (copy / "klhk-2024" / "evaluation_method.toml").unlink()
    words = (
        r"predicate_pay\.toml is there, but evaluation_method\.toml is absent.*\"unknown\" where the law does not say"
    )
    with pytest.raises(RulebookError, match=words):
        rulebook("klhk-2024", copy)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2022-01-01", "2024-01-01", None),
        ("2022-01-01", "2025-01-01", r"predicate_pay begins on 2024-01-01, but evaluation_method only on 2025-01-01"),
        ('predicate = "quadrant"', 'predicate = "none"', r"'predicate' is 'none', but predicate_pay\.toml pays by one"),
        ('predicate = "quadrant"', 'predicate = "unknown"', None),
    ],
)
def test_a_predicate_comes_about_from_the_first_day_it_pays(copy: Path, old: str, new: str, words: str | None) -> None:
    path = copy / "klhk-2024" / "evaluation_method.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    if words is None:
        assert rulebook("klhk-2024", copy).get(METHOD) is not None
        return
    with pytest.raises(RulebookError, match=words):
        rulebook("klhk-2024", copy)


@pytest.mark.parametrize("known", ["within = 30", "by = 30", "days = 5"])
def test_how_lateness_is_made_up_is_known_or_not(copy: Path, known: str) -> None:
    """Half of it would let somebody be forgiven, or not, by a guess."""
    path = copy / "kemenkes-2022" / "lateness_make_up.toml"
    key = known.split(" = ", maxsplit=1)[0]
    text = path.read_text(encoding="utf-8")
    assert f'{key} = "unknown"' in text
    path.write_text(text.replace(f'{key} = "unknown"', known), encoding="utf-8")
    with pytest.raises(RulebookError, match=r"is 'unknown', but another figure is known.*\"unknown\" for all"):
        rulebook("kemenkes-2022", copy)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"monday", "tuesday"', '"monday"'),
        ('["friday"]', '["friday", "saturday"]'),
        ('["friday"]', '["sunday"]'),
    ],
)
def test_own_hours_are_of_the_days_on_which_the_calendar_expects_work(copy: Path, old: str, new: str) -> None:
    path = copy / "kemenkeu-2021" / "working_hours.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RulebookError, match=r"hours of monday, .*friday, and of no other day.*tepat import weeks"):
        rulebook("kemenkeu-2021", copy)


def test_what_is_not_known_of_kemenag_is_no_figure() -> None:
    """The sources name TL1 to TL4, PSW1 to PSW3 and one figure for a missing scan; nothing of the rest is guessed."""
    book = rulebook("kemenag-2014")
    day = date(2026, 1, 5)
    assert [band.percent for band in book.need(LATENESS).on(day).content] == [0, 50, 100, 125, 150]
    assert [band.percent for band in book.need(EARLY_LEAVE).on(day).content] == [0, 50, 100, 125, None]
    assert {rate.case: rate.percent for rate in book.need(MISSING_SCAN).on(day).content} == {"in": 150, "out": 150}
    assert "PSW4 is not known" in book.note


def test_an_assumption_does_not_borrow_the_words_of_another() -> None:
    book = rulebook("kemensos-eperformance")
    for table in (book.need(WEIGHTS), book.need(OUTPUT_CAP)):
        law = table.versions[-1].law.law
        assert "common skeleton" not in law
        assert "formula is not known" in law


def test_a_folder_of_another_name(copy: Path) -> None:
    (copy / "kemenag-2014").rename(copy / "kemenag-2015")
    with pytest.raises(RulebookError, match=r"'kemenag-2014'.*called like its folder: 'kemenag-2015'"):
        rulebook("kemenag-2015", copy)


def test_the_digest_is_of_content(copy: Path) -> None:
    before = rulebook("kemenag-2014").digest
    path = copy / "kemenag-2014" / "absence_deduction.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text("# a comment\n" + text.replace("checked = 2026-11-21", "checked = 2027-01-01"), encoding="utf-8")
    assert rulebook("kemenag-2014", copy).digest == before
    rulebook.cache_clear()
    path.write_text(text.replace("value = 3", "value = 4"), encoding="utf-8")
    assert rulebook("kemenag-2014", copy).digest != before
    rulebook.cache_clear()


def test_the_digest_of_a_table_is_what_it_was() -> None:
    """Whoever changes what a digest is made of has every day of every office computed again: raise ENGINE then."""
    four = [rulebook("kemenag-2014").need(kind) for kind in (LATENESS, EARLY_LEAVE, MISSING_SCAN, ABSENCE)]
    assert digest_of_tables(four) == "e8fa10b960bd2e451e89118ecc3c90984a2e49709c7be7f6536e167496036c58"


def test_a_rulebook_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        rulebook("kemenag-2014").name = "other"  # type: ignore[misc]  # the point of the test
