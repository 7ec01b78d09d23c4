"""A lock that one process holds at a time and that no crash leaves behind: the kernel frees it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.errors import TepatError


@contextmanager
def only_one(lock: Path, taken: str) -> Iterator[None]:
    """Hold the lock file, made with its folder where missing, or fail at once with the words of `taken`.

    Raises:
        TepatError: another process holds it, or it cannot be made.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        opened = lock.open("a", encoding="utf-8")
    except OSError as error:
        raise TepatError(
            f"{lock.parent} cannot hold the state of an office ({error.strerror}): set TEPAT_DATA_DIR to a folder "
            "that this account may write to."
        ) from error
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TepatError(taken) from None
        yield
