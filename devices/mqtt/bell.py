"""How other threads wake the network thread while it waits for its connection."""

import contextlib
import socket


class Bell:
    """Readable for `poll` once it was rung, until it is stilled."""

    def __init__(self) -> None:
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._rope.setblocking(False)

    def fileno(self) -> int:
        return self._bell.fileno()

    def ring(self) -> None:
        """From any thread, as often as wanted."""
        with contextlib.suppress(BlockingIOError):  # full of calls that were not heard yet: one suffices
            self._rope.send(b"!")

    def still(self) -> None:
        """Forget the calls so far; only once it has become readable."""
        self._bell.recv(4096)

    def close(self) -> None:
        self._bell.close()
        self._rope.close()
