"""Disable a ZK terminal for a while, and clear its attendance log: the only place that does either.

No running part calls this: `tepat terminal clear-log` does, after it has proved that every record is stored.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from devices.errors import RetriableTerminalError, TerminalError
from devices.zk.frames import Command
from devices.zk.terminal import Terminal, open_terminal

SECONDS = 30.0
"""How long one of these may take; a full log takes its time to be cleared."""
LOG_ONLY = b"\x01"
"""What CLEAR_DATA must carry: without it, it clears people and fingers too."""


@contextmanager
def disabled(terminal: Terminal, seconds: int, comm_key: int) -> Iterator[None]:
    """Let nobody punch while in the block; at its end people can again, and after so many seconds in any case.

    The terminal itself counts the seconds, so that it comes back also when this process or the network dies.

    Raises:
        RetriableTerminalError: it declines to be disabled.
        TerminalError: it failed meanwhile.
    """
    with terminal.boundary("disabling it for a while", SECONDS):
        if terminal.ask(Command.DISABLE, struct.pack("<I", seconds)) is None:
            raise RetriableTerminalError(
                f"The terminal at {terminal.address} declines to be disabled for a while, so punches could come "
                "between proof and clearing. Clear its log in its menu after tepat terminal clear-log with --dry-run."
            )
    try:
        yield
    finally:
        try:
            _enable(terminal)
        except TerminalError:
            with open_terminal(str(terminal.address), comm_key) as again:
                _enable(again)


def _enable(terminal: Terminal) -> None:
    with terminal.boundary("enabling it again", SECONDS):
        if terminal.ask(Command.ENABLE) is None:
            raise RetriableTerminalError(
                f"The terminal at {terminal.address} declines to be enabled; restart it if people cannot punch."
            )


def clear_log(terminal: Terminal) -> None:
    """Clear the attendance log, and nothing else.

    Raises:
        RetriableTerminalError: the terminal declines.
        TerminalError: it failed meanwhile; whether the log is cleared must be looked at.
    """
    with terminal.boundary("clearing its attendance log", SECONDS):
        if terminal.ask(Command.CLEAR_ATTENDANCE) is None and terminal.ask(Command.CLEAR_DATA, LOG_ONLY) is None:
            raise RetriableTerminalError(
                f"The terminal at {terminal.address} declines to clear its attendance log: look whether an "
                "administrator has locked that in its menu. Nothing was cleared."
            )
