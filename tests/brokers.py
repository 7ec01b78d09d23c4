"""A real Mosquitto for tests: a process and a folder of its own each time."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.broker_files import COLLECTOR
from demo.broker import Mosquitto, mosquitto_program


@pytest.fixture
def mosquitto() -> str:
    """The program."""
    program = mosquitto_program()
    if program is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("mosquitto is not installed")
    return str(program)


@pytest.fixture
def broker(mosquitto: str, tmp_path: Path) -> Iterator[Mosquitto]:
    """A running broker without accounts; a test may stop it and start it again on its port."""
    with Mosquitto(mosquitto, tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def guarded_broker(mosquitto: str, tmp_path: Path) -> Iterator[Mosquitto]:
    """A running broker as offices have it, with accounts of the collector and of two terminals."""
    with Mosquitto(mosquitto, tmp_path / "broker", accounts=(COLLECTOR, "gate-1", "gate-2")) as broker:
        yield broker
