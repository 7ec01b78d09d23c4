"""Buffered reads: 1503 prepares a snapshot, 1504 reads slices in small packets, 1502 frees it (docs/zk.md)."""

import struct

from devices.simulator.zk.faults import Faults
from devices.simulator.zk.memory import Memory
from devices.zk.frames import Command, Packet, checksum

PACKET_BYTES = 1008
"""The data of one packet of a transfer, as captured terminals send it."""
DIRECT_BYTES = 1024
"""An answer up to about this size comes whole, without 1504."""
PEOPLE = 5
WL10_SIZE = 22
WL10_EXTRA = bytes(8)
"""Firmwares with 22-byte records put eight bytes more before the first; what they mean is not known."""
REQUEST = struct.Struct("<bhii")
SLICE = struct.Struct("<II")


class Transfer:
    """The buffer of one session."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._buffer: bytes | None = None
        self._read_up_to = 0

    def prepare(self, request: Packet, session: int, faults: Faults) -> list[Packet]:
        """Answer 1503: the whole stream when it is small, else its size; ERROR for what is not held."""
        stream = self._stream(request.data, faults)
        if stream is None:
            return [Packet(Command.ERROR, session, request.reply)]
        if len(stream) <= DIRECT_BYTES:
            return [Packet(Command.DATA, session, request.reply, stream)]
        self._buffer = stream
        self._read_up_to = 0
        said = struct.pack("<BIII", 0, len(stream), len(stream), checksum(stream))
        return [Packet(Command.OK, session, request.reply, said)]

    def read(self, request: Packet, session: int, faults: Faults) -> list[Packet]:
        """Answer 1504: 1500, data packets numbered in their session field, and 2000; ERROR beyond the buffer."""
        if self._buffer is None or len(request.data) < SLICE.size:
            return [Packet(Command.ERROR, session, request.reply)]
        offset, size = SLICE.unpack_from(request.data)
        unasked = faults.offsets_refused and offset > self._read_up_to
        if not unasked:
            self._read_up_to = max(self._read_up_to, offset + size)
        begin = 0 if faults.offsets_ignored else offset
        piece = self._buffer[begin : begin + size]
        if unasked or len(piece) < size:
            return [Packet(Command.ERROR, session, request.reply)]
        size -= faults.short_slices
        piece = piece[:size]
        if size <= PACKET_BYTES:
            return [Packet(Command.DATA, session, request.reply, piece)]
        parts = [piece[start : start + PACKET_BYTES] for start in range(0, size, PACKET_BYTES)]
        return [
            Packet(Command.PREPARE_DATA, session, request.reply, struct.pack("<II", size, PACKET_BYTES)),
            *(Packet(Command.DATA, index, request.reply, part) for index, part in enumerate(parts)),
            Packet(Command.OK, len(parts) - 1, request.reply),
        ]

    def free(self) -> None:
        self._buffer = None

    def _stream(self, data: bytes, faults: Faults) -> bytes | None:
        if len(data) < REQUEST.size:
            return None
        _, command, what, _ = REQUEST.unpack_from(data)
        if command == Command.ATTENDANCE_READ:
            extra = WL10_EXTRA if self._memory.record_size == WL10_SIZE else b""
            body = extra + faults.junk_prefix + self._memory.log_bytes()
            return struct.pack("<I", max(len(body) - faults.under_report, 0)) + body
        if command == Command.USERS_READ and what == PEOPLE:
            body = faults.people_junk + self._memory.people_bytes()
            return struct.pack("<I", len(body)) + body
        return None
