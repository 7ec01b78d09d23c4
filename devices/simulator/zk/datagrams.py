"""A simulated terminal's side of UDP: a packet a datagram, no connection, and datagrams that go astray."""

import random
import socket
import socketserver
import threading
from collections.abc import Callable, Sequence

from devices.simulator.zk.connection import ConnectionOverError
from devices.simulator.zk.faults import Faults
from devices.zk.frames import HEADER, Packet, checksum, decode_packet, encode_packet


class DatagramPeer:
    """One client, told by its address. Safe to send from several threads."""

    def __init__(
        self,
        port: socket.socket,
        address: tuple[str, int],
        faults: Callable[[], Faults],
        stopping: threading.Event,
        chance: random.Random,
    ) -> None:
        self._port = port
        self._address = address
        self._faults = faults
        self._stopping = stopping
        self._chance = chance
        self.on_traffic: Callable[[int], None] | None = None

    def send(self, packets: Sequence[Packet]) -> None:
        """Send the packets of one answer, or one event, as well as the faults let them through."""
        faults = self._faults()
        datagrams = [encode_packet(packet) for packet in packets if not strikes(self._chance, faults.lose)]
        datagrams += [datagram for datagram in datagrams if strikes(self._chance, faults.duplicate)]
        if faults.reorder:
            self._chance.shuffle(datagrams)
        for datagram in datagrams:
            if self.on_traffic:
                self.on_traffic(len(datagram))
            self._port.sendto(datagram, self._address)

    def wait(self, seconds: float) -> None:
        """Do nothing for so long, or until the terminal stops serving.

        Raises:
            ConnectionOverError: the terminal stopped serving.
        """
        if self._stopping.wait(seconds):
            raise ConnectionOverError

    def close(self) -> None:
        """Nothing is open between datagrams."""


def strikes(chance: random.Random, probability: float) -> bool:
    """Whether a fault of this probability happens now."""
    return probability > 0 and chance.random() < probability


class DatagramServer(socketserver.UDPServer):
    """Hears one datagram after another and hands the sound ones on, each with the client it came from."""

    max_packet_size = 1 << 16

    def __init__(
        self,
        address: tuple[str, int],
        hear: Callable[[Packet, DatagramPeer], None],
        faults: Callable[[], Faults],
        stopping: threading.Event,
    ) -> None:
        self._hear = hear
        self._faults = faults
        self._stopping = stopping
        self._chance = random.Random(0)  # noqa: S311 - which datagrams are lost, no secret
        self._peers: dict[tuple[str, int], DatagramPeer] = {}
        super().__init__(address, socketserver.BaseRequestHandler)

    def finish_request(self, request: object, client_address: object) -> None:
        """Hear one datagram; what is damaged, or lost by a fault, is not heard."""
        assert isinstance(request, tuple)
        assert isinstance(client_address, tuple)
        data, _ = request
        if strikes(self._chance, self._faults().lose):
            return
        if len(data) < HEADER or int.from_bytes(data[2:4], "little") != checksum(data):
            return
        peer = self._peers.get(client_address)
        if peer is None:
            peer = DatagramPeer(self.socket, client_address, self._faults, self._stopping, self._chance)
            self._peers[client_address] = peer
        try:
            self._hear(decode_packet(data), peer)
        except ConnectionOverError:
            self._peers.pop(client_address)
