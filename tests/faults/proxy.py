"""A TCP link between two parts on loopback that goes wrong on purpose: cut, stalled, slow, late, broken in a frame."""

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
PIECE = 1 << 14
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
SLOW_TURN = 0.02
"""Seconds between two pieces on a slow link."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a link does to everything that passes. The default lets it through.

    refuses: new connections are closed at once. stalls: nothing passes, nothing is closed. delay: seconds each piece
    waits. bytes_per_second: of each direction of each connection. breaks_after: bytes that still pass, over all
    connections; then every connection is reset, mostly in the middle of a frame, and new ones pass.
    """

    refuses: bool = False
    stalls: bool = False
    delay: float = 0.0
    bytes_per_second: int = 0
    breaks_after: int | None = None


GOOD = Trouble()


class Link:
    """Listens on a port of its own and passes bytes to and from `target` as its trouble lets it. Use with `with`."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listening = socket.create_server((HOST, 0), backlog=128)
        self.port: int = self._listening.getsockname()[1]
        self._changed = threading.Condition()
        self._trouble = GOOD
        self._left: int | None = None
        self._over = False
        self._open: set[socket.socket] = set()
        self._silent: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.broken = 0

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def become(self, trouble: Trouble) -> None:
        """From now on, also for connections that are open."""
        with self._changed:
            self._trouble = trouble
            self._left = trouble.breaks_after
            self._changed.notify_all()

    def cut(self) -> None:
        """Reset every connection; new ones pass."""
        with self._changed:
            for end in list(self._open):
                self._reset(end)
            self._changed.notify_all()

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._changed:
            self._over = True
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for connections
        self._listening.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def _start(self, run: object, *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)  # type: ignore[arg-type]  # a method of ours
        self._threads = [other for other in self._threads if other.is_alive()] + [thread]
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return  # the link is over
            if self._trouble.refuses:
                client.close()
                continue
            try:
                server = socket.create_connection(self._target, timeout=5)
            except OSError:
                client.close()  # as a port forwarded to a dead machine does
                continue
            server.settimeout(None)
            with self._changed:
                self._open |= {client, server}
                if self._over:
                    self._reset(client)
                    self._reset(server)
                    return
            self._start(self._pass, client, server)
            self._start(self._pass, server, client)

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(PIECE):
                self._send(data, sink)
            self._said_all(source, sink)
        except OSError:  # cut, or an end died: the other end learns of it
            with self._changed:
                self._reset(source)
                self._reset(sink)

    def _said_all(self, source: socket.socket, sink: socket.socket) -> None:
        """One end closed its direction; once both have, the connection is over."""
        sink.shutdown(socket.SHUT_WR)
        with self._changed:
            self._silent.add(source)
            if sink in self._silent:
                self._silent -= {source, sink}
                self._open -= {source, sink}
                source.close()
                sink.close()

    def _send(self, data: bytes, sink: socket.socket) -> None:
        while data:
            with self._changed:
                self._changed.wait_for(lambda: not self._trouble.stalls or sink not in self._open or self._over)
                trouble = self._trouble
                if trouble.delay:
                    self._changed.wait(trouble.delay)
                size = max(1, int(trouble.bytes_per_second * SLOW_TURN)) if trouble.bytes_per_second else len(data)
                piece, breaks = self._allowed(data[:size])
                if trouble.bytes_per_second:
                    self._changed.wait(SLOW_TURN)
            sink.sendall(piece)
            if breaks:
                self.broken += 1
                self.cut()
                raise ConnectionResetError
            data = data[len(piece) :]

    def _allowed(self, piece: bytes) -> tuple[bytes, bool]:
        """What still passes of it, and whether all breaks after it."""
        if self._left is None:
            return piece, False
        passing = piece[: self._left]
        self._left -= len(passing)
        if self._left > 0:
            return passing, False
        self._left = None
        return passing, True

    def _reset(self, end: socket.socket) -> None:
        """Shut it down too: a thread that waits to receive does not wake from a close alone."""
        self._silent.discard(end)
        if end in self._open:
            self._open.discard(end)
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                end.shutdown(socket.SHUT_RDWR)
            end.close()
