"""The socket that pyzk gets for UDP: answers come whole and once, though datagrams are lost, doubled and shuffled."""

import socket
import struct
import time
from collections import deque

from devices import names
from devices.errors import RetriableTerminalError, TerminalError
from devices.zk.frames import HEADER, Command, Packet, checksum, decode_packet, encode_packet
from devices.zk.link import FrameLink

RESEND_SECONDS = 0.5
"""After so long without the awaited answer the question is sent again; the same answer twice does no harm."""
LARGEST_DATAGRAM = 1 << 16
SLICE = struct.Struct("<II")


class DatagramLink(FrameLink):
    """A UDP socket with the few methods pyzk calls; deadlines and failures as those of FrameLink."""

    _request = b""

    def _connected(self) -> socket.socket:
        kind = socket.SOCK_DGRAM
        try:
            host = names.SYSTEM.addresses(self.address.host, self.patience)[0]
        except (socket.gaierror, names.UnansweredNameError) as error:
            raise self._nameless(error) from error
        family, _, _, _, where = socket.getaddrinfo(host, self.address.port, type=kind)[0]
        made = socket.socket(family, kind)
        try:
            made.connect(where)
        except OSError as error:
            made.close()
            raise RetriableTerminalError(
                f"{self.address} cannot be reached: {error.strerror or error}.", "no_route"
            ) from error
        self._waiting: deque[bytes] = deque()
        return made

    def sendto(self, packet: bytes, _address: object) -> int:
        """Send one packet; its answer is the packet with the same reply number."""
        request = decode_packet(packet)
        if request.command != Command.OK:
            self._expected_reply = request.reply
            self._request = packet
        self._transmit(packet)
        return len(packet)

    def recv(self, _size: int) -> bytes:
        """The answer to the last request; a slice of a buffered read comes as one packet, whole."""
        request = decode_packet(self._request)
        size = SLICE.unpack_from(request.data)[1] if request.command == Command.READ_BUFFER else None
        pieces: dict[int, bytes] = {}
        silent_since = asked_at = time.monotonic()
        while True:
            packet = self._packet(min(RESEND_SECONDS, self._remaining()))
            now = time.monotonic()
            if packet is None or now - asked_at >= RESEND_SECONDS:
                if now - silent_since >= self.patience:
                    raise self._failed(self._silent())
                self._transmit(self._request)
                asked_at = now
            if packet is None:
                continue
            if packet.command == Command.EVENT:
                self.events.append(packet)
            elif packet.reply == self._expected_reply:
                self._replies_seen = True
                if size is None or packet.command not in {Command.PREPARE_DATA, Command.DATA, Command.OK}:
                    return encode_packet(packet)
                silent_since = now
                size, whole = _gathered(packet, pieces, size)
                if whole is not None:
                    return encode_packet(packet._replace(command=Command.DATA, data=whole))

    def next_event(self, seconds: float) -> Packet | None:
        """The next unasked event, queued or new; None when none came in so many seconds."""
        until = time.monotonic() + seconds
        while not self.events:
            packet = self._packet(max(until - time.monotonic(), 0.001))
            if packet is not None and packet.command == Command.EVENT:
                self.events.append(packet)
            elif time.monotonic() >= until:
                return None
        return self.events.popleft()

    def _packet(self, seconds: float) -> Packet | None:
        """One sound packet; None when none came in time. What is damaged counts as lost."""
        self._socket.settimeout(seconds)
        try:
            data = self._socket.recv(LARGEST_DATAGRAM)
        except TimeoutError:
            return None
        except OSError as error:
            raise self._failed(self._broken_off(error.strerror or str(error))) from error
        self.arrived += len(data)
        if self.on_arrival:
            self.on_arrival(len(data))
        if len(data) < HEADER or int.from_bytes(data[2:4], "little") != checksum(data):
            return None
        return decode_packet(data)

    def _transmit(self, packet: bytes) -> None:
        self._socket.settimeout(self._remaining())
        try:
            self._socket.send(packet)
        except OSError as error:
            raise self._failed(self._broken_off(error.strerror or str(error))) from error

    def _silent(self) -> TerminalError:
        if self._replies_seen:
            return super()._silent()
        return RetriableTerminalError(f"{self.address} did not answer over UDP within {self.patience:g} s.", "no_udp")

    def _broken_off(self, how: str) -> TerminalError:
        if self._replies_seen:
            return super()._broken_off(how)
        return RetriableTerminalError(f"{self.address} is not served over UDP ({how}).", "no_udp")


def _gathered(packet: Packet, pieces: dict[int, bytes], size: int) -> tuple[int, bytes | None]:
    """Put one packet of a slice to the others; the bytes still to expect in all, and the slice once it is complete.

    Pieces are numbered in their session field from 0; a slice that fits one packet comes as a piece of another number.
    """
    if packet.command == Command.PREPARE_DATA and len(packet.data) >= SLICE.size:
        size = SLICE.unpack_from(packet.data)[0]
    elif packet.command == Command.DATA:
        if len(packet.data) >= size:
            return size, packet.data
        pieces[packet.session] = packet.data
    numbered = [pieces[number] for number in range(len(pieces)) if number in pieces]
    if len(numbered) == len(pieces) and pieces and sum(map(len, numbered)) >= size:
        return size, b"".join(numbered)
    return size, None
