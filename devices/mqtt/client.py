"""The consumer: one durable MQTT session whose messages are acknowledged only after they were stored.

paho is driven from a loop of our own instead of its thread, because its thread dies of an exception in a callback while
`is_connected()` stays true, and because only so are acknowledgements and connections counted in one thread.
"""

import contextlib
import select
import ssl
import threading
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.errors import RetriableTerminalError
from devices.mqtt import tls
from devices.mqtt.bell import Bell
from devices.mqtt.connection import Connection
from devices.mqtt.frames import Publish
from devices.mqtt.inbox import Arrival, Inbox
from devices.mqtt.push_ack import PushAck, message
from devices.mqtt.session import (
    DROPPED,
    LARGEST_RECEIVE_MAXIMUM,
    UNACKNOWLEDGED_3_1_1,
    BrokerAccess,
    connect,
    durable_client,
    refusal,
    subscribe,
)

BATCH = 1000
BATCH_BYTES = 2**22
"""Of payload: some 40,000 punches in large messages. A quarter of it took half as long again on a busy machine."""
GATHER_SECONDS = 0.05
ANSWER_SECONDS = 10.0
TURN_SECONDS = 1.0
SHORTEST_PAUSE = 0.25
LONGEST_PAUSE = 10.0
STABLE_SECONDS = 30.0
CUTS_OF_A_TWIN = 3
"""Connections cut in a row soon after they were made: two clients of one id throw each other out, mostly unsaid."""
HELD_BYTES = 64 * 2**20
WAITING_PUSH_ACKS = 10_000
"""More are forgotten: a terminal that is not answered sends its record again."""
DEAD_SECONDS = 60.0
"""A network thread that has not turned for so long is dead: name resolution and connecting take far less."""

log = structlog.get_logger()


