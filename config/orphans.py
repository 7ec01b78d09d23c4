"""Lets the kernel end a process whose parent was killed, so that nothing is left behind by kill -9."""

import ctypes
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask for SIGTERM at the parent's death; for `preexec_fn`. Linux only: elsewhere an orphan runs until stopped."""
    prctl: Callable[[int, int], int] | None = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
