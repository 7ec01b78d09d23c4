"""Terminals that send by themselves, each in a thread: over MQTT with an outbox, and over HTTP as iclock does."""

import json
import queue
import threading
import time
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
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


class MqttSender:
    """An MQTT terminal. A message leaves its outbox once acknowledged OUTBOX_SECONDS before the connection ended."""

    def __init__(self, device: str, address: tuple[str, int]) -> None:
        self.device = device
        self._lock = threading.Lock()
        self._sequence = 0
        self._under_way: dict[int, bytes] = {}
        self._early_answers: dict[int, bool] = {}
        self._acknowledged: dict[bytes, float] = {}
        self._refused: list[bytes] = []
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"terminal-{device}", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.connect_async(*address, keepalive=10)

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def held(self) -> int:
        """Messages that nobody has acknowledged."""
        with self._lock:
            return len(self._under_way) + len(self._refused)

    def punch(self, punch: Punch) -> None:
        pin, local_time, state, *_ = punch
        self._sequence += 1
        fields = {
            "device": self.device, "boot": "faults", "seq": self._sequence, "pin": pin, "clock_ok": True,
            "time": local_time.replace(tzinfo=ZONE).isoformat(), "state": STATE_NAMES[state], "method": "face",
        }  # fmt: skip
        self._publish(json.dumps(fields).encode())

    def again(self) -> None:
        """Publish anew what is not safe with the broker; to be called now and then."""
        with self._lock:
            refused, self._refused = self._refused, []
        for payload in refused:
            self._publish(payload)

    def _publish(self, payload: bytes) -> None:
        mid = self._client.publish(f"tepat/{self.device}/punch", payload, qos=1).mid
        with self._lock:
            self._under_way[mid] = payload
            if mid in self._early_answers:
                self._settle(mid, taken=self._early_answers.pop(mid))

    def _settle(self, mid: int, *, taken: bool) -> None:
        payload = self._under_way.pop(mid)
        if taken:
            self._acknowledged[payload] = time.monotonic()
        else:
            self._refused.append(payload)

    def _on_publish(
        self, _client: Client, _data: object, mid: int, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        taken = not reason.is_failure and reason.value != NO_SUBSCRIBER
        with self._lock:
            if mid in self._under_way:
                self._settle(mid, taken=taken)
            else:
                self._early_answers[mid] = taken

    def _on_disconnect(self, *_: object) -> None:
        """What was acknowledged only just now goes back into the outbox."""
        with self._lock:
            late = time.monotonic() - OUTBOX_SECONDS
            self._refused += [payload for payload, at in self._acknowledged.items() if at > late]
            self._acknowledged = {payload: at for payload, at in self._acknowledged.items() if at <= late}


class IclockSender:
    """An iclock terminal that pushes in a thread of its own until the end of the block."""

    def __init__(self, serial: str, url: str) -> None:
        self._terminal = SimulatedIclockTerminal(url, serial, batch=5, error_delay=0.1)
        self._new: queue.SimpleQueue[Punch] = queue.SimpleQueue()
        self._said = 0
        self._delivered = 0
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
