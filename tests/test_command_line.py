"""The command `tepat` as `make` puts it into the virtual environment, and what it loads."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import tepat

ROOT = Path(__file__).parent.parent
COMMAND = Path(sys.executable).parent / "tepat"
SENTENCE = re.compile(r"(?s)([A-Z\d]|zk: |id: |hr: |open: ).*\.")
"""What is said of one kind or word only begins with it."""


def run(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(COMMAND), *arguments], cwd=folder, env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["config", "typer", "tepat"])
def test_the_folder_one_stands_in_is_no_place_to_import_from(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from the wrong place')", encoding="utf-8")
    done = run("rulebook", "check", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_works_through_a_link(tmp_path: Path) -> None:
    link = tmp_path / "tepat"
    link.symlink_to(COMMAND)
    done = subprocess.run([str(link), "rulebook", "check"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_an_error_is_one_plain_line(tmp_path: Path) -> None:
    done = run("rulebook", "check", folder=tmp_path, TEPAT_DATA_DRI="/x")
    assert done.returncode == 1
    assert done.stderr == "tepat: TEPAT_DATA_DRI is no setting of Tepat. Did you mean TEPAT_DATA_DIR?\n"


@pytest.mark.parametrize("command", ["up", pytest.param("demo", marks=pytest.mark.long)])
def test_a_data_folder_that_cannot_be_made_is_said(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run(command, folder=tmp_path, TEPAT_DATA_DIR=str(tmp_path / "file" / "office"), TEPAT_LISTEN_PORT="0")
    assert done.returncode == 1
    assert "TEPAT_DATA_DIR" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["terminal", "read", "10.0.0.5"], ["terminal read"]),
        (["score", "2026-01"], ["score"]),
        (["terminal"], list(tepat.COMMANDS)),
        (["--help"], list(tepat.COMMANDS)),
        (["scor"], list(tepat.COMMANDS)),
        ([], list(tepat.COMMANDS)),
    ],
)
def test_only_the_command_asked_for_is_loaded(arguments: list[str], loaded: list[str]) -> None:
    assert tepat.asked_for(arguments) == loaded


def test_every_group_has_commands_and_words() -> None:
    assert set(tepat.GROUPS) == {name.split()[0] for name in tepat.COMMANDS if " " in name}


def test_help_speaks_in_sentences_and_says_what_each_word_is() -> None:
    command_line = get_command(tepat.assemble(list(tepat.COMMANDS)))
    for name in tepat.COMMANDS:
        command: Any = command_line
        for word in name.split():
            command = command.commands[word]
        said = {"": command.help} | {it.name: getattr(it, "help", None) for it in command.params}
        assert {word: text for word, text in said.items() if not SENTENCE.fullmatch(text or "")} == {}, name
        if "as_json" in said:
            assert "rint one JSON " in said["as_json"], name
