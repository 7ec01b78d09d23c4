"""A simulated ZK terminal: real TCP server, real sessions, made-up people."""

import itertools
import socket
import socketserver
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from devices.records import UNKNOWN_STATE
from devices.simulator.zk.clock import Clock, system_time
from devices.simulator.zk.connection import Connection, ConnectionOverError
from devices.simulator.zk.datagrams import DatagramPeer, DatagramServer
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.memory import Memory, WhenFull
from devices.simulator.zk.records import Person, RecordSize, SimulatorError, StoredPunch
from devices.simulator.zk.session import ATTENDANCE_EVENT, Session
from devices.zk.frames import Command, Packet

HOST = "127.0.0.1"
LOG_CAPACITY = 100_000
NO_REPEAT = timedelta(0)


class SimulatedTerminal:
    """One terminal. It exists without the network; `serving` puts it on a TCP port.

    Args:
        serial: its serial number, by which it is told from others.
        people: who is enrolled; a pin in the log that nobody here has belongs to somebody deleted.
        log: punches, or records' bytes as they are (impossible dates, garbled pins).
        record_size: bytes of an attendance record: 8, 16, 22, 40 or 49, which also decides about people and events.
        comm_key: 0 for none.
        clock: naive time of this place; this machine's local time when not given.
        faults: what goes wrong; may be replaced while it serves.
        capacity: records the log holds before it drops the oldest.
        when_full: how it drops them.
        repeat: a person's second punch within this time is not stored.
        name_encoding: code page of people's names.

    Raises:
        SimulatorError: people or log do not fit a terminal of this record size.
    """

    def __init__(
        self,
        serial: str,
        people: Iterable[Person] = (),
        log: Iterable[StoredPunch | bytes] = (),
        *,
        record_size: RecordSize = 40,
        comm_key: int = 0,
        clock: Callable[[], datetime] = system_time,
        faults: Faults | None = None,
        capacity: int = LOG_CAPACITY,
        repeat: timedelta = NO_REPEAT,
        when_full: WhenFull = "shift",
        name_encoding: str = "utf-8",
    ) -> None:
        self.serial = serial
        self.comm_key = comm_key
        self.clock = Clock(clock)
        self.faults = faults or Faults()
        self.firmware = "Ver 6.60 Nov 13 2019"
        self.memory = Memory(
            people, log, record_size, capacity, repeat, when_full=when_full, name_encoding=name_encoding
        )
        self.memory.options.update(
            {"~SerialNumber": serial, "~DeviceName": "Simulated", "~Platform": "ZEM760_TFT", "~ZKFPVersion": "10"}
        )
        self.connections = 0
        self.traffic = 0
        self.received: list[int] = []
        self._enabled = True
        self._enabled_again: datetime | None = None
        self._numbers: Iterator[int] = itertools.count(zlib.crc32(serial.encode()))
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._live: dict[Session, Connection | DatagramPeer] = {}

    def punch(
        self,
        pin: str,
        when: datetime | None = None,
        state: int = UNKNOWN_STATE,
        *,
        verify: int = 1,
        work_code: int = 0,
    ) -> bool:
        """Somebody clocks in, now or at a naive local time; clients that listen are told.

        Returns:
            False when the terminal did not take it: disabled, or within the repeat time.
        """
        if not self.enabled and not self.faults.takes_while_disabled:
            return False
        punch = StoredPunch(pin, when or self.clock.read(), state, verify, work_code)
        if not self.memory.store(punch):
            return False
        self._tell(punch)
        return True

    @property
    def enabled(self) -> bool:
        """Whether people can punch; a terminal disabled for some seconds enables itself again."""
        if self._enabled_again is not None and self.clock.read() >= self._enabled_again:
            self.enable(on=True)
        return self._enabled

    def enable(self, *, seconds: int | None = None, on: bool) -> None:
        """Enable, or disable for good or for so many seconds."""
        self._enabled = on
        self._enabled_again = None if on or seconds is None else self.clock.read() + timedelta(seconds=seconds)

    @contextmanager
    def serving(self, port: int = 0, *, udp: bool = False) -> Iterator[tuple[str, int]]:
        """Serve on 127.0.0.1 until the end of the block; port 0 takes a free one. Yields (host, port).

        udp: a packet a datagram there, and no TCP.

        Raises:
            SimulatorError: the port cannot be had.
        """
        self._stopping.clear()
        with self._server(port, udp) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name=self.serial)
            thread.start()
            try:
                host, bound = server.server_address[:2]
                yield str(host), int(bound)
            finally:
                self._stopping.set()
                self._close_all()
                server.shutdown()
                thread.join()

    def _server(self, port: int, udp: bool) -> "_Server | DatagramServer":
        try:
            if udp:
                return DatagramServer((HOST, port), self._hear, lambda: self.faults, self._stopping)
            return _Server((HOST, port), self._converse)
        except OSError as error:
            raise SimulatorError(
                f"Port {port} on {HOST} cannot be served: {error.strerror}. Choose another."
            ) from error

    def _converse(self, peer: socket.socket) -> None:
        connection = Connection(peer, lambda: self.faults, self._stopping)
        connection.on_traffic = self._count_traffic
        session = Session(self, next(self._numbers) & 0xFFFF)
        with self._lock:
            self.connections += 1
            alone = not self._live
            self._live[session] = connection
        try:
            if self.faults.foreign:
                connection.send_raw(self.faults.foreign)
            elif alone or not self.faults.refuse_second_client:
                self._serve(session, connection)
        except ConnectionOverError:
            pass  # the client went, or a fault sent it away
        finally:
            self._forget(session)
            connection.close()

    def _hear(self, request: Packet, peer: DatagramPeer) -> None:
        """Answer one datagram; the session of a client lasts until it says goodbye."""
        self.received.append(request.command)
        with self._lock:
            session = next((session for session, known in self._live.items() if known is peer), None)
            if session is None:
                session = Session(self, next(self._numbers) & 0xFFFF)
                self._live[session] = peer
                self.connections += 1
                peer.on_traffic = self._count_traffic
        if self.faults.silent:
            return
        self._misbehave(session, peer, request)
        answer = session.answer(request)
        if session.over or session.restart:
            self._forget(session)
        peer.send(answer)

    def _forget(self, session: Session) -> None:
        with self._lock:
            self._live.pop(session, None)

    def _count_traffic(self, size: int) -> None:
        """Bytes that went either way over all connections."""
        with self._lock:
            self.traffic += size

    def _serve(self, session: Session, connection: Connection) -> None:
        while not session.over:
            request = connection.receive()
            self.received.append(request.command)
            if self.faults.silent:
                continue
            self._misbehave(session, connection, request)
            answer = session.answer(request)
            if session.restart:
                self._close_all()
            if session.over:  # it is free for the next client before this one hears so
                self._forget(session)
            if answer:
                connection.send(answer)

    def _misbehave(self, session: Session, connection: Connection | DatagramPeer, request: Packet) -> None:
        faults = self.faults
        if request.command == Command.PREPARE_BUFFER:
            reading = self.received.count(Command.PREPARE_BUFFER) - 1
            for pin in faults.punch_during_read[reading : reading + 1]:
                self.memory.store(StoredPunch(pin, self.clock.read()))
        if request.command in faults.punch_before:
            self.punch(faults.punch_before[request.command])
        if faults.event_before_reply is not None:
            pin = faults.event_before_reply
            connection.send([session.event(StoredPunch(pin, self.clock.read()), self.memory.uid_of(pin))])
        if request.command in faults.late:
            connection.wait(faults.late[request.command])

    def _tell(self, punch: StoredPunch) -> None:
        if self.faults.silent:
            return
        with self._lock:
            listeners = [pair for pair in self._live.items() if pair[0].mask & ATTENDANCE_EVENT]
        for session, connection in listeners:
            try:
                connection.send([session.event(punch, self.memory.uid_of(punch.pin))])
            except ConnectionOverError:
                connection.close()  # its own thread notices and leaves

    def _close_all(self) -> None:
        with self._lock:
            connections = list(self._live.values())
        for connection in connections:
            connection.close()


class _Server(socketserver.ThreadingTCPServer):
    """A thread for each client; the end of serving waits for them."""

    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], converse: Callable[[socket.socket], None]) -> None:
        self._converse = converse
        super().__init__(address, socketserver.BaseRequestHandler)

    def finish_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket), client_address
        self._converse(request)
