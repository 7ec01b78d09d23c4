"""Atheris looks for bytes that make a parser raise or lose some, led by the code that they reach."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.fuzz.harnesses import HARNESSES

ROOT = Path(__file__).parent.parent.parent
SEED = 20260105
RUNS = {"zk": 360_000, "usb": 360_000, "iclock": 120_000, "mqtt tepat": 80_000, "mqtt": 80_000}
"""Of the harnesses whose names begin so; each takes 10 to 20 s."""


def test_every_harness_is_in_a_group() -> None:
    assert all(name.startswith(tuple(RUNS)) for name in HARNESSES)


@pytest.mark.long
@pytest.mark.parametrize("group", RUNS)
def test_nothing_is_found(group: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        missing("atheris is not installed: make test-long brings it where there is a wheel for this Python")
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.atheris_run", group, str(tmp_path / "corpus"), str(RUNS[group]), str(SEED)],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    runs = re.search(r"stat::number_of_executed_units: +(\d+)", done.stderr)
    assert runs is not None
    assert int(runs[1]) >= RUNS[group], "it ran indeed"
