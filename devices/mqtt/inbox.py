"""The bounded queue between the network thread, which puts, and the writing thread, which takes batches."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as it came.

    received_at: aware, UTC. epoch: the number of the connection it came by. packet: its packet id there, 0 when the
    broker waits for no acknowledgement. failure: why the message could not even be handed over as usual, else None.
    again: the broker had no acknowledgement of its first delivery. retained: said at some earlier time.
    """

    topic: str
    payload: bytes
    received_at: datetime
    epoch: int
    packet: int
    failure: str | None = None
    again: bool = False
    retained: bool = False


class Inbox:
    """Holds up to `messages` arrivals and about `size` bytes of payload; it is for the putter to ask has_room first."""

    def __init__(self, messages: int, size: int) -> None:
        self._messages = messages
        self._size = size
        self._held = 0
        self._wanted = 1, 1
        self._arrivals: deque[Arrival] = deque()
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._arrivals)

    def has_room(self) -> bool:
        return len(self._arrivals) < self._messages and self._held < self._size

    def put(self, arrivals: Sequence[Arrival]) -> None:
        """Never blocks and never refuses, so that a message in hand is not lost."""
        with self._changed:
            self._arrivals.extend(arrivals)
            self._held += sum(len(arrival.payload) for arrival in arrivals)
            if self._has(*self._wanted):  # a waking costs more than a message
                self._changed.notify()

    def take(self, most: int, size: int, wait: float, gather: float) -> list[Arrival]:
        """Up to `most` arrivals in order, closed when they have `size` bytes of payload, but one at least.

        Waits `wait` seconds for the first, then `gather` seconds for others.
        """
        with self._changed:
            if not self._waited_for(1, self._size, wait):
                return []
            self._waited_for(most, size, gather)
            taken: list[Arrival] = []
            taken_size = 0
            while self._arrivals and len(taken) < most and taken_size < size:
                taken.append(self._arrivals.popleft())
                taken_size += len(taken[-1].payload)
            self._held -= taken_size
            return taken

    def _waited_for(self, messages: int, size: int, seconds: float) -> bool:
        self._wanted = messages, size
        return self._changed.wait_for(lambda: self._has(messages, size), seconds)

    def _has(self, messages: int, size: int) -> bool:
        return len(self._arrivals) >= messages or self._held >= size
