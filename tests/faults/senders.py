"""Terminals that send by themselves, each in a thread: over MQTT with an outbox, and over HTTP as iclock does."""

import contextlib
import itertools
import json
import queue
import threading
import time
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.records import Punch
from devices.simulator.iclock import SimulatedIclockTerminal

ZONE = ZoneInfo("Asia/Jakarta")
STATE_NAMES = {0: "in", 1: "out"}
OUTBOX_SECONDS = 10.0
"""How long before its end a connection's acknowledgements are not trusted (docs/mqtt.md): Mosquitto acknowledges from
memory and saves every two seconds; killed in between, it has lost what this outbox still holds."""
NO_SUBSCRIBER = 16
"""MQTT 5 tells a publisher that the broker threw its message away because nobody has subscribed."""
AGAIN_SECONDS = 0.2


class _Sender:
    """Sends in a thread of its own until the end of the block."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        raise NotImplementedError


class MqttSender(_Sender):
    """An MQTT terminal, with a new client a connection.

    A message leaves its outbox once it was acknowledged OUTBOX_SECONDS before the connection ended.
    """

    def __init__(self, device: str, address: tuple[str, int], password: str) -> None:
        super().__init__()
        self._device = device
        self._address = address
        self._password = password
        self._numbers = itertools.count()
        self._new: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._outbox: dict[bytes, float | None] = {}
        self._under_way: dict[int, bytes] = {}
        self._refused: list[bytes] = []
        self._said = 0
        self._ready = False

    @property
    def held(self) -> int:
        """Messages that nobody has acknowledged."""
        return self._said - sum(at is not None for at in list(self._outbox.values()))

    def punch(self, punch: Punch) -> None:
        pin, local_time, state, *_ = punch
        fields = {
            "device": self._device, "boot": "faults", "seq": next(self._numbers), "pin": pin, "clock_ok": True,
            "time": local_time.replace(tzinfo=ZONE).isoformat(), "state": STATE_NAMES[state], "method": "face",
        }  # fmt: skip
        self._said += 1
        self._new.put(json.dumps(fields).encode())

    def _run(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):
                self._converse()
            self._over.wait(AGAIN_SECONDS)

    def _converse(self) -> None:
        """One connection, from CONNECT to its end."""
        self._ready = False
        self._under_way.clear()
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"terminal-{self._device}", protocol=MQTTProtocolVersion.MQTTv5
        )
        client.username_pw_set(self._device, self._password)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        client.connect(*self._address, keepalive=10)
        while client.loop(0.02) == MQTTErrorCode.MQTT_ERR_SUCCESS and not self._over.is_set():
            if self._ready:
                self._publish(client, [self._new.get() for _ in range(self._new.qsize())])
        client.disconnect()
        late = time.monotonic() - OUTBOX_SECONDS
        for payload, at in self._outbox.items():
            if at is not None and at > late:
                self._outbox[payload] = None

    def _publish(self, client: Client, payloads: list[bytes]) -> None:
        refused, self._refused = self._refused, []
        for payload in [*payloads, *refused]:
            self._outbox.setdefault(payload, None)
            self._under_way[client.publish(f"tepat/{self._device}/punch", payload, qos=1).mid] = payload

    def _on_connect(self, *_: object) -> None:
        """Whatever the outbox still holds is sent again."""
        self._ready = True
        self._refused = [payload for payload, at in self._outbox.items() if at is None]

    def _on_publish(
        self, _client: Client, _data: object, mid: int, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure or reason.value == NO_SUBSCRIBER:
            self._refused.append(self._under_way[mid])
        else:
            self._outbox[self._under_way[mid]] = time.monotonic()


class IclockSender(_Sender):
    """An iclock terminal that pushes."""

    def __init__(self, serial: str, url: str) -> None:
        super().__init__()
        self._terminal = SimulatedIclockTerminal(url, serial, batch=200, error_delay=0.1)
        self._new: queue.SimpleQueue[Punch] = queue.SimpleQueue()
        self._said = 0
        self._delivered = 0

    @property
    def held(self) -> int:
        """Punches that were not answered with OK."""
        return self._said - self._delivered

    def punch(self, punch: Punch) -> None:
        self._said += 1
        self._new.put(punch)

    def _run(self) -> None:
        while not self._over.is_set():
            punches = []
            while not self._new.empty():
                punches.append(self._new.get())
            delivery = self._terminal.send(punches, seconds=1, stop=self._over)
            self._delivered = delivery.punches - delivery.buffered
            self._over.wait(0.05)
