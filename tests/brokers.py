"""A real Mosquitto for tests: a process and a folder of its own each time."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.broker import Mosquitto, mosquitto_program


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running broker that keeps what it acknowledged; a test may stop it and start it again on its port."""
    program = mosquitto_program()
    if program is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("mosquitto is not installed")
    with Mosquitto(program, tmp_path / "broker") as broker:
        yield broker
