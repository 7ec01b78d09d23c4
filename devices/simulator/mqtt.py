"""A pretended MQTT terminal: keeps its punches until the broker has acknowledged them for a subscriber."""

import base64
import json
import ssl
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.mqtt.contract import METHODS, STATES
from devices.records import Punch

Dialect: TypeAlias = Literal["tepat", "recpush"]
WINDOW = 200
"""Messages published at once; more would only slow paho down."""
NO_SUBSCRIBER = 16
"""MQTT 5 tells a publisher that the broker threw its message away because nobody has subscribed."""
AGAIN_SECONDS = 0.5
KEPT_SECONDS = 10.0
"""How long before a connection broke its acknowledgements are not trusted: brokers acknowledge from memory."""
STATE_NAMES = {number: name for name, number in STATES.items()}
METHOD_NAMES = {number: name for name, number in METHODS.items()}
PICTURE = "data:image/jpeg;base64," + base64.b64encode(b"no picture, only its place").decode()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the buffer. refusal: why the broker took nothing, in its words; None where it did not refuse."""

    punches: int
    messages: int
    buffered: int
    refusal: str | None


class SimulatedMqttTerminal:
    """One terminal. dialect: tepat as in docs/mqtt.md, or recpush. batch: punches a message; RecPush has only 1."""

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
    ) -> None:
        """password: of the account that is named like the device."""
        self.device = device
        self._address = host, port
        self._dialect = dialect
        self._zone = ZoneInfo(time_zone)
        self._batch = 1 if dialect == "recpush" else batch
        self._version = version
        self._password = password
        self._tls = tls
        self._boot = uuid.uuid4().hex[:8]
        self._sequence = count()
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
        for group in _groups(punches, self._batch):
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
            for number in taken:
                self._acknowledged[number] = self._buffer.pop(number), time.monotonic()
            if taken:
                self._refusal = None
            else:
                self._refusal = next((answer for answer in self._answers.values() if answer), self._refusal)
                self._changed.wait(min(AGAIN_SECONDS, max(0.0, deadline - time.monotonic())))

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
        if self._password is not None:
            client.username_pw_set(self.device, self._password)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        return client

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        with self._changed:
            self._refusal = str(reason) if reason.is_failure else None
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

    def _message(self, group: list[Punch]) -> "Message":
        if self._dialect == "recpush":
            return Message(f"mqtt/face/{self.device}/Rec", _json(self._recpush(group[0])), 1)
        fields = [self._punch(punch) for punch in group]
        start = {"device": self.device, "boot": self._boot}
        payload = _json({**start, **fields[0]} if self._batch == 1 else {**start, "punches": fields})
        return Message(f"tepat/{self.device}/punch", payload, len(fields))

    def _punch(self, punch: Punch) -> dict[str, object]:
        pin, local_time, state, verify, _, _ = punch
        return {
            "seq": next(self._sequence),
            "pin": pin,
            "time": local_time.replace(tzinfo=self._zone).isoformat(),
            "clock_ok": True,
            "state": STATE_NAMES.get(state),
            "method": None if verify is None else METHOD_NAMES.get(verify),
        }

    def _recpush(self, punch: Punch) -> dict[str, object]:
        """As the firmware writes it: numbers as texts, the misspelt name field, a picture."""
        pin, local_time, *_ = punch
        info = {
            "customId": "", "personId": pin, "RecordID": str(next(self._sequence)), "VerifyStatus": "1",
            "PersonType": "0", "similarity1": "83.000000", "Sendintime": 1, "persionName": "",
            "facesluiceId": self.device, "time": local_time.isoformat(sep=" "), "PushType": 0, "pic": PICTURE,
        }  # fmt: skip
        return {"operator": "RecPush", "info": info}


@dataclass(frozen=True, slots=True)
class Message:
    topic: str
    payload: bytes
    punches: int


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _groups(punches: Iterable[Punch], size: int) -> Iterator[list[Punch]]:
    group: list[Punch] = []
    for punch in punches:
        group.append(punch)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
