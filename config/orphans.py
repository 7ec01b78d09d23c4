"""Lets the kernel end a process whose parent was killed, so that nothing is left behind by kill -9."""

import ctypes
import signal
import threading
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def dies_with_parent() -> Callable[[], None] | None:
    """A `preexec_fn` that asks for SIGTERM at the parent's death.

    Linux only, elsewhere an orphan runs until it is stopped; and only for children of the main thread, because the
    kernel takes the end of the starting thread for the parent's death.
    """
    on_main_thread = threading.current_thread() is threading.main_thread()
    return _ask_kernel if on_main_thread and hasattr(ctypes.CDLL(None), "prctl") else None


def _ask_kernel() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
