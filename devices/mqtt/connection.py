"""The connection under paho, read and written in large pieces: paho asks for single bytes, a system call each.

At each of those calls the network thread would have to wait for the thread that writes to let the interpreter go.
"""

import contextlib
import socket
import ssl
from typing import TYPE_CHECKING

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTProtocolVersion

from devices import names
from devices.mqtt.frames import Frames, Publish

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

CHUNK = 2**18
"""Bytes that are read at once, and that may wait to be sent."""
NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection:
    """What paho needs of a socket. Nothing comes before `receive`, and nothing is sent before `flush`."""

    def __init__(self, raw: "SocketLike", frames: Frames) -> None:
        self._raw = raw
        self._frames = frames
        self._for_paho = b""
        self._end: bytes | OSError | None = None
        self._unsent = bytearray()

    def receive(self) -> list[Publish]:
        """The messages among what has come, in order; the rest, and the end of the connection, is for paho to read."""
        try:
            came = self._raw.recv(CHUNK)
        except NOT_NOW:
            return []
        except OSError as error:
            self._end = error
            return []
        if not came:
            self._end = b""
        published, others = self._frames.split(came)
        self._for_paho += others
        return published

    @property
    def holds_for_paho(self) -> bool:
        return bool(self._for_paho) or self._end is not None

    def recv(self, size: int) -> bytes:
        piece, self._for_paho = self._for_paho[:size], self._for_paho[size:]
        if piece:
            return piece
        if isinstance(self._end, OSError):
            raise self._end
        if self._end is None:
            raise BlockingIOError
        return self._end

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
    def holds_decrypted(self) -> bool:
        """Whether TLS has taken more off the connection than was read: no poll would tell."""
        return isinstance(self._raw, ssl.SSLSocket) and self._raw.pending() > 0

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


class PunctualClient(Client):
    """A paho client whose look-up of the broker's name ends with its `connect_timeout` too."""

    def _create_socket_connection(self) -> socket.socket:
        return names.SYSTEM.connected(self._host, self._port, self._connect_timeout)


class BufferedClient(PunctualClient):
    """A paho client over a `Connection`; only for a loop that receives and flushes."""

    connection: Connection | None = None

    def _create_socket(self) -> Connection:
        """Where paho makes its socket; over WebSockets it returns an object of its own there, as we do."""
        frames = Frames(properties=self._protocol == MQTTProtocolVersion.MQTTv5)
        self.connection = Connection(super()._create_socket(), frames)
        return self.connection
