"""Waiting for what has to happen, without sleeping for luck."""

import time
from collections.abc import Callable

SECONDS = 30.0


def until(holds: Callable[[], bool], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
