"""The docs name every setting, command, rulebook and dependency there is, and none that is not."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

import tepat
from config.settings import Settings, secret_names
from ingest.tables import TABLES

ROOT = Path(__file__).parent.parent


def document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def first_cells(text: str) -> set[str]:
    """The code words that open the rows of a document's tables."""
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def test_every_setting_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(TEPAT_\w+)` \| [^|]+ \| ([^|]+) \|$", document("docs/settings.md"), re.MULTILINE)
    fields = Settings.model_fields.items()
    assert dict(rows) == {f"TEPAT_{name.upper()}": field.description for name, field in fields}


def test_the_documented_defaults_are_the_real_ones() -> None:
    rows = dict(re.findall(r"^\| `(TEPAT_\w+)` \| ([^|]+) \|", document("docs/settings.md"), re.MULTILINE))
    fixed = {
        f"TEPAT_{name.upper()}": format(field.default, "g") if isinstance(field.default, float) else str(field.default)
        for name, field in Settings.model_fields.items()
        if field.default_factory is None and field.default is not None
    }
    assert len(fixed) > 5
    assert {name: rows[name] for name in fixed} == fixed


def test_every_secret_may_come_from_a_file_and_the_docs_say_so() -> None:
    named = set(re.findall(r"TEPAT_(\w+)_FILE", document("docs/settings.md")))
    assert named == {name.upper() for name in secret_names()}


def commands(command: Any, path: str = "tepat") -> Iterator[tuple[str, Any]]:
    """Every command without sub-commands, by its whole name; the classes are the typer library's own affair."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
    else:
        for name, each in inner.items():
            yield from commands(each, f"{path} {name}")


COMMANDS = dict(commands(typer.main.get_command(tepat.assemble(list(tepat.COMMANDS)))))


def test_every_command_is_documented_and_no_other() -> None:
    assert first_cells(document("docs/commands.md")) == set(COMMANDS)


def test_every_column_of_every_table_that_is_imported_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]*)\|$", document("docs/imports.md"), re.MULTILINE)
    said = {table: tuple(tuple(re.findall(r"`(\w+)`", cell)) for cell in cells) for table, *cells in rows}
    assert said == {name: (table.required, table.optional) for name, table in TABLES.items()}
    assert {f"tepat import {name}" for name in TABLES} | {"tepat import attlog"} == {
        name for name in COMMANDS if name.startswith("tepat import ")
    }


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_explains_itself(name: str) -> None:
    command = COMMANDS[name]
    assert command.help, f"{name} has no help"
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{name}: {parameter.name} has no help"


def test_every_rulebook_is_documented_and_no_other() -> None:
    shipped = {path.name for path in (ROOT / "config" / "rulebooks").iterdir() if path.is_dir()} - {"__pycache__"}
    assert first_cells(document("docs/rulebooks.md")) & shipped == shipped
    named = set(re.findall(r"^## `([a-z0-9-]+)`", document("docs/rulebooks.md"), re.MULTILINE))
    assert named == shipped


def names_in(path: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", document(path), re.MULTILINE))


def test_every_dependency_has_its_licence_named() -> None:
    documented = first_cells(document("docs/licences.md"))
    locked = (names_in(f"requirements-{name}.lock") for name in ("dev", "build", "fuzz"))
    assert documented == set().union(*locked)


def test_every_direct_dependency_earns_its_line_in_the_decisions() -> None:
    direct = set(re.findall(r'^  "([a-z0-9-]+)', document("pyproject.toml").split("[tool.")[0], re.MULTILINE))
    assert direct - first_cells(document("DECISIONS.md")) == set()


def test_links_between_the_documents_lead_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_what_the_table_of_changes_names_is_there() -> None:
    section = document("README.md").split("## I want to change")[1].split("\n## ")[0]
    named = re.findall(r"`([\w/.-]+)`", section)
    assert named
    for name in named:
        assert (ROOT / name).exists(), f"README.md says to open {name}"
