"""The socket that pyzk gets: one whole frame per receive, deadlines kept, every failure said in plain words.

pyzk reads a stream as if it were packets, loops for ever on a closed connection, and takes a late reply for the next
answer (docs/zk.md). Here frames come whole, unasked events are queued, and replies to other requests drop.
"""

import math
import socket
import time
from collections import deque
from collections.abc import Callable

from devices import names
from devices.errors import FatalTerminalError, RetriableTerminalError, TerminalError
from devices.zk.address import Address
from devices.zk.frames import MAGIC, PREFIX, Command, Packet, announced_length, decode_packet

Arrival = Callable[[int], None]
"""Called with the number of bytes that came since the last call."""


class FrameLink:
    """A connected TCP socket with the few methods pyzk calls.

    Every method that fails raises a TerminalError, remembers it in `failure` (pyzk replaces what it catches) and
    closes the connection: after any failure answers may be shifted, so it is never used again.
    """

    def __init__(self, address: Address, patience: float) -> None:
        """Connect within `patience` seconds, which is also the longest silence borne later."""
        self.address = address
        self.patience = patience
        self.doing = "connecting"
        self.deadline = math.inf
        self.seconds = patience
        self.failure: TerminalError | None = None
        self.events: deque[Packet] = deque()
        self.arrived = 0
        self.on_arrival: Arrival | None = None
        self._replies_seen = False
        self._expected_reply = 0
        self._socket = self._connected()

    def _connected(self) -> socket.socket:
        try:
            return names.SYSTEM.connected(self.address.host, self.address.port, self.patience)
        except (socket.gaierror, names.UnansweredNameError) as error:
            raise self._nameless(error) from error
        except ConnectionRefusedError as error:
            raise RetriableTerminalError(f"{self.address} refused the connection.", "refused") from error
        except TimeoutError as error:
            raise RetriableTerminalError(
                f"{self.address} did not take the connection within {self.patience:g} s.", "no_connection"
            ) from error
        except OSError as error:
            raise RetriableTerminalError(
                f"{self.address} cannot be reached: {error.strerror or error}.", "no_route"
            ) from error

    def _nameless(self, error: OSError) -> TerminalError:
        if isinstance(error, names.UnansweredNameError):
            return RetriableTerminalError(f"The terminal was not reached: {error}.", "unanswered_name")
        return FatalTerminalError(
            f"The name {self.address.host} of the terminal is not known to the network ({error.strerror}).",
            "unknown_name",
        )

    def begin(self, doing: str, seconds: float) -> None:
        """Start something that must be over in so many seconds; `doing` says it in messages."""
        self.doing = doing
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds
        self.arrived = 0
        self.on_arrival = None

    def send(self, frame: bytes) -> int:
        """Send one whole frame; its answer is the frame with the same reply number."""
        request = decode_packet(frame[PREFIX:])
        if request.command != Command.OK:
            self._expected_reply = request.reply
        self._socket.settimeout(self._remaining())
        try:
            self._socket.sendall(frame)
        except TimeoutError as error:
            raise self._failed(self._silent()) from error
        except OSError as error:
            raise self._failed(self._broken_off(error.strerror or str(error))) from error
        return len(frame)

    def recv(self, _size: int) -> bytes:
        """The frame that answers the last request, whole, whatever size pyzk asks for."""
        while True:
            frame = self._frame()
            packet = decode_packet(frame[PREFIX:])
            if packet.command == Command.EVENT:
                self.events.append(packet)
            elif packet.reply == self._expected_reply:
                self._replies_seen = True
                return frame

    def next_event(self, seconds: float) -> Packet | None:
        """The next unasked event, queued or new; None when none came in so many seconds.

        A frame that began to arrive is read to its end.
        """
        until = time.monotonic() + seconds
        while not self.events:
            self._socket.settimeout(max(until - time.monotonic(), 0.001))
            try:
                begun = self._socket.recv(1, socket.MSG_PEEK)
            except TimeoutError:
                return None
            except OSError as error:
                raise self._failed(self._broken_off(error.strerror or str(error))) from error
            if begun == b"":
                raise self._failed(self._broken_off("it closed the connection"))
            packet = decode_packet(self._frame()[PREFIX:])
            if packet.command == Command.EVENT:
                self.events.append(packet)
        return self.events.popleft()

    def close(self) -> None:
        """Close the connection; harmless when it is closed."""
        self._socket.close()

    def _frame(self) -> bytes:
        prefix = self._exactly(PREFIX, prefix=True)
        length = announced_length(prefix)
        if length is None:
            raise self._failed(self._foreign(prefix))
        return prefix + self._exactly(length)

    def _exactly(self, size: int, *, prefix: bool = False) -> bytes:
        parts: list[bytes] = []
        missing = size
        while missing:
            part = self._part(missing)
            parts.append(part)
            missing -= len(part)
            if prefix and not MAGIC.startswith(begun := b"".join(parts)[: len(MAGIC)]):
                raise self._failed(self._foreign(begun))
        return b"".join(parts)

    def _part(self, size: int) -> bytes:
        self._socket.settimeout(min(self.patience, self._remaining()))
        try:
            part = self._socket.recv(min(size, 1 << 16))
        except TimeoutError as error:
            raise self._failed(self._over() if time.monotonic() >= self.deadline else self._silent()) from error
        except OSError as error:
            raise self._failed(self._broken_off(error.strerror or str(error))) from error
        if not part:
            raise self._failed(self._broken_off("it closed the connection"))
        self.arrived += len(part)
        if self.on_arrival:
            self.on_arrival(len(part))
        return part

    def _remaining(self) -> float:
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise self._failed(self._over())
        return remaining

    def _failed(self, failure: TerminalError) -> TerminalError:
        self.failure = failure
        self.close()
        return failure

    def _over(self) -> TerminalError:
        """The time for all is over: of what nothing came, silence is told, whichever of the two was noticed first."""
        return self._too_slow() if self.arrived else self._silent()

    def _too_slow(self) -> TerminalError:
        return RetriableTerminalError(
            f"The terminal at {self.address} was not done within {self.seconds:g} s while {self.doing} "
            f"({self.arrived} bytes had come). The network to it is slow, or it is busy.",
            "interrupted",
        )

    def _silent(self) -> TerminalError:
        if not self._replies_seen:
            return RetriableTerminalError(
                f"{self.address} took the connection but did not answer within {self.patience:g} s.", "held"
            )
        return RetriableTerminalError(
            f"The terminal at {self.address} fell silent for {self.patience:g} s while {self.doing} "
            f"({self.arrived} bytes had come).",
            "interrupted",
        )

    def _broken_off(self, how: str) -> TerminalError:
        if not self._replies_seen:
            return RetriableTerminalError(
                f"{self.address} took the connection and broke it off before answering ({how}).", "held"
            )
        return RetriableTerminalError(
            f"The terminal at {self.address} broke off while {self.doing} ({how}; {self.arrived} bytes had come). "
            "Nothing was taken from the broken part.",
            "interrupted",
        )

    def _foreign(self, begun: bytes) -> TerminalError:
        if not self._replies_seen:
            return FatalTerminalError(
                f"What answers at {self.address} is not a ZK terminal: it sent {begun!r} instead of a ZK frame.",
                "not_zk",
            )
        return RetriableTerminalError(
            f"The terminal at {self.address} sent bytes that are no ZK frame while {self.doing}: {begun.hex()}.",
            "interrupted",
        )
