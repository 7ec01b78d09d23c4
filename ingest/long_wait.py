"""A wait that lasts is told on standard error; one that most people would not notice is not."""

import contextlib
import sys
import threading
from collections.abc import Iterator

TOLD_AFTER = 1.0
"""Seconds."""


@contextlib.contextmanager
def told_if_long(words: str) -> Iterator[None]:
    """Within it a command waits: say for what, once, when it has taken a second."""
    timer = threading.Timer(TOLD_AFTER, _tell, [words])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _tell(words: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # nobody listens any more: no reason to stop waiting
        sys.stderr.write(f"{words} …\n")
        sys.stderr.flush()
