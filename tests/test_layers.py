"""Imports point down, and outside libraries have one owner (design: folders)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FACTS = {f"ingest.{name}" for name in ("changes", "conduct", "sheet", "superiors", "tables", "verification", "within")}
"""How facts come in; a route and a command are the same import."""
MAY_IMPORT: dict[str, set[str]] = {
    "config": set(),
    "devices": {"config"},
    "ingest": {"config", "devices.records"},
    "scoring": {"config", "ingest.database"},
    "collector": {"config", "devices", "ingest"},
    "api": {"config", "ingest.database", *FACTS, "scoring"},
    "demo": {"config", "devices", "ingest", "scoring", "collector", "api"},
    "tepat": {"config", "devices", "ingest", "scoring", "collector", "api", "demo"},
}

OWNERS: dict[str, tuple[str, ...]] = {
    "zk": ("devices/zk",),
    "paho": ("devices/mqtt", "devices/simulator/"),
    "psycopg_pool": ("ingest/database.py",),
    "adbc_driver_postgresql": ("ingest/database.py",),
    "adbc_driver_manager": ("ingest/database.py",),
    "yoyo": ("ingest/migrate.py",),
    "polars": ("scoring/", "ingest/database.py"),
    "fastapi": ("api/", "collector/push"),
    "amqtt": ("demo/",),
}

TOUCH_THE_DATABASE = {
    "scoring/duty_store.py",
    "scoring/duties.py",
    "scoring/duty_commands.py",
    "scoring/absence_store.py",
    "scoring/beside_store.py",
    "scoring/copied.py",
    "scoring/store.py",
    "scoring/day_store.py",
    "scoring/mark_store.py",
    "scoring/score_store.py",
    "scoring/run.py",
    "scoring/whole_run.py",
    "scoring/long_periods.py",
    "scoring/long_scores.py",
    "scoring/changed_quarter.py",
    "scoring/performance_store.py",
    "scoring/undecided_store.py",
    "scoring/job.py",
    "scoring/saving.py",
    "scoring/scope.py",
    "scoring/commands.py",
    "scoring/delivered.py",
    "scoring/follow.py",
    "scoring/simulate_commands.py",
    "scoring/standing_store.py",
    "scoring/standing.py",
    "scoring/standing_commands.py",
    "scoring/actor.py",
    "scoring/lock.py",
    "scoring/paying_quarter.py",
    "scoring/withdrawn.py",
    "scoring/lock_store.py",
    "scoring/lock_commands.py",
    "scoring/adjustment_store.py",
    "scoring/adjustment_telling.py",
}

FILES = sorted(path for folder in MAY_IMPORT if folder != "tepat" for path in (ROOT / folder).rglob("*.py"))
if (ROOT / "tepat.py").exists():
    FILES.append(ROOT / "tepat.py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every imported name (module, or module.name for `from module import name`) with its column."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.col_offset) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import in line {node.lineno}"
            yield from ((f"{node.module}.{alias.name}", node.col_offset) for alias in node.names)


def allowed(name: str, folder: str) -> bool:
    return any(name == may or name.startswith(may + ".") for may in MAY_IMPORT[folder] | {folder})


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    relative = path.relative_to(ROOT)
    folder = relative.parts[0].removesuffix(".py")
    for name, column in imports(path):
        if name.split(".")[0] in MAY_IMPORT:
            assert allowed(name, folder), f"{relative} imports {name}: {folder} may import {sorted(MAY_IMPORT[folder])}"
            assert column == 0, f"{relative} imports {name} inside a function"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_outside_libraries_have_one_owner(path: Path) -> None:
    relative = path.relative_to(ROOT).as_posix()
    for name, _ in imports(path):
        owners = OWNERS.get(name.split(".")[0])
        if owners:
            assert relative.startswith(owners), f"{relative} imports {name}, which belongs to {owners}"


def test_pure_scoring_knows_no_database_network_clock_or_log() -> None:
    forbidden = {"psycopg", "ingest", "socket", "time", "logging", "structlog", "os", "random"}
    for path in FILES:
        relative = path.relative_to(ROOT).as_posix()
        if relative.startswith("scoring/") and relative not in TOUCH_THE_DATABASE:
            found = {name.split(".")[0] for name, _ in imports(path)} & forbidden
            assert not found, f"{relative} is pure and imports {found}"
            assert ".now(" not in path.read_text(encoding="utf-8"), f"{relative} reads the clock"
            assert ".today(" not in path.read_text(encoding="utf-8"), f"{relative} reads the clock"


def test_tests_of_the_layers_see_the_code() -> None:
    assert len(FILES) > len(MAY_IMPORT)
