"""Waiting for what has to happen, without sleeping for luck."""

import time
from collections.abc import Callable

SECONDS = 60.0
"""A process takes half of it to start where others take all cores."""


def until(holds: Callable[[], bool], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
