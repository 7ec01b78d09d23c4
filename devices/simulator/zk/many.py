"""Thousands of simulated ZK terminals in one thread, each on a port of its own; without the faults of connections."""

import heapq
import itertools
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from devices.simulator.zk.session import Body, Session
from devices.zk.frames import PREFIX, announced_length, decode_packet, encode_frame

HOST = "127.0.0.1"
BACKLOG = 16
LOOK_SECONDS = 0.1
LARGEST_READ = 1 << 16


@dataclass(slots=True, eq=False)
class Client:
    """One connection to one terminal. wait: seconds before each of its answers; None: it is never answered."""

    peer: socket.socket
    session: Session
    wait: float | None
    heard: bytearray = field(default_factory=bytearray)
    unsent: bytearray = field(default_factory=bytearray)


class ManyTerminals:
    """The terminals behind as many ports. waits: as `Client.wait`, of each; on_client: told whose client came."""

    def __init__(
        self,
        bodies: Sequence[Body],
        waits: Sequence[float | None],
        on_client: Callable[[Body], object] = lambda _: None,
    ) -> None:
        self._bodies = bodies
        self._waits = waits
        self._on_client = on_client
        self._selector = selectors.DefaultSelector()
        self._numbers = itertools.count(1)
        self._later: list[tuple[float, int, Client, bytes]] = []

    @contextmanager
    def serving(self) -> Iterator[list[int]]:
        """Serve on 127.0.0.1 until the end of the block; yields the terminals' ports."""
        over = threading.Event()
        ports = [self._listen(number) for number in range(len(self._bodies))]
        thread = threading.Thread(target=self._run, args=(over,), name="many terminals")
        thread.start()
        try:
            yield ports
        finally:
            over.set()
            thread.join()
            for key in list(self._selector.get_map().values()):
                assert isinstance(key.fileobj, socket.socket)
                key.fileobj.close()
            self._selector.close()

    def _listen(self, number: int) -> int:
        door = socket.create_server((HOST, 0), backlog=BACKLOG)
        door.setblocking(False)
        self._selector.register(door, selectors.EVENT_READ, number)
        return int(door.getsockname()[1])

    def _run(self, over: threading.Event) -> None:
        while not over.is_set():
            for key, _ in self._selector.select(LOOK_SECONDS if not self._later else 0.01):
                if isinstance(key.data, Client):
                    self._serve(key.data)
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self._accept(key.fileobj, key.data)
            while self._later and self._later[0][0] <= time.monotonic():
                *_, client, answer = heapq.heappop(self._later)
                self._send(client, answer)

    def _accept(self, door: socket.socket, number: int) -> None:
        peer, _ = door.accept()
        peer.setblocking(False)
        body = self._bodies[number]
        self._on_client(body)
        client = Client(peer, Session(body, next(self._numbers) & 0xFFFF), self._waits[number])
        self._selector.register(peer, selectors.EVENT_READ, client)

    def _serve(self, client: Client) -> None:
        try:
            came = client.peer.recv(LARGEST_READ)
        except BlockingIOError:
            came = None
        except OSError:
            came = b""
        if came == b"":
            self._end(client)
            return
        client.heard += came or b""
        while (request := _taken(client.heard)) is not None:
            answer = b"".join(map(encode_frame, client.session.answer(decode_packet(request))))
            if client.wait:
                heapq.heappush(self._later, (time.monotonic() + client.wait, next(self._numbers), client, answer))
            elif client.wait is not None:
                client.unsent += answer
        self._send(client, b"")

    def _send(self, client: Client, answer: bytes) -> None:
        """Send what the connection takes; the rest goes when it takes more."""
        client.unsent += answer
        if client.unsent and client.peer.fileno() >= 0:
            with suppress(OSError):  # the client is gone, which reading will tell
                del client.unsent[: client.peer.send(client.unsent)]
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.unsent else 0)
            self._selector.modify(client.peer, wanted, client)

    def _end(self, client: Client) -> None:
        self._selector.unregister(client.peer)
        client.peer.close()


def _taken(heard: bytearray) -> bytes | None:
    """The next whole packet, taken out of what was heard."""
    length = announced_length(bytes(heard[:PREFIX])) if len(heard) >= PREFIX else None
    if length is None or len(heard) < PREFIX + length:
        return None
    packet = bytes(heard[PREFIX : PREFIX + length])
    del heard[: PREFIX + length]
    return packet
