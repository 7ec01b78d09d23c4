"""One client per terminal, across processes and threads: whoever talks to a terminal takes its turn first.

Each terminal has two lock files that the kernel frees whatever happens to their holder. Who uses the terminal is in its
room; who wants it next stands in the door. A session that stays, as live capture does, looks now and then whether
somebody stands in the door, and gives way.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from config.errors import TepatError
from devices.errors import RetriableTerminalError

LOOK_SECONDS = 0.05
"""How often it is tried again whether a lock is free."""
FOLDER = "turns"


class NotItsTurnError(RetriableTerminalError):
    """Somebody else talks with the terminal; its own state is not known."""


class Turn:
    """A terminal held by this process."""

    def __init__(self, door: int) -> None:
        self._door = door

    def wanted(self) -> bool:
        """Whether somebody waits for the terminal; who can, ends the session and takes another turn later."""
        if not _locked(self._door, fcntl.LOCK_SH):
            return True
        fcntl.flock(self._door, fcntl.LOCK_UN)
        return False


@contextmanager
def turn(data_dir: Path, terminal_id: int, *, wait_seconds: float) -> Iterator[Turn]:
    """Hold a terminal while inside the block, for nobody else to talk to it; waits until it is free.

    data_dir: of the office; all processes that talk to its terminals must name the same one.

    Raises:
        NotItsTurnError: somebody else held it all the time; says who and what to do.
        TepatError: the lock files cannot be made.
    """
    until = time.monotonic() + wait_seconds
    with _opened(data_dir, f"{terminal_id}.door") as door, _opened(data_dir, f"{terminal_id}.room") as room:
        _await(door, room, until)
        _await(room, room, until)
        fcntl.flock(door, fcntl.LOCK_UN)
        with suppress(OSError):  # only said to whoever waits; a full disk stops no reading
            os.ftruncate(room, 0)
            os.pwrite(room, str(os.getpid()).encode(), 0)
        yield Turn(door)


@contextmanager
def _opened(data_dir: Path, name: str) -> Iterator[int]:
    """A lock file by its number; closing it lets go of the lock."""
    folder = data_dir / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise TepatError(
            f"{folder} cannot hold the turns at terminals ({error.strerror}): set TEPAT_DATA_DIR to a folder that this "
            "account may write to, the same for all commands."
        ) from error
    try:
        yield file
    finally:
        os.close(file)


def _await(lock: int, room: int, until: float) -> None:
    while not _locked(lock, fcntl.LOCK_EX):
        if time.monotonic() >= until:
            raise NotItsTurnError(
                f"Another part of Tepat{_holder(room)} talks with this terminal, which serves one client at a time. "
                "Try again in a minute; a whole log can take five. If it never ends, stop that process."
            )
        time.sleep(LOOK_SECONDS)


def _locked(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(room: int) -> str:
    process = os.pread(room, 20, 0).decode("ascii", errors="replace").strip()
    return f" (process {process})" if process else ""
