"""The connection under paho, read and written in large pieces: paho asks for single bytes, a system call each.

At each of those calls the network thread would have to wait for the thread that writes to let the interpreter go.
"""

import contextlib
import ssl
from typing import TYPE_CHECKING

from paho.mqtt.client import Client

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

CHUNK = 2**16
"""Bytes that are read at once, and that may wait to be sent."""
NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection:
    """What paho needs of a socket. Nothing is sent before `flush`."""

    def __init__(self, raw: "SocketLike") -> None:
        self._raw = raw
        self._came = b""
        self._read = 0
        self._unsent = bytearray()

    def recv(self, size: int) -> bytes:
        piece = self._came[self._read : self._read + size]
        if not piece:
            self._came, self._read = b"", 0
            self._came = self._raw.recv(CHUNK)
            piece = self._came[:size]
        self._read += len(piece)
        return piece

    def send(self, buffer: bytes | bytearray) -> int:
        """Raises BlockingIOError while the peer takes nothing: paho then keeps the packet itself."""
        if len(self._unsent) >= CHUNK:
            self.flush()
            if len(self._unsent) >= CHUNK:
                raise BlockingIOError
        self._unsent += buffer
        return len(buffer)

    def flush(self) -> None:
        """Send what the system takes now. That the connection is broken, the next reading finds."""
        try:
            while self._unsent:
                del self._unsent[: self._raw.send(self._unsent)]
        except NOT_NOW:
            return
        except OSError:
            self._unsent.clear()

    @property
    def holds_unread(self) -> bool:
        """Whether there is something to read that no poll would tell of: read ahead, or decrypted."""
        return self.holds_read_ahead or (isinstance(self._raw, ssl.SSLSocket) and self._raw.pending() > 0)

    @property
    def holds_read_ahead(self) -> bool:
        return self._read < len(self._came)

    @property
    def holds_unsent(self) -> bool:
        return bool(self._unsent)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.flush()
        self._raw.close()

    def fileno(self) -> int:
        return self._raw.fileno()

    def setblocking(self, flag: bool) -> None:
        self._raw.setblocking(flag)


class BufferedClient(Client):
    """A paho client over a `Connection`; only for a loop that flushes it."""

    connection: Connection | None = None

    def _create_socket(self) -> Connection:
        """Where paho makes its socket; over WebSockets it returns an object of its own there, as we do."""
        self.connection = Connection(super()._create_socket())
        return self.connection