class Consumer:
    """Takes messages off a durable session. Within `with`, a thread keeps it connected."""

    def __init__(self, access: BrokerAccess, filters: Sequence[str], *, batch: int = BATCH) -> None:
        """Connects not before `with`. batch: the most messages `take` returns at once."""
        self._access = access
        self._filters = filters
        # A third of what may be under way: one batch is being stored and one read while the broker sends the next.
        # With MQTT 3.1.1 half of it: smaller ones would cost more than the pause.
        self.batch = min(batch, UNACKNOWLEDGED_3_1_1 // 2) if access.version == "3.1.1" else batch
        self._under_way = min(3 * self.batch, LARGEST_RECEIVE_MAXIMUM)
        self._inbox = Inbox(2 * self._under_way, HELD_BYTES)
        self._stored: deque[tuple[int, int]] = deque()
        self._push_acks: deque[PushAck] = deque(maxlen=WAITING_PUSH_ACKS)
        self._bell = Bell()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._epoch = 0
        self._new_session = 0
        self._ready = False
        self._refused = False
        self._cut_short = 0
        self._turned = time.monotonic()
        self._error: str | None = "not connected yet"
        self._dropped: int | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._bell.ring()
        self._thread.join(DEAD_SECONDS)
        self._bell.close()

    @property
    def error(self) -> str | None:
        """Why no messages can come, in words; None while connected and subscribed."""
        return self._error

    @property
    def dropped(self) -> int | None:
        """How many messages the broker says it has dropped since its start; None while it says nothing of it."""
        return self._dropped

    @property
    def new_session(self) -> int:
        """The epoch of the last connection at which the broker had no session for us; 0 while it had one each time."""
        return self._new_session

    @property
    def silent_seconds(self) -> float:
        """The age of the network thread's last turn; it turns once a second, connected or not."""
        return time.monotonic() - self._turned

    def take(self, wait: float = 1.0) -> list[Arrival]:
        """The next batch in order of arrival, closed when full or a moment after its first message; [] after `wait` s.

        Raises:
            RetriableTerminalError: the network thread no longer turns; this consumer is of no more use.
        """
        if not self._thread.is_alive() or self.silent_seconds > DEAD_SECONDS:
            raise RetriableTerminalError(
                f"The MQTT connection to {self._access.broker} has stood still for {self.silent_seconds:.0f} s: "
                "start anew."
            )
        return self._inbox.take(self.batch, BATCH_BYTES, wait, GATHER_SECONDS)

    def acknowledge(self, arrivals: Sequence[Arrival]) -> None:
        """To be called after commit, in order of arrival. Packets of a former connection are left to be sent again."""
        self._stored.extend((arrival.epoch, arrival.packet) for arrival in arrivals if arrival.packet)
        self._bell.ring()

    def answer(self, push_acks: Sequence[PushAck]) -> None:
        """To be called after commit. The only thing that is ever published; lost with a connection that breaks."""
        self._push_acks.extend(push_acks)
        self._bell.ring()

    # What follows runs in the network thread.

    def _run(self) -> None:
        pause = SHORTEST_PAUSE
        while not self._stopping.is_set():
            self._ready = False
            begin = time.monotonic()
            try:
                self._converse()
            except ssl.SSLError as error:
                self._trouble(tls.refusal(error, self._access.host))
            except OSError as error:
                self._trouble(f"cannot be reached: {error.strerror or error}{self._hint()}")
            except Exception as error:
                log.exception("mqtt.connection_failed", broker=self._access.broker)
                self._trouble(f"the connection broke with {type(error).__name__}")
            if time.monotonic() - begin > STABLE_SECONDS:
                pause = SHORTEST_PAUSE
                self._cut_short = 0
            self._rest(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _hint(self) -> str:
        return tls.HINT if self._access.tls is not None else ""

    def _rest(self, seconds: float) -> None:
        """Wait before the next connection, and on until there is room for what it brings."""
        until = time.monotonic() + seconds
        while not self._stopping.is_set() and (time.monotonic() < until or not self._inbox.has_room()):
            self._turned = time.monotonic()
            self._stopping.wait(min(TURN_SECONDS, max(until - time.monotonic(), SHORTEST_PAUSE)))

    def _converse(self) -> None:
        """One connection from CONNECT to its end. A new paho client each time: no packet of the last can leak in."""
        self._epoch += 1
        self._refused = False
        client = durable_client(self._access)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        connect(client, self._access, self._under_way)
        if client.connection is not None:
            with contextlib.closing(client.connection):
                self._serve(client, client.connection)

    def _serve(self, client: Client, connection: Connection) -> None:
        poll = select.poll()  # select() fails above 1023 open files, and a collector of many terminals has more
        poll.register(self._bell, select.POLLIN)
        answer_by = time.monotonic() + ANSWER_SECONDS
        while client.socket() is not None and not self._stopping.is_set():
            self._turned = time.monotonic()
            if not self._ready and self._turned > answer_by:
                hint = "; if it does not speak MQTT 5, set TEPAT_MQTT_VERSION=3.1.1"
                raise TimeoutError(f"no answer in {ANSWER_SECONDS:.0f} s{hint if self._access.version == '5' else ''}")
            room = self._inbox.has_room()
            connection.flush()
            unsent = connection.holds_unsent or client.want_write()
            poll.register(connection, (select.POLLIN if room else 0) | (select.POLLOUT if unsent else 0))
            decrypted = room and connection.holds_decrypted
            ready = dict(poll.poll(0 if decrypted else TURN_SECONDS * 1000))
            event = ready.get(connection.fileno(), 0) | (select.POLLIN if decrypted else 0)
            self._read(client, connection, event, room=room)
            if self._bell.fileno() in ready:
                self._bell.still()
            self._acknowledge_stored(client)
            self._answer_terminals(client)
            client.loop_write()
            client.loop_misc()
        if self._stopping.is_set():
            self._acknowledge_stored(client)
            self._answer_terminals(client)
            client.disconnect()

    def _read(self, client: Client, connection: Connection, event: int, *, room: bool) -> None:
        if event & (select.POLLHUP | select.POLLERR) and not room:
            raise ConnectionResetError("the broker closed the connection")
        if not event & ~select.POLLOUT:
            return
        came = connection.receive()
        now = datetime.now(UTC)  # of all that is read at once
        try:
            while connection.holds_for_paho and client.socket() is not None:
                client.loop_read()
        finally:
            self._inbox.put([arrival for message in came if (arrival := self._arrival(message, now)) is not None])

    def _acknowledge_stored(self, client: Client) -> None:
        while self._stored and client.socket() is not None:
            epoch, packet = self._stored.popleft()
            if epoch == self._epoch:
                client.ack(packet, 1)

    def _answer_terminals(self, client: Client) -> None:
        while self._push_acks and self._ready and client.socket() is not None:
            if (said := message(self._push_acks.popleft())) is not None:
                client.publish(*said, qos=0)

    def _trouble(self, words: str) -> None:
        said = f"The MQTT broker {self._access.broker} {words}."
        if said != self._error:
            log.warning("mqtt.trouble", problem=said)
        self._error = said

    def _on_connect(
        self, client: Client, _data: object, flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._refused = True
            self._trouble(refusal(reason))
            return
        self._new_session = self._new_session if flags.session_present else self._epoch
        log.info("mqtt.connected", broker=self._access.broker, session_present=flags.session_present)
        subscribe(client, self._access, self._filters)

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, granted: list[ReasonCode], _properties: Properties | None
    ) -> None:
        refused = [name for name, code in zip(self._filters, granted, strict=False) if code.value != 1]
        self._ready = True
        if refused:
            self._trouble(f"lets {self._access.client_id} not subscribe to {', '.join(refused)} with QoS 1")
        else:
            self._error = None

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self._stopping.is_set() or self._refused:
            return  # we left ourselves, or the refusal has already been told
        words = "ended the connection: " + str(reason)
        self._cut_short += self._ready
        words += "" if self._ready else self._hint()
        if reason.getName() == "Session taken over" or self._cut_short >= CUTS_OF_A_TWIN:
            words += f"; perhaps another collector uses the client id {self._access.client_id}: give each its own"
        self._trouble(words)

    def _arrival(self, message: Publish, now: datetime) -> Arrival | None:
        """None: the broker's own count. An exception here would end the connection, and come again each time."""
        if message.topic == DROPPED.encode():
            self._dropped = int(message.payload) if message.payload.isdigit() else self._dropped
            return None
        try:
            topic, failure = _topic(message), None
        except Exception as error:
            log.exception("mqtt.handler_failed", broker=self._access.broker)
            failure = f"Taking the message in failed with {type(error).__name__}: {str(error)!a}."
            topic = "?"
        _, payload, packet, again, retained = message
        return Arrival(topic, payload, now, self._epoch, packet, failure, again, retained)


def _topic(message: Publish) -> str:
    return message.topic.decode()
