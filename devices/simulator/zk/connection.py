"""One client's TCP connection to a simulated terminal: frames in, packets out, and the faults of sending."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from devices.simulator.zk.faults import Faults
from devices.zk.frames import HEADER, PREFIX, Command, Packet, announced_length, checksum, decode_packet, encode_frame

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ConnectionOverError(Exception):
    """The conversation is over: the peer went, or a fault ended it."""


class Connection:
    """Safe to send from several threads: answers and live events never mix within a frame."""

    def __init__(self, peer: socket.socket, faults: Callable[[], Faults], stopping: threading.Event) -> None:
        self._peer = peer
        self._faults = faults
        self._stopping = stopping
        self._sending = threading.Lock()
        self._transferred = 0
        self.on_traffic: Callable[[int], None] | None = None
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def receive(self) -> Packet:
        """The next packet of the client.

        Raises:
            ConnectionOverError: it closed, or it sent something that is no sound ZK frame.
        """
        length = announced_length(self._exactly(PREFIX))
        if length is None:
            raise ConnectionOverError
        packet = self._exactly(length)
        if int.from_bytes(packet[2:4], "little") != checksum(packet):
            raise ConnectionOverError
        return decode_packet(packet)

    def send(self, packets: Sequence[Packet]) -> None:
        """Send the packets of one answer, or one event.

        Raises:
            ConnectionOverError: the peer is gone, or a fault cut the transfer.
        """
        faults = self._faults()
        with self._sending:
            if faults.coalesce:
                self._send_bytes(b"".join(map(encode_frame, packets)), faults)
                return
            for packet in packets:
                self._send_packet(packet, faults)

    def send_raw(self, data: bytes) -> None:
        """Send bytes that are no frame."""
        with self._sending:
            self._send_bytes(data, Faults())

    def wait(self, seconds: float) -> None:
        """Do nothing for so long, or until the terminal stops serving.

        Raises:
            ConnectionOverError: the terminal stopped serving.
        """
        if self._stopping.wait(seconds):
            raise ConnectionOverError

    def close(self) -> None:
        """Close in both directions, so that a thread waiting to receive wakes up."""
        with suppress(OSError):  # the peer may have gone already
            self._peer.shutdown(socket.SHUT_RDWR)
        self._peer.close()

    def reset(self) -> None:
        """End the connection with RST instead of FIN."""
        self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._peer.close()

    def _send_packet(self, packet: Packet, faults: Faults) -> None:
        frame = encode_frame(packet)
        ends = (faults.stall_after, faults.close_after, faults.reset_after)
        end = min((end for end in ends if end is not None), default=None)
        if packet.command == Command.DATA and end is not None and self._transferred + len(packet.data) > end:
            self._send_bytes(frame[: PREFIX + HEADER + end - self._transferred], faults)
            self._end(faults)
        if packet.command == Command.DATA:
            self._transferred += len(packet.data)
        self._send_bytes(frame, faults)
        if faults.pause:
            self.wait(faults.pause)

    def _end(self, faults: Faults) -> None:
        if faults.stall_after is not None:
            self._stopping.wait()
        elif faults.reset_after is not None:
            self.reset()
        raise ConnectionOverError

    def _send_bytes(self, data: bytes, faults: Faults) -> None:
        size = faults.split or len(data)
        try:
            for start in range(0, len(data), size):
                if self.on_traffic:
                    self.on_traffic(len(data[start : start + size]))
                self._peer.sendall(data[start : start + size])
                if faults.split and faults.pause:
                    time.sleep(faults.pause)
        except OSError as error:
            raise ConnectionOverError from error

    def _exactly(self, size: int) -> bytes:
        received = b""
        while len(received) < size:
            try:
                part = self._peer.recv(size - len(received))
            except OSError as error:
                raise ConnectionOverError from error
            if not part:
                raise ConnectionOverError
            received += part
        if self.on_traffic:
            self.on_traffic(size)
        return received
