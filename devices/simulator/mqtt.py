"""A pretended MQTT terminal: keeps its punches until the broker has acknowledged them for a subscriber."""

import json
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Literal

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.records import Punch
from devices.simulator.mqtt_messages import Dialect, Message, Speech

WINDOW = 200
"""Messages published at once; more would only slow paho down."""
NO_SUBSCRIBER = 16
"""MQTT 5 tells a publisher that the broker threw its message away because nobody has subscribed."""
AGAIN_SECONDS = 0.5
KEPT_SECONDS = 10.0
"""How long before a connection broke its acknowledgements are not trusted: brokers acknowledge from memory."""
PUSH_ACK_SECONDS = 10.0
"""How long a face terminal waits to be told that a record is stored, before it sends it again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the buffer. refusal: why the broker took nothing, in its words; None where it did not refuse."""

    punches: int
    messages: int
    buffered: int
    refusal: str | None


class SimulatedMqttTerminal:
    """One terminal. batch: punches a message; only the dialect tepat has more than one.

    resumes: a face terminal with ResumefromBreakpoint, which keeps a record until its PushAck. announces: it says that
    it is connected, and leaves a Last Will.
    """

    def __init__(
        self,
        device: str,
        host: str,
        port: int,
        *,
        dialect: Dialect = "tepat",
        time_zone: str = "Asia/Jakarta",
        batch: int = 1,
        version: Literal["5", "3.1.1"] = "5",
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        resumes: bool = False,
        announces: bool = False,
        push_ack_seconds: float = PUSH_ACK_SECONDS,
    ) -> None:
        """password: of the account that is named like the device."""
        self.device = device
        self._address = host, port
        self._speech = Speech(device, dialect, time_zone, batch)
        self._resumes = resumes
        self._announces = announces
        self._push_ack_seconds = push_ack_seconds
        self._told: set[str] = set()
        self.commands: list[bytes] = []
        """What it was told on its own topic, in order."""
        self._version = version
        self._password = password
        self._tls = tls
        self._buffer: dict[int, Message] = {}
        self._acknowledged: dict[int, tuple[Message, float]] = {}
        self._numbers = count()
        self._changed = threading.Condition()
        self._answers: dict[int, str | None] = {}
        self._refusal: str | None = None

    @property
    def buffered(self) -> int:
        """Messages that no broker has acknowledged yet."""
        return len(self._buffer)

    def record(self, punches: Iterable[Punch]) -> None:
        """People use the terminal while it is offline: the punches wait in its buffer."""
        for group in _groups(punches, self._speech.batch):
            self._buffer[next(self._numbers)] = self._message(group)

    def send(self, punches: Iterable[Punch] = (), *, seconds: float = 30.0) -> Delivery:
        """Record, then deliver the buffer with QoS 1 as far as the broker acknowledges it within `seconds`."""
        self.record(punches)
        waiting = list(self._buffer.values())
        deadline = time.monotonic() + seconds
        client = self._client()
        client.connect_async(*self._address, keepalive=30)
        client.loop_start()
        try:
            while self._buffer and time.monotonic() < deadline:
                self._deliver_some(client, deadline)
        finally:
            client.disconnect()
            client.loop_stop()
        left = list(self._buffer.values())
        return Delivery(
            sum(message.punches for message in waiting) - sum(message.punches for message in left),
            len(waiting) - len(left),
            len(left),
            self._refusal,
        )

    def _deliver_some(self, client: Client, deadline: float) -> None:
        with self._changed:
            if not self._changed.wait_for(client.is_connected, deadline - time.monotonic()):
                return
            self._answers.clear()
        # Without the lock, as paho calls back under a lock of its own.
        published = [
            (number, client.publish(message.topic, message.payload, qos=1).mid)
            for number, message in list(self._buffer.items())[:WINDOW]
        ]
        with self._changed:
            expected = {mid for _, mid in published}
            self._changed.wait_for(lambda: expected <= self._answers.keys(), deadline - time.monotonic())
            taken = [number for number, mid in published if self._answers.get(mid, "none") is None]
            if self._resumes:
                taken = self._those_told(taken, deadline)
            for number in taken:
                self._acknowledged[number] = self._buffer.pop(number), time.monotonic()
            if taken:
                self._refusal = None
            else:
                self._refusal = next((answer for answer in self._answers.values() if answer), self._refusal)
                self._changed.wait(min(AGAIN_SECONDS, max(0.0, deadline - time.monotonic())))

    def _those_told(self, sent: list[int], deadline: float) -> list[int]:
        """The numbers of messages whose PushAck came in time; the others are sent again."""
        awaited = {self._buffer[number].record_id for number in sent}
        patience = min(self._push_ack_seconds, max(0.0, deadline - time.monotonic()))
        self._changed.wait_for(lambda: awaited <= self._told, patience)
        return [number for number in sent if self._buffer[number].record_id in self._told]

    def _client(self) -> Client:
        v5 = self._version == "5"
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"terminal-{self.device}",
            protocol=MQTTProtocolVersion.MQTTv5 if v5 else MQTTProtocolVersion.MQTTv311,
        )
        client.reconnect_delay_set(1, 5)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        last_will = self._speech.last_will() if self._announces else None
        if last_will is not None:
            client.will_set(last_will.topic, last_will.payload, qos=1, retain=last_will.topic.startswith("tepat/"))
        if self._password is not None:
            client.username_pw_set(self.device, self._password)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        return client

    def _on_connect(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if self._resumes:
            client.subscribe(f"mqtt/face/{self.device}", qos=1)
        if self._announces and (online := self._speech.online()) is not None:
            client.publish(online.topic, online.payload, qos=1, retain=online.topic.startswith("tepat/"))
        with self._changed:
            self._refusal = str(reason) if reason.is_failure else None
            self._changed.notify_all()

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        """A command; the only one it knows is the receipt of a record."""
        self.commands.append(bytes(message.payload))
        told = json.loads(message.payload)
        with self._changed:
            if told["operator"] == "PushAck" and told["info"]["PushAckType"] == 2:  # noqa: PLR2004 - a punch, as it is written down
                self._told.add(str(told["info"]["SnapOrRecordID"]))
            self._changed.notify_all()

    def _on_publish(
        self, _client: Client, _data: object, mid: int, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        with self._changed:
            self._answers[mid] = str(reason) if reason.is_failure or reason.value == NO_SUBSCRIBER else None
            self._changed.notify_all()

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        """What was acknowledged just before a connection broke goes back into the buffer."""
        late = time.monotonic() - KEPT_SECONDS
        with self._changed:
            again = {number: message for number, (message, at) in self._acknowledged.items() if at > late}
            self._acknowledged.clear()
            if reason.is_failure:
                self._buffer = again | self._buffer

    def _message(self, group: list[Punch]) -> Message:
        return self._speech.message(group)


def _groups(punches: Iterable[Punch], size: int) -> Iterator[list[Punch]]:
    group: list[Punch] = []
    for punch in punches:
        group.append(punch)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
