"""One client's session with a simulated terminal: a packet in, the packets of the answer out. No network here."""

import struct
from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

from devices.simulator.zk.clock import Clock
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.memory import Memory
from devices.simulator.zk.records import SimulatorError, StoredPunch, encode_event, encode_time
from devices.simulator.zk.transfer import Transfer
from devices.zk.clock import local_time
from devices.zk.frames import Command, Packet
from devices.zk.key import scrambled_key

ATTENDANCE_EVENT = 1
STATE_READY = 2
PIN_WIDTH = 9
USER_CAPACITY = 10_000
FINGER_CAPACITY = 3_000
CLEARS_LOG = (b"", b"\x01")
"""What 14 carries when it clears the attendance log: nothing, for all, or 1."""


class Body(Protocol):
    """The parts of a terminal its sessions share."""

    comm_key: int
    memory: Memory
    clock: Clock
    faults: Faults
    firmware: str

    def enable(self, *, seconds: int | None = None, on: bool) -> None: ...


class Session:
    """Answers as real terminals do: nothing but CONNECT and the key before the key was right."""

    def __init__(self, body: Body, number: int) -> None:
        self.number = number
        self.mask = 0
        self.over = False
        self.restart = False
        self._body = body
        self._authorised = False
        self._connected = False
        self._transfer = Transfer(body.memory)

    def answer(self, request: Packet) -> list[Packet]:
        """The packets that answer a request; none for what a terminal does not answer."""
        if request.command == Command.CONNECT:
            return [self._connect(request)]
        if not self._connected or request.session != self.number:
            return [self._says(request, Command.UNAUTHENTICATED)]
        if request.command == Command.AUTHENTICATE:
            self._authorised = request.data == scrambled_key(self._body.comm_key, self.number, request.data[2:3])
            return [self._says(request, Command.OK if self._authorised else Command.UNAUTHENTICATED)]
        if not self._authorised:
            return [self._says(request, Command.UNAUTHENTICATED)]
        handler = self._handlers.get(request.command)
        return handler(self, request) if handler else [self._says(request, Command.UNKNOWN)]

    def event(self, punch: StoredPunch, uid: int) -> Packet:
        """The unasked packet that tells of a punch: the event code is in its session field, its reply number 0."""
        told = encode_event(punch, uid, self._body.memory.record_size) + bytes(self._body.faults.event_padding)
        return Packet(Command.EVENT, ATTENDANCE_EVENT, 0, told)

    def _connect(self, request: Packet) -> Packet:
        self._connected = True
        self._authorised = not self._body.comm_key
        return self._says(request, Command.OK if self._authorised else Command.UNAUTHENTICATED)

    def _says(self, request: Packet, command: int, data: bytes = b"") -> Packet:
        return Packet(command, self.number, request.reply, data)

    def _ok(self, request: Packet) -> list[Packet]:
        return [self._says(request, Command.OK)]

    def _nothing(self, request: Packet) -> list[Packet]:
        """The client's acknowledgement of an event is not answered."""
        assert request.command == Command.OK
        return []

    def _exit(self, request: Packet) -> list[Packet]:
        self.over = True
        return self._ok(request)

    def _restart(self, request: Packet) -> list[Packet]:
        """A terminal goes down without a word."""
        assert request.command == Command.RESTART
        self.restart = True
        return []

    def _enable(self, request: Packet) -> list[Packet]:
        self._body.enable(on=True)
        return self._ok(request)

    def _disable(self, request: Packet) -> list[Packet]:
        seconds = int.from_bytes(request.data, "little") if request.data else None
        self._body.enable(seconds=seconds, on=False)
        return self._ok(request)

    def _register(self, request: Packet) -> list[Packet]:
        self.mask = int.from_bytes(request.data, "little")
        return self._ok(request)

    def _version(self, request: Packet) -> list[Packet]:
        return [self._says(request, Command.OK, self._body.firmware.encode() + b"\0")]

    def _option(self, request: Packet) -> list[Packet]:
        name = request.data.split(b"\0", 1)[0].decode(errors="replace")
        value = self._body.memory.options.get(name)
        if value is None:
            return [self._says(request, Command.ERROR)]
        return [self._says(request, Command.OK, f"{name}={value}\0".encode())]

    def _set_option(self, request: Packet) -> list[Packet]:
        name, _, value = request.data.split(b"\0", 1)[0].decode(errors="replace").partition("=")
        self._body.memory.options[name] = value
        return self._ok(request)

    def _get_time(self, request: Packet) -> list[Packet]:
        claimed = self._body.faults.claimed_time
        code = encode_time(self._body.clock.read()) if claimed is None else claimed
        return [self._says(request, Command.OK, struct.pack("<I", code))]

    def _set_time(self, request: Packet) -> list[Packet]:
        when = local_time(int.from_bytes(request.data[:4], "little"))
        if when is None or self._body.faults.time_refused:
            return [self._says(request, Command.ERROR)]
        if not self._body.faults.time_ignored:
            self._body.clock.set(when)
        return self._ok(request)

    def _state(self, request: Packet) -> list[Packet]:
        return [Packet(Command.OK, STATE_READY, request.reply)]

    def _pin_width(self, request: Packet) -> list[Packet]:
        return [self._says(request, Command.OK, bytes([PIN_WIDTH]))]

    def _sizes(self, request: Packet) -> list[Packet]:
        memory = self._body.memory
        people, records = len(memory.people), 0 if self._body.faults.door_mode else memory.records()
        said = [0] * 23
        said[4], said[8] = people, records
        said[12] = sum(1 for person in memory.people if person.privilege)
        claimed = self._body.faults.claimed_capacity
        capacity = memory.capacity if claimed is None else claimed
        said[14:17] = FINGER_CAPACITY, USER_CAPACITY, capacity
        said[17:20] = FINGER_CAPACITY, USER_CAPACITY - people, capacity - records
        data = struct.pack("<23i", *said)
        return [self._says(request, Command.OK, data[: self._body.faults.broken_sizes])]

    def _clear(self, request: Packet) -> list[Packet]:
        if request.command in self._body.faults.declines:
            return [self._says(request, Command.ERROR)]
        if request.command == Command.CLEAR_ATTENDANCE or request.data[:1] in CLEARS_LOG:
            self._body.memory.clear_log()
        return self._ok(request)

    def _write_person(self, request: Packet) -> list[Packet]:
        try:
            if not self._body.faults.forgets_people:
                self._body.memory.write_person(request.data)
        except SimulatorError:
            return [self._says(request, Command.ERROR)]
        return self._ok(request)

    def _prepare(self, request: Packet) -> list[Packet]:
        faults = self._body.faults
        if faults.door_mode and request.data[1:3] == struct.pack("<H", Command.ATTENDANCE_READ):
            return [self._says(request, Command.NOT_THIS_MODE)]
        return self._transfer.prepare(request, self.number, faults)

    def _read(self, request: Packet) -> list[Packet]:
        return self._transfer.read(request, self.number, self._body.faults)

    def _free(self, request: Packet) -> list[Packet]:
        self._transfer.free()
        return self._ok(request)

    _handlers: ClassVar[Mapping[int, Callable[["Session", Packet], list[Packet]]]] = {
        Command.OK: _nothing,
        Command.EXIT: _exit,
        Command.RESTART: _restart,
        Command.ENABLE: _enable,
        Command.DISABLE: _disable,
        Command.EVENT: _register,
        Command.VERSION: _version,
        Command.OPTION_READ: _option,
        Command.OPTION_WRITE: _set_option,
        Command.GET_TIME: _get_time,
        Command.SET_TIME: _set_time,
        Command.STATE_READ: _state,
        Command.PIN_WIDTH: _pin_width,
        Command.FREE_SIZES: _sizes,
        Command.USER_WRITE: _write_person,
        Command.CLEAR_DATA: _clear,
        Command.CLEAR_ATTENDANCE: _clear,
        Command.REFRESH: _ok,
        Command.CANCEL_CAPTURE: _ok,
        Command.START_VERIFY: _ok,
        Command.PREPARE_BUFFER: _prepare,
        Command.READ_BUFFER: _read,
        Command.FREE_DATA: _free,
    }
