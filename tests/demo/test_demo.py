"""The office in a box, run as a newcomer runs it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from demo.month import E1_EXCEPTIONS, scans, working_days
from demo.people import UNITS, people

ROOT = Path(__file__).parent.parent.parent


def tepat(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tepat", *arguments],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def test_two_hundred_people_in_three_time_zones_with_a_nip_each() -> None:
    everybody = people()
    assert len(everybody) == len({person.nip for person in everybody}) == 200
    assert all(re.fullmatch(r"\d{18}", person.nip) for person in everybody)
    assert {unit.time_zone for unit in UNITS} == {"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"}
    assert people() == everybody


def test_the_month_is_plausible_and_always_the_same() -> None:
    logs = scans()
    assert logs == scans()
    assert set(logs) == {unit.terminal for unit in UNITS}
    days = len(working_days())
    assert days == 20
    for unit in UNITS:
        log = logs[unit.terminal]
        assert log == sorted(log, key=lambda scan: (scan.at, scan.pin))
        assert 1.9 < len(log) / unit.headcount / days < 2.2


def test_the_first_employee_lives_the_month_of_worked_example_e1() -> None:
    pin = people()[0].pin
    mine = [scan for scan in scans()[UNITS[0].terminal] if scan.pin == pin]
    for day, (come, go) in E1_EXCEPTIONS.items():
        assert [scan.at.time() for scan in mine if scan.at.day == day] == [at for at in (come, go) if at]


@pytest.fixture
def demo_data(settings_env: dict[str, str]) -> dict[str, str]:
    return {"TEPAT_DATA_DIR": settings_env["TEPAT_DATA_DIR"]}


def test_demo_once_collects_scores_and_explains(demo_data: dict[str, str]) -> None:
    first = tepat(demo_data, "demo", "--once")
    assert first.returncode == 0, first.stderr
    heads = re.findall(r"^ ?\d+\. .*, NIP (\d{18}), .*: -(\d+\.\d\d) %$", first.stdout, re.MULTILINE)
    assert len(heads) == 10
    deductions = [float(percent) for _, percent in heads]
    assert deductions == sorted(deductions, reverse=True)
    assert "ASSUMPTION" in first.stdout
    assert "200 scores changed" in first.stderr
    assert re.search(r"jakarta-gerbang: \d+ punches pushed in \d+ HTTP posts", first.stderr)

    explained = tepat(
        {"TEPAT_DATA_DIR": str(Path(demo_data["TEPAT_DATA_DIR"]) / "demo")},
        "explain", people()[0].nip, "2026-01-12", "--json",
    )  # fmt: skip
    assert explained.returncode == 0, explained.stderr
    assert "08:45:00" in json.dumps(json.loads(explained.stdout))


@pytest.mark.long
def test_demo_again_finds_nothing_new(demo_data: dict[str, str]) -> None:
    first, again = tepat(demo_data, "demo", "--once"), tepat(demo_data, "demo", "--once")
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert again.stdout == first.stdout
    assert " 0 scores changed" in again.stderr
