"""A name server on loopback that hears questions and never answers, and the look-up of whoever asks it."""

import socket
import threading
from types import TracebackType
from typing import Self

GIVES_UP_SECONDS = 60.0


class SilentNameServer:
    """Its clients wait for an answer until `give_up`; names of loopback they know themselves, as resolvers do."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(GIVES_UP_SECONDS)
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.look_ups = 0
        self._now = 0
        self.most_at_once = 0

    def look_up(self, host: str) -> list[str]:
        """Ask for an A record as RFC 1035 has it, and wait."""
        if host == "localhost":
            return ["127.0.0.1"]
        with self._lock:
            self.look_ups += 1
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        labels = b"".join(bytes([len(label)]) + label.encode() for label in host.split("."))
        question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\x00\x00\x01\x00\x01"
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(0.05)
                client.connect(self._socket.getsockname())
                client.send(question)
                self._wait(client)
        finally:
            with self._lock:
                self._now -= 1
        raise socket.gaierror(socket.EAI_AGAIN, "the name server does not answer")

    def _wait(self, client: socket.socket) -> None:
        while not self._over.is_set():
            try:
                client.recv(512)
            except TimeoutError:
                continue
            raise AssertionError("this server never answers")

    def heard(self) -> bytes:
        """The next question, as it came."""
        return self._socket.recv(512)

    def give_up(self) -> None:
        """Every look-up fails now, as after a resolver's last try."""
        self._over.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.give_up()
        self._socket.close()
