"""Host names looked up within a deadline: the system's own look-up has none, and cannot be ended once it has begun."""

import ipaddress
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeAlias

MOST = 32
"""Look-ups at the same time. While that many hang, other names wait, and no thread is added."""

LookUp: TypeAlias = Callable[[str], list[str]]


class UnansweredNameError(TimeoutError):
    """Nobody has said in time where a name leads; whether it exists is not known."""


def system_look_up(host: str) -> list[str]:
    """The IP addresses of a name in the order to try them.

    Raises:
        gaierror: the name is not known.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except ValueError as error:  # what no name can be, as a label of 64 characters
        raise socket.gaierror(socket.EAI_NONAME, "no name of a host") from error
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


class Names:
    """Looks each name up once at a time, on daemon threads: an executor's would keep the process from ending."""

    def __init__(self, look_up: LookUp = system_look_up, most: int = MOST) -> None:
        self._look_up = look_up
        self._most = most
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[list[str]]] = {}
        self._waiting: deque[str] = deque()
        self._threads = 0

    def asked(self, host: str) -> Future[list[str]]:
        """The IP addresses as soon as they are known; an address leads to itself. A look-up under way is shared."""
        answer: Future[list[str]] = Future()
        try:
            answer.set_result([str(ipaddress.ip_address(host))])
        except ValueError:
            return self._begun(host, answer)
        return answer

    def addresses(self, host: str, seconds: float) -> list[str]:
        """The IP addresses of a name in the order to try them, at least one.

        Raises:
            gaierror: the name is not known.
            UnansweredNameError: that is not known in so many seconds.
        """
        try:
            return self.asked(host).result(seconds)
        except TimeoutError:
            raise UnansweredNameError(f"DNS did not say within {seconds:g} s where {host} is") from None

    def connected(self, host: str, port: int, seconds: float) -> socket.socket:
        """A TCP connection, made within so many seconds, in which the look-up is counted; they stay as its timeout.

        Raises:
            OSError: the name leads nowhere (see `addresses`), or no address of it takes a connection.
        """
        until = time.monotonic() + seconds
        left = self.addresses(host, seconds)
        while True:
            address, *left = left
            share = (until - time.monotonic()) / (1 + len(left))
            try:
                connection = socket.create_connection((address, port), timeout=max(share, 0.001))
            except OSError:
                if not left:
                    raise
            else:
                connection.settimeout(seconds)
                return connection

    def _begun(self, host: str, answer: Future[list[str]]) -> Future[list[str]]:
        with self._lock:
            if host in self._under_way:
                return self._under_way[host]
            if self._threads < self._most:
                threading.Thread(target=self._work, name="names", daemon=True).start()
                self._threads += 1
            self._under_way[host] = answer
            self._waiting.append(host)
        return answer

    def _work(self) -> None:
        while (host := self._next()) is not None:
            found: list[str] | Exception
            try:
                found = self._look_up(host)
            except Exception as error:  # noqa: BLE001 - whoever asked gets it, and the thread goes on
                found = error
            with self._lock:
                answer = self._under_way.pop(host)
            if isinstance(found, Exception):
                answer.set_exception(found)
            else:
                answer.set_result(found)

    def _next(self) -> str | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._threads -= 1
            return None


SYSTEM = Names()
"""The one of this process."""
