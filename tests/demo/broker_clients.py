"""A plain MQTT 5 client for tests of what the broker lets it do."""

import contextlib
import ssl
import threading
from collections.abc import Iterator
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from tests.waiting import SECONDS


class RefusedError(Exception):
    """The broker does not let us in; its reason."""


class PlainClient:
    """Connected and subscribed. heard: payloads by the order of their coming."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._answers: dict[int, str] = {}
        self._changed = threading.Condition()
        self.heard: list[bytes] = []

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> str:
        """What the broker answers to it."""
        mid = self._client.publish(topic, payload, qos=1, retain=retain).mid
        with self._changed:
            assert self._changed.wait_for(lambda: mid in self._answers, SECONDS)
            return self._answers[mid]

    def on_publish(self, _client: Client, _data: object, mid: int, reason: ReasonCode, _properties: object) -> None:
        with self._changed:
            self._answers[mid] = reason.getName()
            self._changed.notify_all()

    def on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.append(bytes(message.payload))


@contextlib.contextmanager
def connected(
    host: str,
    port: int,
    name: str | None = None,
    password: str | None = None,
    *,
    client_id: str = "",
    topic: str | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[PlainClient]:
    """Raises RefusedError where the broker refuses the account."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5)
    plain, said, done = PlainClient(client), [], threading.Event()

    def on_connect(_client: Client, _data: object, _flags: object, reason: ReasonCode, _properties: object) -> None:
        said.append(reason)
        if reason.is_failure or topic is None:
            done.set()
        else:
            client.subscribe(topic, options=SubscribeOptions(qos=1))

    def on_subscribe(*_: Any) -> None:
        done.set()

    client.on_connect, client.on_subscribe = on_connect, on_subscribe
    client.on_publish, client.on_message = plain.on_publish, plain.on_message
    if name is not None:
        client.username_pw_set(name, password)
    if tls is not None:
        client.tls_set_context(tls)
    client.connect(host, port, clean_start=True)
    client.loop_start()
    try:
        assert done.wait(SECONDS)
        if said[0].is_failure:
            raise RefusedError(said[0].getName())
        yield plain
    finally:
        client.disconnect()
        client.loop_stop()
