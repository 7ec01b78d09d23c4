"""What reaches a log."""

import logging

import pytest
import structlog

import config.log

NIP = "198501012010011001"


@pytest.fixture(autouse=True)
def configured() -> None:
    config.log.configure("INFO")


def test_identity_numbers_are_masked_in_our_lines_and_in_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    config.log.configure("INFO")
    log = structlog.get_logger()
    try:
        int(f"{NIP}x")
    except ValueError:
        log.exception("lookup.failed", who=f"NIP {NIP}.", count=7)
    said = capsys.readouterr().err
    assert NIP not in said
    assert said.count("1985***1001") >= 2
    assert "lookup.failed" in said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"NIP {NIP} late", "NIP 1985***1001 late"),
        ("NIK 3171010101850001", "NIK 3171***0001"),
        ("19850101201001100", "1985***1100"),
        ("198501012010011", "198501012010011"),
        ("1985010120100110012", "1985010120100110012"),
    ],
)
def test_numbers_of_sixteen_to_eighteen_digits_are_masked_and_no_others(text: str, shown: str) -> None:
    assert config.log.mask(text) == shown


def test_lines_of_libraries_are_masked_too(caplog: pytest.LogCaptureFixture) -> None:
    config.log.configure("INFO")
    library = logging.getLogger("library")
    try:
        int(f"{NIP}x")
    except ValueError:
        library.exception("refused %s", NIP)
    assert "refused 1985***1001" in caplog.text
    assert "invalid literal" in caplog.text
    assert NIP not in caplog.text
