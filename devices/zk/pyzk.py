"""pyzk 0.9 made to measure, and the only file that imports it: its commands, without its socket, probe and decoding."""

import struct
from typing import Any

from zk import ZK
from zk.exception import ZKErrorResponse

from devices.zk.address import Address
from devices.zk.datagrams import DatagramLink
from devices.zk.frames import Command
from devices.zk.key import TICKS, scrambled_key
from devices.zk.link import FrameLink

LARGEST_ANSWER = 1024
"""What pyzk tells its socket to expect; FrameLink hands out whole frames whatever this says."""

TCP_SLICE = 0xFFC0
UDP_SLICE = 16 * 1024
"""Bytes of one slice of a buffered read, as pyzk asks for them."""
READ_LOG = struct.pack("<bhii", 1, Command.ATTENDANCE_READ, 0, 0)
"""What a buffered read of the attendance log asks for (docs/zk.md)."""


class FramedZK(ZK):  # type: ignore[misc]  # pyzk has no types
    """pyzk's client on a link of ours: one connection, no probe, and its constructor's unused socket closed."""

    link: FrameLink | None = None
    _ZK__read_chunk: Any
    _ZK__session_id: int
    _ZK__header: tuple[int, int, int, int]
    _ZK__response: int
    _ZK__data: bytes

    def __init__(self, address: Address, comm_key: int, patience: float) -> None:
        super().__init__(address.host, address.port, timeout=patience, force_udp=address.udp, ommit_ping=True)
        self._ZK__sock: Any
        self._ZK__sock.close()
        self._ZK__response = 0
        self.helper = None  # it would ping through a shell, and probe over a connection of its own
        self.comm_key = comm_key
        self.address = address
        self.patience = patience
        self.largest_slice = UDP_SLICE if address.udp else TCP_SLICE

    def _ZK__create_socket(self) -> None:  # noqa: N802 - pyzk's own private name, overridden on purpose
        kind = DatagramLink if self.address.udp else FrameLink
        self.link = self._ZK__sock = kind(self.address, self.patience)
        self.link.begin("opening a session", self.patience)

    def connect(self) -> bool:
        """Open the session; False when the terminal declines (see `last_code`).

        pyzk's own way fails for keys whose scrambled number passes 32 bits, and probes the port before.
        """
        self._ZK__create_socket()
        answer = self._ZK__send_command(Command.CONNECT)
        self._ZK__session_id = self._ZK__header[2]
        if answer["code"] == Command.UNAUTHENTICATED:
            key = scrambled_key(self.comm_key, self._ZK__session_id, TICKS)
            answer = self._ZK__send_command(Command.AUTHENTICATE, key)
        self.is_connect = bool(answer["status"])
        return self.is_connect

    def ask(self, command: Command, data: bytes = b"") -> bytes | None:
        """Send one command; the data of its answer, or None when the terminal declines."""
        answer = self._ZK__send_command(command, data, LARGEST_ANSWER)
        return self._ZK__data if answer["status"] else None

    def read_buffer(self, command: Command, what: int = 0) -> tuple[bytes, int]:
        """The stream that pyzk's buffered read brings, and the number of bytes the terminal announced."""
        stream, announced = self.read_with_buffer(command, what)
        return bytes(stream), int(announced)

    def prepare_log(self) -> bytes | int | None:
        """Have the log held ready: its size, or a small log itself, or None when the terminal declines."""
        answer = self.ask(Command.PREPARE_BUFFER, READ_LOG)
        if answer is None or self.last_code == Command.DATA:
            return answer
        return int.from_bytes(answer[1:5], "little")

    def read_slice(self, offset: int, size: int) -> bytes | None:
        """At most `largest_slice` bytes of what is held ready; None when the terminal declines."""
        try:
            return bytes(self._ZK__read_chunk(offset, size))
        except ZKErrorResponse:
            return None

    def acknowledge_event(self) -> None:
        self._ZK__ack_ok()

    @property
    def last_code(self) -> int:
        """The command number of the last answer."""
        return int(self._ZK__response)
