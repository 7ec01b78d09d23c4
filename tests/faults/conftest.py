"""Offices for the fault tests, and their seed."""

import contextlib
import os
import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeAlias

import pytest

from demo.broker import mosquitto_program
from tests.conftest import missing, new_database
from tests.faults.databases import GivenServer, own_server
from tests.faults.office import Office

OfficeOn: TypeAlias = Callable[[str], AbstractContextManager[Office]]


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Seeded by TEPAT_TEST_SEED; without it long tests meet new moments in every run. The seed is printed."""
    fresh = secrets.randbits(32) if request.node.get_closest_marker("long") else 4370
    seed = int(os.environ.get("TEPAT_TEST_SEED", fresh))
    print(f"TEPAT_TEST_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def office_on(open_folder: Path, chance: random.Random) -> OfficeOn:
    """Opens an office on the kind of database named: embedded or timescale."""

    @contextlib.contextmanager
    def opened(kind: str) -> Iterator[Office]:
        program = mosquitto_program()
        if program is None:
            missing("mosquitto is not installed")
        with contextlib.ExitStack() as stack:
            if kind == "embedded":
                database = stack.enter_context(own_server(open_folder / "server"))
            else:
                server = os.environ.get("TEPAT_TEST_TIMESCALE_URL") or missing("no TEPAT_TEST_TIMESCALE_URL")
                database = GivenServer(stack.enter_context(new_database(server)))  # type: ignore[assignment]
            yield stack.enter_context(Office(open_folder, database, program, chance))

    return opened
